//! Deleting; several at once only after a question.

use serde_json::json;
use todo_core::task::Task;

use super::super::super::BrainError;
use super::super::request::Target;
use super::super::resolve::{Meant, resolve};
use super::super::wording;
use super::Scene;

/// As many named tasks may go without a question.
const FEW: usize = 3;

/// Deletes the tasks meant, or asks first.
pub async fn act(scene: &mut Scene<'_>, target: &Target) -> Result<(), BrainError> {
    let Some(found) = scene.find(target, |_| true).await? else {
        return Ok(());
    };
    let many = if matches!(target, Target::All(_)) {
        1
    } else {
        FEW
    };
    if found.meant.len() > many {
        scene.say(question(&found.meant)).await;
        return Ok(());
    }
    delete(scene, &found.meant).await
}

/// Deletes what the user was asked about and nothing that came since.
pub async fn confirmed(scene: &mut Scene<'_>, target: &Target) -> Result<(), BrainError> {
    let asked_about = scene.memory.snapshot().unwrap_or_default();
    match resolve(target, &asked_about, &scene.memory, |_| true) {
        Meant::Tasks(tasks) => delete(scene, &tasks).await,
        _ => {
            scene
                .say("I’m not sure what to delete. Say it again, please.")
                .await;
            Ok(())
        }
    }
}

async fn delete(scene: &mut Scene<'_>, tasks: &[Task]) -> Result<(), BrainError> {
    let mut deleted = Vec::new();
    for task in tasks {
        deleted.extend(scene.apply("delete_task", json!({ "id": task.id })).await?);
    }
    if !deleted.is_empty() {
        scene
            .say(format!(
                "Deleted {}. Say “undo” to have {} back.",
                wording::named(&deleted),
                if deleted.len() == 1 { "it" } else { "them" }
            ))
            .await;
    }
    Ok(())
}

fn question(tasks: &[Task]) -> String {
    format!(
        "That deletes {}: {}. Are you sure? Say “yes” to go ahead.",
        wording::count(tasks.len(), ""),
        wording::named(tasks)
    )
}
