//! Stops an answer that is being made, on whatever replica makes it: the cache carries the word.

use std::time::Duration;

use todo_core::cache::{Cache, CacheError};
use todo_core::conversation::ConversationId;
use todo_core::user::UserId;
use tokio::time::interval;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::record::KEPT;

/// How often the maker of an answer looks whether it is still wanted.
const EVERY: Duration = Duration::from_millis(100);

/// Makes that answer known as one of the conversation's, so that it can be stopped.
pub async fn announce(
    cache: &dyn Cache,
    user: UserId,
    conversation: ConversationId,
    stream: Uuid,
) -> Result<(), CacheError> {
    let key = answers(user, conversation);
    cache
        .append(&key, &stream.to_string(), KEPT)
        .await
        .map(drop)
}

/// Tells whoever makes an answer in that conversation to stop; answers that are made already
/// take no notice.
pub async fn cancel(
    cache: &dyn Cache,
    user: UserId,
    conversation: ConversationId,
) -> Result<(), CacheError> {
    for stream in cache.read(&answers(user, conversation), 0).await? {
        cache.set(&unwanted(user, &stream), "", KEPT).await?;
    }
    Ok(())
}

/// Does the work, and cancels `stop` as soon as somebody wants no more of it.
pub async fn during<T>(
    cache: &dyn Cache,
    user: UserId,
    stream: Uuid,
    stop: &CancellationToken,
    work: impl Future<Output = T>,
) -> T {
    let key = unwanted(user, &stream.to_string());
    let watch = async {
        let mut ticks = interval(EVERY);
        while !matches!(cache.get(&key).await, Ok(Some(_))) {
            ticks.tick().await;
        }
        stop.cancel();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        made = work => made,
        () = watch => unreachable!("the watch has no end"),
    }
}

fn answers(user: UserId, conversation: ConversationId) -> String {
    format!("chat:{user}:{conversation}:answers")
}

fn unwanted(user: UserId, stream: &str) -> String {
    format!("chat:{user}:{stream}:unwanted")
}

#[cfg(test)]
mod tests {
    use todo_core::cache::Memory;

    use super::*;

    #[tokio::test]
    async fn only_the_answers_of_that_conversation_are_stopped() {
        let cache = Memory::default();
        let (user, talk, stream) = (Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4());
        announce(&cache, user, talk, stream).await.unwrap();
        cancel(&cache, user, Uuid::new_v4()).await.unwrap();
        cancel(&cache, Uuid::new_v4(), talk).await.unwrap();
        let stop = CancellationToken::new();
        during(&cache, user, stream, &stop, tokio::time::sleep(2 * EVERY)).await;
        assert!(!stop.is_cancelled());
        cancel(&cache, user, talk).await.unwrap();
        during(&cache, user, stream, &stop, stop.cancelled()).await;
        assert!(stop.is_cancelled());
    }
}
