//! From the environment to a running server, and back to an orderly end.

use std::sync::Arc;

use todo_core::env::{ConfigError, Env};
use todo_core::lifecycle::Lifecycle;
use todo_core::program::Failure;
use todo_core::store::Store;
use todo_core::token::Tokens;
use todo_core::{cache, server, store, telemetry};

use crate::app::{self, App};
use crate::auth::Passwords;
use crate::brain::Brains;
use crate::chat;
use crate::config::Config;
use crate::mcp::McpServer;
use crate::metrics::Metrics;

/// Serves until a signal comes. `migrate` brings PostgreSQL's schema up to date first; SQLite's
/// always is.
pub async fn serve(env: &Env<'_>, migrate: bool) -> Result<(), Failure> {
    telemetry::init(env)?;
    let config = Config::from_env(env)?;
    let app = Arc::new(assemble(env, &config).await?);
    if migrate || config.auto_migrate || app.store.kind() == "sqlite" {
        app.store
            .migrate()
            .await
            .map_err(|why| Failure::Failed(why.to_string()))?;
    }
    let listener = server::listen(&config.address).await?;
    announce(&app);
    let router = app::router(app.clone(), &config);
    server::serve(listener, router, &app.lifecycle, app.ongoing.over()).await;
    close(app.store.as_ref()).await;
    Ok(())
}

async fn assemble(env: &Env<'_>, config: &Config) -> Result<App, Failure> {
    Ok(App {
        store: store::open(env).await?,
        cache: cache::open(env)?,
        tokens: Tokens::new(&config.secret),
        session_seconds: config.session_seconds,
        passwords: Passwords::new().map_err(|why| Failure::Failed(why.message))?,
        trusted_proxies: config.trusted_proxies.clone(),
        limits: config.limits.clone(),
        brains: Brains::from_env(|name| env.optional(name))
            .map_err(|why| ConfigError(why.to_string()))?,
        mcp: McpServer::new(&config.mcp_server_url).map_err(|why| ConfigError(why.to_string()))?,
        mcp_server_url: config.mcp_server_url.clone(),
        ongoing: chat::Ongoing::default(),
        lifecycle: Lifecycle::from_env(env)?,
        metrics: Metrics::new(),
    })
}

fn announce(app: &App) {
    tracing::info!(
        store = app.store.kind(),
        cache = app.cache.kind(),
        mcp_server = app.mcp_server_url,
        "serving"
    );
}

async fn close(store: &dyn Store) {
    store.close().await;
    tracing::info!("closed");
}
