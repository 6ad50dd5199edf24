//! Which tasks are meant: "the first one", "task 2", "1 and 3", "it", "all done tasks", or a title.

use chrono::NaiveDate;

use super::super::pattern::covers;
use super::super::request::{Filter, Target};
use super::super::words::{Phrase, Word};
use super::{filter, frame, number, recurrence, tags};

const FRONTS: &[&str] = &[
    "the|my|a|an|this|that|our",
    "the|my|a|an|this|that|our? task|todo|to-do|item|reminder|entry|number|no|nr called|named|titled|about|to|for|named|saying|with?",
    "the|my|a? task|todo|item? number|no|nr",
    "the|my|a? tasks|todos|items|reminders|numbers",
];
const BACKS: &[&str] = &[
    "task|tasks|todo|to-do|item|reminder|entry|one",
    "from|off|on|in|of my|the|our|this|that? todo|to-do|task|tasks? list|lists|tasks|todos",
    "task|todo|item|reminder|one? from|off|on|in my|the|our|this? todo|to-do|task|tasks? list|lists|tasks|todos",
    "off",
    "too|also|instead|again|already|now|then|yet",
];
const IT: [&str; 5] = ["it", "that", "this", "them", "those"];

/// Reads `phrase`, from which the command's own words have been taken, as a reference to tasks.
pub fn read(mut phrase: Phrase, today: NaiveDate) -> Target {
    // "every thursday" is not every task.
    recurrence::keep(&mut phrase);
    if let Some(at) = phrase.words.iter().position(|word| word.quoted) {
        return Target::Titled(phrase.part(at..at + 1).text());
    }
    if phrase.words.len() <= 3
        && phrase.words.first().is_some_and(|word| word.is_any(&IT))
        && phrase.words[1..]
            .iter()
            .all(|word| word.is_any(&["one", "ones", "task", "tasks", "all", "off"]))
    {
        return if phrase.has(&["all"]) {
            Target::All(Filter::default())
        } else {
            Target::It
        };
    }
    if let Some(target) = several(&phrase, today) {
        return target;
    }
    if covers(
        "the|my? task|todo|item|number|no|nr number|no|nr? one",
        &phrase.words,
    ) == Some(phrase.words.len())
    {
        return Target::Places(vec![1]);
    }
    frame::strip(&mut phrase, FRONTS, BACKS);
    frame::strip_back(&mut phrase, BACKS);
    if phrase.is_empty() {
        return Target::Missing;
    }
    by_place(&phrase.words).unwrap_or_else(|| Target::Titled(title(&phrase)))
}

/// Whether `phrase` is nothing but a place: an answer to "which one?".
pub fn is_bare_place(phrase: &Phrase, today: NaiveDate) -> bool {
    matches!(
        read(phrase.clone(), today),
        Target::Places(_) | Target::Last(_) | Target::First(_) | Target::FromEnd(_)
    )
}

/// A title without the possessive that joined it to "due date".
fn title(phrase: &Phrase) -> String {
    let text = phrase.text();
    let owner = text.strip_suffix("'s").or_else(|| text.strip_suffix("’s"));
    owner.map(str::to_owned).unwrap_or(text)
}

/// "all tasks", "everything", "the completed ones", "all tasks tagged home".
fn several(phrase: &Phrase, today: NaiveDate) -> Option<Target> {
    let leads = phrase
        .words
        .iter()
        .take(3)
        .any(|word| word.is_any(&["all", "everything", "every", "each"]));
    let plural = phrase.words.last().is_some_and(|word| {
        word.is_any(&["tasks", "todos", "items", "ones", "reminders", "stuff"])
    });
    let tagged = phrase.words.iter().any(tags::is_hash) || phrase.has(&["tagged"]);
    let whole = phrase.words.iter().all(|word| {
        word.is_any(&[
            "the", "my", "whole", "entire", "list", "tasks", "task", "todo", "to-do", "of",
            "todos", "items",
        ])
    }) && (plural || phrase.has(&["list"]));
    let state = phrase.words.iter().all(|word| {
        word.is_any(&[
            "the",
            "my",
            "completed",
            "done",
            "finished",
            "ones",
            "overdue",
        ])
    }) && !phrase.is_empty();
    if !(leads || plural || whole || state || tagged && phrase.has(&["tasks"])) {
        return None;
    }
    if !leads
        && phrase
            .words
            .iter()
            .any(|word| place_of(word).is_some() || word.is_any(&["last", "final"]))
    {
        return None;
    }
    let mut rest = phrase.clone();
    let says_state = rest.has(&[
        "done",
        "completed",
        "complete",
        "finished",
        "open",
        "pending",
        "incomplete",
        "unfinished",
        "remaining",
        "undone",
        "outstanding",
        "closed",
    ]);
    let mut wanted = filter::take(&mut rest, today);
    if !says_state && wanted.to.is_none() {
        wanted.done = None;
    }
    (leads || whole || wanted != Filter::default()).then_some(Target::All(wanted))
}

