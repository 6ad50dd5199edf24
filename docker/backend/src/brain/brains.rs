//! Chooses the brain that answers a turn: the model if there is one and it answers, else the rules.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc::Sender;

use super::llm::settings::Settings;
use super::llm::{Failure, Llm};
use super::rules::{self, aftermath};
use super::{BrainError, BrainKind, Event, Reply, Tools, ToolsError, Turn, hands::Hands};
use crate::outbound;

/// The brains of one server; cheap to clone, shared by all requests.
#[derive(Clone, Default)]
pub struct Brains {
    llm: Option<Arc<Llm>>,
}

impl Brains {
    /// Reads the brains' settings; `variable` answers the value of an environment variable.
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Self, BrainError> {
        let Some(settings) = Settings::from_env(variable)? else {
            return Ok(Self::default());
        };
        Self::with_model(settings)
    }

    /// Brains that ask this model first.
    pub fn with_model(settings: Settings) -> Result<Self, BrainError> {
        let http = outbound::client().map_err(BrainError::Config)?;
        Ok(Self {
            llm: Some(Arc::new(Llm::new(http, settings))),
        })
    }

    /// The model's name, if there is one.
    pub fn model(&self) -> Option<&str> {
        self.llm.as_deref().map(Llm::model)
    }

    /// Answers one turn, telling `events` about every word and call on the way.
    pub async fn answer(
        &self,
        turn: Turn,
        tools: Arc<dyn Tools>,
        events: Sender<Event>,
    ) -> Result<Reply, BrainError> {
        let mut hands = Hands::new(&turn, tools, events);
        let (brain, answered) = match &self.llm {
            Some(llm) if !rules::agrees(&turn) && llm.breaker.admits(Instant::now()) => {
                (BrainKind::Llm, ask(llm, &turn, &mut hands).await)
            }
            _ => (BrainKind::Rules, by_rules(&turn, &mut hands).await),
        };
        match answered {
            Ok(brain) => Ok(hands.reply(brain)),
            Err(BrainError::Tools(ToolsError::Stopped)) => {
                stopped(&mut hands).await;
                Ok(hands.reply(brain))
            }
            Err(error) => Err(error),
        }
    }
}

/// The end of an answer that the user wanted no more of: what was done before, and that it ends.
async fn stopped(hands: &mut Hands) {
    if !hands.text().is_empty() {
        hands.say("\n\n").await;
    }
    let done = aftermath::told(hands.calls());
    let done = done.unwrap_or_else(|| "Nothing was changed.".to_owned());
    hands.say(&format!("{done} I stopped there.")).await;
}

/// Asks the model; when it fails, ends the turn in the way that is safe by then.
async fn ask(llm: &Llm, turn: &Turn, hands: &mut Hands) -> Result<BrainKind, BrainError> {
    let answered = llm.answer(turn, hands).await;
    llm.breaker
        .note(!matches!(answered, Err(Failure::Model(_))), Instant::now());
    match answered {
        Ok(()) => Ok(BrainKind::Llm),
        Err(Failure::Tools(error)) => Err(error.into()),
        Err(Failure::Model(error)) => {
            tracing::warn!(%error, model = llm.model(), "the model failed, the rules take over");
            take_over(turn, hands).await
        }
    }
}

const UNSURE: &str = "I was cut off while I worked on your tasks: look at the list before you ask for the same again.";

/// What was changed already, or may have been, must not be done again, so then it is only told.
async fn take_over(turn: &Turn, hands: &mut Hands) -> Result<BrainKind, BrainError> {
    if !hands.text().is_empty() {
        hands.say("\n\n").await;
    }
    if hands.is_unsure() {
        hands.say(UNSURE).await;
        return Ok(BrainKind::Llm);
    }
    if let Some(sentence) = aftermath::told(hands.calls()) {
        hands.say(&sentence).await;
        return Ok(BrainKind::Llm);
    }
    by_rules(turn, hands).await
}

async fn by_rules(turn: &Turn, hands: &mut Hands) -> Result<BrainKind, BrainError> {
    rules::answer(turn, hands).await?;
    Ok(BrainKind::Rules)
}
