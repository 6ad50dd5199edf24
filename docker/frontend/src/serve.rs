//! From the environment to a running server, and back to an orderly end.

use std::future::ready;

use todo_core::env::Env;
use todo_core::program::Failure;
use todo_core::{server, telemetry};

use crate::app;
use crate::config::Config;

/// Serves until SIGTERM or Ctrl-C.
pub async fn serve(env: Env<'static>) -> Result<(), Failure> {
    telemetry::init(&env)?;
    let config = Config::from_env(&env)?;
    let listener = server::listen(&config.address).await?;
    tracing::info!(backend = config.backend, "serving");
    let router = app::router(&config);
    server::serve(listener, router, &config.lifecycle, ready(())).await;
    Ok(())
}
