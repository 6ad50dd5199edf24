//! Tells what was done, by whichever brain: when it can no longer say so itself, and when the user
//! has agreed to it.

use todo_core::task::Task;

use super::super::ToolCallRecord;
use super::tasks::touched;
use super::wording::named;

/// The changes among `calls` in words; `None` if nothing was changed.
pub fn told(calls: &[ToolCallRecord]) -> Option<String> {
    let mut changes: Vec<(&str, Vec<Task>)> = Vec::new();
    for call in calls {
        for task in touched(call) {
            let what = what_happened(call, &task);
            match changes.iter_mut().find(|(other, _)| *other == what) {
                Some((_, tasks)) => tasks.push(task),
                None => changes.push((what, vec![task])),
            }
        }
    }
    let sentences: Vec<String> = changes
        .iter()
        .map(|(what, tasks)| sentence(what, tasks))
        .collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

fn what_happened(call: &ToolCallRecord, task: &Task) -> &'static str {
    match call.name.as_str() {
        "add_task" => "Added",
        "restore_tasks" => "Restored",
        "delete_task" | "delete_tasks" => "Deleted",
        "complete_task" | "update_tasks" => ticked(call, task),
        _ => "Changed",
    }
}

/// Of many, only those that got nothing but a tick are said to be complete.
fn ticked(call: &ToolCallRecord, task: &Task) -> &'static str {
    let fields = call.arguments.as_object().map_or(0, serde_json::Map::len);
    let only_done =
        call.name == "complete_task" || (fields == 2 && call.arguments.get("done").is_some());
    match (only_done, task.done) {
        (true, true) => "Completed",
        (true, false) => "Opened again",
        (false, _) => "Changed",
    }
}

fn sentence(what: &str, tasks: &[Task]) -> String {
    format!("{what} {}.", named(tasks))
}
