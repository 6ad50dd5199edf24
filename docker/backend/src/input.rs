//! Bodies, queries and paths as typed values; what cannot be read is an error of the common shape.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use todo_core::error_body::ApiError;
use todo_core::server::TooSlow;
use uuid::Uuid;

/// The most bytes a body may have.
pub const BODY_MAX: usize = 64 * 1024;

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let Json(body) = Json::from_request(request, state)
            .await
            .map_err(|why| TooSlow::refusal(&why).unwrap_or_else(|| unreadable(&why)))?;
        Ok(Body(body))
    }
}

fn unreadable(why: &JsonRejection) -> ApiError {
    let (code, message) = match why.status() {
        StatusCode::PAYLOAD_TOO_LARGE => (
            "too_large",
            format!("The body has more than {BODY_MAX} bytes: send less."),
        ),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (
            "not_json",
            "The body must be JSON, with the header `Content-Type: application/json`.".to_string(),
        ),
        StatusCode::UNPROCESSABLE_ENTITY => ("invalid", format!("{}.", why.body_text())),
        _ => ("bad_json", format!("{}.", why.body_text())),
    };
    ApiError::new(why.status(), code, message)
}

/// The part of the address after the `?`.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(query)) => Ok(Asked(query)),
            Err(why) => Err(ApiError::new(
                StatusCode::BAD_REQUEST,
                "bad_query",
                format!("{}.", why.body_text()),
            )),
        }
    }
}

/// The id in the path; one that is no UUID names nothing, so the answer is 404 like for any other.
pub struct Id(pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(id) = Path::<Uuid>::from_request_parts(parts, state)
            .await
            .map_err(|_| nothing_there())?;
        Ok(Id(id))
    }
}

/// 404 for whatever a path may name; whether it belongs to someone else is not told.
pub fn nothing_there() -> ApiError {
    ApiError::not_found("There is nothing of that id, or it is not yours.")
}
