//! Counts requests and tool calls for Prometheus. Changes no answer.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

const BUCKETS: [f64; 9] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.0];
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    tool: &'static str,
    outcome: &'static str,
}

/// The counters behind `/metrics`.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    calls: Family<CallLabels, Counter>,
    seconds: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        let (requests, calls, seconds) = (
            Family::default(),
            Family::default(),
            Histogram::new(BUCKETS),
        );
        let mut registry = Registry::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register("mcp_tool_calls", "Tool calls by outcome", calls.clone());
        registry.register(
            "http_request_duration_seconds",
            "Time until an answer to /mcp began",
            seconds.clone(),
        );
        Self {
            registry,
            requests,
            calls,
            seconds,
        }
    }
}

impl Metrics {
    /// Counts one call of a tool that succeeded, or was refused.
    pub fn count_call(&self, tool: &'static str, succeeded: bool) {
        let outcome = if succeeded { "ok" } else { "refused" };
        self.calls
            .get_or_create(&CallLabels { tool, outcome })
            .inc();
    }

    fn count_request(&self, route: &'static str, status: u16, seconds: f64) {
        self.requests
            .get_or_create(&RequestLabels { route, status })
            .inc();
        if route == "/mcp" {
            self.seconds.observe(seconds);
        }
    }
}

/// Middleware: counts the request once its answer begins.
pub async fn layer(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let (started, route) = (Instant::now(), route(request.uri().path()));
    let response = next.run(request).await;
    metrics.count_request(
        route,
        response.status().as_u16(),
        started.elapsed().as_secs_f64(),
    );
    response
}

/// A handful of labels instead of every path a stranger may invent.
fn route(path: &str) -> &'static str {
    match path {
        "/mcp" => "/mcp",
        "/livez" | "/readyz" | "/health" | "/metrics" => "probe",
        _ => "other",
    }
}

/// `GET /metrics`, in the format that Prometheus reads.
pub async fn scrape(State(metrics): State<Arc<Metrics>>) -> Response {
    let mut text = String::new();
    encode(&mut text, &metrics.registry).expect("writing to a string does not fail");
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response()
}
