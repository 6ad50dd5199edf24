//! Chooses the brain that answers a turn.

use std::sync::Arc;

use tokio::sync::mpsc::Sender;

use super::{BrainError, BrainKind, Event, Reply, Tools, Turn, hands::Hands, rules};

/// The brains of one server; cheap to clone, shared by all requests.
#[derive(Clone, Default)]
pub struct Brains {}

impl Brains {
    /// Reads the brains' settings; `variable` answers the value of an environment variable.
    pub fn from_env(_variable: impl Fn(&str) -> Option<String>) -> Result<Self, BrainError> {
        Ok(Self::default())
    }

    /// Answers one turn, telling `events` about every word and call on the way.
    pub async fn answer(
        &self,
        turn: Turn,
        tools: Arc<dyn Tools>,
        events: Sender<Event>,
    ) -> Result<Reply, BrainError> {
        let mut hands = Hands::new(tools, events);
        rules::answer(&turn, &mut hands).await?;
        Ok(hands.reply(BrainKind::Rules))
    }
}
