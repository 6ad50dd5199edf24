//! How urgent: "high priority", "urgent", "!!", "low".

use super::super::request::Priority;
use super::super::words::{Phrase, Word};

/// Takes a priority out of a phrase. A bare "high" counts only beside "priority": "buy high heels" is a title.
pub fn take(phrase: &mut Phrase) -> Option<Priority> {
    beside_the_word(phrase)
        .or_else(|| exclaimed(phrase))
        .or_else(|| urgent(phrase))
}

/// The priority a single word names.
pub fn named(word: &Word) -> Option<Priority> {
    match word.plain.trim_start_matches('!').trim_end_matches("est") {
        "high" | "top" | "urgent" | "important" | "critical" | "maximum" => Some("high"),
        "medium" | "normal" | "regular" | "default" | "mid" | "med" => Some("medium"),
        "low" | "minor" | "minimum" | "unimportant" => Some("low"),
        _ => None,
    }
}

/// `high priority`, `with high prio`, `priority: high`, `priority to high`.
fn beside_the_word(phrase: &mut Phrase) -> Option<Priority> {
    let at = phrase.words.iter().position(is_the_word)?;
    if let Some(before) = at.checked_sub(1)
        && let Some(priority) = named(&phrase.words[before])
    {
        let start = start_of(&phrase.words, before);
        phrase.take(start..at + 1);
        return Some(priority);
    }
    let links = phrase.words[at + 1..]
        .iter()
        .take_while(|word| word.is_any(&["is", "to", "as", "of", "level"]))
        .count();
    let priority = named(phrase.words.get(at + 1 + links)?)?;
    let start = start_of(&phrase.words, at);
    phrase.take(start..at + links + 2);
    Some(priority)
}

fn is_the_word(word: &Word) -> bool {
    word.is_any(&[
        "priority",
        "prio",
        "importance",
        "pri",
        "prority",
        "priorty",
    ])
}

fn start_of(words: &[Word], at: usize) -> usize {
    let fillers = words[..at]
        .iter()
        .rev()
        .take_while(|word| word.is_any(&["with", "as", "a", "an", "of", "at", "and", "the"]))
        .count();
    at - fillers
}

/// `!high`, and `urgent`, `asap` and the like at an end of the phrase.
fn exclaimed(phrase: &mut Phrase) -> Option<Priority> {
    let at = phrase
        .words
        .iter()
        .position(|word| word.plain.starts_with('!') && named(word).is_some())?;
    named(&phrase.take(at..at + 1)[0])
}

fn urgent(phrase: &mut Phrase) -> Option<Priority> {
    let last = phrase.words.len().checked_sub(1)?;
    let ends = [0, last];
    let at = ends
        .into_iter()
        .find(|at| phrase.words[*at].is_any(&["urgent", "urgently", "asap", "important"]))?;
    phrase.take(at..at + 1);
    Some("high")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, priority: Option<Priority>, rest: &str) {
        let mut phrase = Phrase::new(text);
        assert_eq!(
            (take(&mut phrase), phrase.text().as_str()),
            (priority, rest),
            "{text}"
        );
    }

    #[test]
    fn priorities() {
        check("pay rent with high priority", Some("high"), "pay rent");
        check("low priority: read a book", Some("low"), "read a book");
        check("pay rent, priority high", Some("high"), "pay rent");
        check("pay rent !low", Some("low"), "pay rent");
        check("urgent: pay rent", Some("high"), "pay rent");
        check("buy high heels", None, "buy high heels");
        check("set priorities straight", None, "set priorities straight");
    }
}
