//! Waiting for the database and its schema, before or instead of serving.

use std::time::Duration;

use todo_core::env::Env;
use todo_core::program::Failure;
use todo_core::store::{self, Schema, Store};
use todo_core::telemetry;
use tokio::time::{Instant, sleep};

/// Between two looks at a database that is not ready.
const PAUSE: Duration = Duration::from_secs(1);

/// Brings the schema up to date, once the database answers.
pub async fn migrate(env: &Env<'_>, patience: Duration) -> Result<(), Failure> {
    telemetry::init(env)?;
    let store = store::open(env).await?;
    wait_until(store.as_ref(), patience, |_| true).await?;
    store
        .migrate()
        .await
        .map_err(|why| Failure::Failed(why.to_string()))?;
    report(store.as_ref(), "the schema is up to date").await
}

/// Returns once the schema is one that this program can work with.
pub async fn wait(env: &Env<'_>, patience: Duration) -> Result<(), Failure> {
    telemetry::init(env)?;
    let store = store::open(env).await?;
    wait_until(store.as_ref(), patience, |schema| schema.is_usable()).await?;
    report(store.as_ref(), "the schema is there").await
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

async fn wait_until(
    store: &dyn Store,
    patience: Duration,
    enough: fn(Schema) -> bool,
) -> Result<(), Failure> {
    let deadline = Instant::now() + patience;
    loop {
        let seen = store.schema().await;
        if seen.as_ref().is_ok_and(|schema| enough(*schema)) {
            return Ok(());
        }
        let state = seen.map_or_else(|why| why.to_string(), |schema| schema.to_string());
        if Instant::now() >= deadline {
            return Err(Failure::Failed(format!(
                "gave up after {} s: {state}",
                patience.as_secs()
            )));
        }
        tracing::info!(state, "waiting for the database");
        sleep(PAUSE).await;
    }
}
