//! Tasks as the tools answer them.

use serde::Deserialize;
use serde_json::Value;
use todo_core::task::{Priority, Task};

use super::super::{ToolCallRecord, ToolOutcome};
use super::request::Filter;

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

/// How many tasks fit a call of `list_tasks`, on all pages together.
pub fn total(result: &Value) -> usize {
    let total = result.get("total").and_then(Value::as_u64);
    let total = total.and_then(|total| usize::try_from(total).ok());
    total.unwrap_or_else(|| listed(result).len())
}

/// The tasks that a call made, changed, deleted or put back; none if it changed nothing.
pub fn touched(call: &ToolCallRecord) -> Vec<Task> {
    if !is_change(call) {
        return Vec::new();
    }
    let result = &call.result;
    let one = [result.get("task"), result.get("deleted")];
    let many = [result.get("tasks"), result.get("deleted")];
    let many = many.into_iter().flatten().filter_map(Value::as_array);
    let all = one.into_iter().flatten().chain(many.flatten());
    all.filter_map(|task| Task::deserialize(task).ok())
        .collect()
}

/// Whether the call changed something.
pub fn is_change(call: &ToolCallRecord) -> bool {
    call.succeeded() && call.name != "list_tasks"
}

/// What a call of `list_tasks` asked for, as far as tasks can be held against it.
pub fn filter_of(arguments: &Value) -> Filter {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str);
    let day = |name: &str| text(name).and_then(|day| day.parse().ok());
    Filter {
        done: arguments.get("done").and_then(Value::as_bool),
        tag: text("tag").map(str::to_owned),
        priority: text("priority")
            .and_then(|name| name.parse::<Priority>().ok())
            .map(Priority::as_str),
        from: day("due_after"),
        to: day("due_before"),
        text: text("q").map(str::to_owned),
        soonest: false,
    }
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
