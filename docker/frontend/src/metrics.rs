//! Counts requests for Prometheus. It changes no answer.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::{counter::Counter, family::Family, histogram::Histogram};
use prometheus_client::registry::Registry;

const BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 3.0];
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    route: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: &'static str,
}

/// The counters behind `/metrics`.
pub struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    seconds: Family<Route, Histogram>,
}

impl Default for Metrics {
    fn default() -> Self {
        let requests = Family::default();
        let seconds = Family::<Route, Histogram>::new_with_constructor(|| Histogram::new(BUCKETS));
        let mut registry = Registry::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        let help = "Time until an answer began";
        registry.register("http_request_duration_seconds", help, seconds.clone());
        Self {
            registry,
            requests,
            seconds,
        }
    }
}

impl Metrics {
    fn count(&self, route: &'static str, status: u16, seconds: f64) {
        self.requests.get_or_create(&Labels { route, status }).inc();
        self.seconds
            .get_or_create(&Route { route })
            .observe(seconds);
    }
}

/// Counts a request once its answer begins.
pub async fn layer(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let (started, route) = (Instant::now(), route(request.uri().path()));
    let response = next.run(request).await;
    metrics.count(
        route,
        response.status().as_u16(),
        started.elapsed().as_secs_f64(),
    );
    response
}

/// A handful of labels instead of every path a stranger may invent.
fn route(path: &str) -> &'static str {
    match path {
        "/livez" | "/readyz" | "/health" | "/metrics" => "probe",
        path if path == "/api" || path.starts_with("/api/") => "api",
        path if path.starts_with("/assets/") => "asset",
        _ => "page",
    }
}

/// `GET /metrics`, in the format that Prometheus reads. Nobody who comes through an ingress gets it: it shares the page's
/// port, and who scrapes comes directly.
pub async fn scrape(State(metrics): State<Arc<Metrics>>, headers: HeaderMap) -> Response {
    if headers.contains_key("x-forwarded-for") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let mut text = String::new();
    encode(&mut text, &metrics.registry).expect("writing to a string does not fail");
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response()
}
