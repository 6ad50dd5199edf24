//! What the backend needs: the database above all, the cache, and the tools' server.

use std::sync::Arc;

use todo_core::cache::Cache;
use todo_core::health::{self, Dependency, Health};
use todo_core::{http_get, metrics};
use tokio::task::spawn_blocking;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// What the probes look at.
pub fn health(app: &App) -> Health {
    let url = livez_of(&app.mcp_server_url);
    Health {
        version: env!("CARGO_PKG_VERSION"),
        lifecycle: app.lifecycle.clone(),
        dependencies: vec![
            health::database(app.store.clone()),
            cache(app.cache.clone()),
            Dependency::new("mcp_server", "mcp", move || mcp_server(url.clone())),
        ],
    }
}

/// The calls of those who run it; they need the layers of [`health()`] and the metrics.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(health::livez))
        .routes(routes!(health::readyz))
        .routes(routes!(health::report))
        .routes(routes!(metrics::scrape))
}

fn cache(cache: Arc<dyn Cache>) -> Dependency {
    Dependency::new("cache", cache.kind(), move || {
        let cache = cache.clone();
        async move { cache.ping().await.map_err(|why| why.to_string()) }
    })
}

async fn mcp_server(url: String) -> Result<(), String> {
    let asked = spawn_blocking(move || http_get::probe(&url)).await;
    asked.map_err(|why| why.to_string())?
}

/// The liveness of the server at this address, whatever its path.
fn livez_of(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let host = rest.split('/').next().unwrap_or(rest);
    format!("{scheme}://{host}/livez")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tools_server_is_asked_at_its_root() {
        assert_eq!(
            livez_of("http://mcp-server:8001/mcp"),
            "http://mcp-server:8001/livez"
        );
        assert_eq!(
            livez_of("http://mcp-server:8001"),
            "http://mcp-server:8001/livez"
        );
    }
}
