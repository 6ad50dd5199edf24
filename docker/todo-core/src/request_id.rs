//! The request id: taken over from the caller or made, logged, answered, and at hand for errors and
//! for calls to other services.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use uuid::Uuid;

/// The header that carries the id.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request this task answers; empty outside of one.
pub fn current() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// Runs `work`, usually a spawned task's, as part of the request with this id.
pub async fn within<F: Future>(id: String, work: F) -> F::Output {
    let span = tracing::info_span!("request", request_id = %id);
    CURRENT.scope(id, work.instrument(span)).await
}

/// Middleware (`axum::middleware::from_fn`): gives each request its id and logs its end.
pub async fn layer(request: Request, next: Next) -> Response {
    let id = taken_over(&request).unwrap_or_else(|| Uuid::new_v4().to_string());
    let mut response = within(id.clone(), logged(request, next)).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

/// The caller's id, if it is one that can be logged without harm.
fn taken_over(request: &Request) -> Option<String> {
    let id = request.headers().get(HEADER)?.to_str().ok()?;
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    ((1..=128).contains(&id.len()) && id.chars().all(harmless)).then(|| id.to_string())
}

async fn logged(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    // The route, not the address: addresses hold ids and are as many as there are tasks.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|route| route.as_str().to_string());
    let route = route.unwrap_or_else(|| request.uri().path().to_string());
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let duration_ms = started.elapsed().as_secs_f64() * 1000.0;
    if is_probe(&route) {
        tracing::debug!(%method, route, status, duration_ms, "request answered");
    } else {
        tracing::info!(%method, route, status, duration_ms, "request answered");
    }
    response
}

/// Probes come every few seconds and would drown the rest.
fn is_probe(route: &str) -> bool {
    matches!(route, "/livez" | "/readyz" | "/health" | "/metrics")
}
