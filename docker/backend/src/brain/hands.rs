//! Calls tools and speaks on a brain's behalf: every call and every word is told to the listener and kept for the reply.
//!
//! Knows nothing of what is said or why. A listener that has gone away does not stop the turn: what was begun is finished,
//! so that the conversation's history tells the truth.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::mpsc::Sender;

use super::{BrainKind, Event, Reply, ToolCallRecord, ToolOutcome, ToolSpec, Tools, ToolsError};

/// One turn's tools, listener and record.
pub struct Hands {
    tools: Arc<dyn Tools>,
    events: Sender<Event>,
    text: String,
    calls: Vec<ToolCallRecord>,
    waiting: bool,
}

impl Hands {
    /// Starts a turn with an empty record.
    pub fn new(tools: Arc<dyn Tools>, events: Sender<Event>) -> Self {
        Self {
            tools,
            events,
            text: String::new(),
            calls: Vec::new(),
            waiting: false,
        }
    }

    /// Adds `text` to the answer.
    pub async fn say(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        self.tell(Event::Delta {
            text: text.to_owned(),
        })
        .await;
    }

    /// Calls the tool `name`, telling the listener before and after.
    pub async fn call(&mut self, name: &str, arguments: Value) -> Result<ToolOutcome, ToolsError> {
        let id = format!("call_{}", self.calls.len() + 1);
        self.tell(Event::ToolCall {
            id: id.clone(),
            name: name.to_owned(),
            arguments: arguments.clone(),
        })
        .await;
        self.waiting = true;
        let outcome = self.tools.call(name, arguments.clone()).await?;
        self.waiting = false;
        let ToolOutcome { result, is_error } = outcome.clone();
        self.calls.push(ToolCallRecord {
            name: name.to_owned(),
            arguments,
            result: result.clone(),
        });
        self.tell(Event::ToolResult {
            id,
            name: name.to_owned(),
            result,
            is_error,
        })
        .await;
        Ok(outcome)
    }

    /// The tools on offer.
    pub async fn offered(&self) -> Result<Vec<ToolSpec>, ToolsError> {
        self.tools.list().await
    }

    /// The text said so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The calls made so far.
    pub fn calls(&self) -> &[ToolCallRecord] {
        &self.calls
    }

    /// Whether a call was cut off before its answer came, so that nobody knows what it did.
    pub fn is_unsure(&self) -> bool {
        self.waiting
    }

    /// Ends the turn.
    pub fn reply(self, brain: BrainKind) -> Reply {
        Reply {
            text: self.text,
            brain,
            tool_calls: self.calls,
        }
    }

    async fn tell(&self, event: Event) {
        let _ = self.events.send(event).await;
    }
}
