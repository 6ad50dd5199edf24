//! Changes of one task or many as calls: few of them one by one, more in batches, so that many
//! tasks cost few calls and each batch is done as a whole or not at all.

use serde_json::{Map, Value, json};
use todo_core::task::{Task, TaskId};

use super::super::super::consent::FEW_CHANGED;

/// The most tasks that one call changes. Between two calls an answer can be stopped.
const BATCH: usize = 100;
/// As many bytes of deleted tasks go back with one call; the tools take no longer bodies.
const BATCH_BYTES: usize = 100_000;

/// A call that is to be made.
pub type Call = (&'static str, Value);

/// What shall happen to one task.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The task.
    pub id: TaskId,
    /// How it is changed.
    pub deed: Deed,
}

/// How a task is changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    /// It goes.
    Delete,
    /// It is ticked, or unticked.
    Complete(bool),
    /// It gets these fields.
    Update(Map<String, Value>),
}

/// The calls that take these steps, in their order if they are few.
pub fn calls(steps: &[Step]) -> Vec<Call> {
    if steps.len() <= FEW_CHANGED {
        return steps.iter().map(single).collect();
    }
    let mut groups: Vec<(&Deed, Vec<TaskId>)> = Vec::new();
    for Step { id, deed } in steps {
        match groups.iter_mut().find(|(other, _)| *other == deed) {
            Some((_, ids)) => ids.push(*id),
            None => groups.push((deed, vec![*id])),
        }
    }
    let batches = groups
        .iter()
        .flat_map(|(deed, ids)| ids.chunks(BATCH).map(|ids| batch(deed, ids)));
    batches.collect()
}

fn single(Step { id, deed }: &Step) -> Call {
    match deed {
        Deed::Delete => ("delete_task", json!({ "id": id })),
        Deed::Complete(true) => ("complete_task", json!({ "id": id })),
        Deed::Complete(false) => ("complete_task", json!({ "id": id, "done": false })),
        Deed::Update(fields) => ("update_task", with("id", json!(id), fields)),
    }
}

fn batch(deed: &Deed, ids: &[TaskId]) -> Call {
    match deed {
        Deed::Delete => ("delete_tasks", json!({ "ids": ids })),
        Deed::Complete(done) => ("update_tasks", json!({ "ids": ids, "done": done })),
        Deed::Update(fields) => ("update_tasks", with("ids", json!(ids), fields)),
    }
}

fn with(name: &str, value: Value, fields: &Map<String, Value>) -> Value {
    let mut arguments = fields.clone();
    arguments.insert(name.to_owned(), value);
    Value::Object(arguments)
}

/// The calls that put deleted tasks back.
pub fn restoring(tasks: &[&Task]) -> Vec<Call> {
    let mut batches: Vec<Vec<Value>> = Vec::new();
    let mut bytes = 0;
    for task in tasks {
        let task = json!(task);
        let size = task.to_string().len();
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH && bytes + size <= BATCH_BYTES => {
                batch.push(task);
                bytes += size;
            }
            _ => {
                batches.push(vec![task]);
                bytes = size;
            }
        }
    }
    let call = |tasks: Vec<Value>| ("restore_tasks", json!({ "tasks": tasks }));
    batches.into_iter().map(call).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(count: u128, deed: impl Fn(u128) -> Deed) -> Vec<Step> {
        let step = |id| Step {
            id: TaskId::from_u128(id),
            deed: deed(id),
        };
        (0..count).map(step).collect()
    }

    #[test]
    fn few_go_one_by_one_and_many_in_batches() {
        let few = calls(&steps(2, |_| Deed::Complete(true)));
        assert!(few.iter().all(|(name, _)| *name == "complete_task"));
        let many = calls(&steps(250, |_| Deed::Delete));
        let sizes = many
            .iter()
            .map(|(_, ids)| ids["ids"].as_array().unwrap().len());
        assert_eq!(sizes.collect::<Vec<_>>(), [100, 100, 50]);
    }

    #[test]
    fn a_batch_gets_one_change() {
        let priority = |id| if id % 2 == 0 { "low" } else { "high" };
        let update = |id| {
            let fields = json!({ "priority": priority(id) });
            Deed::Update(fields.as_object().cloned().unwrap_or_default())
        };
        let calls = calls(&steps(6, update));
        let made: Vec<_> = calls
            .iter()
            .map(|(name, call)| (*name, call["priority"].as_str(), call["ids"][0].as_str()))
            .collect();
        let id = |id| TaskId::from_u128(id).to_string();
        assert_eq!(
            made,
            [
                ("update_tasks", Some("low"), Some(id(0).as_str())),
                ("update_tasks", Some("high"), Some(id(1).as_str()))
            ]
        );
    }
}
