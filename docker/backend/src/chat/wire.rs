//! Events as they travel and as they are kept.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{self, KeepAlive, Sse};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc::Receiver;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::brain::Event;

/// Between two signs of life on a silent connection.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// One event of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WireEvent {
    /// `delta`, `tool_call`, `tool_result`, `done` or `error`.
    pub event: String,
    /// What belongs to it.
    pub data: Value,
}

impl WireEvent {
    /// An event of this name.
    pub fn new(event: &str, data: Value) -> Self {
        WireEvent {
            event: event.to_string(),
            data,
        }
    }

    /// Whether nothing comes after it.
    pub fn is_last(&self) -> bool {
        matches!(self.event.as_str(), "done" | "error")
    }
}

impl From<Event> for WireEvent {
    fn from(event: Event) -> Self {
        match event {
            Event::Delta { text } => WireEvent::new("delta", json!({"text": text})),
            Event::ToolCall {
                id,
                name,
                arguments,
            } => WireEvent::new(
                "tool_call",
                json!({"id": id, "name": name, "arguments": arguments}),
            ),
            Event::ToolResult {
                id,
                name,
                result,
                is_error,
            } => WireEvent::new(
                "tool_result",
                json!({"id": id, "name": name, "result": result, "is_error": is_error}),
            ),
        }
    }
}

/// A server-sent event of an answer.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only describes what `framed` writes")]
pub struct SentEvent {
    /// Send the last one seen as `Last-Event-ID` to read on.
    id: String,
    /// `delta`, `tool_call`, `tool_result`, `done` or `error`.
    event: String,
    /// A JSON object, as text.
    data: String,
}

/// An event with its place in its stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbered {
    /// The stream.
    pub stream: Uuid,
    /// Counted from 1.
    pub number: u64,
    /// The event.
    pub event: WireEvent,
}

impl Numbered {
    /// The `id:` of the event, `stream:number`.
    fn id(&self) -> String {
        format!("{}:{}", self.stream, self.number)
    }
}

/// The number in an event's id; 0, which is before all events, if there is none.
pub fn number(id: &str) -> u64 {
    let digits = id.rsplit(':').next().unwrap_or(id);
    digits.trim().parse().unwrap_or_default()
}

/// Events as a response that lasts until their sender is gone.
pub fn sse(
    listener: Receiver<Numbered>,
) -> Sse<impl tokio_stream::Stream<Item = Result<sse::Event, Infallible>>> {
    let events = ReceiverStream::new(listener).map(|numbered| Ok(framed(&numbered)));
    Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT))
}

fn framed(numbered: &Numbered) -> sse::Event {
    // JSON has no raw line breaks, so an event is always one `data:` line.
    let WireEvent { event, data } = &numbered.event;
    sse::Event::default()
        .id(numbered.id())
        .event(event)
        .data(data.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_hold_the_number() {
        let event = WireEvent::new("done", json!({}));
        let numbered = Numbered {
            stream: Uuid::nil(),
            number: 7,
            event,
        };
        assert_eq!(number(&numbered.id()), 7);
        assert_eq!(number("7"), 7);
        assert_eq!(number("nonsense"), 0);
    }
}
