//! Which tasks a list shall have: "overdue", "high priority", "tagged home", "due this week",
//! "about milk".

mod vocabulary;

use chrono::{NaiveDate, Weekday};

use super::super::pattern::{covers, fits_anywhere};
use super::super::request::Filter;
use super::super::tense::is_past;
use super::super::words::{Phrase, Word};
use super::{calendar, date, priority, several, tags};

use vocabulary::{BOTH, DONE, FILLERS, LATE, MENTIONING, NOT, OPEN, TASKS};

/// Reads a filter out of `phrase`, which is taken apart on the way.
pub fn take(phrase: &mut Phrase, today: NaiveDate) -> Filter {
    // "today's tasks" are those of today.
    let words = phrase.words.iter_mut();
    words.for_each(|word| word.possessive = false);
    if let Some(text) = take_deed(phrase) {
        return Filter {
            text: Some(text),
            ..Filter::default()
        };
    }
    let soonest = take_first(phrase);
    let mut filter = Filter {
        done: take_done(phrase),
        soonest,
        ..Filter::default()
    };
    filter.text = take_text(phrase);
    filter.tag = tags::take(phrase).into_iter().next();
    filter.priority = take_priority(phrase);
    if take_any(phrase, LATE) {
        filter.to = Some(calendar::later(today, -1));
        filter.done = Some(false);
    }
    take_period(phrase, today, &mut filter);
    take_rest(phrase, &mut filter);
    filter
}

/// "did I already pay the rent?": what may be done or not.
fn take_deed(phrase: &mut Phrase) -> Option<String> {
    let count = covers("did|have i|we already|ever|just?", &phrase.words)?;
    let verb = phrase.words.get(count).filter(|word| {
        let done = word.is_any(DONE) || word.is_any(&["do", "did", "get", "got"]);
        !done && (several::is_verb(word) || is_past(&word.plain))
    });
    verb.filter(|_| phrase.words.len() > count + 1)?;
    let text = phrase.part(count..phrase.words.len()).text();
    phrase.words.clear();
    Some(text)
}

/// "what should I do first?", "what shall I start with?".
fn take_first(phrase: &mut Phrase) -> bool {
    let patterns = ["first $", "start|begin with $", "most urgent|pressing $"];
    let found = (0..phrase.words.len()).find_map(|at| {
        let patterns = patterns.iter();
        let fits = patterns.filter_map(|pattern| covers(pattern, &phrase.words[at..]));
        fits.max().map(|count| at..at + count)
    });
    found.map(|range| phrase.take(range)).is_some()
}

/// Whether the phrase names tasks, or says that it is about something in them.
pub fn speaks_of_tasks(phrase: &Phrase) -> bool {
    phrase.has(TASKS) || phrase.has(OPEN) || phrase.has(MENTIONING) || phrase.has(&["i", "my"])
}

/// Done, open, or both; a question after what is to be done means what is open.
fn take_done(phrase: &mut Phrase) -> Option<bool> {
    let negated = phrase.has(NOT);
    let obliged =
        phrase.has(&["need", "should", "must"]) || fits_anywhere("have to", &phrase.words);
    if phrase.has(&["have", "did", "ive"]) && !negated && !obliged && take_any(phrase, DONE) {
        return Some(true);
    }
    if fits_anywhere(
        "did|have i|we already|just? do|done|achieve|achieved",
        &phrase.words,
    ) && !negated
        && !obliged
    {
        return Some(true);
    }
    let adjective = phrase.position(DONE).filter(|at| !is_verb(phrase, *at));
    let open = phrase.position(OPEN).filter(|at| {
        !(phrase.words[*at].is_any(&["open", "todo", "to-do"])
            && (*at == 0 || phrase.words[*at].is_any(&["todo", "to-do"])))
    });
    if let Some(at) = adjective {
        phrase.take(at..at + 1);
        return Some(!negated);
    }
    if let Some(at) = open {
        phrase.take(at..at + 1);
        return Some(false);
    }
    if obliged || !phrase.has(BOTH) {
        Some(false)
    } else {
        None
    }
}

/// "to complete", "I finish": the word is what the user does, not what the task is.
fn is_verb(phrase: &Phrase, at: usize) -> bool {
    at > 0 && phrase.words[at - 1].is_any(&["to", "i", "should", "must", "be", "get"])
}

fn take_any(phrase: &mut Phrase, options: &[&str]) -> bool {
    let at = phrase.position(options);
    at.map(|at| phrase.take(at..at + 1)).is_some()
}

