//! What an answer has done so far, read from its events: it is kept and told even if the answer
//! fails.

use std::collections::HashMap;

use serde_json::Value;

use crate::brain::{Event, ToolCallRecord, told};

/// The calls of one answer.
#[derive(Debug, Default)]
pub struct Deeds {
    asked: HashMap<String, Value>,
    done: Vec<ToolCallRecord>,
}

impl Deeds {
    /// Takes note of what happens.
    pub fn note(&mut self, event: &Event) {
        match event {
            Event::ToolCall { id, arguments, .. } => {
                self.asked.insert(id.clone(), arguments.clone());
            }
            Event::ToolResult {
                id, name, result, ..
            } => self.done.push(ToolCallRecord {
                name: name.clone(),
                arguments: self.asked.remove(id).unwrap_or_default(),
                result: result.clone(),
            }),
            Event::Delta { .. } => {}
        }
    }

    /// The calls that were answered, in order.
    pub fn records(&self) -> &[ToolCallRecord] {
        &self.done
    }

    /// Says what was changed before it says what went wrong.
    pub fn before(&self, trouble: &str) -> String {
        match told(&self.done) {
            Some(changes) => format!("{changes} Then something went wrong. {trouble}"),
            None => trouble.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answered_calls_are_records_and_changes_are_told() {
        let mut deeds = Deeds::default();
        assert_eq!(deeds.before("It broke."), "It broke.");
        let call = |id: &str, name: &str| Event::ToolCall {
            id: id.into(),
            name: name.into(),
            arguments: json!({"title": "Buy milk"}),
        };
        deeds.note(&call("1", "add_task"));
        let task = json!({"id": uuid::Uuid::nil(), "title": "Buy milk", "notes": "", "due": null, "priority": "medium", "tags": [],
            "done": false, "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"});
        deeds.note(&Event::ToolResult {
            id: "1".into(),
            name: "add_task".into(),
            result: json!({"task": task}),
            is_error: false,
        });
        deeds.note(&call("2", "delete_task"));
        let [record] = deeds.records() else {
            panic!("{deeds:?}");
        };
        assert_eq!(
            (record.name.as_str(), &record.arguments["title"]),
            ("add_task", &json!("Buy milk"))
        );
        assert_eq!(
            deeds.before("It broke."),
            "Added “Buy milk”. Then something went wrong. It broke."
        );
    }
}
