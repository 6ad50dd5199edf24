//! A sign of life of an answer that is being made, for those who read it in another replica:
//! without it, nothing more will come.

use std::time::Duration;

use todo_core::cache::Cache;
use todo_core::user::UserId;
use tokio::time::interval;
use uuid::Uuid;

/// How long a sign of life is good for.
const GOOD_FOR: Duration = Duration::from_secs(4);
/// How often it is given.
const EVERY: Duration = Duration::from_secs(1);

/// Gives signs of life of that stream until the work is done.
pub async fn during<T>(
    cache: &dyn Cache,
    user: UserId,
    stream: Uuid,
    work: impl Future<Output = T>,
) -> T {
    let signs = async {
        let mut ticks = interval(EVERY);
        loop {
            ticks.tick().await;
            // A sign that is missed is given again.
            let _ = cache.set(&key(user, stream), "", GOOD_FOR).await;
        }
    };
    tokio::select! {
        made = work => made,
        () = signs => unreachable!("signs are given without end"),
    }
}

/// Whether somebody makes that answer.
pub async fn is_alive(cache: &dyn Cache, user: UserId, stream: Uuid) -> bool {
    matches!(cache.get(&key(user, stream)).await, Ok(Some(_)))
}

fn key(user: UserId, stream: Uuid) -> String {
    format!("chat:{user}:{stream}:alive")
}
