//! What is counted, in the text format that Prometheus reads.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// From a fast answer to one that a person finds slow.
const BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 3.0, 10.0];

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

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TurnLabels {
    brain: &'static str,
    outcome: &'static str,
}

/// The counters of one process.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    turns: Family<TurnLabels, Counter>,
    memory: Gauge,
}

impl Metrics {
    /// All at zero.
    #[expect(
        clippy::new_without_default,
        reason = "a registry is made once, not by default"
    )]
    pub fn new() -> Self {
        let mut metrics = Metrics {
            registry: Registry::default(),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            turns: Family::default(),
            memory: Gauge::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("http_requests", "Requests answered", self.requests.clone());
        registry.register(
            "http_request_duration_seconds",
            "Time to answer",
            self.durations.clone(),
        );
        registry.register("chat_turns", "Questions to the chatbot", self.turns.clone());
        registry.register(
            "process_resident_memory_bytes",
            "Memory in use",
            self.memory.clone(),
        );
    }

    /// Counts a question: which brain answered, or why none did.
    pub fn turned(&self, answered: Result<&'static str, &'static str>) {
        let labels = match answered {
            Ok(brain) => TurnLabels {
                brain,
                outcome: "answered",
            },
            Err(code) => TurnLabels {
                brain: "none",
                outcome: code,
            },
        };
        self.turns.get_or_create(&labels).inc();
    }

    fn answered(&self, method: String, route: String, status: u16, duration: Duration) {
        self.durations
            .get_or_create(&RouteLabels {
                route: route.clone(),
            })
            .observe(duration.as_secs_f64());
        self.requests
            .get_or_create(&RequestLabels {
                method,
                route,
                status,
            })
            .inc();
    }

    fn text(&self) -> Result<String, std::fmt::Error> {
        self.memory.set(resident_bytes().unwrap_or_default());
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// The resident set, as the kernel counts it, in pages of 4 KiB.
fn resident_bytes() -> Option<i64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: i64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(metrics))
}

/// Counters for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operation", security(()),
    responses((status = 200, description = "OpenMetrics text.", content_type = "application/openmetrics-text", body = String)))]
async fn metrics(State(app): State<Arc<App>>) -> Response {
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    // Writing to a string does not fail.
    (
        [(header::CONTENT_TYPE, content_type)],
        app.metrics.text().unwrap_or_default(),
    )
        .into_response()
}

/// Middleware: counts each request by its route, as there are as many addresses as tasks.
pub async fn layer(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().to_string();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("unmatched", MatchedPath::as_str).to_string();
    let response = next.run(request).await;
    app.metrics
        .answered(method, route, response.status().as_u16(), started.elapsed());
    response
}
