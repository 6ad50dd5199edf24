//! The listening socket, the log and the orderly end: unready, drain, close.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use axum::Router;
use tokio::{net::TcpListener, sync::oneshot};
use tracing::info;
use tracing_subscriber::EnvFilter;

use crate::{app, config::Config};

/// How long a chat answer that is being streamed may still take once the process was asked to end.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until SIGTERM or Ctrl-C.
pub fn run(config: Config) -> Result<()> {
    start_log(&config.log_level);
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the async runtime")?
        .block_on(serve(config))
}

fn start_log(level: &str) {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(EnvFilter::new(level))
        .init();
}

async fn serve(config: Config) -> Result<()> {
    let listener = TcpListener::bind(config.address).await.with_context(|| {
        format!(
            "cannot listen on {}: set HOST and PORT to an address that is free",
            config.address
        )
    })?;
    let draining = Arc::new(AtomicBool::new(false));
    let router = app::router(&config, draining.clone());
    info!(address = %listener.local_addr()?, backend = %config.backend, "listening");
    serve_until_asked(listener, router, draining).await
}

async fn serve_until_asked(
    listener: TcpListener,
    router: Router,
    draining: Arc<AtomicBool>,
) -> Result<()> {
    let (asked, is_asked) = oneshot::channel();
    let stop = async move {
        asked_to_end().await;
        draining.store(true, Ordering::Relaxed);
        info!("shutting down");
        let _ = asked.send(());
    };
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::select! {
        result = axum::serve(listener, service).with_graceful_shutdown(stop) => result.context("the server failed"),
        () = drain_is_over(is_asked) => Ok(()),
    }
}

async fn drain_is_over(is_asked: oneshot::Receiver<()>) {
    match is_asked.await {
        Ok(()) => tokio::time::sleep(DRAIN).await,
        Err(_) => std::future::pending().await,
    }
}

async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("SIGTERM can be listened for");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
