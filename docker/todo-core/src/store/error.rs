//! What can go wrong with a store, and what a caller over HTTP is told about it.

use axum::http::StatusCode;

use crate::error_body::ApiError;
use crate::task::Invalid;

/// Why the store could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Someone signed up with this address before.
    #[error("Someone has signed up with this address already: log in, or use another one.")]
    EmailTaken,
    /// The user was removed while their session goes on.
    #[error("This user does not exist any more: sign up again.")]
    UnknownUser,
    /// It is not any more as the caller last saw it, and nothing was done.
    #[error("It was changed in the meantime: read it again, then decide.")]
    Changed,
    /// What was asked for makes no sense.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The database does not answer, or has no schema yet.
    #[error("The database is not available ({0}): try again in a moment.")]
    Unavailable(String),
    /// Anything else; a fault of ours.
    #[error("The database refused a statement: {0}")]
    Failed(String),
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let message = error.to_string();
        match error {
            StoreError::EmailTaken => ApiError::new(StatusCode::CONFLICT, "email_taken", message),
            StoreError::UnknownUser => ApiError::unauthorized(message),
            StoreError::Changed => ApiError::new(
                StatusCode::PRECONDITION_FAILED,
                "precondition_failed",
                message,
            ),
            StoreError::Invalid(invalid) => invalid.into(),
            StoreError::Unavailable(_) => unavailable(&message),
            StoreError::Failed(_) => failed(&message),
        }
    }
}

/// The caller learns that it passes; what the database said is for the log.
fn unavailable(message: &str) -> ApiError {
    tracing::warn!(error = message, "the database is not available");
    ApiError::unavailable("The database is not available: try again in a moment.")
}

fn failed(message: &str) -> ApiError {
    tracing::error!(error = message, "the database refused a statement");
    let sentence =
        "Something went wrong on our side: try again, and report the request id if it stays.";
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", sentence)
}