/// "about milk", "containing milk", "search for milk".
fn take_text(phrase: &mut Phrase) -> Option<String> {
    if let Some(at) = phrase.words.iter().position(|word| word.quoted) {
        return Some(phrase.part(at..at + 1).text()).inspect(|_| drop(phrase.take(at..at + 1)));
    }
    let at = phrase.position(MENTIONING)?;
    let to = usize::from(
        phrase
            .words
            .get(at + 1)
            .is_some_and(|word| word.is_any(&["to", "the"])),
    );
    let text = phrase.part(at + 1 + to..phrase.words.len()).text();
    phrase.take(at..phrase.words.len());
    (!text.is_empty()).then_some(text)
}

fn take_priority(phrase: &mut Phrase) -> Option<&'static str> {
    priority::take(phrase).or_else(|| {
        let at = phrase.position(&["urgent", "important", "critical"])?;
        priority::named(&phrase.take(at..at + 1)[0])
    })
}

/// "this week" is a span of days; "before friday" ends on the day before; a day alone is that day.
fn take_period(phrase: &mut Phrase, today: NaiveDate, filter: &mut Filter) {
    if let Some((from, to)) = take_span(phrase, today) {
        (filter.from, filter.to) = (Some(from), Some(to));
        return;
    }
    let Some(found) = date::find(&phrase.words, today) else {
        return;
    };
    let taken = phrase.take(found.range);
    let said = |options: &[&str]| taken.iter().any(|word| word.is_any(options));
    if said(&["before"]) {
        filter.to = Some(calendar::later(found.day, -1));
    } else if said(&["by", "until", "till"]) {
        filter.to = Some(found.day);
    } else if take_any(phrase, &["after", "since"]) {
        filter.from = Some(calendar::later(found.day, 1));
    } else {
        (filter.from, filter.to) = (Some(found.day), Some(found.day));
    }
}

fn take_span(phrase: &mut Phrase, today: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let monday = calendar::monday(today);
    let pairs: Vec<(String, String)> = phrase
        .words
        .windows(2)
        .map(|pair| (pair[0].plain.clone(), pair[1].plain.clone()))
        .collect();
    for (at, (first, second)) in pairs.iter().enumerate() {
        let span = match (first.as_str(), second.trim_end_matches('s')) {
            ("this" | "current", "week") => (monday, calendar::later(monday, 6)),
            ("next", "week") => (calendar::later(monday, 7), calendar::later(monday, 13)),
            ("this", "weekend") => weekend(calendar::later(monday, 5)),
            ("next", "weekend") => weekend(calendar::in_next_week(today, Weekday::Sat)),
            ("this", "month") => (
                calendar::later(today, 1 - i64::from(chrono::Datelike::day(&today))),
                calendar::end_of_month(today),
            ),
            ("next", "month") => {
                let first = calendar::later(calendar::end_of_month(today), 1);
                (first, calendar::end_of_month(first))
            }
            ("next", count)
                if phrase
                    .words
                    .get(at + 2)
                    .is_some_and(|word| word.is_any(&["days", "weeks"])) =>
            {
                let days: i64 = count.parse().ok()?;
                let unit = if phrase.words[at + 2].is("weeks") {
                    7
                } else {
                    1
                };
                phrase.take(at + 2..at + 3);
                (today, calendar::later(today, days * unit))
            }
            _ => continue,
        };
        phrase.take(at..at + 2);
        return Some(span);
    }
    None
}

fn weekend(saturday: NaiveDate) -> (NaiveDate, NaiveDate) {
    (saturday, calendar::later(saturday, 1))
}

/// What is left names a tag if "tasks" follows it ("work tasks"), else it is looked for.
fn take_rest(phrase: &mut Phrase, filter: &mut Filter) {
    let searching = phrase
        .words
        .first()
        .is_some_and(|word| word.is_any(&["find", "search", "look"]));
    let tag = phrase
        .words
        .windows(2)
        .find(|pair| is_name(&pair[0]) && pair[1].is_any(TASKS))
        .map(|pair| pair[0].plain.clone());
    let said: Vec<usize> = (0..phrase.words.len())
        .filter(|at| is_name(&phrase.words[*at]))
        .collect();
    let (Some(first), Some(last)) = (said.first(), said.last()) else {
        return;
    };
    if let Some(tag) = tag.filter(|_| !searching && filter.tag.is_none() && said.len() == 1) {
        filter.tag = Some(tag);
    } else if filter.text.is_none() {
        filter.text = Some(phrase.part(*first..last + 1).text());
    }
}

fn is_name(word: &Word) -> bool {
    !word.is_any(FILLERS) && !word.is_any(TASKS) && !word.is_any(BOTH)
}
