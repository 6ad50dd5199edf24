//! The one form of an error, the same as the backend's: `{error:{code,message,request_id}}`.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// An error that the page can show and a program can branch on.
#[derive(Debug, Clone, Copy)]
pub struct ApiError {
    /// The HTTP status.
    pub status: StatusCode,
    /// A stable word for programs.
    pub code: &'static str,
    /// A sentence for people.
    pub message: &'static str,
}

impl ApiError {
    /// The answer, carrying the id under which the logs speak of this request.
    pub fn answer(self, request_id: &str) -> Response {
        let error = json!({"code": self.code, "message": self.message, "request_id": request_id});
        (self.status, Json(json!({ "error": error }))).into_response()
    }
}

/// No connection to the backend, or it broke before an answer began.
pub const BACKEND_AWAY: ApiError = ApiError {
    status: StatusCode::BAD_GATEWAY,
    code: "backend_unavailable",
    message: "The server behind this page does not answer right now. Try again in a moment.",
};

/// The backend took the request but did not begin to answer.
pub const BACKEND_SLOW: ApiError = ApiError {
    status: StatusCode::GATEWAY_TIMEOUT,
    code: "backend_timeout",
    message: "The server behind this page took too long to answer. Try again in a moment.",
};

/// The request's body could not be read from the browser.
pub const BODY_UNREADABLE: ApiError = ApiError {
    status: StatusCode::BAD_REQUEST,
    code: "body_unreadable",
    message: "The request broke off before it was complete. Send it again.",
};
