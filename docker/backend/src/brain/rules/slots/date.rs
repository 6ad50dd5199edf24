//! Finds a day in a phrase: "tomorrow", "next friday", "in 3 days", "on 5 March", "2026-03-05".

use std::ops::Range;

use chrono::{NaiveDate, Weekday};

use super::super::spelling::is_slip;
use super::super::words::{Phrase, Word};
use super::calendar;
use super::number::{cardinal, ordinal};

const LINKS: [&str; 9] = [
    "on", "by", "due", "for", "until", "till", "before", "at", "from",
];

/// A day that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The words that say it, with "by", "on" and the like.
    pub range: Range<usize>,
    /// The day.
    pub day: NaiveDate,
}

/// Words at the beginning of a slice that say a day, and whether they say it without help.
struct Reading {
    words: usize,
    day: NaiveDate,
    plain: bool,
}

/// Takes the first day out of the phrase.
pub fn take(phrase: &mut Phrase, today: NaiveDate) -> Option<NaiveDate> {
    let found = find(&phrase.words, today)?;
    phrase.take(found.range);
    Some(found.day)
}

/// The first day in `words`.
pub fn find(words: &[Word], today: NaiveDate) -> Option<Found> {
    (0..words.len()).find_map(|start| found_at(words, start, today))
}

/// A day that the whole of `words` says.
pub fn exactly(words: &[Word], today: NaiveDate) -> Option<NaiveDate> {
    let found = found_at(words, 0, today)?;
    (found.range == (0..words.len())).then_some(found.day)
}

fn found_at(words: &[Word], start: usize, today: NaiveDate) -> Option<Found> {
    let links = words[start..]
        .iter()
        .take_while(|word| word.is_any(&LINKS))
        .count();
    let the = usize::from(words.get(start + links).is_some_and(|word| word.is("the")));
    let core = start + links + the;
    let reading = read(words.get(core..)?, today)?;
    let end = core + reading.words;
    let stands_alone = start == 0 || end == words.len();
    let accepted = links > 0 || reading.plain || (stands_alone && the == 0);
    accepted.then_some(Found {
        range: start..end,
        day: reading.day,
    })
}

fn read(words: &[Word], today: NaiveDate) -> Option<Reading> {
    let first = words.first().filter(|word| !word.is_literal())?;
    // "Monday's meeting" is a meeting, whenever it is prepared.
    if first.possessive && words.len() > 1 {
        return None;
    }
    named(words, today)
        .or_else(|| written(&first.plain, today))
        .or_else(|| distance(words, today))
        .or_else(|| relative(words, today))
        .or_else(|| day_and_month(words, today))
        .or_else(|| weekday(words, today))
        .or_else(|| nth(words, today))
}

fn reading(words: usize, day: NaiveDate) -> Option<Reading> {
    Some(Reading {
        words,
        day,
        plain: true,
    })
}

fn named(words: &[Word], today: NaiveDate) -> Option<Reading> {
    let tomorrow = calendar::later(today, 1);
    match words[0].plain.as_str() {
        "today" | "todays" | "tonight" => reading(1, today),
        "tmrw" | "tmr" | "tomo" => reading(1, tomorrow),
        "yesterday" => reading(1, calendar::later(today, -1)),
        "day" if follows(words, &["day", "after", "tomorrow"]) => {
            reading(3, calendar::later(today, 2))
        }
        "this" if follows_any(words, &["morning", "afternoon", "evening"]) => reading(2, today),
        "end"
            if follows(words, &["end", "of", "day"]) || follows(words, &["end", "of", "today"]) =>
        {
            reading(3, today)
        }
        "tomorrows" => reading(1, tomorrow),
        word if word == "tomorrow" || is_slip(word, "tomorrow") => {
            reading(
                1 + usize::from(words.get(1).is_some_and(|word| {
                    word.is_any(&["morning", "afternoon", "evening", "night"])
                })),
                tomorrow,
            )
        }
        _ => None,
    }
}

