//! Changes of many tasks wait for the user's yes, whichever brain wants them.
//!
//! A change that waits is a call that was not made: it is kept with the answer that asks, so that
//! a "yes" makes exactly what was asked about, and nothing that came since.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{Message, ToolCallRecord};

/// So many tasks may be deleted in one answer without a question.
pub const FEW_DELETED: usize = 3;
/// So many tasks may be changed in one answer without a question.
pub const FEW_CHANGED: usize = 5;

/// The tasks that one answer has changed without a question.
#[derive(Debug, Clone, Default)]
pub struct Unasked {
    deleted: HashSet<String>,
    changed: HashSet<String>,
}

impl Unasked {
    /// Whether these calls, with all before, change more than may be changed without a question.
    pub fn exceeds<'c>(&self, calls: impl IntoIterator<Item = (&'c str, &'c Value)>) -> bool {
        let mut after = self.clone();
        let mut weighty = false;
        for (name, arguments) in calls {
            weighty |= is_weighty(name);
            after.note(name, arguments);
        }
        weighty && (after.deleted.len() > FEW_DELETED || after.changed.len() > FEW_CHANGED)
    }

    /// Takes note of a call.
    pub fn note(&mut self, name: &str, arguments: &Value) {
        let tasks = match name {
            "delete_task" | "delete_tasks" => &mut self.deleted,
            "complete_task" | "update_task" | "update_tasks" => &mut self.changed,
            _ => return,
        };
        tasks.extend(ids(arguments).map(str::to_owned));
    }
}

/// Whether a tool of this name changes tasks that are there.
pub fn is_weighty(name: &str) -> bool {
    matches!(
        name,
        "delete_task" | "delete_tasks" | "complete_task" | "update_task" | "update_tasks"
    )
}

/// The ids that a call names.
pub fn ids(arguments: &Value) -> impl Iterator<Item = &str> {
    let many = arguments.get("ids").and_then(Value::as_array);
    let one = arguments.get("id").into_iter();
    one.chain(many.into_iter().flatten())
        .filter_map(Value::as_str)
}

/// What stands in the place of the result of a call that waits.
pub fn waiting() -> Value {
    json!({ "error": "This waits for the user's yes. Nothing was done yet.", "needs_yes": true })
}

/// The calls that the last answer asked about.
pub fn asked_about(history: &[Message]) -> Vec<&ToolCallRecord> {
    let calls = history.last().map(|answer| answer.tool_calls.as_slice());
    let waits = |call: &&ToolCallRecord| call.result.get("needs_yes") == Some(&Value::Bool(true));
    calls.unwrap_or_default().iter().filter(waits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_need_a_yes_however_they_are_called() {
        let call = |name: &'static str, id: usize| (name, json!({ "id": id.to_string() }));
        let exceeds = |calls: &[(&'static str, Value)]| {
            let calls = calls.iter().map(|(name, arguments)| (*name, arguments));
            Unasked::default().exceeds(calls)
        };
        let deletions = |count| {
            (0..count)
                .map(|id| call("delete_task", id))
                .collect::<Vec<_>>()
        };
        assert!(!exceeds(&deletions(FEW_DELETED)));
        assert!(exceeds(&deletions(FEW_DELETED + 1)));
        let ticks: Vec<_> = (0..FEW_CHANGED)
            .map(|id| call("complete_task", id))
            .collect();
        assert!(!exceeds(&ticks));
        assert!(exceeds(
            &[ticks, vec![call("update_task", FEW_CHANGED)]].concat()
        ));
        let many: Vec<String> = (0..4).map(|id| id.to_string()).collect();
        assert!(exceeds(&[("delete_tasks", json!({ "ids": many }))]));
        assert!(!exceeds(
            &(0..99).map(|id| call("add_task", id)).collect::<Vec<_>>()
        ));
    }

    #[test]
    fn one_after_the_other_is_as_many_as_together() {
        let mut unasked = Unasked::default();
        for id in ["a", "b", "c", "c"] {
            assert!(!unasked.exceeds([("delete_task", &json!({ "id": id }))]));
            unasked.note("delete_task", &json!({ "id": id }));
        }
        assert!(unasked.exceeds([("delete_task", &json!({ "id": "d" }))]));
        assert!(!unasked.exceeds([("list_tasks", &json!({}))]));
    }
}
