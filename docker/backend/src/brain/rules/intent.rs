//! What the user wants, roughly: the signs that fit are added up, the strongest intent wins.

use super::cues::{self, Cue, Place, VERBS};
use super::pattern::{fits, fits_anywhere};
use super::spelling::{is_swapped, nearest};
use super::words::{Phrase, Word};

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Intent {
    /// A new task.
    Add,
    /// Tasks to be shown.
    List,
    /// Tasks to be ticked.
    Complete,
    /// Tasks to be unticked.
    Reopen,
    /// Tasks to be deleted.
    Delete,
    /// Tasks to be changed.
    Update,
    /// The last change taken back.
    Undo,
    /// Yes.
    Yes,
    /// No.
    No,
    /// Hello.
    Greet,
    /// Thanks.
    Thanks,
    /// Goodbye.
    Bye,
    /// How are you.
    Wellbeing,
    /// Who are you.
    Identity,
    /// What can you do.
    Help,
}

/// Nouns whose letters are often swapped.
const NOUNS: [&str; 4] = ["task", "tasks", "todo", "todos"];

/// First words that are right although they look like a misspelt command.
const RIGHT: [&str; 7] = ["ive", "ill", "id", "im", "weve", "were", "stick"];

/// The least score that means anything.
const ENOUGH: i32 = 3;

/// The strongest intent of `phrase`; of equals the one named first in the table.
pub fn of(phrase: &Phrase) -> Option<Intent> {
    let mut best: Option<(Intent, i32)> = None;
    for intent in cues::all().map(|cue| cue.intent) {
        let score = score(intent, &phrase.words);
        if score >= ENOUGH && best.is_none_or(|(_, highest)| score > highest) {
            best = Some((intent, score));
        }
    }
    best.map(|(intent, _)| intent)
}

/// Reads a misspelt first word as the command it was meant to be, and "taks" as "task".
pub fn mend(phrase: &mut Phrase) {
    for word in phrase.words.iter_mut().filter(|word| !word.quoted) {
        if let Some(noun) = NOUNS.iter().find(|noun| is_swapped(&word.plain, noun)) {
            word.plain = (*noun).to_owned();
        }
    }
    mend_verb(phrase);
}

fn mend_verb(phrase: &mut Phrase) {
    if let Some(first) = phrase
        .words
        .first_mut()
        .filter(|word| !word.quoted && !word.is_any(&RIGHT))
        && let Some(verb) = nearest(&first.plain, VERBS)
    {
        first.plain = verb.to_owned();
    }
}

fn score(intent: Intent, words: &[Word]) -> i32 {
    cues::all()
        .filter(|cue| cue.intent == intent && applies(cue, words))
        .map(|cue| cue.weight)
        .sum()
}

fn applies(cue: &Cue, words: &[Word]) -> bool {
    match cue.place {
        Place::Lead => fits(cue.pattern, words),
        Place::Any => fits_anywhere(cue.pattern, words),
        Place::Whole => consists_of(cue.pattern, words),
    }
}

/// Whether every word is one of the pattern's.
fn consists_of(pattern: &str, words: &[Word]) -> bool {
    let options: Vec<&str> = pattern.split(['|', ' ']).collect();
    !words.is_empty() && words.iter().all(|word| word.is_any(&options))
}
