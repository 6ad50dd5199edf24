//! What a brain is given and what it gives back. Plain data; knows nothing of how answers are
//! found.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::tools::ToolsError;

/// One thing a user said, with the conversation so far.
#[derive(Debug, Clone)]
pub struct Turn {
    /// What the user just wrote.
    pub message: String,
    /// The earlier messages of this conversation, oldest first, without `message`.
    pub history: Vec<Message>,
    /// The user's date; "tomorrow" is counted from here.
    pub today: NaiveDate,
    /// Cancelled when the user wants no more of it: no tool is called from then on.
    pub stop: CancellationToken,
}

/// One earlier message of the conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Message {
    /// Who wrote it.
    pub role: Role,
    /// The text.
    pub content: String,
    /// What the brain did while it wrote this message; empty for the user's messages.
    #[serde(default)]
    pub tool_calls: Vec<ToolCallRecord>,
}

/// The author of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The person.
    User,
    /// The brain.
    Assistant,
}

/// A tool call that was made, kept with the message it belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCallRecord {
    /// The tool's name.
    pub name: String,
    /// The arguments as sent.
    pub arguments: Value,
    /// The tool's structured content, or `{"error": "…"}` when the tool refused.
    pub result: Value,
}

impl ToolCallRecord {
    /// Whether the tool did what it was asked.
    pub fn succeeded(&self) -> bool {
        self.result.get("error").is_none()
    }
}

/// What happens while an answer is being made, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The next piece of the answer's text.
    Delta {
        /// The piece; all pieces of a turn together are the reply.
        text: String,
    },
    /// A tool is about to be called.
    ToolCall {
        /// Pairs the call with its result.
        id: String,
        /// The tool's name.
        name: String,
        /// The arguments as sent.
        arguments: Value,
    },
    /// A tool has answered.
    ToolResult {
        /// The id of the call.
        id: String,
        /// The tool's name.
        name: String,
        /// The tool's structured content, or `{"error": "…"}`.
        result: Value,
        /// Whether the tool refused.
        is_error: bool,
    },
}

/// A finished answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The whole text: all deltas of the turn, joined.
    pub text: String,
    /// Which brain wrote it.
    pub brain: BrainKind,
    /// The tools called on the way, in order.
    pub tool_calls: Vec<ToolCallRecord>,
}

/// Which brain answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BrainKind {
    /// The brain without a model.
    Rules,
    /// The language model.
    Llm,
}

impl BrainKind {
    /// The name used in the HTTP API: `rules` or `llm`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Llm => "llm",
        }
    }
}

/// Why a turn has no answer.
#[derive(Debug, thiserror::Error)]
pub enum BrainError {
    /// The tools cannot be reached, so neither brain can do anything.
    #[error(transparent)]
    Tools(#[from] ToolsError),
    /// A setting of the brain is wrong; said once, at start.
    #[error("{0}")]
    Config(String),
}
