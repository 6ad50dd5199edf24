//! Who is calling: the subject of a verified Bearer token, and nothing a tool's arguments could say.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rmcp::ErrorData;
use rmcp::model::Extensions;
use todo_core::error_body::ApiError;
use todo_core::request_id;
use todo_core::token::Tokens;
use todo_core::user::UserId;

/// How callers are known.
#[derive(Clone)]
pub enum Auth {
    /// By a Bearer token signed with our key.
    Token(Tokens),
    /// Not at all: everyone is the nil user. For trials on one machine.
    Off,
}

/// The user on whose behalf a request was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub user: UserId,
    /// The id of the HTTP request, for the logs.
    pub request_id: String,
}

impl Caller {
    /// The caller of the HTTP request that a protocol message came in.
    pub fn of(message: &Extensions) -> Result<Self, ErrorData> {
        let parts = message.get::<axum::http::request::Parts>();
        let caller = parts.and_then(|parts| parts.extensions.get::<Self>());
        caller.cloned().ok_or_else(|| {
            ErrorData::internal_error("the request went past the authentication layer", None)
        })
    }
}

/// Middleware: lets a request pass only with its caller attached.
pub async fn layer(State(auth): State<Auth>, mut request: Request, next: Next) -> Response {
    match auth.user(&request) {
        Ok(user) => {
            request.extensions_mut().insert(Caller {
                user,
                request_id: request_id::current(),
            });
            next.run(request).await
        }
        Err(sentence) => challenge(sentence),
    }
}

impl Auth {
    fn user(&self, request: &Request) -> Result<UserId, String> {
        let Self::Token(tokens) = self else {
            return Ok(UserId::nil());
        };
        let token = bearer(request)
            .ok_or("Send a session token in the header `Authorization: Bearer …`.")?;
        tokens
            .verify(token)
            .map(|claims| claims.sub)
            .map_err(|error| error.to_string())
    }
}

fn bearer(request: &Request) -> Option<&str> {
    let (scheme, token) = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn challenge(sentence: String) -> Response {
    let mut error = ApiError::unauthorized(sentence);
    let challenge =
        HeaderValue::from_static("Bearer realm=\"todo-chatbot\", error=\"invalid_token\"");
    error.headers.push((header::WWW_AUTHENTICATE, challenge));
    error.into_response()
}
