//! Changes: "rename X to Y", "move X to friday", "make X urgent", "tag X with home", "push X back
//! by two days".
//!
//! Most of them are: a target, a joining word, a value. The value's form tells which field is
//! meant, unless the field was named.

mod special;

use chrono::NaiveDate;

use super::super::pattern::covers;
use super::super::request::{Change, Due, Swap, Target};
use super::super::words::{Phrase, Word};
use super::{date, frame, priority, recurrence, several, tags, target, time, title};

const VERBS: &[&str] = &[
    "change|update|rename|edit|modify|reschedule|postpone|retitle|rephrase|reword|correct|fix|adjust|amend|replace|move|push|set|delay|bump|shift|defer|extend|assign|call|snooze|make|mark|flag|give|put|raise|lower|increase|decrease|prioritize|prioritise|deprioritize|add back|up|out|down?",
];
/// How a task gets another title without the word being said.
const RENAMING: &[&str] = &[
    "change|update|rename|edit|modify|retitle|rephrase|reword|correct|fix|adjust|amend|replace|call",
    "make it|that|this",
];
const FIELDS: &[(&str, Field)] = &[
    ("due date|day", Field::Due),
    ("deadline|due", Field::Due),
    ("date", Field::Due),
    ("priority|prio|importance", Field::Priority),
    ("title|name|text|wording", Field::Title),
    ("notes|note|description|comment|details", Field::Notes),
    ("tags|tag|label|labels", Field::Tags),
];
/// What is said after a value and belongs to no day and no priority.
const AFTERTHOUGHTS: &[&str] = &["instead|please|now|then|again|already|too|actually|after all?"];
const JOINS: [&str; 4] = ["to", "as", "with", "into"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Due,
    Priority,
    Title,
    Notes,
    Tags,
}

/// The tasks to be changed, and how.
pub fn read(mut phrase: Phrase, today: NaiveDate) -> (Target, Change) {
    recurrence::keep(&mut phrase);
    let found = special::READERS
        .iter()
        .find_map(|reader| reader(&phrase, today));
    let (target, change) = found.unwrap_or_else(|| general(phrase, today));
    (target::read(target, today), change)
}

type Reading = Option<(Phrase, Change)>;

/// A verb, a target, a joining word and a value; or a value at the end.
fn general(mut phrase: Phrase, today: NaiveDate) -> (Phrase, Change) {
    let renames = RENAMING
        .iter()
        .any(|verb| covers(verb, &phrase.words).is_some());
    let in_parts = covers("change|replace|swap|correct|fix|amend", &phrase.words).is_some();
    frame::strip_front(&mut phrase, VERBS);
    let joins: Vec<usize> = (1..phrase.words.len())
        .filter(|at| phrase.words[*at].is_any(&JOINS))
        .collect();
    for at in joins {
        let mut left = phrase.part(0..at);
        let field = take_field(&mut left);
        strip_links(&mut left);
        let mut value = phrase.part(at + 1..phrase.words.len());
        let idiom = if field.is_some() { "say|read" } else { "say" };
        frame::strip_front(&mut value, &[idiom]);
        let change = valued(&value, field, today);
        // "move it to my desk" gives nothing another title.
        let change = change.filter(|change| {
            !left.is_empty() && (renames || field.is_some() || change.title.is_none())
        });
        if let Some(change) = change {
            let part = in_parts && field.is_none() && change.title.is_some();
            let swap = part.then(|| swap(&left, &value)).flatten();
            return (left, Change { swap, ..change });
        }
    }
    if let Some(at) =
        (0..phrase.words.len().saturating_sub(1)).find(|at| phrase.gap_after(*at).contains(':'))
        && let Some(change) = valued(&phrase.part(at + 1..phrase.words.len()), None, today)
    {
        return (phrase.part(0..at + 1), change);
    }
    trailing(phrase, today)
}

