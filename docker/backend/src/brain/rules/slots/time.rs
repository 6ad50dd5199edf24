//! Times of day: "at 6pm", "16:30", "in the morning". Tasks have a day to be done by and no time,
//! so times stay in the title.

use super::super::words::{Phrase, Word};

/// The parts of the day that a day may be followed by, and how they are said without it.
const PARTS: [(&str, &str); 5] = [
    ("morning", "in the morning"),
    ("afternoon", "in the afternoon"),
    ("evening", "in the evening"),
    ("night", "at night"),
    ("tonight", "tonight"),
];

/// What is left of "tomorrow morning" without its day; nothing of "tomorrow".
pub fn part_of_day(day: &[Word]) -> Option<&'static str> {
    let said = |part: &str| day.iter().any(|word| word.is(part));
    PARTS
        .iter()
        .find(|(part, _)| said(part))
        .map(|(_, words)| *words)
}

/// The times in a phrase, each as it was written, with "at" and the like.
pub fn named(phrase: &Phrase) -> Vec<String> {
    let words = &phrase.words;
    let times = (0..words.len()).filter(|at| is_time(&words[*at]));
    times
        .map(|at| {
            let start = words[..at]
                .iter()
                .rev()
                .take_while(|word| word.is_any(LINKS))
                .count();
            phrase.part(at - start..at + 1).text()
        })
        .collect()
}

/// How many words at the beginning say nothing but a time of day: "at 7pm to take my pills".
pub fn leading(words: &[Word]) -> usize {
    // "at 9 to call": only here is a bare number plainly an hour.
    if let [at, hour, to, ..] = words
        && at.is("at")
        && is_hour(hour)
        && to.is("to")
    {
        return 2;
    }
    let belongs = |word: &&Word| is_part_of_time(word) || word.is_any(&["in", "the"]);
    let count = words.iter().take_while(belongs).count();
    let says_one = words[..count]
        .iter()
        .any(|word| is_time(word) || is_part(word));
    if says_one { count } else { 0 }
}

/// Whether the phrase says nothing but a time of day.
pub fn is_all(phrase: &Phrase) -> bool {
    let belongs = |word: &Word| is_part_of_time(word) || word.is_any(&["in", "the", "to"]);
    phrase
        .words
        .iter()
        .any(|word| is_time(word) || is_part(word))
        && phrase.words.iter().all(belongs)
}

fn is_hour(word: &Word) -> bool {
    let hour = word.plain.parse::<u32>();
    !word.is_literal() && hour.is_ok_and(|hour| hour <= 24)
}

fn is_part(word: &Word) -> bool {
    PARTS.iter().any(|(part, _)| word.is(part))
}

fn is_part_of_time(word: &Word) -> bool {
    is_time(word) || is_part(word) || word.is_any(LINKS)
}

const LINKS: &[&str] = &[
    "at", "by", "from", "until", "till", "around", "about", "before", "after",
];

/// `6pm`, `4:30pm`, `16:30`, `noon`.
fn is_time(word: &Word) -> bool {
    if word.is_any(&["noon", "midnight", "midday"]) {
        return true;
    }
    let plain = word.plain.as_str();
    let half = ["am", "pm"]
        .iter()
        .find_map(|half| plain.strip_suffix(half));
    let digits = half.unwrap_or(plain);
    let (hour, minute) = digits.split_once([':', '.']).unwrap_or((digits, "00"));
    let is_number = |text: &str, most: u32| {
        (1..=2).contains(&text.len()) && text.parse().is_ok_and(|number: u32| number <= most)
    };
    !word.is_literal()
        && (half.is_some() || digits.contains(':'))
        && is_number(hour, 24)
        && minute.len() == 2
        && is_number(minute, 59)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, expected) in [
            ("gym at 6pm", &["at 6pm"][..]),
            ("meet Ann at 16:30 or 5:30pm", &["at 16:30", "5:30pm"]),
            ("lunch at noon", &["at noon"]),
            ("call at 25:00, version 1.5, page 12", &[]),
        ] {
            assert_eq!(named(&Phrase::new(text)), expected, "{text}");
        }
        for (text, count) in [
            ("at 7pm to take my pills", 2),
            ("at 9 to call", 2),
            ("at 9 the call", 0),
            ("in the evening to call", 3),
            ("in the garden at 6pm", 0),
            ("about the party", 0),
        ] {
            assert_eq!(leading(&Phrase::new(text).words), count, "{text}");
        }
        assert!(is_all(&Phrase::new("at 3pm")));
        assert!(is_all(&Phrase::new("in the evening")));
        assert!(!is_all(&Phrase::new("lunch at 3pm")));
    }
}