/// `2026-03-05`, `5.3.2026`, `3/5`, `3/5/2026`.
fn written(word: &str, today: NaiveDate) -> Option<Reading> {
    if let Ok(day) = NaiveDate::parse_from_str(word, "%Y-%m-%d") {
        return reading(1, day);
    }
    let separator = word.chars().find(|c| matches!(c, '/' | '.'))?;
    let parts: Vec<u32> = word
        .split(separator)
        .filter(|part| !part.is_empty())
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let (first, second, year) = match parts[..] {
        [first, second] if separator == '/' => (first, second, None),
        [first, second, year] => (first, second, Some(year)),
        _ => return None,
    };
    // With dots the day comes first; with slashes the month, unless it cannot be one.
    let (month, day) = if separator == '.' || first > 12 {
        (second, first)
    } else {
        (first, second)
    };
    let date = match year {
        Some(year) => NaiveDate::from_ymd_opt(
            i32::try_from(if year < 100 { 2000 + year } else { year }).ok()?,
            month,
            day,
        )?,
        None => calendar::next_date(today, month, day)?,
    };
    reading(1, date)
}

/// `in 3 days`, `in a couple of weeks`, `3 days from now`.
fn distance(words: &[Word], today: NaiveDate) -> Option<Reading> {
    let leading = usize::from(words[0].is_any(&["in", "within"]));
    let (count, used) = count_of(words.get(leading..)?)?;
    let unit = words.get(leading + used)?;
    let day = moved(today, count, unit)?;
    let end = leading + used + 1;
    let trailing = ["now", "today"]
        .iter()
        .any(|last| follows(&words[end..], &["from", last]));
    match (leading, trailing) {
        (_, true) => reading(end + 2, day),
        (1, false) => reading(end, day),
        _ => None,
    }
}

/// A number and how many words it takes: `3`, `a`, `a couple of`.
fn count_of(words: &[Word]) -> Option<(i64, usize)> {
    let couple = usize::from(follows(words, &["a", "couple"]));
    let number = i64::try_from(cardinal(words.get(couple)?)?)
        .ok()
        .filter(|number| *number <= 10_000)?;
    let of = usize::from(words.get(couple + 1).is_some_and(|word| word.is("of")));
    Some((number, couple + 1 + of))
}

fn moved(today: NaiveDate, count: i64, unit: &Word) -> Option<NaiveDate> {
    match unit.plain.trim_end_matches('s') {
        "day" => Some(calendar::later(today, count)),
        "week" => Some(calendar::later(today, 7 * count)),
        "fortnight" => Some(calendar::later(today, 14 * count)),
        "month" => Some(calendar::months_later(today, u32::try_from(count).ok()?)),
        "year" => Some(calendar::months_later(
            today,
            u32::try_from(12 * count).ok()?,
        )),
        _ => None,
    }
}

/// `next week`, `next friday`, `this weekend`, `end of the month`.
fn relative(words: &[Word], today: NaiveDate) -> Option<Reading> {
    if words[0].is("end") {
        return end_of(words, today);
    }
    if words[0].is("weekend") {
        return Some(Reading {
            words: 1,
            day: calendar::coming(today, Weekday::Sat),
            plain: false,
        });
    }
    let is_next = words[0].is("next");
    if !is_next && !words[0].is_any(&["this", "coming", "upcoming"]) {
        return None;
    }
    let named = &words.get(1)?.plain;
    if let Some(day) = calendar::weekday(named) {
        return reading(
            2,
            if is_next {
                calendar::in_next_week(today, day)
            } else {
                calendar::coming(today, day)
            },
        );
    }
    let day = match (named.as_str(), is_next) {
        ("week", true) => calendar::later(calendar::monday(today), 7),
        ("week", false) => calendar::later(calendar::monday(today), 6),
        ("weekend", true) => calendar::in_next_week(today, Weekday::Sat),
        ("weekend", false) => calendar::coming(today, Weekday::Sat),
        ("month", true) => calendar::later(calendar::end_of_month(today), 1),
        ("month", false) => calendar::end_of_month(today),
        ("year", true) => NaiveDate::from_ymd_opt(chrono::Datelike::year(&today) + 1, 1, 1)?,
        _ => return None,
    };
    reading(2, day)
}

fn end_of(words: &[Word], today: NaiveDate) -> Option<Reading> {
    let of = usize::from(words.get(1)?.is("of"));
    let filler = words[1 + of..]
        .iter()
        .take_while(|word| word.is_any(&["the", "this"]))
        .count();
    let at = 1 + of + filler;
    let day = match words.get(at)?.plain.as_str() {
        "week" => calendar::later(calendar::monday(today), 6),
        "month" => calendar::end_of_month(today),
        "year" => NaiveDate::from_ymd_opt(chrono::Datelike::year(&today), 12, 31)?,
        _ => return None,
    };
    reading(at + 1, day)
}

