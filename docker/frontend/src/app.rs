//! Which path goes where.

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::any;
use todo_core::health::{self, Dependency, Health};
use todo_core::metrics::{self, Metrics};
use todo_core::request_id;

use crate::assets::{self, Assets};
use crate::config::Config;
use crate::headers::{self, Policy};
use crate::proxy::{self, Proxy};

/// The whole application.
pub fn router(config: &Config) -> Router {
    let proxy = Proxy::new(config.backend.clone());
    let metrics = Metrics::new(|_| {});

    Router::new()
        .route("/api", any(proxy::forward).with_state(proxy.clone()))
        .route(
            "/api/{*path}",
            any(proxy::forward).with_state(proxy.clone()),
        )
        .fallback(assets::answer)
        .with_state(Arc::new(Assets::load(&config.api_base)))
        .merge(health::routes(health(config, proxy), metrics.clone()))
        .layer(from_fn_with_state(
            Policy::new(config.api_origin()),
            headers::add,
        ))
        .layer(from_fn_with_state(metrics, metrics::layer))
        .layer(from_fn(request_id::layer))
}

/// A page that is up must not leave the service because the backend behind it is away, so nothing
/// is vital.
fn health(config: &Config, proxy: Proxy) -> Health {
    let backend = Dependency::new("backend", "http", move || {
        let proxy = proxy.clone();
        async move { proxy.backend_is_well().await }
    });
    Health {
        version: env!("CARGO_PKG_VERSION"),
        lifecycle: config.lifecycle.clone(),
        dependencies: vec![backend],
    }
}
