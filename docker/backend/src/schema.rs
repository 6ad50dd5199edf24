//! Bringing the schema up to date, once the database answers.

use std::time::Duration;

use todo_core::env::Env;
use todo_core::program::Failure;
use todo_core::store::{self, Store};
use todo_core::telemetry;
use tokio::time::{Instant, sleep};

/// Between two looks at a database that does not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// Brings the schema up to date, once the database answers.
pub async fn migrate(env: &Env<'_>, patience: Duration) -> Result<(), Failure> {
    telemetry::init(env)?;
    let store = store::open(env).await?;
    wait_for(store.as_ref(), patience).await?;
    store
        .migrate()
        .await
        .map_err(|why| Failure::Failed(why.to_string()))?;
    report(store.as_ref(), "the schema is up to date").await
}

async fn report(store: &dyn Store, what: &str) -> Result<(), Failure> {
    let schema = store
        .schema()
        .await
        .map_err(|why| Failure::Failed(why.to_string()))?;
    tracing::info!(applied = schema.applied, needed = schema.needed, "{what}");
    store.close().await;
    Ok(())
}

async fn wait_for(store: &dyn Store, patience: Duration) -> Result<(), Failure> {
    let deadline = Instant::now() + patience;
    while let Err(why) = store.schema().await {
        let state = why.to_string();
        if Instant::now() >= deadline {
            return Err(Failure::Failed(format!(
                "gave up after {} s: {state}",
                patience.as_secs()
            )));
        }
        tracing::info!(state, "waiting for the database");
        sleep(PAUSE).await;
    }
    Ok(())
}
