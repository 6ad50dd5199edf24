//! What is done about a request, one file each: look up the tasks meant, call the tools, say what happened.

pub mod add;
pub mod complete;
pub mod delete;
pub mod list;
pub mod talk;
pub mod undo;
pub mod update;

use chrono::NaiveDate;
use serde_json::Value;
use todo_core::task::Task;

use super::super::{BrainError, hands::Hands};
use super::memory::Memory;
use super::request::Target;
use super::resolve::{Meant, resolve};
use super::tasks;
use super::wording;

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

    /// The tasks a target means among all tasks, or `None` after the user was asked or told why not.
    pub async fn find(
        &mut self,
        target: &Target,
        usual: fn(&Task) -> bool,
    ) -> Result<Option<Found>, BrainError> {
        let all = tasks::all(self.hands).await?;
        match resolve(target, &all, &self.memory, usual) {
            Meant::Tasks(meant) => return Ok(Some(Found { meant, all })),
            Meant::OneOf(some) => {
                let lines = wording::numbered(&some, self.today);
                self.say(format!("Which one do you mean?{lines}")).await;
            }
            Meant::Nothing(why) => self.nothing(&why, target, &all).await,
        }
        Ok(None)
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

    /// Says that no task was meant, and shows what there is if that helps.
    async fn nothing(&mut self, why: &str, target: &Target, all: &[Task]) {
        let open: Vec<Task> = all.iter().filter(|task| !task.done).cloned().collect();
        let helps = matches!(
            target,
            Target::Titled(_) | Target::Missing | Target::Places(_)
        ) && !open.is_empty();
        let lines = if helps {
            format!(" Your open tasks:{}", wording::numbered(&open, self.today))
        } else {
            String::new()
        };
        self.say(format!("{why}{lines}")).await;
    }
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
