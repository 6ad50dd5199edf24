//! How urgent: "high priority", "urgent", "!!", "low".

use super::super::request::Priority;
use super::super::words::{Phrase, Word};

/// Takes a priority out of a phrase. A bare "high" counts only beside "priority": "buy high heels"
/// is a title.
pub fn take(phrase: &mut Phrase) -> Option<Priority> {
    beside_the_word(phrase)
        .or_else(|| exclaimed(phrase))
        .or_else(|| urgent(phrase))
}

/// How many words at the beginning say how urgent what follows the colon is: "low priority: sort
/// the photos".
pub fn heading(phrase: &Phrase) -> Option<usize> {
    let named = named(phrase.words.first()?)?;
    let beside = phrase.words.get(1).is_some_and(is_the_word);
    let count = 1 + usize::from(beside);
    let alone = named == "high" && phrase.words[0].plain != "high";
    let ends = phrase.words.len() > count
        && [":", " - ", " – ", " — "]
            .iter()
            .any(|end| phrase.gap_after(count - 1).contains(end));
    ((beside || alone) && ends).then_some(count)
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
        let start = aside(phrase, start_of(&phrase.words, before))?;
        let negated = start > 0 && phrase.words[start - 1].is("not");
        phrase.take(start - usize::from(negated)..at + 1);
        return Some(if negated { "medium" } else { priority });
    }
    let links = phrase.words[at + 1..]
        .iter()
        .take_while(|word| word.is_any(&["is", "to", "as", "of", "level"]))
        .count();
    let priority = named(phrase.words.get(at + 1 + links)?)?;
    let start = aside(phrase, start_of(&phrase.words, at))?;
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

/// `!high`.
fn exclaimed(phrase: &mut Phrase) -> Option<Priority> {
    let at = phrase
        .words
        .iter()
        .position(|word| word.plain.starts_with('!') && named(word).is_some())?;
    named(&phrase.take(at..at + 1)[0])
}

/// `urgent`, `asap` and the like at an end of the phrase, with what leads up to it; "not urgent" is
/// low.
fn urgent(phrase: &mut Phrase) -> Option<Priority> {
    let last = phrase.words.len().checked_sub(1)?;
    let ends = [0, last];
    let at = ends
        .into_iter()
        .find(|at| phrase.words[*at].is_any(&["urgent", "urgently", "asap", "important"]))?;
    let adverbs = ending(&phrase.words[..at], ADVERBS);
    let negated = ending(&phrase.words[..at - adverbs], &["not", "isnt", "arent"]);
    let before = at - adverbs - negated;
    if before > 0 && negated == 0 && phrase.words[before - 1].is_any(QUESTIONS) {
        return None;
    }
    let start = aside(phrase, before)?;
    phrase.take(start..at + 1);
    Some(if negated > 0 { "low" } else { "high" })
}

const ADVERBS: &[&str] = &[
    "very",
    "really",
    "quite",
    "so",
    "super",
    "pretty",
    "extremely",
    "that",
];
/// After these an "important" belongs to the sentence: "find out what is important".
const QUESTIONS: &[&str] = &["what", "whats", "how", "more", "most", "less", "which"];

/// How many words at the end of `words` are one of `options`.
fn ending(words: &[Word], options: &[&str]) -> usize {
    let words = words.iter().rev();
    words.take_while(|word| word.is_any(options)).count()
}

/// Where the remark begins that a priority at `at` is part of: "pay rent, it's urgent", "…, which
/// is urgent". `None` if what stands before it is no remark but the sentence itself: "find out what
/// is important".
fn aside(phrase: &Phrase, at: usize) -> Option<usize> {
    let words = &phrase.words[..at];
    let contracted = ending(words, &["its", "thats"]).min(1);
    let verbs = ending(words, &["is", "are", "was"]).min(1);
    let start = match (contracted, verbs) {
        (1, _) => at - 1,
        (_, 0) => return Some(at),
        _ => at.checked_sub(2).filter(|start| {
            let subject = words[*start].is_any(&["it", "this", "that", "which", "they"]);
            subject && (*start == 0 || is_apart(phrase, *start))
        })?,
    };
    let links = ending(&words[..start], &["and", "but", "because", "as", "since"]).min(1);
    Some(start - links)
}

/// Whether a comma or the like, or a word that joins, stands before the word at `at`.
fn is_apart(phrase: &Phrase, at: usize) -> bool {
    phrase.words[at].is("which")
        || phrase.words[at - 1].is_any(&["and", "but", "because", "as", "since"])
        || phrase
            .gap_after(at - 1)
            .contains([',', ';', '.', '(', '-', '–', '—', '!'])
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
        check("pay rent, it's urgent", Some("high"), "pay rent");
        check("pay rent and it is very urgent", Some("high"), "pay rent");
        check("pay rent, it's high priority", Some("high"), "pay rent");
        check("pay rent, not urgent", Some("low"), "pay rent");
        check("pay rent, it's not so important", Some("low"), "pay rent");
        for text in ["find out what is important", "decide what's most important"] {
            check(text, None, text);
        }
        check("buy high heels", None, "buy high heels");
        check("set priorities straight", None, "set priorities straight");
    }
}
