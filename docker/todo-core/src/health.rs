//! How a service is: alive, ready, and in detail.
//!
//! `/livez` asks nothing of anyone; `/readyz` asks what nothing works without; `/health` asks
//! everything and tells it to people.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde::Serialize;
use tokio::time::timeout;

use crate::error_body::ApiError;
#[cfg(feature = "openapi")]
use crate::error_body::ErrorBody;
use crate::lifecycle::Lifecycle;
use crate::metrics::{self, Metrics};
#[cfg(feature = "data")]
use crate::store::Store;

/// How long a dependency may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

type Answer = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// Something a service needs.
pub struct Dependency {
    name: &'static str,
    kind: &'static str,
    vital: bool,
    ask: Box<dyn Fn() -> Answer + Send + Sync>,
}

impl Dependency {
    /// One without which the service goes on with less; `ask` says why it is away.
    pub fn new<F>(
        name: &'static str,
        kind: &'static str,
        ask: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        let ask = Box::new(move || Box::pin(ask()) as Answer);
        Dependency {
            name,
            kind,
            vital: false,
            ask,
        }
    }

    /// The same, without which nothing works.
    pub fn vital(mut self) -> Self {
        self.vital = true;
        self
    }

    async fn answer(&self) -> Result<(), String> {
        let late = |_| Err(format!("No answer within {} s.", PATIENCE.as_secs()));
        timeout(PATIENCE, (self.ask)()).await.unwrap_or_else(late)
    }
}

/// The database and its schema, without which nothing works.
#[cfg(feature = "data")]
pub fn database(store: Arc<dyn Store>) -> Dependency {
    let needed = Dependency::new("database", store.kind(), move || {
        let store = store.clone();
        async move {
            let schema = store.schema().await.map_err(|why| why.to_string())?;
            schema
                .is_usable()
                .then_some(())
                .ok_or_else(|| schema.to_string())
        }
    });
    needed.vital()
}

/// What the probes look at.
pub struct Health {
    /// The version of the service.
    pub version: &'static str,
    /// Whether the process is ending.
    pub lifecycle: Lifecycle,
    /// What it needs.
    pub dependencies: Vec<Dependency>,
}

/// How everything is.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// `ok`; `degraded` while something is away; `down` without what nothing works without.
    status: &'static str,
    /// This program's version.
    version: &'static str,
    /// What it depends on, by name.
    dependencies: BTreeMap<&'static str, State>,
}

/// How one dependency is.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct State {
    /// `up` or `down`.
    state: &'static str,
    /// What it is.
    kind: &'static str,
    /// Why it is down.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// A word that says all is well.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Well {
    /// `alive` or `ready`.
    status: &'static str,
}

/// `/livez`, `/readyz`, `/health` and `/metrics` for a service that describes its calls to nobody.
pub fn routes(health: Health, metrics: Arc<Metrics>) -> Router {
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/health", get(report))
        .route("/metrics", get(metrics::scrape))
        .layer(Extension(Arc::new(health)))
        .layer(Extension(metrics))
}

/// Is the process alive?
#[cfg_attr(feature = "openapi", utoipa::path(get, path = "/livez", tag = "operation", security(()),
    responses((status = 200, description = "It is.", body = Well))))]
pub async fn livez() -> Json<Well> {
    Json(Well { status: "alive" })
}

/// May it be sent requests?
#[cfg_attr(feature = "openapi", utoipa::path(get, path = "/readyz", tag = "operation", security(()),
    responses((status = 200, description = "Yes.", body = Well), (status = 503, description = "Not now.", body = ErrorBody))))]
pub async fn readyz(Extension(health): Extension<Arc<Health>>) -> Result<Json<Well>, ApiError> {
    if health.lifecycle.is_ending() {
        let message = "This process is ending: ask another one.";
        return Err(ApiError::unavailable(message));
    }
    for dependency in health.dependencies.iter().filter(|need| need.vital) {
        dependency.answer().await.map_err(unready)?;
    }
    Ok(Json(Well { status: "ready" }))
}

/// Who asks is a kubelet that keeps the answer to itself; who wonders reads the log.
fn unready(state: String) -> ApiError {
    tracing::warn!(state, "not ready");
    ApiError::unavailable(state)
}

/// How is everything?
#[cfg_attr(feature = "openapi", utoipa::path(get, path = "/health", tag = "operation", security(()),
    responses((status = 200, description = "It works, perhaps with less than all.", body = Report),
        (status = 503, description = "What nothing works without is away.", body = Report))))]
pub async fn report(Extension(health): Extension<Arc<Health>>) -> Response {
    let asked = health.dependencies.iter().map(Dependency::answer);
    let answers = futures_util::future::join_all(asked).await;
    let answers: Vec<_> = health.dependencies.iter().zip(answers).collect();
    let down = |vital: bool| {
        let mut answers = answers.iter();
        answers.any(|(need, answer)| need.vital == vital && answer.is_err())
    };
    let (code, status) = match (down(true), down(false)) {
        (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "down"),
        (false, true) => (StatusCode::OK, "degraded"),
        (false, false) => (StatusCode::OK, "ok"),
    };
    let dependencies = answers
        .into_iter()
        .map(|(need, answer)| (need.name, need.state(answer)));
    let report = Report {
        status,
        version: health.version,
        dependencies: dependencies.collect(),
    };
    (code, Json(report)).into_response()
}

impl Dependency {
    fn state(&self, answer: Result<(), String>) -> State {
        State {
            state: if answer.is_ok() { "up" } else { "down" },
            kind: self.kind,
            why: answer.err(),
        }
    }
}
