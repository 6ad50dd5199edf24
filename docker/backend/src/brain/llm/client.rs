//! One streamed exchange with the endpoint.

use std::time::Duration;

use eventsource_stream::{Event, Eventsource};
use serde_json::Value;
use tokio::time::timeout;
use tokio_stream::{Stream, StreamExt};

use super::settings::Settings;
use super::wire::{Chunk, Delta};

/// The most bytes of one answer, with all that stands around its words.
const ANSWER_MAX: usize = 1024 * 1024;
/// The longest error body that is put into the log.
const EXCERPT: usize = 300;

/// Why the endpoint gave no answer; for the log, never for the user.
#[derive(Debug, thiserror::Error)]
pub enum LlmError {
    /// It took too long.
    #[error("no sign of an answer within {0:?}")]
    Slow(Duration),
    /// It could not be reached, or the connection broke.
    #[error("the connection failed: {0}")]
    Connection(String),
    /// It answered an error.
    #[error("the endpoint answered {0}")]
    Refused(String),
    /// It went on calling tools.
    #[error("still calling tools after {0} rounds")]
    Rounds(usize),
    /// It wanted too many tools.
    #[error("more than {0} calls of tools")]
    Calls(usize),
    /// It said too much.
    #[error("an answer of more than {0} bytes")]
    Long(usize),
    /// It answered neither text nor calls.
    #[error("the answer was empty")]
    Empty,
}

/// Asks with this request body; the answer comes in pieces.
pub async fn ask(
    http: &reqwest::Client,
    settings: &Settings,
    body: &Value,
) -> Result<impl Stream<Item = Result<Delta, LlmError>> + use<>, LlmError> {
    let mut request = http
        .post(format!("{}/chat/completions", settings.base))
        .json(body);
    if let Some(key) = &settings.key {
        request = request.bearer_auth(key);
    }
    let response = request
        .send()
        .await
        .map_err(|error| LlmError::Connection(error.without_url().to_string()))?;
    if !response.status().is_success() {
        return Err(refusal(response).await);
    }
    let mut left = ANSWER_MAX;
    let pieces = response.bytes_stream().map(move |piece| {
        let piece = piece.map_err(|error| LlmError::Connection(error.without_url().to_string()))?;
        left = left
            .checked_sub(piece.len())
            .ok_or(LlmError::Long(ANSWER_MAX))?;
        Ok::<_, LlmError>(piece)
    });
    Ok(pieces.eventsource().filter_map(delta))
}

async fn refusal(response: reqwest::Response) -> LlmError {
    let status = response.status();
    let body = timeout(Duration::from_secs(1), beginning(response)).await;
    let body = body.unwrap_or_default();
    let excerpt: String = String::from_utf8_lossy(&body)
        .chars()
        .take(EXCERPT)
        .collect();
    LlmError::Refused(format!("{status}: {excerpt}"))
}

/// As much of a body as is worth reading.
async fn beginning(mut response: reqwest::Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(piece)) = response.chunk().await {
        body.extend_from_slice(&piece);
        if body.len() >= 4 * EXCERPT {
            break;
        }
    }
    body
}

/// The piece in an event; `None` for those that hold none, such as the end and comments.
fn delta<E: std::fmt::Display>(event: Result<Event, E>) -> Option<Result<Delta, LlmError>> {
    let data = match event {
        Ok(event) => event.data,
        Err(error) => return Some(Err(LlmError::Connection(error.to_string()))),
    };
    if data.trim() == "[DONE]" || data.trim().is_empty() {
        return None;
    }
    match serde_json::from_str::<Chunk>(&data) {
        Ok(Chunk {
            error: Some(error), ..
        }) => Some(Err(LlmError::Refused(error.to_string()))),
        Ok(chunk) => chunk
            .choices
            .into_iter()
            .next()
            .map(|choice| Ok(choice.delta)),
        Err(error) => Some(Err(LlmError::Refused(format!(
            "a chunk that is not one: {error}"
        )))),
    }
}