/// "change milk to bread" may be about a part of the title; what begins like a title is a whole
/// one.
fn swap(left: &Phrase, value: &Phrase) -> Option<Swap> {
    let words = |phrase: &Phrase| {
        let mut phrase = phrase.clone();
        frame::strip_front(&mut phrase, &["the|my|a|an"]);
        phrase.text()
    };
    let from = Some(words(left));
    (!several::begins_with_verb(value)).then(|| Swap {
        from,
        to: words(value),
    })
}

/// "make X urgent", "move X friday", "set X due tomorrow": the value follows without a joining
/// word.
fn trailing(mut phrase: Phrase, today: NaiveDate) -> (Phrase, Change) {
    let mut change = Change {
        tag: Vec::new(),
        priority: priority::take(&mut phrase),
        ..Change::default()
    };
    change.due = date::take(&mut phrase, today).map(Due::On);
    change.tag = tags::take(&mut phrase);
    let last = phrase.words.len().saturating_sub(1);
    if change == Change::default()
        && let Some(named) = phrase
            .words
            .get(last)
            .filter(|_| last > 0)
            .and_then(priority::named)
    {
        phrase.take(last..last + 1);
        change.priority = Some(named);
    }
    if let Some(at) = phrase
        .words
        .iter()
        .position(|word| word.quoted)
        .filter(|at| *at > 0 && change == Change::default())
    {
        change.title = Some(phrase.part(at..at + 1).text());
        phrase.take(at..phrase.words.len());
    }
    take_field(&mut phrase);
    strip_links(&mut phrase);
    frame::strip_back(&mut phrase, &["as|to|very|a|is|due"]);
    (phrase, change)
}

/// What a value means that is a day or a priority and nothing else: "friday", "high priority".
pub fn field_of(value: &Phrase, today: NaiveDate) -> Option<Change> {
    let is_field = |change: &Change| change.due.is_some() || change.priority.is_some();
    let change = valued(value, None, today)?;
    let only = Change {
        due: change.due,
        priority: change.priority,
        ..Change::default()
    };
    (is_field(&change) && change == only).then_some(change)
}

/// What a value means: for the field that was named, or by its form. What people add to a day or a
/// priority ("friday instead") may be part of a title.
fn valued(value: &Phrase, field: Option<Field>, today: NaiveDate) -> Option<Change> {
    let mut short = value.clone();
    frame::strip_back(&mut short, AFTERTHOUGHTS);
    let is_text = |change: &Change| change.title.is_some() || change.notes.is_some();
    let change = meant(&short, field, today).filter(|change| !is_text(change));
    change.or_else(|| meant(value, field, today))
}

fn meant(value: &Phrase, field: Option<Field>, today: NaiveDate) -> Option<Change> {
    let mut value = value.clone();
    frame::strip_front(&mut value, &["be? due on|by|for?", "be", "the"]);
    let mut without_priority = value.clone();
    let named_priority = priority::take(&mut without_priority)
        .or_else(|| single(&value.words).and_then(priority::named));
    let day = date::exactly(&value.words, today);
    let change = match field {
        Some(Field::Priority) => Change {
            priority: Some(
                named_priority.or_else(|| value.words.iter().find_map(priority::named))?,
            ),
            ..Change::default()
        },
        Some(Field::Due)
            if value
                .words
                .iter()
                .any(|word| word.is_any(&["none", "nothing", "never"])) =>
        {
            Change {
                due: Some(Due::Never),
                ..Change::default()
            }
        }
        Some(Field::Due) => Change {
            due: Some(Due::On(date::find(&value.words, today)?.day)),
            ..Change::default()
        },
        Some(Field::Notes) => Change {
            notes: Some(value.text()),
            ..Change::default()
        },
        Some(Field::Tags) => Change {
            tag: tag_names(&value.words),
            ..Change::default()
        },
        Some(Field::Title) => Change {
            title: Some(new_title(&value)),
            ..Change::default()
        },
        None if day.is_some() => Change {
            due: day.map(Due::On),
            ..Change::default()
        },
        None if named_priority.is_some() => Change {
            priority: named_priority,
            due: date::take(&mut without_priority, today).map(Due::On),
            ..Change::default()
        },
        None if value.is_empty() => return None,
        None if day_and_time(&value, today).is_some() => return day_and_time(&value, today),
        None if value.words.iter().all(Word::is_literal) && !value.words[0].quoted => {
            return Some(Change {
                lost: Some(value.text()),
                ..Change::default()
            });
        }
        None => Change {
            title: Some(new_title(&value)),
            ..Change::default()
        },
    };
    Some(change)
}

