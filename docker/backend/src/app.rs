//! What the server holds, and all of its routes.

use std::any::Any;
use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use todo_core::cache::Cache;
use todo_core::error_body::ApiError;
use todo_core::lifecycle::Lifecycle;
use todo_core::store::Store;
use todo_core::token::Tokens;
use todo_core::{metrics, request_id, server};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_axum::router::OpenApiRouter;

use crate::auth::Passwords;
use crate::brain::Brains;
use crate::client::TrustedProxies;
use crate::config::Config;
use crate::input::BODY_MAX;
use crate::limits::Limits;
use crate::mcp::McpServer;
use crate::metrics::Metrics;
use crate::{account, auth, chat, conversations, docs, health, session, tasks};

/// What every request may need.
pub struct App {
    /// The database.
    pub store: Arc<dyn Store>,
    /// What may be lost.
    pub cache: Arc<dyn Cache>,
    /// Mints and verifies sessions.
    pub tokens: Tokens,
    /// How long a session lasts.
    pub session_seconds: u64,
    /// Hashes and verifies passwords.
    pub passwords: Passwords,
    /// Who is believed about where a call came from.
    pub trusted_proxies: TrustedProxies,
    /// How often a caller may call.
    pub limits: Limits,
    /// What answers a chat.
    pub brains: Brains,
    /// The tools' server.
    pub mcp: McpServer,
    /// Where the tools' server is, to ask how it is.
    pub mcp_server_url: String,
    /// The answers being made.
    pub ongoing: chat::Ongoing,
    /// Whether this process is ending.
    pub lifecycle: Lifecycle,
    /// What is counted.
    pub metrics: Metrics,
}

/// All routes, as they are served.
pub fn router(app: Arc<App>, config: &Config) -> Router {
    let (api, openapi) = api().split_for_parts();
    let metrics = app.metrics.shared.clone();
    api.merge(docs::routes(&openapi))
        .fallback(no_such_route)
        .method_not_allowed_fallback(no_such_method)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .layer(Extension(Arc::new(health::health(&app))))
        .layer(Extension(metrics.clone()))
        .layer(from_fn_with_state(metrics, metrics::layer))
        .layer(from_fn(request_id::layer))
        .layer(cors(config))
        .with_state(app)
}

/// The routes that `/openapi.json` describes.
pub fn api() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(docs::head())
        .merge(auth::routes())
        .merge(account::routes())
        .merge(tasks::routes())
        .merge(conversations::routes())
        .merge(health::routes())
        .layer(from_fn(server::in_time))
        // The answers of the chat are streams, which have limits of their own.
        .merge(chat::routes())
}

/// Pages of these origins may call with credentials; the application's own page needs none of this.
fn cors(config: &Config) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(config.cors_origins.clone()))
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::ACCEPT,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            chat::LAST_EVENT_ID,
            request_id::HEADER,
            session::FOR_USER,
        ])
        .expose_headers([
            request_id::HEADER,
            chat::STREAM_ID,
            chat::CONVERSATION_ID,
            header::ETAG,
            header::RETRY_AFTER,
        ])
}

async fn no_such_route(uri: Uri) -> ApiError {
    ApiError::not_found(format!(
        "There is nothing at {}: the calls are listed at /docs.",
        uri.path()
    ))
}

async fn no_such_method(method: Method, uri: Uri) -> ApiError {
    let message = format!(
        "{} does not take {method}: see the header `Allow`, or /docs.",
        uri.path()
    );
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        message,
    )
}

/// A panic is a fault of ours; the caller gets an error of the usual shape, the others notice
/// nothing.
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(
        panic = text.unwrap_or("without a message"),
        "a handler panicked"
    );
    let sentence =
        "Something went wrong on our side: try again, and report the request id if it stays.";
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", sentence).into_response()
}
