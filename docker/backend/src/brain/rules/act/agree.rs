//! "yes": what was asked about is done, exactly that and nothing that came since.

use super::super::super::{BrainError, ToolCallRecord};
use super::super::aftermath;
use super::Scene;

/// Makes the calls that wait for the user's yes.
pub async fn act(scene: &mut Scene<'_>, waiting: &[&ToolCallRecord]) -> Result<(), BrainError> {
    let before = scene.hands.calls().len();
    for call in waiting {
        let arguments = call.arguments.clone();
        let outcome = scene.hands.call_agreed(&call.name, arguments).await?;
        if outcome.is_error {
            scene.refused(&outcome).await;
        }
    }
    let told = aftermath::told(&scene.hands.calls()[before..]);
    let sentence = match told {
        Some(told) => format!("{told} Say “undo” to take that back."),
        None => "Those tasks are gone already, so there was nothing left to do.".to_owned(),
    };
    scene.answer(sentence).await
}
