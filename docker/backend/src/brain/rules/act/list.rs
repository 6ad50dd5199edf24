//! Showing tasks.

use serde_json::{Map, Value, json};
use todo_core::task::Task;

use super::super::super::BrainError;
use super::super::request::Filter;
use super::super::{resolve, tasks, wording};
use super::Scene;

/// Shows the tasks that pass the filter.
pub async fn act(scene: &mut Scene<'_>, filter: Filter) -> Result<(), BrainError> {
    let (mut found, mut total) = page(scene, &filter).await?;
    if let (true, Some(text)) = (found.is_empty(), &filter.text) {
        (found, total) = like(scene, text, &filter).await?;
    }
    let text = if found.is_empty() {
        none(&filter)
    } else {
        heading(&filter, total) + &wording::numbered(&found, total, scene.today)
    };
    scene.say(text).await;
    Ok(())
}

/// The first page of what fits, and how many there are.
async fn page(scene: &mut Scene<'_>, filter: &Filter) -> Result<(Vec<Task>, usize), BrainError> {
    let outcome = scene.hands.call("list_tasks", arguments(filter)).await?;
    let total = tasks::total(&outcome.result);
    Ok((tasks::listed(&outcome.result), total))
}

/// No title has these very words: the tasks that carry them as a tag, or else those with a title
/// like them.
async fn like(
    scene: &mut Scene<'_>,
    text: &str,
    filter: &Filter,
) -> Result<(Vec<Task>, usize), BrainError> {
    let rest = Filter {
        text: None,
        ..filter.clone()
    };
    if filter.tag.is_none() && !text.contains(' ') {
        let tag = Some(text.to_lowercase());
        let (found, total) = page(
            scene,
            &Filter {
                tag,
                ..rest.clone()
            },
        )
        .await?;
        if !found.is_empty() {
            return Ok((found, total));
        }
    }
    let found = alike(scene, text, &rest).await?;
    let total = found.len();
    Ok((found, total))
}

async fn alike(
    scene: &mut Scene<'_>,
    text: &str,
    filter: &Filter,
) -> Result<Vec<Task>, BrainError> {
    let means = |task: &&Task| tasks::passes(task, filter) && resolve::is_likely(text, &task.title);
    let choose = |all: &[Task]| {
        let like: Vec<Task> = all.iter().filter(means).cloned().collect();
        (like.clone(), like)
    };
    Ok(scene.hands.look_up(choose).await?.0)
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
    arguments.extend(filter.soonest.then(|| ("sort".into(), json!("due"))));
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
    let order = if filter.soonest {
        ", what is due soonest first"
    } else {
        ""
    };
    let comma = if is_narrow(filter) { "," } else { "" };
    format!("{narrowed}{comma} {}{order}:", wording::count(total, kind))
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
            soonest: filter.soonest,
            ..Filter::default()
        }
}
