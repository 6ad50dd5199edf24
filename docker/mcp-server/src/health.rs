//! What probes ask: alive, ready, and a report for people.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use todo_core::error_body::ApiError;
use todo_core::lifecycle::Lifecycle;
use todo_core::store::Store;

/// What the probes look at.
#[derive(Clone)]
pub struct Health {
    /// The database.
    pub store: Arc<dyn Store>,
    /// Whether the server is ending.
    pub lifecycle: Lifecycle,
}

/// `GET /livez`: the process answers.
pub async fn live() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: new requests are welcome; the database answers and has its schema.
pub async fn ready(State(health): State<Health>) -> Result<&'static str, ApiError> {
    if health.lifecycle.is_ending() {
        return Err(ApiError::unavailable("This server is shutting down."));
    }
    health
        .database()
        .await
        .map(|()| "ok\n")
        .map_err(ApiError::unavailable)
}

/// `GET /health`: the state of the server and of what it depends on.
pub async fn report(State(health): State<Health>) -> Json<Value> {
    let database = health.database().await;
    Json(json!({
        "status": if database.is_ok() { "ok" } else { "degraded" },
        "service": "mcp-server",
        "version": env!("CARGO_PKG_VERSION"),
        "dependencies": { "database": database.err().unwrap_or_else(|| "ok".to_string()) },
    }))
}

impl Health {
    async fn database(&self) -> Result<(), String> {
        let schema = self
            .store
            .schema()
            .await
            .map_err(|error| error.to_string())?;
        if schema.is_usable() {
            return Ok(());
        }
        Err(format!(
            "The database's schema is at version {}, this server needs {}: run `backend migrate`.",
            schema.applied, schema.needed
        ))
    }
}