/// A passage that was quoted is the title, unless other words belong to it.
fn new_title(value: &Phrase) -> String {
    match value.words.as_slice() {
        [only] if only.quoted => value.text(),
        _ => title::capitalised(&value.text()),
    }
}

/// A day with a time of day, of which only the day can be kept; `None` if the value says more than
/// that.
fn day_and_time(value: &Phrase, today: NaiveDate) -> Option<Change> {
    let mut rest = value.clone();
    let day = date::take(&mut rest, today);
    let lost = (!rest.is_empty()).then(|| rest.text());
    (rest.is_empty() || time::is_all(&rest)).then(|| Change {
        due: day.map(Due::On),
        lost,
        ..Change::default()
    })
}

fn single(words: &[Word]) -> Option<&Word> {
    words.first().filter(|_| words.len() == 1)
}

/// The phrase without the longest of `fronts`, if one fits.
fn without(phrase: &Phrase, fronts: &[&str]) -> Option<Phrase> {
    let count = fronts
        .iter()
        .filter_map(|front| covers(front, &phrase.words))
        .max()?;
    Some(phrase.part(count..phrase.words.len()))
}

/// Takes the name of a field out: at the beginning ("priority of X") or at the end ("X's
/// priority").
fn take_field(phrase: &mut Phrase) -> Option<Field> {
    let the = usize::from(
        phrase
            .words
            .first()
            .is_some_and(|word| word.is_any(&["the", "its", "a"])),
    );
    for (pattern, field) in FIELDS {
        if let Some(count) = covers(pattern, &phrase.words[the..])
            && (the + count == phrase.words.len()
                || phrase.words[the + count].is_any(&["of", "for", "from", "on", "to"]))
        {
            phrase.take(0..the + count);
            return Some(*field);
        }
        let length = pattern.split(' ').count();
        if let Some(start) = phrase
            .words
            .len()
            .checked_sub(length)
            .filter(|start| *start > 0)
            && covers(pattern, &phrase.words[start..]) == Some(length)
        {
            phrase.take(start..start + length);
            return Some(*field);
        }
    }
    None
}

/// Takes the name of a field and its "of" away from the beginning, if a value follows: "the due
/// date of friday".
fn take_field_before(phrase: &mut Phrase) -> Option<Field> {
    let (count, field) = FIELDS.iter().find_map(|(pattern, field)| {
        let named = covers("the|a|an|its?", &phrase.words)?;
        let count = named + covers(pattern, &phrase.words[named..])?;
        Some((count, *field))
    })?;
    let links = covers("of|is|to|saying|that?", &phrase.words[count..])?;
    (count + links < phrase.words.len()).then(|| phrase.take(0..count + links))?;
    Some(field)
}

fn strip_links(phrase: &mut Phrase) {
    frame::strip_front(phrase, &["of|from|for|on|to"]);
}

fn tag_names(words: &[Word]) -> Vec<String> {
    words
        .iter()
        .filter(|word| {
            !word.is_any(&[
                "as", "with", "and", "to", "on", "for", "the", "tag", "tags", "label",
            ])
        })
        .map(tag_name)
        .collect()
}

fn tag_name(word: &Word) -> String {
    word.plain.trim_start_matches('#').to_owned()
}
