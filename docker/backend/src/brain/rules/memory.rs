//! What the conversation so far says about "the first one", "it", "yes" and "undo". Read from the
//! history alone.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde_json::{Value, json};
use todo_core::list::LIMIT_MAX;
use todo_core::task::{Task, TaskId};

use super::super::consent::asked_about;
use super::super::{Message, Role, ToolCallRecord};
use super::request::{Filter, Request};
use super::tasks::{filter_of, is_change, listed, touched};
use super::understand::understand;

/// The longest message, in bytes, that an answer can refer to.
const ASKED_MAX: usize = 1_000;

/// A task that stands in a list the user has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The task.
    pub id: TaskId,
    /// Its title when it was shown.
    pub title: String,
    /// Whether it was deleted since; its place stays empty, so that the other numbers stay right.
    pub gone: bool,
}

impl Shown {
    /// The place of this task.
    pub fn of(task: &Task) -> Self {
        Shown {
            id: task.id,
            title: task.title.clone(),
            gone: false,
        }
    }
}

/// A list the user has seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Its tasks, in their order.
    pub places: Vec<Shown>,
    /// If it was only the beginning of a longer list: what that one holds.
    pub rest: Option<Filter>,
}

/// One task that was changed.
#[derive(Debug)]
pub struct Change<'a> {
    /// The call that changed it, perhaps with others.
    pub call: &'a ToolCallRecord,
    /// The task before, if that is known.
    pub before: Option<Task>,
    /// The task after it; of a deleted one, as it was.
    pub after: Task,
}

/// The conversation as the brain remembers it.
pub struct Memory<'a> {
    history: &'a [Message],
}

impl<'a> Memory<'a> {
    /// Remembers this conversation.
    pub fn of(history: &'a [Message]) -> Self {
        Self { history }
    }

    /// The list the user saw last, brought up to date with what was done since.
    pub fn list(&self) -> Option<Seen> {
        let mut list: Option<Seen> = None;
        for message in self.answers() {
            if let Some(list) = &mut list {
                message
                    .tool_calls
                    .iter()
                    .for_each(|call| follow(list, call));
            }
            list = shown_in(message).or(list);
        }
        list.filter(|list| list.places.iter().any(|shown| !shown.gone))
    }

    /// The task that was spoken of last.
    pub fn it(&self) -> Option<TaskId> {
        self.answers().rev().find_map(|message| {
            let changed = message.tool_calls.iter().rev();
            let changed = changed
                .filter(|call| !call.name.starts_with("delete"))
                .map(touched)
                .find_map(|tasks| <[Task; 1]>::try_from(tasks).ok())
                .map(|[task]| task.id);
            changed.or_else(|| {
                shown_in(message)
                    .filter(|list| list.places.len() == 1 && list.rest.is_none())
                    .map(|list| list.places[0].id)
            })
        })
    }

    /// What the user asked for in the message before, if it led to no change: the question still
    /// stands.
    pub fn pending(&self, today: NaiveDate) -> Option<(Request, &'a str)> {
        let [.., asked, answered] = self.history else {
            return None;
        };
        let open = asked.role == Role::User
            && answered.role == Role::Assistant
            && !answered.tool_calls.iter().any(is_change);
        // A question to a message of that length was none about a task.
        let short = asked.content.len() <= ASKED_MAX;
        (open && short).then(|| (understand(&asked.content, today), asked.content.as_str()))
    }

    /// The calls that wait for the user's yes.
    pub fn waiting(&self) -> Vec<&'a ToolCallRecord> {
        asked_about(self.history)
    }

    /// The changes made in the last answer that made any, task by task.
    pub fn last_change(&self) -> Vec<Change<'a>> {
        let Some(at) = self
            .history
            .iter()
            .rposition(|message| message.tool_calls.iter().any(is_change))
        else {
            return Vec::new();
        };
        let mut known = self.known_before(at);
        let mut changes = Vec::new();
        for call in &self.history[at].tool_calls {
            for after in touched(call) {
                let before = known.get(&after.id).cloned();
                changes.push(Change {
                    call,
                    before,
                    after,
                });
            }
            learn(&mut known, call);
        }
        changes
    }

    /// The tasks as results before message `at` showed them.
    fn known_before(&self, at: usize) -> HashMap<TaskId, Task> {
        let earlier = self.history[..at].iter();
        known(earlier.flat_map(|message| &message.tool_calls))
    }

    fn answers(&self) -> impl DoubleEndedIterator<Item = &'a Message> {
        self.history
            .iter()
            .filter(|message| message.role == Role::Assistant)
    }
}

/// The tasks as the results of these calls show them at last.
pub fn known<'c>(calls: impl IntoIterator<Item = &'c ToolCallRecord>) -> HashMap<TaskId, Task> {
    let mut known = HashMap::new();
    calls.into_iter().for_each(|call| learn(&mut known, call));
    known
}

fn learn(known: &mut HashMap<TaskId, Task>, call: &ToolCallRecord) {
    let tasks = if is_change(call) {
        touched(call)
    } else {
        listed(&call.result)
    };
    known.extend(tasks.into_iter().map(|task| (task.id, task)));
}

/// Brings a list up to date with one call: new tasks come last, deleted ones leave their place
/// empty.
fn follow(list: &mut Seen, call: &ToolCallRecord) {
    for task in touched(call) {
        let place = list.places.iter_mut().find(|shown| shown.id == task.id);
        match (call.name.as_str(), place) {
            ("delete_task" | "delete_tasks", Some(place)) => place.gone = true,
            ("restore_tasks", Some(place)) => place.gone = false,
            (_, Some(place)) => place.title.clone_from(&task.title),
            // Of a list that goes on, new tasks are found at its end.
            ("add_task", None) if list.rest.is_none() => list.places.push(Shown::of(&task)),
            (_, None) => {}
        }
    }
}

/// The numbered list in a message's text, matched with the tasks its tools answered. Works for
/// either brain's wording.
fn shown_in(message: &Message) -> Option<Seen> {
    let tasks = known(&message.tool_calls);
    let lines = message.content.lines().filter_map(numbered);
    let places: Vec<Shown> = lines
        .filter_map(|line| matching(line, tasks.values()))
        .collect();
    let rest = message.tool_calls.iter().rev().find_map(more_than_shown);
    (!places.is_empty()).then_some(Seen { places, rest })
}

/// What a list was asked for, if it was only the first page of what there is. A look-up is none:
/// it tells of those tasks only that were meant.
fn more_than_shown(call: &ToolCallRecord) -> Option<Filter> {
    let more = call.name == "list_tasks" && call.result.get("more") == Some(&Value::Bool(true));
    let in_order = call.arguments.get("sort").is_none() && call.arguments.get("cursor").is_none();
    let lookup = json!({ "limit": LIMIT_MAX });
    (more && in_order && call.arguments != lookup).then(|| filter_of(&call.arguments))
}

/// What follows the number in `2. Buy milk`.
fn numbered(line: &str) -> Option<&str> {
    let line = line.trim_start_matches([' ', '*', '-', '[', '(']);
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    if rest.len() == line.len() {
        return None;
    }
    rest.strip_prefix(['.', ')', ':'])
        .map(|text| text.trim_start_matches([' ', '*', '_', '~', '`', '"', '“', '✓', '✅']))
}

/// The task whose title the line begins with; of several the one with the longest.
fn matching<'t>(line: &str, tasks: impl Iterator<Item = &'t Task>) -> Option<Shown> {
    let task = tasks
        .filter(|task| line.starts_with(&task.title))
        .max_by_key(|task| task.title.len())?;
    Some(Shown::of(task))
}
