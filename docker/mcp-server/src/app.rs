//! The routes. `/mcp` stands behind the Host check and the token; probes and metrics do not,
//! because kubelet and Prometheus ask by pod address and have no token.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use todo_core::health::{self, Health};
use todo_core::lifecycle::Lifecycle;
use todo_core::store::Store;
use todo_core::{metrics, request_id, server};
use tokio_util::sync::CancellationToken;

use crate::auth::{self, Auth, Gate};
use crate::envelope;
use crate::metrics::Calls;
use crate::server::TodoServer;

/// The largest request: far above the longest notes, far below what would hurt.
const BODY_MAX: usize = 256 * 1024;

/// Pages that may call: those of tools on this machine, such as an inspector.
const LOCAL_PAGES: [&str; 3] = ["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"];

/// What the application is made of.
pub struct Parts {
    /// The database.
    pub store: Arc<dyn Store>,
    /// How callers are known.
    pub auth: Auth,
    /// The values of the `Host` header that `/mcp` answers.
    pub allowed_hosts: Vec<String>,
    /// Whether the server is ending.
    pub lifecycle: Lifecycle,
    /// Ends streams that would stay open.
    pub closing: CancellationToken,
}

/// All routes.
pub fn router(parts: Parts) -> Router {
    let calls = Calls::default();
    let metrics = calls.metrics();
    let health = Health {
        version: env!("CARGO_PKG_VERSION"),
        lifecycle: parts.lifecycle.clone(),
        dependencies: vec![health::database(parts.store.clone())],
    };
    protocol(parts, calls)
        .layer(from_fn(server::in_time))
        .merge(health::routes(health, metrics.clone()))
        .layer(from_fn_with_state(metrics, metrics::layer))
        .layer(from_fn(request_id::layer))
}

fn protocol(parts: Parts, calls: Calls) -> Router {
    let gate = Gate {
        auth: parts.auth,
        store: parts.store.clone(),
    };
    let server = TodoServer::new(parts.store, calls);
    #[cfg(feature = "conformance-fixtures")]
    let server = crate::fixtures::FixtureServer::new(server);
    let settings = settings(parts.allowed_hosts, parts.closing);
    let sessions = Arc::new(NeverSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(server.clone()), sessions, settings);
    Router::new()
        .route_service("/mcp", service)
        .layer(from_fn(|request: Request, next: Next| {
            envelope::layer(request, next, BODY_MAX)
        }))
        .layer(from_fn_with_state(gate, auth::layer))
}

/// No sessions and plain JSON answers: every request stands alone, so any replica can answer any of
/// them. Pages of other origins are refused: programs send no origin.
fn settings(allowed_hosts: Vec<String>, closing: CancellationToken) -> StreamableHttpServerConfig {
    StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_allowed_hosts(allowed_hosts)
        .with_allowed_origins(LOCAL_PAGES)
        .enforce_origin_validation()
        .with_max_request_body_bytes(BODY_MAX)
        .with_cancellation_token(closing)
}
