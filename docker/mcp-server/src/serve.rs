//! The listening socket, from start to orderly end.

use anyhow::{Context, Result};
use todo_core::env::Env;
use todo_core::lifecycle::Lifecycle;
use todo_core::store;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::{self, Parts};
use crate::config::Config;

/// Serves until SIGTERM or Ctrl-C.
pub fn run(config: Config, env: &Env<'_>) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the async runtime")?
        .block_on(serve(config, env))
}

async fn serve(config: Config, env: &Env<'_>) -> Result<()> {
    let store = store::open(env).await?;
    let lifecycle = Lifecycle::from_env(env)?;
    let listener = listen(&config).await?;
    tracing::info!(address = %listener.local_addr()?, database = store.kind(), "listening");
    let closing = ends_with(&lifecycle);
    let Config {
        auth,
        allowed_hosts,
        ..
    } = config;
    let router = app::router(Parts {
        store: store.clone(),
        auth,
        allowed_hosts,
        lifecycle: lifecycle.clone(),
        closing,
    });
    let served = lifecycle.serve(listener, router).await;
    store.close().await;
    served.context("the server failed")
}

async fn listen(config: &Config) -> Result<TcpListener> {
    let Config { host, port, .. } = config;
    TcpListener::bind((host.as_str(), *port))
        .await
        .with_context(|| {
            format!("cannot listen on {host}:{port}: set HOST and PORT to an address that is free")
        })
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
