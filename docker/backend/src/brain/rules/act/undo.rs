//! Taking the last change back: every task of it gets its opposite, the last one first.

use serde_json::{Map, Value};
use todo_core::task::Task;

use super::super::super::{BrainError, ToolCallRecord};
use super::super::memory::Change;
use super::super::{aftermath, tasks, wording};
use super::Scene;
use super::many::{self, Deed, Step};

/// So many tasks are each told of in a sentence of their own.
const FEW: usize = 3;

/// Takes the last change of this conversation back, with all that belongs to it. The user has
/// asked for just that, so there is no question.
pub async fn act(scene: &mut Scene<'_>) -> Result<(), BrainError> {
    let changes = scene.memory.last_change();
    if changes.is_empty() {
        return scene
            .answer("There is nothing to undo in this conversation.")
            .await;
    }
    let (mut steps, mut deleted, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for change in changes.iter().rev() {
        match opposite(change) {
            Some(Opposite::Restore) => deleted.push(&change.after),
            Some(Opposite::Step(step)) => steps.push(step),
            None => unknown.push(change.after.clone()),
        }
    }
    let mut calls = many::calls(&steps);
    calls.extend(many::restoring(&deleted));
    let before = scene.hands.calls().len();
    for (name, arguments) in calls {
        let outcome = scene.hands.call_agreed(name, arguments).await?;
        if outcome.is_error {
            scene.refused(&outcome).await;
        }
    }
    let told = told(&scene.hands.calls()[before..], &unknown);
    scene.answer(format!("Undone. {told}")).await
}

enum Opposite {
    Restore,
    Step(Step),
}

/// The opposite of what happened to one task; `None` if it is not known how it was before.
fn opposite(change: &Change<'_>) -> Option<Opposite> {
    let deed = match (change.call.name.as_str(), &change.before) {
        ("add_task" | "restore_tasks", _) => Deed::Delete,
        ("delete_task" | "delete_tasks", _) => return Some(Opposite::Restore),
        ("complete_task", before) => {
            let done = before.as_ref().map(|before| before.done);
            Deed::Complete(done.unwrap_or(!change.after.done))
        }
        (_, before) => Deed::Update(former(&change.call.arguments, before.as_ref()?)),
    };
    Some(Opposite::Step(Step {
        id: change.after.id,
        deed,
    }))
}

/// The fields that were changed, with the values they had.
fn former(changed: &Value, before: &Task) -> Map<String, Value> {
    let before = serde_json::json!(before);
    let fields = changed.as_object().into_iter().flatten();
    fields
        .filter(|(name, _)| !matches!(name.as_str(), "id" | "ids"))
        .filter_map(|(name, _)| Some((name.clone(), before.get(name)?.clone())))
        .collect()
}

fn told(calls: &[ToolCallRecord], unknown: &[Task]) -> String {
    let touched: Vec<(&ToolCallRecord, Task)> = calls
        .iter()
        .flat_map(|call| {
            tasks::touched(call)
                .into_iter()
                .map(move |task| (call, task))
        })
        .collect();
    let mut said: Vec<String> = if touched.len() <= FEW {
        touched
            .iter()
            .map(|(call, task)| sentence(call, task))
            .collect()
    } else {
        aftermath::told(calls).into_iter().collect()
    };
    if !unknown.is_empty() {
        let (named, was) = (
            wording::named(unknown),
            if unknown.len() == 1 { "was" } else { "were" },
        );
        said.push(format!(
            "I don’t know how {named} {was} before, so I left that."
        ));
    }
    said.join(" ")
}

fn sentence(call: &ToolCallRecord, task: &Task) -> String {
    let title = wording::quoted(&task.title);
    match call.name.as_str() {
        "delete_task" | "delete_tasks" => format!("{title} is off the list."),
        "restore_tasks" => format!("{title} is back on the list."),
        "complete_task" if task.done => format!("{title} is done again."),
        "complete_task" => format!("{title} is open again."),
        _ => format!("{title} is as it was."),
    }
}
