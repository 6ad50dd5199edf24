//! The API's description for programs (`/openapi.json`) and for people (`/docs`), without
//! anything from elsewhere: the page is two small files of ours that draw the description.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;
use todo_core::error_body::ErrorBody;
use utoipa::openapi::OpenApi as Description;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::{IntoResponses, Modify, OpenApi};

use crate::app::App;

/// What the description begins with; the routes add themselves.
pub fn head() -> Description {
    Head::openapi()
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Todo chatbot", description = "Accounts, tasks and a chatbot that works on them. Every call with a session may carry `X-For-User: <user id>`: \
        if the session is somebody else's, the answer is 409 `other_account` and nothing is done."),
    modifiers(&Schemes),
    security(("bearer" = []), ("cookie" = [])),
    tags((name = "auth", description = "Accounts and sessions"), (name = "tasks", description = "The caller's tasks"),
        (name = "chat", description = "The chatbot and its history"), (name = "operation", description = "For those who run it"))
)]
struct Head;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, description: &mut Description) {
        let components = description.components.get_or_insert_default();
        components.add_security_scheme(
            "bearer",
            SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
        );
        let cookie = ApiKey::Cookie(ApiKeyValue::new("session"));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
    }
}

/// What a call with a body may answer.
#[derive(IntoResponses)]
pub enum BadBody {
    /// The body is not JSON.
    #[response(status = 400)]
    NotJson(ErrorBody),
    /// The body did not arrive within 6 s.
    #[response(status = 408)]
    TooSlow(ErrorBody),
    /// The body has more than 64 KiB.
    #[response(status = 413)]
    TooLarge(ErrorBody),
    /// The body is not said to be JSON.
    #[response(status = 415)]
    NotSaidToBeJson(ErrorBody),
    /// A field is missing, unknown, of the wrong type or out of bounds.
    #[response(status = 422)]
    Invalid(ErrorBody),
}

/// What a call with a query may answer.
#[derive(IntoResponses)]
pub enum BadQuery {
    /// A parameter is unknown or of the wrong type, or the cursor is not one of the list's.
    #[response(status = 400)]
    Unreadable(ErrorBody),
    /// A parameter is out of bounds.
    #[response(status = 422)]
    Invalid(ErrorBody),
}

/// What a call that needs a session may answer.
#[derive(IntoResponses)]
pub enum Guarded {
    /// There is no session, or it has ended.
    #[response(status = 401)]
    Unauthorized(ErrorBody),
    /// The session is not that of the user whom the header `X-For-User` names; nothing was done.
    #[response(status = 409)]
    OtherAccount(ErrorBody),
    /// Too many calls; `Retry-After` says how long to wait.
    #[response(status = 429)]
    TooMany(ErrorBody),
    /// Something this service needs does not answer.
    #[response(status = 503)]
    Unavailable(ErrorBody),
}

/// What a call that needs no session may answer.
#[derive(IntoResponses)]
pub enum Open {
    /// Too many calls; `Retry-After` says how long to wait.
    #[response(status = 429)]
    TooMany(ErrorBody),
    /// Something this service needs does not answer.
    #[response(status = 503)]
    Unavailable(ErrorBody),
}

/// What a call with `If-Match` may answer.
#[derive(IntoResponses)]
pub enum Changed {
    /// It was changed meanwhile, and nothing was done.
    #[response(status = 412)]
    Changed(ErrorBody),
}

/// What a call that names something may answer.
#[derive(IntoResponses)]
pub enum Missing {
    /// There is nothing of that id, or it is not the caller's.
    #[response(status = 404)]
    NotFound(ErrorBody),
}

/// The description and the page, also below `/api`, where the application's page can reach them.
pub fn routes(description: &Description) -> Router<Arc<App>> {
    let json = description
        .to_json()
        .expect("a description of plain types is JSON");
    let json: &'static str = json.leak();
    ["", "/api"]
        .into_iter()
        .fold(Router::new(), |router, base| {
            router
                .route(
                    &format!("{base}/openapi.json"),
                    get(move || async move { file("application/json", json) }),
                )
                .route(
                    &format!("{base}/docs"),
                    get(|| async {
                        file("text/html; charset=utf-8", include_str!("docs/page.html"))
                    }),
                )
                .route(
                    &format!("{base}/docs.js"),
                    get(|| async {
                        file(
                            "text/javascript; charset=utf-8",
                            include_str!("docs/page.js"),
                        )
                    }),
                )
                .route(
                    &format!("{base}/docs.css"),
                    get(|| async {
                        file("text/css; charset=utf-8", include_str!("docs/page.css"))
                    }),
                )
        })
}

fn file(content_type: &'static str, text: &'static str) -> impl IntoResponse {
    let policy = HeaderValue::from_static(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'",
    );
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CONTENT_SECURITY_POLICY, policy),
        (
            HeaderName::from_static("x-content-type-options"),
            HeaderValue::from_static("nosniff"),
        ),
    ];
    (headers, text)
}
