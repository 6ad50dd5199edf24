//! What probes ask: alive, ready, and a report for people. Only the report looks at the backend:
//! a page that is up must not leave the service because something behind it is away.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use todo_core::error_body::ApiError;
use todo_core::lifecycle::Lifecycle;

use crate::proxy::Proxy;

const PATIENCE: Duration = Duration::from_secs(3);

/// What the probes look at.
#[derive(Clone)]
pub struct Health {
    /// Whether the server is ending.
    pub lifecycle: Lifecycle,
    /// The way to the backend.
    pub proxy: Proxy,
}

/// `GET /livez`: the process answers.
pub async fn live() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: new requests are welcome.
pub async fn ready(State(health): State<Health>) -> Result<&'static str, ApiError> {
    match health.lifecycle.is_ending() {
        false => Ok("ok\n"),
        true => Err(ApiError::unavailable("This server is shutting down.")),
    }
}

/// `GET /health`: the state of the server and of what it depends on.
pub async fn report(State(health): State<Health>) -> Json<Value> {
    let backend = health.proxy.backend_answers("/livez", PATIENCE).await;
    Json(json!({
        "status": if backend { "ok" } else { "degraded" },
        "service": "frontend",
        "version": env!("CARGO_PKG_VERSION"),
        "dependencies": { "backend": if backend { "ok" } else { "does not answer" } },
    }))
}
