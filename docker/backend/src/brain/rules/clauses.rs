//! A message that holds several commands, taken apart. Whether "delete the plants" is one or goes
//! on with a title is told by the list: a command names a task that is there.

use chrono::NaiveDate;

use super::pattern::fits;
use super::request::{Change, Request, Target};
use super::understand::understand;
use super::words::Phrase;

/// What no task is called: after "and" it is a command of its own.
const UNMISTAKABLE: &[&str] = &[
    "add|create",
    "remind me to|about",
    "show|list|tell|give me|my|all|the|what|whats",
    "mark|set|tick|check|cross * done|complete|completed|finished|off $",
    "complete|finish|delete|remove|mark|tick|check the? task|number|first|second|third|last|1|2|3|4|5",
    "complete|delete|remove|mark|tick|make|move|push|set|tag|postpone|reschedule it|them",
    "undo",
];

/// Verbs of commands that may follow a comma or "and" in one sentence.
const FOLLOWING: [&str; 10] = [
    "complete",
    "delete",
    "remove",
    "tick",
    "mark",
    "move",
    "push",
    "rename",
    "postpone",
    "reschedule",
];

/// The commands in a message: split where one that is plainly a command follows "and then", a full
/// stop or a new line.
pub fn clauses(text: &str, today: NaiveDate) -> Vec<String> {
    let mut clauses: Vec<String> = Vec::new();
    for part in parts(text) {
        match clauses.last_mut() {
            Some(last) if !is_command(part, today) => *last = format!("{last} {part}"),
            _ => clauses.push(part.to_owned()),
        }
    }
    if clauses.len() > 1 && clauses.iter().all(|clause| is_command(clause, today)) {
        clauses
    } else {
        vec![text.to_owned()]
    }
}

fn parts(text: &str) -> Vec<&str> {
    let ends = [" and then ", ", then ", "; ", ". ", "\n"];
    let mut parts = vec![text];
    for end in ends {
        parts = parts.into_iter().flat_map(|part| part.split(end)).collect();
    }
    parts
        .into_iter()
        .flat_map(at_commands)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

/// Splits at each "and" that a command follows which no title would go on with.
fn at_commands(text: &str) -> Vec<&str> {
    const AND: &str = " and ";
    let mut parts = vec![text];
    while let Some((at, _)) = parts[parts.len() - 1]
        .match_indices(AND)
        .find(|(at, _)| is_unmistakable(&parts[parts.len() - 1][at + AND.len()..]))
    {
        let last = parts[parts.len() - 1];
        let rest = parts.len() - 1;
        parts[rest] = &last[..at];
        parts.push(&last[at + AND.len()..]);
    }
    parts
}

fn is_unmistakable(text: &str) -> bool {
    let words = Phrase::new(text).words;
    UNMISTAKABLE.iter().any(|pattern| fits(pattern, &words))
}

fn is_command(text: &str, today: NaiveDate) -> bool {
    match understand(text, today) {
        Request::Add(tasks) => !tasks.is_empty(),
        // "move it to the garage" goes on with a title.
        Request::Update { change, .. } => change != Change::default(),
        Request::List(_)
        | Request::Complete { .. }
        | Request::Delete(_)
        | Request::Undo
        | Request::Perhaps(_) => true,
        Request::Correct(_)
        | Request::Pick(_)
        | Request::Yes
        | Request::No
        | Request::Talk(_)
        | Request::Unknown => false,
    }
}

/// The commands in a message, if those after the first name tasks; with the titles they name.
pub fn by_title(text: &str, today: NaiveDate) -> Option<(Vec<String>, Vec<String>)> {
    let parts = at_verbs(text);
    let (first, others) = parts
        .split_first()
        .filter(|(_, others)| !others.is_empty())?;
    let titles = others.iter().map(|part| title_of(part, today));
    let titles: Vec<String> = titles.collect::<Option<_>>()?;
    is_command(first, today).then_some((parts, titles))
}

/// Splits wherever one of the verbs follows a comma or "and".
fn at_verbs(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut start = 0;
    for end in [", and ", ", ", " and "] {
        parts.extend(text.match_indices(end).map(|(at, _)| (at, at + end.len())));
    }
    parts.sort_unstable();
    let mut split: Vec<String> = Vec::new();
    for (end, next) in parts {
        let word = text[next..].split_whitespace().next().unwrap_or_default();
        if end >= start && FOLLOWING.contains(&word.to_lowercase().as_str()) {
            split.push(text[start..end].to_owned());
            start = next;
        }
    }
    split.push(text[start..].to_owned());
    split
}

fn title_of(text: &str, today: NaiveDate) -> Option<String> {
    match understand(text, today) {
        Request::Complete { target, .. }
        | Request::Delete(target)
        | Request::Update { target, .. } => match target {
            Target::Titled(title) => Some(title),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_name_tasks() {
        let today = NaiveDate::from_ymd_opt(2026, 3, 4).unwrap();
        let text = "Add cheese, complete the milk and delete the plants";
        let (parts, titles) = by_title(text, today).unwrap();
        assert_eq!(
            parts,
            ["Add cheese", "complete the milk", "delete the plants"]
        );
        assert_eq!(titles, ["milk", "plants"]);
        for text in [
            "add milk, eggs and bread",
            "delete the milk",
            "the milk and delete the plants",
        ] {
            assert_eq!(by_title(text, today), None, "{text}");
        }
    }
}
