//! How the backend is: alive, ready, and in detail.
//!
//! `/livez` asks nothing of anyone; `/readyz` asks the database, without which nothing works;
//! `/health` asks everything and tells it to people.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use todo_core::error_body::{ApiError, ErrorBody};
use todo_core::{http_get, store::Schema};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// How long a dependency may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How everything is.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `ok`; `degraded` while the cache or the tools are away; `down` without the database.
    status: &'static str,
    /// This program's version.
    version: &'static str,
    /// What it depends on.
    dependencies: Dependencies,
}

#[derive(Serialize, ToSchema)]
struct Dependencies {
    database: Dependency,
    cache: Dependency,
    mcp_server: Dependency,
}

/// How one dependency is.
#[derive(Serialize, ToSchema)]
struct Dependency {
    /// `up` or `down`.
    state: &'static str,
    /// What it is.
    kind: &'static str,
    /// Why it is down.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

impl Dependency {
    fn new(kind: &'static str, answer: Result<(), String>) -> Self {
        let state = if answer.is_ok() { "up" } else { "down" };
        Dependency {
            state,
            kind,
            why: answer.err(),
        }
    }

    fn is_up(&self) -> bool {
        self.state == "up"
    }
}

/// A word that says all is well.
#[derive(Serialize, ToSchema)]
struct Well {
    /// `alive` or `ready`.
    status: &'static str,
}

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(livez))
        .routes(routes!(readyz))
        .routes(routes!(health))
}

/// Is the process alive?
#[utoipa::path(get, path = "/livez", tag = "operation", security(()), responses((status = 200, description = "It is.", body = Well)))]
async fn livez() -> Json<Well> {
    Json(Well { status: "alive" })
}

/// May it be sent requests?
#[utoipa::path(get, path = "/readyz", tag = "operation", security(()),
    responses((status = 200, description = "Yes.", body = Well), (status = 503, description = "Not now.", body = ErrorBody)))]
async fn readyz(State(app): State<Arc<App>>) -> Result<Json<Well>, ApiError> {
    if app.lifecycle.is_ending() {
        return Err(ApiError::unavailable(
            "This process is ending: ask another one.",
        ));
    }
    database(&app).await.map_err(ApiError::unavailable)?;
    Ok(Json(Well { status: "ready" }))
}

/// How is everything?
#[utoipa::path(get, path = "/health", tag = "operation", security(()),
    responses((status = 200, description = "It works, perhaps with less than all.", body = Health),
        (status = 503, description = "The database is away.", body = Health)))]
async fn health(State(app): State<Arc<App>>) -> Response {
    let (database, cache, mcp_server) = tokio::join!(database(&app), cache(&app), mcp_server(&app));
    let dependencies = Dependencies {
        database: Dependency::new(app.store.kind(), database),
        cache: Dependency::new(app.cache.kind(), cache),
        mcp_server: Dependency::new("mcp", mcp_server),
    };
    let (code, status) = verdict(&dependencies);
    (
        code,
        Json(Health {
            status,
            version: env!("CARGO_PKG_VERSION"),
            dependencies,
        }),
    )
        .into_response()
}

fn verdict(dependencies: &Dependencies) -> (StatusCode, &'static str) {
    let Dependencies {
        database,
        cache,
        mcp_server,
    } = dependencies;
    match (database.is_up(), cache.is_up() && mcp_server.is_up()) {
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, "down"),
        (true, false) => (StatusCode::OK, "degraded"),
        (true, true) => (StatusCode::OK, "ok"),
    }
}

async fn database(app: &App) -> Result<(), String> {
    match timeout(PATIENCE, app.store.schema()).await {
        Err(_) => Err(late()),
        Ok(Err(why)) => Err(why.to_string()),
        Ok(Ok(schema)) if schema.is_usable() => Ok(()),
        Ok(Ok(Schema { applied, needed })) => Err(format!(
            "The schema is at version {applied}, version {needed} is needed: run `backend migrate`."
        )),
    }
}

async fn cache(app: &App) -> Result<(), String> {
    let answer = timeout(PATIENCE, app.cache.ping())
        .await
        .map_err(|_| late())?;
    answer.map_err(|why| why.to_string())
}

async fn mcp_server(app: &App) -> Result<(), String> {
    let url = livez_of(&app.mcp_server_url);
    let asked = timeout(PATIENCE, spawn_blocking(move || http_get::probe(&url))).await;
    asked.map_err(|_| late())?.map_err(|why| why.to_string())?
}

fn late() -> String {
    format!("No answer within {} s.", PATIENCE.as_secs())
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
