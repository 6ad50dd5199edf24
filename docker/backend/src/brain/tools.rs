//! The only way a brain reaches tasks.

use async_trait::async_trait;
use serde_json::Value;

/// The tools of one user, for the length of one turn.
#[async_trait]
pub trait Tools: Send + Sync {
    /// Calls the tool `name`; a refusal by the tool is an outcome, not an error.
    async fn call(&self, name: &str, arguments: Value) -> Result<ToolOutcome, ToolsError>;

    /// The tools on offer, as the server describes them.
    async fn list(&self) -> Result<Vec<ToolSpec>, ToolsError>;
}

/// What a tool answered.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolOutcome {
    /// The structured content; `{"error": "…"}` when the tool refused.
    pub result: Value,
    /// Whether the tool refused.
    pub is_error: bool,
}

/// A tool as the server describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolSpec {
    /// The name to call it by.
    pub name: String,
    /// What it does, for a model to read.
    pub description: String,
    /// The JSON Schema of its arguments.
    pub input_schema: Value,
}

/// Why a tool could not be asked at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ToolsError {
    /// Nothing answers at the server's address, or it broke while answering.
    #[error(
        "the task tools do not answer right now, so nothing was changed as far as we know: {0}"
    )]
    Unreachable(String),
    /// The server does not accept the user's token.
    #[error("the task tools refused your session; please log in again")]
    Unauthorized,
    /// The user wants no more of this answer, so the tool was not asked.
    #[error("the answer was stopped")]
    Stopped,
    /// The server answered something that is not the protocol.
    #[error("the task tools gave an answer that makes no sense: {0}")]
    Protocol(String),
}
