//! Ticking and unticking.

use todo_core::task::Task;

use super::super::super::BrainError;
use super::super::request::Target;
use super::super::wording;
use super::many::{Deed, Step};
use super::{Asking, Found, Scene};

/// Marks the tasks meant as done or as open.
pub async fn act(scene: &mut Scene<'_>, target: &Target, done: bool) -> Result<(), BrainError> {
    let usual = if done {
        |task: &Task| !task.done
    } else {
        |task: &Task| task.done
    };
    let Some(mut found) = scene.find(target, usual).await? else {
        return Ok(());
    };
    let (already, open): (Vec<Task>, Vec<Task>) =
        found.meant.drain(..).partition(|task| task.done == done);
    if open.is_empty() {
        scene.say(nothing_to_do(&already, done)).await;
        return Ok(());
    }
    let step = |task: &Task| Step {
        id: task.id,
        deed: Deed::Complete(done),
    };
    let steps: Vec<Step> = open.iter().map(step).collect();
    let verb = if done { "completes" } else { "opens" };
    let Some(changed) = scene.change(&steps, Asking::IfMany(verb), &open).await? else {
        return Ok(());
    };
    found.meant = changed;
    if !found.meant.is_empty() {
        scene.say(sentence(&found, done)).await;
    }
    Ok(())
}

fn nothing_to_do(already: &[Task], done: bool) -> String {
    let verb = if already.len() == 1 { "is" } else { "are" };
    let state = if done { "done already" } else { "still open" };
    format!("{} {verb} {state}.", wording::named(already))
}

fn sentence(found: &Found, done: bool) -> String {
    let verb = if found.meant.len() == 1 { "is" } else { "are" };
    let named = wording::named(&found.meant);
    if !done {
        return format!("{named} {verb} open again.");
    }
    match found.others_open() {
        0 => format!("Well done! {named} {verb} complete, and nothing is left to do."),
        left => format!("Well done! {named} {verb} complete. {left} to go."),
    }
}
