//! Tasks as the tools answer them. Knows the shape of results, not where they come from.

use serde::Deserialize;
use serde_json::{Value, json};
use todo_core::task::Task;

use super::super::{BrainError, ToolOutcome, hands::Hands};
use super::request::Filter;

/// As many tasks as the tool gives at once.
const MANY: u32 = 200;

/// All of the user's tasks, oldest first, to find what is meant among them.
pub async fn all(hands: &mut Hands) -> Result<Vec<Task>, BrainError> {
    let outcome = hands.call("list_tasks", json!({ "limit": MANY })).await?;
    Ok(listed(&outcome.result))
}

/// The tasks of a result of `list_tasks`.
pub fn listed(result: &Value) -> Vec<Task> {
    let tasks = result.get("tasks").and_then(Value::as_array);
    tasks
        .into_iter()
        .flatten()
        .filter_map(|task| Task::deserialize(task).ok())
        .collect()
}

/// The task of a result of `add_task`, `complete_task`, `update_task` or `delete_task`.
pub fn single(result: &Value) -> Option<Task> {
    let task = result.get("task").or_else(|| result.get("deleted"))?;
    Task::deserialize(task).ok()
}

/// The task an outcome speaks of, or why there is none.
pub fn done_to(outcome: &ToolOutcome) -> Result<Task, String> {
    let refusal = || {
        outcome
            .result
            .get("error")
            .and_then(Value::as_str)
            .unwrap_or("the answer made no sense")
    };
    single(&outcome.result).ok_or_else(|| refusal().to_owned())
}

/// Whether `task` passes the filter.
pub fn passes(task: &Task, filter: &Filter) -> bool {
    let text = filter.text.as_ref().map(|text| text.to_lowercase());
    let contains = |text: &String| {
        task.title.to_lowercase().contains(text) || task.notes.to_lowercase().contains(text)
    };
    filter.done.is_none_or(|done| task.done == done)
        && filter
            .tag
            .as_ref()
            .is_none_or(|tag| task.tags.contains(tag))
        && filter
            .priority
            .is_none_or(|priority| task.priority.as_str() == priority)
        && filter
            .from
            .is_none_or(|from| task.due.is_some_and(|due| due >= from))
        && filter
            .to
            .is_none_or(|to| task.due.is_some_and(|due| due <= to))
        && text.as_ref().is_none_or(contains)
}
