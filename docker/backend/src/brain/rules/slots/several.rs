//! Several tasks in one sentence: "call mom, pay rent on the 1st and water the plants". Each part
//! must begin as things to do begin; "milk, eggs and bread" is one thing to buy.

use super::super::words::{Phrase, Word};

/// Verbs that everyday tasks begin with.
const VERBS: &[&str] = &[
    "answer", "arrange", "ask", "attend", "back", "bake", "book", "borrow", "bring", "brush",
    "build", "buy", "call", "cancel", "change", "charge", "check", "clean", "clear", "collect",
    "confirm", "contact", "cook", "cut", "decide", "deliver", "deposit", "do", "download", "draft",
    "drop", "dry", "dust", "email", "empty", "exercise", "feed", "file", "fill", "find", "finish",
    "fix", "fold", "get", "give", "go", "groom", "hang", "hire", "hoover", "install", "invite",
    "iron", "learn", "lock", "look", "mail", "make", "measure", "meet", "mend", "message", "mop",
    "mow", "order", "organise", "organize", "pack", "paint", "pay", "phone", "pick", "plan",
    "plant", "plug", "polish", "post", "practice", "practise", "prepare", "print", "prune", "read",
    "register", "renew", "repair", "replace", "reply", "research", "reserve", "return", "review",
    "ring", "run", "scan", "schedule", "scrub", "sell", "send", "set", "sew", "sharpen", "ship",
    "shop", "shovel", "sign", "sort", "study", "submit", "sweep", "take", "talk", "text", "throw",
    "tidy", "trim", "try", "turn", "unpack", "update", "vacuum", "visit", "wake", "walk", "wash",
    "water", "weed", "wipe", "wrap", "write",
];
/// Verbs that rather go on with what was begun: "call mom and ask about sunday".
const GOING_ON: &[&str] = &[
    "ask", "bring", "check", "do", "find", "get", "give", "look", "make", "take", "talk", "try",
];
/// Verbs of getting somewhere, where the next thing is done: "go to the store and buy milk".
const GOING_THERE: &[&str] = &["go", "run", "stop", "try", "walk", "wake"];

/// The parts of `phrase`, each a task of its own; only one if it is a single task.
pub fn parts(phrase: &Phrase) -> Vec<Phrase> {
    let mut starts = vec![0];
    for at in 1..phrase.words.len() {
        if begins_part(phrase, at) {
            starts.push(at);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([phrase.words.len()]);
    let parts: Vec<Phrase> = starts
        .iter()
        .zip(ends)
        .map(|(start, end)| without_and(phrase.part(*start..end)))
        .collect();
    if are_tasks(&parts, phrase) {
        parts
    } else {
        vec![phrase.clone()]
    }
}

/// The items of a list that was called one: split at every comma and "and".
pub fn items(phrase: &Phrase) -> Vec<Phrase> {
    let mut items = Vec::new();
    let mut start = 0;
    for at in 0..phrase.words.len() {
        let word = &phrase.words[at];
        let last = at + 1 == phrase.words.len();
        let ends = last || phrase.gap_after(at).contains([',', ';', '\n', '&']);
        if word.is("and") {
            items.push(phrase.part(start..at));
            start = at + 1;
        } else if ends {
            items.push(phrase.part(start..at + 1));
            start = at + 1;
        }
    }
    items.retain(|item| !item.is_empty());
    items
}

/// Whether the phrase begins as things to do begin.
pub fn begins_with_verb(phrase: &Phrase) -> bool {
    phrase.words.len() > 1 && is_verb(&phrase.words[0])
}

/// Whether a new part may begin here: after a comma, "and" or "then", and with a verb.
fn begins_part(phrase: &Phrase, at: usize) -> bool {
    let joined = phrase.gap_after(at - 1).contains([',', ';', '\n', '&'])
        || phrase.words[at - 1].is_any(&["and", "then"]);
    joined && is_verb(&phrase.words[at])
}

/// Whether things to do begin with this word.
pub fn is_verb(word: &Word) -> bool {
    word.is_any(VERBS)
}

/// Without the joining words at its end.
fn without_and(mut part: Phrase) -> Phrase {
    while part.words.len() > 1
        && part
            .words
            .last()
            .is_some_and(|word| word.is_any(&["and", "then", "also"]))
    {
        let last = part.words.len() - 1;
        part.take(last..last + 1);
    }
    part
}

fn are_tasks(parts: &[Phrase], whole: &Phrase) -> bool {
    let verbs = parts
        .iter()
        .all(|part| part.words.first().is_some_and(is_verb));
    let whole_enough = parts.iter().filter(|part| part.words.len() < 2).count();
    match parts {
        [] | [_] => false,
        [first, second] => {
            verbs
                && whole_enough == 0
                && !first.words[0].is_any(GOING_THERE)
                && (has_comma(whole, first) || !second.words[0].is_any(GOING_ON))
        }
        _ => verbs && whole_enough <= 1,
    }
}

fn has_comma(whole: &Phrase, first: &Phrase) -> bool {
    let last = first.words.len() - 1;
    whole.gap_after(last).contains([',', ';', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let parts = parts(&Phrase::new(text));
        let texts: Vec<String> = parts.iter().map(Phrase::text).collect();
        assert_eq!(texts, expected, "{text}");
    }

    #[test]
    fn each_thing_to_do_is_one() {
        check(
            "call mom, pay rent on the 1st and water the plants",
            &["call mom", "pay rent on the 1st", "water the plants"],
        );
        check(
            "sweep the floor, mop the kitchen, and dust the shelves",
            &["sweep the floor", "mop the kitchen", "dust the shelves"],
        );
        check(
            "pick up the kids and drop off the package",
            &["pick up the kids", "drop off the package"],
        );
        check(
            "wash the car then clean the windows",
            &["wash the car", "clean the windows"],
        );
    }

    #[test]
    fn one_thing_stays_one() {
        for text in [
            "buy milk, eggs and bread",
            "call mom and dad",
            "wash and fold the laundry",
            "go to the store and buy milk",
            "call mom and ask about sunday",
            "email Sarah and Ben about the party",
            "read pride and prejudice",
            "plan lunch, then a walk",
        ] {
            check(text, &[text]);
        }
    }
}
