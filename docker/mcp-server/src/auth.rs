//! Who is calling: the subject of a verified Bearer token, and nothing a tool's arguments could
//! say.
//!
//! A session that was logged out is refused although its token has not ended: the database knows,
//! which backend and MCP server share. While the database is away nobody passes; no tool could do
//! anything without it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use rmcp::ErrorData;
use rmcp::model::Extensions;
use todo_core::error_body::ApiError;
use todo_core::request_id;
use todo_core::session::goes_on;
use todo_core::store::Store;
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

/// What stands before `/mcp`.
#[derive(Clone)]
pub struct Gate {
    /// How callers are known.
    pub auth: Auth,
    /// Knows which sessions go on.
    pub store: Arc<dyn Store>,
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
pub async fn layer(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    // Taken out first, because a borrowed body may not be held while the store is asked.
    let token = bearer(&request).map(str::to_owned);
    match gate.user(token.as_deref()).await {
        Ok(user) => {
            request.extensions_mut().insert(Caller {
                user,
                request_id: request_id::current(),
            });
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

impl Gate {
    async fn user(&self, token: Option<&str>) -> Result<UserId, ApiError> {
        let Auth::Token(tokens) = &self.auth else {
            return Ok(UserId::nil());
        };
        let missing = "Send a session token in the header `Authorization: Bearer …`.";
        let token = token.ok_or_else(|| challenge(missing))?;
        let claims = tokens
            .verify(token)
            .map_err(|error| challenge(error.to_string()))?;
        let standing = self.store.standing(claims.sub, claims.jti).await?;
        goes_on(standing.as_ref(), &claims, Utc::now())
            .map_err(|error| challenge(error.to_string()))?;
        Ok(claims.sub)
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

fn challenge(sentence: impl Into<String>) -> ApiError {
    let challenge =
        HeaderValue::from_static("Bearer realm=\"todo-chatbot\", error=\"invalid_token\"");
    ApiError::unauthorized(sentence).with_header(header::WWW_AUTHENTICATE, challenge)
}
