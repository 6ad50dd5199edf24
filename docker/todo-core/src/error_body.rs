//! The one shape of every error: `{"error":{"code","message","request_id"}}`.

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::request_id;
use crate::task::Invalid;

/// Seconds after which a service that was away is asked again.
const SOON: u64 = 2;

/// An answer that is an error.
#[derive(Debug, Clone)]
pub struct ApiError {
    /// The HTTP status.
    pub status: StatusCode,
    /// A word for programs, such as `not_found`.
    pub code: &'static str,
    /// A sentence for people: what, why, what to do.
    pub message: String,
    /// Headers the status calls for, such as `Retry-After`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// The body of every error.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorDetail {
    /// A word for programs, such as `not_found`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// The request's id, to be found in the logs of every service.
    pub request_id: String,
}

impl ApiError {
    /// An error of this status, with a word for programs and a sentence for people.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        ApiError {
            status,
            code,
            message: message.into(),
            headers: Vec::new(),
        }
    }

    /// The same with one more header.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// 401: the caller is not known.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    /// 404: there is nothing of that name that the caller may see.
    pub fn not_found(message: impl Into<String>) -> Self {
        ApiError::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 503: not now; a caller who tries again soon gets an answer.
    pub fn unavailable(message: impl Into<String>) -> Self {
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message).retry_after(SOON)
    }

    /// The same with the seconds after which the caller may try again.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.headers.retain(|(name, _)| name != RETRY_AFTER);
        self.with_header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// The body, with the id of the request being answered.
    pub fn body(&self) -> ErrorBody {
        let error = ErrorDetail {
            code: self.code.to_string(),
            message: self.message.clone(),
            request_id: request_id::current(),
        };
        ErrorBody { error }
    }
}

impl From<Invalid> for ApiError {
    /// Nobody chooses a cursor: one that is not ours is a broken call, not a value out of bounds.
    fn from(invalid: Invalid) -> Self {
        let (status, code) = match invalid.field {
            "cursor" => (StatusCode::BAD_REQUEST, "bad_cursor"),
            _ => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
        };
        ApiError::new(status, code, invalid.to_string())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = Json(self.body());
        (self.status, AppendHeaders(self.headers), body).into_response()
    }
}
