//! New tasks.

use serde_json::{Map, Value, json};
use todo_core::task::Task;

use super::super::super::BrainError;
use super::super::request::NewTask;
use super::super::wording;
use super::Scene;

/// Adds the tasks, or asks for the title that is missing.
pub async fn act(scene: &mut Scene<'_>, tasks: Vec<NewTask>) -> Result<(), BrainError> {
    if tasks.is_empty() {
        scene.say("Sure. What should I add?").await;
        return Ok(());
    }
    let mut added = Vec::new();
    for task in &tasks {
        added.extend(scene.apply("add_task", arguments(task)).await?);
    }
    if !added.is_empty() {
        let sentence = sentence(scene, &added) + &kept(&tasks);
        scene.say(sentence).await;
    }
    Ok(())
}

/// Says that words about times are only words.
fn kept(tasks: &[NewTask]) -> String {
    let words: Vec<String> = tasks
        .iter()
        .flat_map(|task| &task.kept)
        .map(|words| wording::quoted(words))
        .collect();
    if words.is_empty() {
        return String::new();
    }
    let stay = if words.len() == 1 { "stays" } else { "stay" };
    format!(
        " {} {stay} in the title: tasks have a day, but no time, and they don’t repeat.",
        words.join(" and ")
    )
}

/// Only what was said: the rest is the tool's to decide.
fn arguments(task: &NewTask) -> Value {
    let mut arguments = Map::new();
    arguments.insert("title".into(), json!(task.title));
    arguments.extend(
        task.notes
            .as_ref()
            .map(|notes| ("notes".into(), json!(notes))),
    );
    arguments.extend(task.due.map(|due| ("due".into(), json!(due))));
    arguments.extend(
        task.priority
            .map(|priority| ("priority".into(), json!(priority))),
    );
    arguments.extend((!task.tags.is_empty()).then(|| ("tags".into(), json!(task.tags))));
    Value::Object(arguments)
}

fn sentence(scene: &Scene<'_>, added: &[Task]) -> String {
    let [task] = added else {
        return format!(
            "Added {}: {}.",
            wording::count(added.len(), ""),
            wording::named(added)
        );
    };
    let details = wording::details(task, scene.today);
    let details = if details.is_empty() {
        String::new()
    } else {
        format!(", {}", details.join(", "))
    };
    format!("Added {}{details}.", wording::quoted(&task.title))
}
