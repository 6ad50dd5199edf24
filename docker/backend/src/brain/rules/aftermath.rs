//! Tells what was done when the brain that did it can no longer say so.

use super::super::ToolCallRecord;
use super::memory::is_change;
use super::tasks::single;
use super::wording::quoted;

/// The changes among `calls` in words; `None` if nothing was changed.
pub fn told(calls: &[ToolCallRecord]) -> Option<String> {
    let changes: Vec<String> = calls
        .iter()
        .filter(|call| is_change(call))
        .filter_map(sentence)
        .collect();
    (!changes.is_empty()).then(|| changes.join(" "))
}

fn sentence(call: &ToolCallRecord) -> Option<String> {
    let task = single(&call.result)?;
    let title = quoted(&task.title);
    Some(match call.name.as_str() {
        "add_task" => format!("Added {title}."),
        "delete_task" => format!("Deleted {title}."),
        "complete_task" if task.done => format!("{title} is complete."),
        "complete_task" => format!("{title} is open again."),
        _ => format!("Changed {title}."),
    })
}