fn by_place(words: &[Word]) -> Option<Target> {
    from_the_end(words)
        .or_else(|| so_many(words))
        .or_else(|| range(words))
        .or_else(|| places(words))
}

/// "last", "last two", "second to last", "newest".
fn from_the_end(words: &[Word]) -> Option<Target> {
    let plain: Vec<&str> = words
        .iter()
        .map(|word| word.plain.as_str())
        .filter(|word| !matches!(*word, "the" | "task" | "tasks" | "one" | "ones"))
        .collect();
    match plain[..] {
        ["last" | "latest" | "newest" | "final" | "bottom"]
        | ["most", "recent"]
        | ["very", "last"]
        | ["last" | "latest", "added" | "created"] => Some(Target::Last(1)),
        ["penultimate"]
        | ["second" | "2nd" | "next", "to", "last"]
        | ["last", "but"]
        | ["second" | "2nd", "last"] => Some(Target::FromEnd(1)),
        ["third" | "3rd", "to", "last"] | ["third" | "3rd", "last"] => Some(Target::FromEnd(2)),
        ["last" | "latest" | "newest", _] => {
            number::cardinal(words.iter().find(|word| number::cardinal(word).is_some())?)
                .map(Target::Last)
        }
        _ => None,
    }
}

/// "first two", "top 3", "oldest".
fn so_many(words: &[Word]) -> Option<Target> {
    let first = words
        .first()
        .filter(|word| word.is_any(&["first", "top", "oldest", "earliest"]))?;
    match words.len() {
        1 if first.is("first") => None,
        1 => Some(Target::First(1)),
        2 => number::cardinal(&words[1]).map(Target::First),
        3 if words[2].is_any(&["tasks", "ones", "items"]) => {
            number::cardinal(&words[1]).map(Target::First)
        }
        _ => None,
    }
}

/// "1 to 3", "1-3", "2 through 4".
fn range(words: &[Word]) -> Option<Target> {
    let (from, to) = match words {
        [one] => one
            .plain
            .split_once(['-', '–'])
            .map(|(from, to)| (from.to_owned(), to.to_owned()))?,
        [from, link, to] if link.is_any(&["to", "through", "until", "thru"]) => {
            (from.plain.clone(), to.plain.clone())
        }
        _ => return None,
    };
    let number = |text: &str| {
        text.trim_start_matches('#')
            .parse::<usize>()
            .ok()
            .filter(|place| (1..=99).contains(place))
    };
    let (from, to) = (number(&from)?, number(&to)?);
    (from <= to).then(|| Target::Places((from..=to).collect()))
}

/// "2", "first", "1, 2 and 4": nothing but places and what joins them.
fn places(words: &[Word]) -> Option<Target> {
    let mut found = Vec::new();
    for word in words {
        match place_of(word) {
            Some(place) => found.push(place),
            None if word.is_any(&[
                "and", "the", "task", "tasks", "number", "one", "ones", "item", "plus", "also",
            ]) => {}
            None => return None,
        }
    }
    (!found.is_empty()).then_some(Target::Places(found))
}

fn place_of(word: &Word) -> Option<usize> {
    let spelt = || number::cardinal(word).filter(|_| !word.is_any(&["a", "an", "one", "couple"]));
    number::place(word)
        .or_else(|| number::ordinal(word))
        .or_else(spelt)
        .filter(|place| *place > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Target) {
        let today = NaiveDate::from_ymd_opt(2026, 3, 4).unwrap();
        assert_eq!(read(Phrase::new(text), today), expected, "{text}");
    }

    #[test]
    fn places() {
        check("the first task", Target::Places(vec![1]));
        check("task 2", Target::Places(vec![2]));
        check("task one", Target::Places(vec![1]));
        check("#3", Target::Places(vec![3]));
        check("tasks 1, 2 and 4", Target::Places(vec![1, 2, 4]));
        check("tasks 2-4", Target::Places(vec![2, 3, 4]));
        check("the first two tasks", Target::First(2));
        check("the last task", Target::Last(1));
        check("the last one on my list", Target::Last(1));
        check("the last 3 tasks", Target::Last(3));
        check("the second to last task", Target::FromEnd(1));
    }

    #[test]
    fn titles() {
        check("the buy milk task", Target::Titled("buy milk".into()));
        check("first aid kit", Target::Titled("first aid kit".into()));
        check(
            "the task called \"last one\"",
            Target::Titled("last one".into()),
        );
        check("groceries from my list", Target::Titled("groceries".into()));
    }

    #[test]
    fn others() {
        check("it", Target::It);
        check("that one", Target::It);
        check("the task", Target::Missing);
        check("everything", Target::All(Filter::default()));
        check("all my tasks", Target::All(Filter::default()));
        check(
            "all completed tasks",
            Target::All(Filter {
                done: Some(true),
                ..Filter::default()
            }),
        );
        check(
            "all tasks tagged home",
            Target::All(Filter {
                tag: Some("home".into()),
                ..Filter::default()
            }),
        );
    }
}
