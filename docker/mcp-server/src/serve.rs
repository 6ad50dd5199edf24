//! From the environment to a running server, and back to an orderly end.

use std::future::ready;

use todo_core::env::Env;
use todo_core::lifecycle::Lifecycle;
use todo_core::program::Failure;
use todo_core::{server, store, telemetry};
use tokio_util::sync::CancellationToken;

use crate::app::{self, Parts};
use crate::config::Config;

/// Serves until SIGTERM or Ctrl-C.
pub async fn serve(env: Env<'static>) -> Result<(), Failure> {
    telemetry::init(&env)?;
    let Config {
        address,
        auth,
        allowed_hosts,
    } = Config::from_env(&env)?;
    let store = store::open(&env).await?;
    let lifecycle = Lifecycle::from_env(&env)?;
    let listener = server::listen(&address).await?;
    tracing::info!(store = store.kind(), "serving");
    let router = app::router(Parts {
        store: store.clone(),
        auth,
        allowed_hosts,
        lifecycle: lifecycle.clone(),
        closing: ends_with(&lifecycle),
    });
    server::serve(listener, router, &lifecycle, ready(())).await;
    store.close().await;
    Ok(())
}

/// A token that is cancelled when open streams must end.
fn ends_with(lifecycle: &Lifecycle) -> CancellationToken {
    let token = CancellationToken::new();
    let (lifecycle, cancel) = (lifecycle.clone(), token.clone());
    tokio::spawn(async move {
        lifecycle.closing().await;
        cancel.cancel();
    });
    token
}
