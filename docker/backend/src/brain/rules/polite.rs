//! Takes away the words that ask nicely but carry no meaning: "hey, could you please … for me,
//! thanks".

use super::cues::VERBS;
use super::pattern::covers;
use super::words::Phrase;

const OPENINGS: &[&str] = &[
    "hey|hi|hello there|bot|assistant|again?",
    "hey|hi|hello|ok|okay|alright|well|so|now|also|then|and|actually|oh|right|great|perfect|cool|thanks",
    "please|pls|plz|kindly|just|quickly|maybe|simply",
    "can|could|would|will you|u|ya please?",
    "can|could|may i please?",
    "would you mind",
    "are you able to",
    "is it possible to",
    "do me a favor|favour and?",
    "go ahead and",
    "go and",
    "id like|love you? to",
    "i would like|love you? to",
    "i want|need you to",
    "lets",
    "let us",
    "help me to?",
    "youll need to",
    "i think you should",
    "you can|could|should|may",
];

/// Wishes in the first person; only politeness when a command follows ("I want to see …"), else the
/// task itself ("I want to run").
const WISHES: &[&str] = &[
    "i want|need|wanna|wish|like to?",
    "i have to",
    "i must|should|gotta",
    "id like",
    "im going to",
    "im trying to",
    "let me",
    "we need|should to?",
];

/// Second thoughts; only that when a command follows, else an answer ("no").
const HESITATIONS: &[&str] = &[
    "no|nope|wait|oops|sorry|hmm|um|uh|oh no|wait|sorry|hmm|actually?",
    "my bad",
    "never mind",
    "nevermind",
    "hold on",
];

const CLOSINGS: &[&str] = &[
    "please",
    "pls",
    "plz",
    "thanks",
    "thank you",
    "thx",
    "for me",
    "ok",
    "okay",
    "now",
    "right now",
    "will you",
    "would you",
    "alright",
    "cheers",
    "asap please",
];

/// The phrase without its polite beginning and end; never empty if it was not.
pub fn strip(mut phrase: Phrase) -> Phrase {
    while let Some(count) = opening(&phrase) {
        phrase.take(0..count);
    }
    while let Some(count) = closing(&phrase) {
        let end = phrase.words.len();
        phrase.take(end - count..end);
    }
    phrase
}

fn opening(phrase: &Phrase) -> Option<usize> {
    let nice = OPENINGS
        .iter()
        .filter_map(|pattern| covers(pattern, &phrase.words))
        .max();
    let count = nice
        .or_else(|| before_command(WISHES, phrase))
        .or_else(|| before_command(HESITATIONS, phrase))?;
    (count < phrase.words.len()).then_some(count)
}

/// How many words one of `fronts` covers, if a command follows them.
fn before_command(fronts: &[&str], phrase: &Phrase) -> Option<usize> {
    let count = fronts
        .iter()
        .filter_map(|pattern| covers(pattern, &phrase.words))
        .max()?;
    phrase
        .words
        .get(count)
        .is_some_and(|word| word.is_any(VERBS))
        .then_some(count)
}

fn closing(phrase: &Phrase) -> Option<usize> {
    let words = &phrase.words;
    CLOSINGS.iter().find_map(|closing| {
        let count = closing.split(' ').count();
        let start = words.len().checked_sub(count).filter(|start| *start > 0)?;
        (covers(closing, &words[start..]) == Some(count)).then_some(count)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(strip(Phrase::new(text)).text(), expected);
    }

    #[test]
    fn politeness_goes_and_meaning_stays() {
        check("Hey, could you please add milk for me, thanks!", "add milk");
        check("I want to see my tasks", "see my tasks");
        check("I want to run a marathon", "I want to run a marathon");
        check("wait, no, undo that", "undo that");
        check("no, I won't", "no, I won't");
        check("please", "please");
    }
}
