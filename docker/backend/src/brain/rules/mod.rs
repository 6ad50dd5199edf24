//! The brain without a model: understands everyday English about tasks.

use super::{BrainError, Turn, hands::Hands};

/// Answers one turn.
pub async fn answer(_turn: &Turn, hands: &mut Hands) -> Result<(), BrainError> {
    hands.say("I keep your tasks. Try “add a task to buy groceries” or “show me all my tasks”.").await;
    Ok(())
}
