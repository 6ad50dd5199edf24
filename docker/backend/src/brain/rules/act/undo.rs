//! Taking the last change back: every call of it is answered by its opposite, the last one first.

use serde_json::{Map, Value, json};
use todo_core::task::Task;

use super::super::super::{BrainError, ToolCallRecord};
use super::super::{tasks, wording};
use super::Scene;

/// Takes the last change of this conversation back.
pub async fn act(scene: &mut Scene<'_>) -> Result<(), BrainError> {
    let changes = scene.memory.last_change();
    if changes.is_empty() {
        scene
            .say("There is nothing to undo in this conversation.")
            .await;
        return Ok(());
    }
    let mut said = Vec::new();
    for (call, before) in changes.into_iter().rev() {
        match reverse(scene, call, before).await? {
            Some(sentence) => said.push(sentence),
            None => said.push(format!(
                "I don’t know how {} was before, so I left it.",
                subject(call)
            )),
        }
    }
    scene.say(format!("Undone. {}", said.join(" "))).await;
    Ok(())
}

fn subject(call: &ToolCallRecord) -> String {
    tasks::single(&call.result).map_or("it".to_owned(), |task| wording::quoted(&task.title))
}

/// The opposite of one call, said; `None` if it is not known.
async fn reverse(
    scene: &mut Scene<'_>,
    call: &ToolCallRecord,
    before: Option<Task>,
) -> Result<Option<String>, BrainError> {
    let Some(after) = tasks::single(&call.result) else {
        return Ok(None);
    };
    let title = wording::quoted(&after.title);
    let sentence = match (call.name.as_str(), before) {
        ("add_task", _) => scene
            .apply("delete_task", json!({ "id": after.id }))
            .await?
            .map(|_| format!("{title} is off the list.")),
        ("delete_task", _) => restore(scene, &after)
            .await?
            .then(|| format!("{title} is back on the list.")),
        ("complete_task", before) => {
            let done = before.map_or(!after.done, |before| before.done);
            let undone = scene
                .apply("complete_task", json!({ "id": after.id, "done": done }))
                .await?;
            undone.map(|_| format!("{title} is {} again.", if done { "done" } else { "open" }))
        }
        (_, Some(before)) => {
            let arguments = former(&call.arguments, &before);
            scene
                .apply("update_task", arguments)
                .await?
                .map(|task| format!("{} is as it was.", wording::quoted(&task.title)))
        }
        (_, None) => None,
    };
    Ok(sentence)
}

/// Makes a deleted task again, with all it had.
async fn restore(scene: &mut Scene<'_>, task: &Task) -> Result<bool, BrainError> {
    let fields = json!({ "title": task.title, "notes": task.notes, "due": task.due, "priority": task.priority, "tags": task.tags });
    let Some(restored) = scene.apply("add_task", fields).await? else {
        return Ok(false);
    };
    if task.done {
        scene
            .apply("complete_task", json!({ "id": restored.id }))
            .await?;
    }
    Ok(true)
}

/// The fields that were changed, with the values they had.
fn former(changed: &Value, before: &Task) -> Value {
    let before = json!(before);
    let fields = changed.as_object().into_iter().flatten();
    let former: Map<String, Value> = fields
        .map(|(name, _)| {
            (
                name.clone(),
                before.get(name).cloned().unwrap_or(Value::Null),
            )
        })
        .collect();
    Value::Object(former)
}
