//! Changing tasks.

use std::ops::Range;

use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use todo_core::task::Task;

use super::super::super::BrainError;
use super::super::super::consent::FEW_CHANGED;
use super::super::request::{Change, Due, Swap, Target};
use super::super::slots::calendar;
use super::super::wording;
use super::many::{Deed, Step};
use super::{Asking, Scene};

/// Changes the tasks meant.
pub async fn act(
    scene: &mut Scene<'_>,
    target: &Target,
    change: &Change,
) -> Result<(), BrainError> {
    if let Some(lost) = &change.lost {
        let lost = wording::quoted(lost);
        scene
            .say(format!(
                "Tasks have a day, but no time, and they don’t repeat, so I can’t keep {lost}. "
            ))
            .await;
    }
    let unsaid = Change {
        lost: change.lost.clone(),
        ..Change::default()
    };
    if *change == unsaid {
        scene.say("What should I change? For example “rename task 1 to …”, “move it to Friday” or “make it urgent”.").await;
        return Ok(());
    }
    let Some(found) = scene.find(target, |task| !task.done).await? else {
        return Ok(());
    };
    if let Some(task) = without_the_word(&found.meant, change) {
        return scene.answer(unclear(task)).await;
    }
    let step = |task: &Task| Step {
        id: task.id,
        deed: Deed::Update(fields(task, change, scene.today)),
    };
    let steps: Vec<Step> = found.meant.iter().map(step).collect();
    let asking = Asking::IfMany("changes");
    let Some(changed) = scene.change(&steps, asking, &found.meant).await? else {
        return Ok(());
    };
    if changed.len() > FEW_CHANGED {
        return scene
            .answer(format!("Changed {}.", wording::named(&changed)))
            .await;
    }
    for after in &changed {
        if let Some(before) = found.meant.iter().find(|before| before.id == after.id) {
            scene.say(sentence(before, after, scene.today)).await;
        }
    }
    Ok(())
}

/// The task whose title has no place for the word that is to be changed.
fn without_the_word<'t>(tasks: &'t [Task], change: &Change) -> Option<&'t Task> {
    let swap = change.swap.as_ref().filter(|_| change.title.is_none())?;
    let mut tasks = tasks.iter();
    tasks.find(|task| swapped(&task.title, swap).is_none())
}

fn unclear(task: &Task) -> String {
    let title = wording::quoted(&task.title);
    format!("I’m not sure what to change in {title}. You could say “rename it to …”.")
}

/// The title with the one word in place of the other.
fn swapped(title: &str, swap: &Swap) -> Option<String> {
    let words: Vec<&str> = title.split_whitespace().collect();
    let range = match &swap.from {
        Some(from) => place_of(from, &words)?,
        None => only_name(&words)?,
    };
    let [before, after] = [&words[..range.start], &words[range.end..]];
    Some([before, &[swap.to.as_str()], after].concat().join(" "))
}

fn place_of(from: &str, words: &[&str]) -> Option<Range<usize>> {
    let from: Vec<String> = from.split_whitespace().map(str::to_lowercase).collect();
    let same = |window: &[&str]| {
        let lower = window.iter().map(|word| word.to_lowercase());
        lower.eq(from.iter().cloned())
    };
    if from.is_empty() || from.len() >= words.len() {
        return None;
    }
    let start = words.windows(from.len()).position(same)?;
    Some(start..start + from.len())
}

/// The one word with a capital, besides the first.
fn only_name(words: &[&str]) -> Option<Range<usize>> {
    let is_name = |at: &usize| words[*at].starts_with(char::is_uppercase);
    let mut names = (1..words.len()).filter(is_name);
    let at = names.next()?;
    names.next().is_none().then_some(at..at + 1)
}

fn fields(task: &Task, change: &Change, today: NaiveDate) -> Map<String, Value> {
    let mut fields = Map::new();
    let swap = change.swap.as_ref();
    let swapped = swap.and_then(|swap| swapped(&task.title, swap));
    let title = swapped.or_else(|| change.title.clone());
    fields.extend(title.map(|title| ("title".into(), json!(title))));
    fields.extend(
        change
            .notes
            .as_ref()
            .map(|notes| ("notes".into(), json!(notes))),
    );
    fields.extend(
        change
            .due
            .map(|due| ("due".into(), json!(day(task, due, today)))),
    );
    fields.extend(
        change
            .priority
            .map(|priority| ("priority".into(), json!(priority))),
    );
    if !change.tag.is_empty() || !change.untag.is_empty() {
        fields.insert("tags".into(), json!(tags(task, change)));
    }
    fields
}

/// A shift counts from the task's day, or from today when it has none.
fn day(task: &Task, due: Due, today: NaiveDate) -> Option<NaiveDate> {
    match due {
        Due::On(day) => Some(day),
        Due::Shift(days) => Some(calendar::later(task.due.unwrap_or(today), days)),
        Due::Never => None,
    }
}

fn tags(task: &Task, change: &Change) -> Vec<String> {
    let kept = task
        .tags
        .iter()
        .filter(|tag| !change.untag.contains(tag) && !change.tag.contains(tag));
    kept.chain(&change.tag).cloned().collect()
}

fn sentence(before: &Task, after: &Task, today: NaiveDate) -> String {
    if before.title != after.title {
        return format!(
            "Renamed {} to {}.\n",
            wording::quoted(&before.title),
            wording::quoted(&after.title)
        );
    }
    let mut news = Vec::new();
    if before.due != after.due {
        news.push(
            after
                .due
                .map_or("has no due date any more".to_owned(), |due| {
                    format!("is due {}", wording::day(due, today))
                }),
        );
    }
    if before.priority != after.priority {
        news.push(format!("has {} priority", after.priority));
    }
    if before.tags != after.tags {
        let tags: Vec<String> = after.tags.iter().map(|tag| format!("#{tag}")).collect();
        news.push(if tags.is_empty() {
            "has no tags any more".to_owned()
        } else {
            format!("is tagged {}", tags.join(" "))
        });
    }
    if before.notes != after.notes {
        news.push("has new notes".to_owned());
    }
    let news = if news.is_empty() {
        "was like that already".to_owned()
    } else {
        news.join(" and ")
    };
    format!(
        "{} {}{news}.\n",
        wording::quoted(&after.title),
        if news.starts_with("was") { "" } else { "now " }
    )
}
