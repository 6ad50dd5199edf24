//! What every service counts, in the text format that Prometheus reads. It changes no answer.

use std::sync::Arc;
use std::time::Instant;

use axum::Extension;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// In seconds, from a fast answer to one that a person finds slow.
const BUCKETS: [f64; 11] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 3.0, 10.0,
];
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

/// The counters of one process.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    memory: Gauge,
}

impl Metrics {
    /// All at zero; `own` adds what only this service counts.
    pub fn new(own: impl FnOnce(&mut Registry)) -> Arc<Self> {
        let mut metrics = Metrics {
            registry: Registry::default(),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            memory: Gauge::default(),
        };
        metrics.register();
        own(&mut metrics.registry);
        Arc::new(metrics)
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("http_requests", "Requests answered", self.requests.clone());
        let help = "Time until an answer began";
        registry.register(
            "http_request_duration_seconds",
            help,
            self.durations.clone(),
        );
        let help = "Memory in use";
        registry.register("process_resident_memory_bytes", help, self.memory.clone());
    }

    fn text(&self) -> String {
        self.memory.set(resident_bytes().unwrap_or_default());
        let mut text = String::new();
        text::encode(&mut text, &self.registry).expect("writing to a string does not fail");
        text
    }
}

/// The resident set, as the kernel counts it, in pages of 4 KiB.
fn resident_bytes() -> Option<i64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: i64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

/// Counters for Prometheus, which comes directly: nobody who comes through an ingress gets them.
#[cfg_attr(feature = "openapi", utoipa::path(get, path = "/metrics", tag = "operation", security(()),
    responses((status = 200, description = "OpenMetrics text.", content_type = "application/openmetrics-text", body = String))))]
pub async fn scrape(Extension(metrics): Extension<Arc<Metrics>>, headers: HeaderMap) -> Response {
    if headers.contains_key("x-forwarded-for") {
        return StatusCode::NOT_FOUND.into_response();
    }
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], metrics.text()).into_response()
}

/// Middleware: counts a request once its answer begins, by its route, as there are as many
/// addresses as tasks.
pub async fn layer(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().to_string();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("other", MatchedPath::as_str).to_string();
    let response = next.run(request).await;
    let labels = RouteLabels {
        route: route.clone(),
    };
    let seconds = started.elapsed().as_secs_f64();
    metrics.durations.get_or_create(&labels).observe(seconds);
    let status = response.status().as_u16();
    let labels = RequestLabels {
        method,
        route,
        status,
    };
    metrics.requests.get_or_create(&labels).inc();
    response
}
