//! The listening socket, from start to orderly end.

use anyhow::{Context, Result};
use tokio::net::TcpListener;

use crate::app;
use crate::config::Config;

/// Serves until SIGTERM or Ctrl-C.
pub fn run(config: Config) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the async runtime")?
        .block_on(serve(config))
}

async fn serve(config: Config) -> Result<()> {
    let Config {
        host,
        port,
        lifecycle,
        ..
    } = &config;
    let listener = TcpListener::bind((host.as_str(), *port))
        .await
        .with_context(|| {
            format!("cannot listen on {host}:{port}: set HOST and PORT to an address that is free")
        })?;
    tracing::info!(address = %listener.local_addr()?, backend = config.backend, "listening");
    lifecycle
        .serve(listener, app::router(&config))
        .await
        .context("the server failed")
}
