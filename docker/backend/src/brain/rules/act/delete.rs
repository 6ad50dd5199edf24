//! Deleting; several at once only after a question.

use todo_core::task::Task;

use super::super::super::BrainError;
use super::super::request::Target;
use super::super::wording;
use super::many::{Deed, Step};
use super::{Asking, Scene};

/// Deletes the tasks meant, or asks first.
pub async fn act(scene: &mut Scene<'_>, target: &Target) -> Result<(), BrainError> {
    let Some(found) = scene.find(target, |_| true).await? else {
        return Ok(());
    };
    let step = |task: &Task| Step {
        id: task.id,
        deed: Deed::Delete,
    };
    let steps: Vec<Step> = found.meant.iter().map(step).collect();
    // Whoever says "all" may not know how many there are.
    let unnamed = matches!(target, Target::All(_)) && steps.len() > 1;
    let asking = if unnamed {
        Asking::First("deletes")
    } else {
        Asking::IfMany("deletes")
    };
    let Some(deleted) = scene.change(&steps, asking, &found.meant).await? else {
        return Ok(());
    };
    if !deleted.is_empty() {
        let them = if deleted.len() == 1 { "it" } else { "them" };
        let named = wording::named(&deleted);
        scene
            .say(format!("Deleted {named}. Say “undo” to have {them} back."))
            .await;
    }
    Ok(())
}
