//! Calls tools and speaks on a brain's behalf: every call and every word is told to the listener
//! and kept for the reply.
//!
//! A listener that has gone away does not stop the turn: what was begun is finished, so that the
//! conversation's history tells the truth.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use todo_core::list::LIMIT_MAX;
use todo_core::task::Task;
use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;

use super::consent::{self, Unasked};
use super::{
    BrainKind, Event, Reply, ToolCallRecord, ToolOutcome, ToolSpec, Tools, ToolsError, Turn,
};

/// One turn's tools, listener and record.
pub struct Hands {
    tools: Arc<dyn Tools>,
    events: Sender<Event>,
    text: String,
    calls: Vec<ToolCallRecord>,
    waiting: bool,
    stop: CancellationToken,
    unasked: Unasked,
}

impl Hands {
    /// Starts a turn with an empty record.
    pub fn new(turn: &Turn, tools: Arc<dyn Tools>, events: Sender<Event>) -> Self {
        Self {
            tools,
            events,
            text: String::new(),
            calls: Vec::new(),
            waiting: false,
            stop: turn.stop.clone(),
            unasked: Unasked::default(),
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

    /// Calls the tool `name`, telling the listener before and after. What would change too many
    /// tasks without a question is only proposed, see [`Hands::propose`].
    pub async fn call(&mut self, name: &str, arguments: Value) -> Result<ToolOutcome, ToolsError> {
        if self.needs_yes([(name, &arguments)]) {
            return Ok(self.propose(name, arguments).await);
        }
        self.unasked.note(name, &arguments);
        self.call_agreed(name, arguments).await
    }

    /// Whether the user has to agree to these calls first.
    pub fn needs_yes<'c>(&self, calls: impl IntoIterator<Item = (&'c str, &'c Value)>) -> bool {
        self.unasked.exceeds(calls)
    }

    /// Keeps a call that waits for the user's yes, without making it.
    pub async fn propose(&mut self, name: &str, arguments: Value) -> ToolOutcome {
        let id = self.begin(name, &arguments).await;
        let outcome = ToolOutcome {
            result: consent::waiting(),
            is_error: true,
        };
        self.end(id, name, arguments, outcome.clone()).await;
        outcome
    }

    /// Makes a call that the user has asked for in as many words, or agreed to. Nothing is called
    /// once the user wants no more of this answer.
    pub async fn call_agreed(
        &mut self,
        name: &str,
        arguments: Value,
    ) -> Result<ToolOutcome, ToolsError> {
        self.still_wanted()?;
        let id = self.begin(name, &arguments).await;
        let outcome = self.ask(name, arguments.clone()).await?;
        self.end(id, name, arguments, outcome.clone()).await;
        Ok(outcome)
    }

    /// All pages of a list as one call, of which only the tasks that `choose` answers are told
    /// and kept: the others would weigh down the history.
    pub async fn look_up<T>(
        &mut self,
        choose: impl FnOnce(&[Task]) -> (T, Vec<Task>),
    ) -> Result<(T, Vec<Task>), ToolsError> {
        self.still_wanted()?;
        let arguments = json!({ "limit": LIMIT_MAX });
        let id = self.begin("list_tasks", &arguments).await;
        let all = self.all_pages(&arguments).await?;
        let (chosen, tasks) = choose(&all);
        let result = json!({ "tasks": tasks, "more": tasks.len() < all.len(), "total": all.len() });
        let outcome = ToolOutcome {
            result,
            is_error: false,
        };
        self.end(id, "list_tasks", arguments, outcome).await;
        Ok((chosen, all))
    }

    async fn all_pages(&mut self, arguments: &Value) -> Result<Vec<Task>, ToolsError> {
        let (mut tasks, mut arguments) = (Vec::new(), arguments.clone());
        loop {
            let ToolOutcome { result, .. } = self.ask("list_tasks", arguments.clone()).await?;
            let page = result.get("tasks").and_then(Value::as_array);
            let page = page.into_iter().flatten();
            tasks.extend(page.filter_map(|task| Task::deserialize(task).ok()));
            match result.get("next") {
                Some(next) if next.is_string() => arguments["cursor"] = next.clone(),
                _ => return Ok(tasks),
            }
        }
    }

    async fn begin(&self, name: &str, arguments: &Value) -> String {
        let id = format!("call_{}", self.calls.len() + 1);
        self.tell(Event::ToolCall {
            id: id.clone(),
            name: name.to_owned(),
            arguments: arguments.clone(),
        })
        .await;
        id
    }

    async fn ask(&mut self, name: &str, arguments: Value) -> Result<ToolOutcome, ToolsError> {
        self.still_wanted()?;
        self.waiting = true;
        let outcome = self.tools.call(name, arguments).await?;
        self.waiting = false;
        Ok(outcome)
    }

    fn still_wanted(&self) -> Result<(), ToolsError> {
        if self.stop.is_cancelled() {
            return Err(ToolsError::Stopped);
        }
        Ok(())
    }

    async fn end(&mut self, id: String, name: &str, arguments: Value, outcome: ToolOutcome) {
        let ToolOutcome { result, is_error } = outcome;
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

    /// Cancelled when the user wants no more of this answer.
    pub fn stop(&self) -> CancellationToken {
        self.stop.clone()
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
