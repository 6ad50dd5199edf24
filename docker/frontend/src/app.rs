//! Which path goes where. It knows the routes, not what stands behind them.

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get};
use todo_core::request_id;

use crate::assets::{self, Assets};
use crate::config::Config;
use crate::headers::{self, Policy};
use crate::health::{self, Health};
use crate::metrics::{self, Metrics};
use crate::proxy::{self, Proxy};

/// The whole application.
pub fn router(config: &Config) -> Router {
    let proxy = Proxy::new(config.backend.clone());
    let metrics = Arc::new(Metrics::default());
    let health = Health {
        lifecycle: config.lifecycle.clone(),
        proxy: proxy.clone(),
    };

    Router::new()
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready).with_state(health.clone()))
        .route("/health", get(health::report).with_state(health))
        .route("/metrics", get(metrics::scrape).with_state(metrics.clone()))
        .route("/api", any(proxy::forward).with_state(proxy.clone()))
        .route("/api/{*path}", any(proxy::forward).with_state(proxy))
        .fallback(assets::answer)
        .with_state(Arc::new(Assets::load(&config.api_base)))
        .layer(from_fn_with_state(
            Policy::new(config.api_origin()),
            headers::add,
        ))
        .layer(from_fn_with_state(metrics, metrics::layer))
        .layer(from_fn(request_id::layer))
}
