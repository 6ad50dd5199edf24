//! Gives every request an id, a line in the log and a place in the metrics. It changes no answer.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};
use tracing::{debug, info};
use uuid::Uuid;

/// The header that follows a request through all services.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id under which every service's log speaks of one request.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Takes over the caller's id or makes one, passes it on and answers it.
pub async fn request_id(mut request: Request, next: Next) -> Response {
    let id = acceptable_id(&request).unwrap_or_else(|| Uuid::new_v4().to_string());
    let value =
        HeaderValue::from_str(&id).expect("an accepted id consists of visible ASCII characters");
    request.headers_mut().insert(REQUEST_ID, value.clone());
    request.extensions_mut().insert(RequestId(id));
    let mut response = next.run(request).await;
    response.headers_mut().insert(REQUEST_ID, value);
    response
}

/// Strangers may choose the id, so only short and harmless ones reach the logs.
fn acceptable_id(request: &Request) -> Option<String> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    (1..=128).contains(&id.len()).then_some(())?;
    id.chars().all(harmless).then(|| id.to_owned())
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    method: String,
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
        const BUCKETS: [f64; 10] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0];
        let requests = Family::default();
        let seconds = Family::<Route, Histogram>::new_with_constructor(|| Histogram::new(BUCKETS));
        let mut registry = Registry::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register(
            "http_request_duration_seconds",
            "Time until an answer began",
            seconds.clone(),
        );
        Self {
            registry,
            requests,
            seconds,
        }
    }
}

/// Measures and logs a request once its answer begins; probes and scrapes are logged at debug level only.
pub async fn request(
    State(metrics): State<Arc<Metrics>>,
    request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let id = request
        .extensions()
        .get::<RequestId>()
        .map_or_else(String::new, |id| id.0.clone());
    let response = next.run(request).await;
    let (status, seconds) = (response.status().as_u16(), start.elapsed().as_secs_f64());
    let route = route(&path);
    metrics.count(
        Labels {
            method: method.to_string(),
            route,
            status,
        },
        seconds,
    );
    let duration_ms = seconds * 1000.0;
    match route {
        "probe" => debug!(request_id = id, %method, path, status, duration_ms, "request"),
        _ => info!(request_id = id, %method, path, status, duration_ms, "request"),
    }
    response
}

impl Metrics {
    fn count(&self, labels: Labels, seconds: f64) {
        self.seconds
            .get_or_create(&Route {
                route: labels.route,
            })
            .observe(seconds);
        self.requests.get_or_create(&labels).inc();
    }
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

/// `GET /metrics`, in the format that Prometheus reads.
pub async fn scrape(State(metrics): State<Arc<Metrics>>) -> Response {
    let mut text = String::new();
    encode(&mut text, &metrics.registry).expect("writing to a string does not fail");
    (
        [(
            header::CONTENT_TYPE,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        )],
        text,
    )
        .into_response()
}
