//! Which path goes where. It knows the routes, not what stands behind them.

use std::sync::{Arc, atomic::AtomicBool};

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
    routing::{any, get},
};

use crate::{
    assets::{self, Assets},
    config::Config,
    headers::{self, Policy},
    health::{self, Health},
    observe::{self, Metrics},
    proxy::{self, Proxy},
};

/// The whole application. `draining` turns readiness off while the process ends.
pub fn router(config: &Config, draining: Arc<AtomicBool>) -> Router {
    let proxy = Proxy::new(config.backend.clone());
    let metrics = Arc::new(Metrics::default());
    let health = Health::new(draining, proxy.clone());

    Router::new()
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready).with_state(health.clone()))
        .route("/health", get(health::report).with_state(health))
        .route("/metrics", get(observe::scrape).with_state(metrics.clone()))
        .route("/api", any(proxy::forward).with_state(proxy.clone()))
        .route("/api/{*path}", any(proxy::forward).with_state(proxy))
        .fallback(assets::answer)
        .with_state(Arc::new(Assets::load(&config.api_base)))
        .layer(from_fn_with_state(
            Policy::new(config.api_origin()),
            headers::add,
        ))
        .layer(from_fn_with_state(metrics, observe::request))
        .layer(from_fn(observe::request_id))
}
