//! What is done about a request, one file each: look up the tasks meant, call the tools, say what
//! happened.

pub mod add;
pub mod agree;
pub mod complete;
pub mod delete;
pub mod list;
pub mod many;
pub mod talk;
pub mod undo;
pub mod update;

use chrono::NaiveDate;
use serde_json::Value;
use todo_core::task::Task;

use super::super::{BrainError, ToolOutcome, hands::Hands};
use super::memory::Memory;
use super::request::Target;
use super::resolve::{Meant, resolve};
use super::tasks;
use super::wording;
use many::Step;

/// What every action needs.
pub struct Scene<'a> {
    /// The tools and the voice.
    pub hands: &'a mut Hands,
    /// The conversation so far.
    pub memory: Memory<'a>,
    /// The user's date.
    pub today: NaiveDate,
}

impl Scene<'_> {
    /// Says one sentence or list.
    pub async fn say(&mut self, text: impl AsRef<str>) {
        self.hands.say(text.as_ref()).await;
    }

    /// Says something and is done.
    pub async fn answer(&mut self, text: impl AsRef<str>) -> Result<(), BrainError> {
        self.say(text).await;
        Ok(())
    }

    /// The tasks a target means among all tasks, or `None` after the user was asked or told why
    /// not.
    pub async fn find(
        &mut self,
        target: &Target,
        usual: fn(&Task) -> bool,
    ) -> Result<Option<Found>, BrainError> {
        let memory = &self.memory;
        let choose = |all: &[Task]| {
            let meant = resolve(target, all, memory, usual);
            let told = meant.tasks().to_vec();
            (meant, told)
        };
        let (meant, all) = self.hands.look_up(choose).await?;
        match meant {
            Meant::Tasks(meant) => return Ok(Some(Found { meant, all })),
            Meant::Part(meant, missing) => {
                let missing: Vec<String> = missing.iter().map(|it| wording::quoted(it)).collect();
                let missing = missing.join(" or ");
                self.say(format!("I can’t find a task like {missing}. "))
                    .await;
                return Ok(Some(Found { meant, all }));
            }
            Meant::OneOf(some) => {
                let lines = wording::numbered(&some, some.len(), self.today);
                self.say(format!("Which one do you mean?{lines}")).await;
            }
            Meant::Nothing(why, open) => {
                let lines = wording::numbered(&open, open.len(), self.today);
                let lines = if open.is_empty() {
                    lines
                } else {
                    format!(" Your open tasks:{lines}")
                };
                self.say(format!("{why}{lines}")).await;
            }
        }
        Ok(None)
    }

    /// Takes these steps, which change `tasks`, and answers what became of them; or asks whether
    /// to, and answers `None`.
    pub async fn change(
        &mut self,
        steps: &[Step],
        asking: Asking,
        tasks: &[Task],
    ) -> Result<Option<Vec<Task>>, BrainError> {
        let calls = many::calls(steps);
        let needs_yes = self
            .hands
            .needs_yes(calls.iter().map(|(name, arguments)| (*name, arguments)));
        let (verb, first) = match asking {
            Asking::First(verb) => (verb, true),
            Asking::IfMany(verb) => (verb, needs_yes),
        };
        if first {
            for (name, arguments) in calls {
                self.hands.propose(name, arguments).await;
            }
            self.say(wording::asked(verb, tasks.len(), tasks)).await;
            return Ok(None);
        }
        let before = self.hands.calls().len();
        for (name, arguments) in calls {
            let outcome = self.hands.call(name, arguments).await?;
            if outcome.is_error {
                self.refused(&outcome).await;
            }
        }
        let made = self.hands.calls()[before..].iter();
        Ok(Some(made.flat_map(tasks::touched).collect()))
    }

    /// Says why a tool did not do what it was asked.
    pub async fn refused(&mut self, outcome: &ToolOutcome) {
        let why = outcome.result.get("error").and_then(Value::as_str);
        let why = why.unwrap_or("the answer made no sense");
        self.say(format!("That didn’t work: {why}\n")).await;
    }

    /// Calls a tool about one task; a refusal is said and answered by `None`.
    pub async fn apply(
        &mut self,
        tool: &str,
        arguments: Value,
    ) -> Result<Option<Task>, BrainError> {
        let outcome = self.hands.call(tool, arguments).await?;
        match tasks::done_to(&outcome) {
            Ok(task) => Ok(Some(task)),
            Err(why) => {
                self.say(format!("That didn’t work: {why}\n")).await;
                Ok(None)
            }
        }
    }
}

/// Whether the user is asked before tasks are changed, and with which verb.
pub enum Asking {
    /// In any case.
    First(&'static str),
    /// Only if there are many.
    IfMany(&'static str),
}

/// The tasks that are meant, and all there are.
pub struct Found {
    /// The ones meant.
    pub meant: Vec<Task>,
    /// All.
    pub all: Vec<Task>,
}

impl Found {
    /// How many open tasks there are besides the ones meant.
    pub fn others_open(&self) -> usize {
        self.all
            .iter()
            .filter(|task| !task.done && !self.meant.iter().any(|meant| meant.id == task.id))
            .count()
    }
}
