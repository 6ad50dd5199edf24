//! The brain: turns what a user says into tool calls and an answer.
//!
//! It knows nothing of HTTP, the database or users: tasks are reached only through [`Tools`], and
//! everything remembered between two turns comes from the conversation's own history, so any
//! replica can answer any turn.
//!
//! * [`turn`]: what goes in and comes out: [`Turn`], [`Event`], [`Reply`]
//! * [`tools`]: the trait behind which the MCP client stands
//! * [`hands`]: calls tools, tells the listener about it and keeps the record
//! * [`consent`]: what waits for the user's yes
//! * [`brains`]: chooses between the two brains and falls back from one to the other
//! * [`rules`]: the brain without a model
//! * [`llm`]: the brain behind an OpenAI-compatible endpoint

pub mod brains;
pub mod consent;
pub mod hands;
pub mod llm;
pub mod rules;
#[cfg(test)]
pub mod testing;
pub mod tools;
pub mod turn;

pub use brains::Brains;
pub use rules::aftermath::told;
pub use tools::{ToolOutcome, ToolSpec, Tools, ToolsError};
pub use turn::{BrainError, BrainKind, Event, Message, Reply, Role, ToolCallRecord, Turn};
