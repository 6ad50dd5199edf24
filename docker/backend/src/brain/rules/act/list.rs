//! Showing tasks.

use serde_json::{Map, Value, json};

use super::super::super::BrainError;
use super::super::request::Filter;
use super::super::{tasks, wording};
use super::Scene;

/// Shows the tasks that pass the filter.
pub async fn act(scene: &mut Scene<'_>, filter: Filter) -> Result<(), BrainError> {
    let outcome = scene.hands.call("list_tasks", arguments(&filter)).await?;
    let found = tasks::listed(&outcome.result);
    let total = tasks::total(&outcome.result);
    let text = if found.is_empty() {
        none(&filter)
    } else {
        heading(&filter, total) + &wording::numbered(&found, total, scene.today)
    };
    scene.say(text).await;
    Ok(())
}

/// Only what was asked for.
fn arguments(filter: &Filter) -> Value {
    let mut arguments = Map::new();
    arguments.extend(filter.done.map(|done| ("done".into(), json!(done))));
    arguments.extend(filter.text.as_ref().map(|text| ("q".into(), json!(text))));
    arguments.extend(filter.tag.as_ref().map(|tag| ("tag".into(), json!(tag))));
    arguments.extend(
        filter
            .priority
            .map(|priority| ("priority".into(), json!(priority))),
    );
    arguments.extend(filter.from.map(|day| ("due_after".into(), json!(day))));
    arguments.extend(filter.to.map(|day| ("due_before".into(), json!(day))));
    Value::Object(arguments)
}

fn heading(filter: &Filter, total: usize) -> String {
    let kind = match filter.done {
        Some(true) => "finished",
        Some(false) => "open",
        None => "",
    };
    let narrowed = if is_narrow(filter) {
        "Here is what fits"
    } else {
        "You have"
    };
    if is_narrow(filter) {
        format!("{narrowed}, {}:", wording::count(total, kind))
    } else {
        format!("{narrowed} {}:", wording::count(total, kind))
    }
}

fn none(filter: &Filter) -> String {
    let sentence = match (is_narrow(filter), filter.done) {
        (true, _) => "Nothing fits that. You could ask for all your tasks.",
        (false, Some(true)) => "Nothing is finished yet. You’ll get there!",
        (false, Some(false)) => {
            "Nothing left to do. Enjoy it! Say “add …” when something comes up."
        }
        (false, None) => "Your list is empty. Say “add a task to …” to begin.",
    };
    sentence.to_owned()
}

fn is_narrow(filter: &Filter) -> bool {
    *filter
        != Filter {
            done: filter.done,
            ..Filter::default()
        }
}
