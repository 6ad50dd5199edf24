//! What the conversation so far says about "the first one", "it", "yes" and "undo". Read from the history alone.

use std::collections::HashMap;

use chrono::NaiveDate;
use todo_core::task::{Task, TaskId};

use super::super::{Message, Role, ToolCallRecord};
use super::request::Request;
use super::tasks::{listed, single};
use super::understand::understand;

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
    pub fn list(&self) -> Option<Vec<Shown>> {
        let mut list: Option<Vec<Shown>> = None;
        for message in self
            .history
            .iter()
            .filter(|message| message.role == Role::Assistant)
        {
            if let Some(list) = &mut list {
                message
                    .tool_calls
                    .iter()
                    .for_each(|call| follow(list, call));
            }
            list = shown_in(message).or(list);
        }
        list.filter(|list| list.iter().any(|shown| !shown.gone))
    }

    /// The task that was spoken of last.
    pub fn it(&self) -> Option<TaskId> {
        self.answers().rev().find_map(|message| {
            let changed = message
                .tool_calls
                .iter()
                .rev()
                .filter(|call| is_change(call) && call.name != "delete_task");
            let changed = changed
                .filter_map(|call| single(&call.result))
                .map(|task| task.id)
                .next();
            changed.or_else(|| {
                shown_in(message)
                    .filter(|list| list.len() == 1)
                    .map(|list| list[0].id)
            })
        })
    }

    /// What the user asked for in the message before, if it led to no change: the question still stands.
    pub fn pending(&self, today: NaiveDate) -> Option<(Request, &'a str)> {
        let [.., asked, answered] = self.history else {
            return None;
        };
        let open = asked.role == Role::User
            && answered.role == Role::Assistant
            && !answered.tool_calls.iter().any(is_change);
        open.then(|| (understand(&asked.content, today), asked.content.as_str()))
    }

    /// The tasks as they were when the last question was asked.
    pub fn snapshot(&self) -> Option<Vec<Task>> {
        let last = self.answers().next_back()?;
        last.tool_calls
            .iter()
            .rev()
            .find(|call| call.name == "list_tasks")
            .map(|call| listed(&call.result))
    }

    /// The changes made in the last answer that made any, each with the task as it was before, if that is known.
    pub fn last_change(&self) -> Vec<(&'a ToolCallRecord, Option<Task>)> {
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
            if is_change(call) {
                let id = single(&call.result).map(|task| task.id);
                changes.push((call, id.and_then(|id| known.get(&id).cloned())));
            }
            learn(&mut known, call);
        }
        changes
    }

    /// The tasks as results before message `at` showed them.
    fn known_before(&self, at: usize) -> HashMap<TaskId, Task> {
        let mut known = HashMap::new();
        self.history[..at]
            .iter()
            .flat_map(|message| &message.tool_calls)
            .for_each(|call| learn(&mut known, call));
        known
    }

    fn answers(&self) -> impl DoubleEndedIterator<Item = &'a Message> {
        self.history
            .iter()
            .filter(|message| message.role == Role::Assistant)
    }
}

/// Whether the call changed something.
pub fn is_change(call: &ToolCallRecord) -> bool {
    call.succeeded()
        && matches!(
            call.name.as_str(),
            "add_task" | "complete_task" | "update_task" | "delete_task"
        )
}

fn learn(known: &mut HashMap<TaskId, Task>, call: &ToolCallRecord) {
    let tasks = listed(&call.result).into_iter().chain(single(&call.result));
    known.extend(tasks.map(|task| (task.id, task)));
}

/// Brings a list up to date with one call: new tasks come last, deleted ones leave their place empty.
fn follow(list: &mut Vec<Shown>, call: &ToolCallRecord) {
    let Some(task) = single(&call.result).filter(|_| is_change(call)) else {
        return;
    };
    match call.name.as_str() {
        "add_task" => {
            let restored = list
                .iter_mut()
                .find(|shown| shown.gone && shown.title == task.title);
            let shown = Shown {
                id: task.id,
                title: task.title,
                gone: false,
            };
            match restored {
                Some(place) => *place = shown,
                None => list.push(shown),
            }
        }
        "delete_task" => list
            .iter_mut()
            .filter(|shown| shown.id == task.id)
            .for_each(|shown| shown.gone = true),
        _ => list
            .iter_mut()
            .filter(|shown| shown.id == task.id)
            .for_each(|shown| shown.title.clone_from(&task.title)),
    }
}

/// The numbered list in a message's text, matched with the tasks its tools answered. Works for either brain's wording.
fn shown_in(message: &Message) -> Option<Vec<Shown>> {
    let mut tasks = HashMap::new();
    message
        .tool_calls
        .iter()
        .for_each(|call| learn(&mut tasks, call));
    let lines = message.content.lines().filter_map(numbered);
    let list: Vec<Shown> = lines
        .filter_map(|line| matching(line, tasks.values()))
        .collect();
    (!list.is_empty()).then_some(list)
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
    Some(Shown {
        id: task.id,
        title: task.title.clone(),
        gone: false,
    })
}
