//! What refers to something said before: "no, Friday", "I meant Hannah", "I couldn't water the
//! plants, move it to Friday".

use chrono::NaiveDate;

use super::cues::VERBS;
use super::intent;
use super::pattern::covers;
use super::polite;
use super::request::{Change, Request, Swap, Target};
use super::slots::{change, date, target};
use super::understand::command;
use super::words::Phrase;

/// How somebody begins who corrects what was just said.
const CORRECTIONS: &[&str] = &[
    "oh|ah|hmm? no|nope|sorry|oops|wait|actually no|sorry|wait|actually|rather?",
    "oh|ah|hmm|no|nope|sorry|oops|wait|actually? no|sorry|wait|actually? i meant|mean to? say?",
];
/// How somebody begins who tells what did not happen.
const TELLING: &[&str] = &["i|ive|im|we|weve|were"];
/// What follows then, up to the task.
const AUXILIARIES: &[&str] = &[
    "didnt", "couldnt", "cant", "cannot", "wont", "havent", "dont", "not", "never", "did", "could",
    "can", "will", "have", "do", "to", "manage", "managed", "get", "got", "find", "found", "time",
    "the", "around", "able", "had", "a", "chance", "forgot", "think", "need",
];
/// Where what is said of a task begins: "the flights aren't urgent".
const SAID_OF: &[&str] = &[
    "is", "are", "isnt", "arent", "was", "were", "wasnt", "werent", "has", "hasnt", "have",
    "havent", "can", "cant", "will", "wont", "needs", "got",
];
const JOINED: [char; 7] = [',', ';', '.', '-', '–', '—', '!'];

/// What `text` says about the last change, if it corrects one.
pub fn correction(text: &str, today: NaiveDate) -> Option<Request> {
    let phrase = Phrase::new(text);
    let fronts = CORRECTIONS.iter();
    let count = fronts
        .filter_map(|front| covers(front, &phrase.words))
        .max()?;
    let value = phrase.part(count..phrase.words.len());
    let apart = phrase.gap_after(count - 1).contains(JOINED)
        || phrase.words[count - 1].is_any(&["meant", "mean", "say"]);
    let field = change::field_of(&value, today);
    let change = field.or_else(|| name(&value).filter(|_| apart))?;
    Some(Request::Correct(change))
}

/// "Hannah", "Hannah, not Anna": a name that stands for another.
fn name(value: &Phrase) -> Option<Change> {
    let is_name = |at: usize| {
        let word = value.words.get(at)?;
        let written = value.written(word);
        (!word.is_literal() && written.starts_with(char::is_uppercase)).then(|| written.to_owned())
    };
    let from = match value.words.len() {
        1 => None,
        3 if value.words[1].is("not") => Some(is_name(2)?),
        _ => return None,
    };
    let to = is_name(0).filter(|_| intent::of(value).is_none())?;
    let swap = Some(Swap { from, to });
    Some(Change {
        swap,
        ..Change::default()
    })
}

/// "The flights aren't urgent, set them to low": the command, about what was spoken of before it.
pub fn spoken_of(phrase: &Phrase, today: NaiveDate) -> Option<Request> {
    let end = phrase.words.len();
    let at = (2..end.saturating_sub(1)).find(|at| is_about_it(phrase, *at))?;
    let target = subject(phrase.part(0..at), today)?;
    match command(polite::strip(phrase.part(at..end)), false, today) {
        Request::Complete {
            target: Target::It,
            done,
        } => Some(Request::Complete { target, done }),
        Request::Delete(Target::It) => Some(Request::Delete(target)),
        Request::Update {
            target: Target::It,
            change,
        } => Some(Request::Update { target, change }),
        _ => None,
    }
}

fn is_about_it(phrase: &Phrase, at: usize) -> bool {
    let joined = phrase.gap_after(at - 1).contains(JOINED)
        || phrase.words[at - 1].is_any(&["so", "please", "then", "and", "just"]);
    let it = phrase.words[at + 1].is_any(&["it", "them", "that", "this", "those"]);
    joined && it && phrase.words[at].is_any(VERBS)
}

/// The task that a statement is about.
fn subject(mut phrase: Phrase, today: NaiveDate) -> Option<Target> {
    date::take(&mut phrase, today);
    let told = covers(TELLING[0], &phrase.words).map(|count| {
        let words = phrase.words[count..].iter();
        count + words.take_while(|word| word.is_any(AUXILIARIES)).count()
    });
    let said = phrase.words.iter().position(|word| word.is_any(SAID_OF));
    match (told, said) {
        (Some(count), _) => drop(phrase.take(0..count)),
        (None, Some(at)) if at > 0 => drop(phrase.take(at..phrase.words.len())),
        _ => return None,
    }
    while phrase
        .words
        .last()
        .is_some_and(|word| word.is_any(&["so", "please", "then", "and"]))
    {
        phrase.words.pop();
    }
    (!phrase.is_empty()).then(|| target::read(phrase, today))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Wednesday.
    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 4).unwrap()
    }

    #[test]
    fn corrections() {
        let change = |text: &str| match correction(text, today()) {
            Some(Request::Correct(change)) => Some(change),
            _ => None,
        };
        for text in ["no, Friday", "sorry, I meant Friday", "oops, wait, friday"] {
            assert!(
                change(text).is_some_and(|change| change.due.is_some()),
                "{text}"
            );
        }
        let swap = change("no, Hannah, not Anna")
            .and_then(|change| change.swap)
            .unwrap();
        assert_eq!(
            (swap.from.as_deref(), swap.to.as_str()),
            (Some("Anna"), "Hannah")
        );
        assert!(change("I meant high priority").is_some_and(|change| change.priority.is_some()));
        for text in [
            "no",
            "no, wait",
            "no thanks",
            "No, Thanks",
            "sorry",
            "no, delete it",
            "Friday",
        ] {
            assert_eq!(change(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_spoken_of() {
        let target = |text: &str| match spoken_of(&Phrase::new(text), today()) {
            Some(Request::Update { target, .. } | Request::Delete(target)) => Some(target),
            _ => None,
        };
        for (text, title) in [
            (
                "I didn't manage to water the plants, move it to tomorrow",
                "water the plants",
            ),
            ("the flights aren't urgent, set them to low", "flights"),
            (
                "I won't get to the dentist today so move it to friday",
                "dentist",
            ),
            ("The gym was cancelled. Delete it", "gym"),
        ] {
            assert_eq!(target(text), Some(Target::Titled(title.into())), "{text}");
        }
        for text in ["add milk, move it to friday", "set it to low", "I like it"] {
            assert_eq!(target(text), None, "{text}");
        }
    }
}