/// `5 march`, `5th of march 2027`, `march 5th`.
fn day_and_month(words: &[Word], today: NaiveDate) -> Option<Reading> {
    let number = |word: &Word| {
        u32::try_from(ordinal(word).or_else(|| word.plain.parse().ok())?)
            .ok()
            .filter(|day| (1..=31).contains(day))
    };
    let (day, month, used) = if let Some(day) = number(&words[0]) {
        let of = usize::from(words.get(1)?.is("of"));
        (day, calendar::month(&words.get(1 + of)?.plain)?, 2 + of)
    } else {
        let month = calendar::month(&words[0].plain)?;
        let the = usize::from(words.get(1)?.is("the"));
        (number(words.get(1 + the)?)?, month, 2 + the)
    };
    let year = words
        .get(used)
        .and_then(|word| word.plain.parse::<i32>().ok())
        .filter(|year| (2000..3000).contains(year));
    match year {
        Some(year) => reading(used + 1, NaiveDate::from_ymd_opt(year, month, day)?),
        None => reading(used, calendar::next_date(today, month, day)?),
    }
}

/// A bare weekday counts only at an end of the phrase or after "on": a "friday party" is a party.
fn weekday(words: &[Word], today: NaiveDate) -> Option<Reading> {
    let day = calendar::weekday(&words[0].plain)?;
    let part = usize::from(
        words
            .get(1)
            .is_some_and(|word| word.is_any(&["morning", "afternoon", "evening", "night"])),
    );
    Some(Reading {
        words: 1 + part,
        day: calendar::coming(today, day),
        plain: false,
    })
}

/// `the 5th`, only after "on", "by" and the like.
fn nth(words: &[Word], today: NaiveDate) -> Option<Reading> {
    if !words[0].plain.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let day = calendar::next_day_of_month(today, u32::try_from(ordinal(&words[0])?).ok()?)?;
    Some(Reading {
        words: 1,
        day,
        plain: false,
    })
}

fn follows(words: &[Word], expected: &[&str]) -> bool {
    words.len() >= expected.len()
        && words
            .iter()
            .zip(expected)
            .all(|(word, expected)| word.is(expected))
}

fn follows_any(words: &[Word], second: &[&str]) -> bool {
    words.get(1).is_some_and(|word| word.is_any(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Wednesday.
    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 4).unwrap()
    }

    #[track_caller]
    fn check(text: &str, day: &str, rest: &str) {
        let mut phrase = Phrase::new(text);
        let found = take(&mut phrase, today())
            .map(|day| day.to_string())
            .unwrap_or_default();
        assert_eq!(
            (found.as_str(), phrase.text().as_str()),
            (day, rest),
            "{text}"
        );
    }

    #[test]
    fn days_near() {
        check("buy milk today", "2026-03-04", "buy milk");
        check("buy milk tommorow morning", "2026-03-05", "buy milk");
        check("the day after tomorrow", "2026-03-06", "");
        check("call mom tonight at 8pm", "2026-03-04", "call mom at 8pm");
    }

    #[test]
    fn weekdays() {
        check("call mom on friday", "2026-03-06", "call mom");
        check("call mom next friday", "2026-03-13", "call mom");
        check("call mom this friday", "2026-03-06", "call mom");
        check("call mom wednesday", "2026-03-11", "call mom");
        check("plan the friday party", "", "plan the friday party");
        check("clean up this weekend", "2026-03-07", "clean up");
    }

    #[test]
    fn distances() {
        check("call mom in 3 days", "2026-03-07", "call mom");
        check("call mom in a week", "2026-03-11", "call mom");
        check("call mom two weeks from now", "2026-03-18", "call mom");
        check("call mom in a couple of months", "2026-05-04", "call mom");
        check("read 3 days of diaries", "", "read 3 days of diaries");
    }

    #[test]
    fn dates() {
        check("dentist on 5 March", "2026-03-05", "dentist");
        check("dentist by March 1st", "2027-03-01", "dentist");
        check("dentist on the 2nd of april 2027", "2027-04-02", "dentist");
        check("dentist on the 3rd", "2026-04-03", "dentist");
        check("dentist 12/24", "2026-12-24", "dentist");
        check("dentist 24.12.2026", "2026-12-24", "dentist");
        check("dentist due 2026-12-24", "2026-12-24", "dentist");
        check("pay rent by the end of the month", "2026-03-31", "pay rent");
        check("the 3rd book", "", "the 3rd book");
    }
}
