//! The brain behind an OpenAI-compatible endpoint: asks the model, calls the tools it wants, asks
//! again.
//!
//! # Layout
//! * [`settings`]: which endpoint; [`breaker`]: whether to try it at all
//! * [`prompt`]: what is sent; [`client`], [`wire`]: one exchange; [`assemble`]: pieces to an
//!   answer

pub mod assemble;
pub mod breaker;
pub mod client;
pub mod prompt;
pub mod settings;
pub mod wire;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_stream::StreamExt;

use self::assemble::{Answer, WholeCall};
use self::breaker::Breaker;
use self::client::LlmError;
use self::settings::Settings;
use super::{ToolsError, Turn, consent, hands::Hands, rules};

/// So often the model may ask for tools in one turn.
const ROUNDS_MAX: usize = 6;
/// So many tools it may call in one turn.
const CALLS_MAX: usize = 50;
/// How long the list of tools is remembered.
const TOOLS_KEPT: Duration = Duration::from_secs(60);

/// The model and what is known about it.
pub struct Llm {
    http: reqwest::Client,
    settings: Settings,
    /// Whether to try.
    pub breaker: Breaker,
    tools: Mutex<Option<(Instant, Vec<Value>)>>,
}

/// Why a turn could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The model's fault: the rules may do better.
    #[error(transparent)]
    Model(#[from] LlmError),
    /// The tools' fault: nobody can do better.
    #[error(transparent)]
    Tools(#[from] ToolsError),
}

impl Llm {
    /// The model at this endpoint.
    pub fn new(http: reqwest::Client, settings: Settings) -> Self {
        Self {
            http,
            settings,
            breaker: Breaker::default(),
            tools: Mutex::default(),
        }
    }

    /// The model's name.
    pub fn model(&self) -> &str {
        &self.settings.model
    }

    /// Answers one turn.
    pub async fn answer(&self, turn: &Turn, hands: &mut Hands) -> Result<(), Failure> {
        let late = |_| Failure::Model(LlmError::Slow(self.settings.limit));
        timeout(self.settings.limit, self.converse(turn, hands))
            .await
            .map_err(late)?
    }

    async fn converse(&self, turn: &Turn, hands: &mut Hands) -> Result<(), Failure> {
        let tools = self.tools(hands).await?;
        let mut messages = prompt::messages(turn);
        for round in 0..ROUNDS_MAX {
            let stop = hands.stop();
            let mut answer = tokio::select! {
                answer = self.round(&messages, &tools, round, hands) => answer?,
                () = stop.cancelled() => return Err(ToolsError::Stopped.into()),
            };
            let calls = answer.calls();
            if calls.is_empty() {
                return if hands.text().is_empty() {
                    Err(LlmError::Empty.into())
                } else {
                    Ok(())
                };
            }
            if hands.calls().len() + calls.len() > CALLS_MAX {
                return Err(LlmError::Calls(CALLS_MAX).into());
            }
            if needs_yes(&calls, hands) {
                return Ok(ask_first(calls, turn, hands).await?);
            }
            messages.push(answer.message());
            for call in calls {
                messages.push(carry_out(call, hands).await?);
            }
        }
        Err(LlmError::Rounds(ROUNDS_MAX).into())
    }

    /// One exchange; what the model says is passed on as it comes.
    async fn round(
        &self,
        messages: &[Value],
        tools: &[Value],
        round: usize,
        hands: &mut Hands,
    ) -> Result<Answer, LlmError> {
        let body = json!({ "model": self.settings.model, "messages": messages, "tools": tools, "stream": true });
        // Once tools were called the rules cannot take over, so the model gets more time.
        let patience = if round == 0 {
            self.settings.patience
        } else {
            self.settings.silence
        };
        let mut answer = Answer::default();
        let opening = async {
            let mut stream = Box::pin(client::ask(&self.http, &self.settings, &body).await?);
            // Endpoints send an empty piece at once; it is not yet a sign that the model answers.
            while !answer.has_begun() {
                let Some(delta) = stream.next().await else {
                    break;
                };
                hands.say(&answer.add(delta?)).await;
            }
            Ok::<_, LlmError>(stream)
        };
        let mut stream = timeout(patience, opening)
            .await
            .map_err(|_| LlmError::Slow(patience))??;
        let silence = self.settings.silence;
        while let Some(delta) = timeout(silence, stream.next())
            .await
            .map_err(|_| LlmError::Slow(silence))?
        {
            hands.say(&answer.add(delta?)).await;
        }
        Ok(answer)
    }

    /// The tools as the server describes them, asked once a minute.
    async fn tools(&self, hands: &Hands) -> Result<Vec<Value>, ToolsError> {
        let known = self
            .tools
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
            .clone();
        if let Some((_, tools)) = known.filter(|(at, _)| at.elapsed() < TOOLS_KEPT) {
            return Ok(tools);
        }
        let tools = prompt::functions(&hands.offered().await?);
        *self
            .tools
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner()) =
            Some((Instant::now(), tools.clone()));
        Ok(tools)
    }
}

fn needs_yes(calls: &[WholeCall], hands: &Hands) -> bool {
    let calls = calls.iter().filter_map(|call| {
        let arguments = call.arguments.as_ref().ok()?;
        Some((call.name.as_str(), arguments))
    });
    hands.needs_yes(calls)
}

/// Puts the changes that a model wants to the user instead of making them, and does the rest.
async fn ask_first(
    calls: Vec<WholeCall>,
    turn: &Turn,
    hands: &mut Hands,
) -> Result<(), ToolsError> {
    let mut asked = Vec::new();
    for call in calls {
        match call.arguments {
            Ok(arguments) if consent::is_weighty(&call.name) => {
                hands.propose(&call.name, arguments.clone()).await;
                asked.push((call.name, arguments));
            }
            Ok(arguments) => drop(hands.call(&call.name, arguments).await?),
            Err(_) => {}
        }
    }
    if !hands.text().is_empty() {
        hands.say("\n\n").await;
    }
    hands.say(&rules::question(&asked, turn, hands)).await;
    Ok(())
}

/// Calls a tool and answers the message that tells the model how it went.
async fn carry_out(call: WholeCall, hands: &mut Hands) -> Result<Value, ToolsError> {
    let content = match call.arguments {
        Ok(arguments) => hands.call(&call.name, arguments).await?.result,
        Err(text) => json!({ "error": format!("these arguments are not JSON: {text}") }),
    };
    Ok(
        json!({ "role": "tool", "tool_call_id": call.id, "name": call.name, "content": content.to_string() }),
    )
}
