//! What comes again and again: "every monday", "twice a week", "daily", "on weekends". Tasks do not
//! repeat by themselves, so these words stay in the title, and no day may be read out of them.

use std::ops::Range;

use super::super::pattern::covers;
use super::super::words::{Phrase, Word};
use super::{calendar, number};

const UNITS: [&str; 18] = [
    "day",
    "days",
    "week",
    "weeks",
    "month",
    "months",
    "year",
    "years",
    "hour",
    "hours",
    "morning",
    "afternoon",
    "evening",
    "night",
    "weekend",
    "weekday",
    "workday",
    "quarter",
];
/// Forms that say it in one piece.
const WHOLE: [&str; 2] = [
    "daily|weekly|monthly|yearly|annually|quarterly|fortnightly|biweekly|hourly|nightly",
    "on|in|at? the? weekdays|weekends|workdays|mornings|afternoons|evenings|nights",
];
const TIMES: &str = "times|time? a|per|each|every";

/// Marks such words so that nobody reads anything else out of them; answers them as they were
/// written.
pub fn keep(phrase: &mut Phrase) -> Option<String> {
    let range = (0..phrase.words.len()).find_map(|start| found_at(phrase, start))?;
    let text = phrase.part(range.clone()).text();
    phrase.words[range].iter_mut().for_each(Word::keep);
    Some(text)
}

fn found_at(phrase: &Phrase, start: usize) -> Option<Range<usize>> {
    let words = &phrase.words[start..];
    let count = every(words)
        .or_else(|| times(words))
        .or_else(|| WHOLE.iter().find_map(|form| covers(form, words)))
        .or_else(|| plural_days(phrase, start))?;
    Some(before(&phrase.words, start)..start + count)
}

/// "every monday", "every other week", "every 2 days", "every monday and thursday morning".
fn every(words: &[Word]) -> Option<usize> {
    words
        .first()
        .filter(|word| word.is_any(&["every", "each"]))?;
    let counted = words.get(1).is_some_and(|word| {
        word.is_any(&["other", "second", "third", "fourth", "single", "few"])
            || number::cardinal(word).is_some()
    });
    let mut end = 2 + usize::from(counted);
    words.get(end - 1).filter(|word| is_unit(word))?;
    while words.get(end).is_some_and(|word| word.is("and"))
        && words.get(end + 1).is_some_and(is_unit)
    {
        end += 2;
    }
    let part = words.get(end).is_some_and(is_part_of_day);
    Some(end + usize::from(part))
}

/// "twice a week", "3 times per day".
fn times(words: &[Word]) -> Option<usize> {
    let first = words.first()?;
    let counted = first.is_any(&["once", "twice", "thrice"]) || number::cardinal(first).is_some();
    let link = covers(TIMES, words.get(1..)?).filter(|_| counted)?;
    words
        .get(1 + link)
        .filter(|word| word.is_any(&UNITS))
        .map(|_| 2 + link)
}

/// "on mondays", "on tuesdays and thursdays"; "monday's meeting" is one meeting.
fn plural_days(phrase: &Phrase, start: usize) -> Option<usize> {
    let words = &phrase.words;
    let on = usize::from(words[start].is("on"));
    let is_plural = |at: usize| {
        words.get(at).is_some_and(|word| {
            let bare = !phrase.written(word).contains(['\'', '’']);
            bare && word.plain.ends_with("days") && calendar::weekday(&word.plain).is_some()
        })
    };
    let mut end = start + on;
    is_plural(end).then_some(())?;
    end += 1;
    while words.get(end).is_some_and(|word| word.is("and")) && is_plural(end + 1) {
        end += 2;
    }
    let part = words.get(end).is_some_and(is_part_of_day);
    Some(end - start + usize::from(part))
}

/// "on the 1st of" before "every month" belongs to it.
fn before(words: &[Word], start: usize) -> usize {
    let of = start.checked_sub(2).filter(|at| {
        words[at + 1].is("of") && number::ordinal(&words[*at]).is_some()
            || words[at + 1].is("of") && words[*at].is_any(&["last", "day", "end"])
    });
    let Some(first) = of else { return start };
    let fillers = words[..first]
        .iter()
        .rev()
        .take_while(|word| word.is_any(&["on", "by", "at", "the", "last", "first"]))
        .count();
    first - fillers
}

fn is_unit(word: &Word) -> bool {
    word.is_any(&UNITS) || !word.is_literal() && calendar::weekday(&word.plain).is_some()
}

fn is_part_of_day(word: &Word) -> bool {
    word.is_any(&["morning", "afternoon", "evening", "night"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let kept = keep(&mut Phrase::new(text));
        assert_eq!(kept.unwrap_or_default(), expected, "{text}");
    }

    #[test]
    fn what_comes_again() {
        check("buy milk every monday", "every monday");
        check("take pills every morning", "every morning");
        check(
            "gym every monday and thursday evening",
            "every monday and thursday evening",
        );
        check("clean the filter every 2 weeks", "every 2 weeks");
        check("call mom every other friday", "every other friday");
        check("water the garden twice a week", "twice a week");
        check("stretch 3 times per day", "3 times per day");
        check("backup daily", "daily");
        check("gym on tuesdays and thursdays", "on tuesdays and thursdays");
        check(
            "pay rent on the 1st of every month",
            "on the 1st of every month",
        );
        check("sleep in on weekends", "on weekends");
    }

    #[test]
    fn what_comes_once() {
        check("prepare monday's meeting", "");
        check("buy milk on monday", "");
        check("thank each of the guests", "");
        check("check every door", "");
        check("call two times", "");
    }
}
