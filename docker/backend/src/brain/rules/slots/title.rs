//! New tasks: what is left when the command, the day, the tags and the priority are taken out is the title.

use chrono::NaiveDate;

use super::super::pattern::covers;
use super::super::request::NewTask;
use super::super::words::Phrase;
use super::{date, frame, priority, tags};

const FRONTS: &[&str] = &[
    "add|create|make|insert|append|new|register|record|log|track|put|schedule|plan|jot|note|write|chuck|stick|pop|throw|toss|slap|drop|get up|down|in|for?",
    "note|reminder|memo to self|myself that|to? i? need|have|must? to?",
    "i|we? must|should|cant|cannot|dont|do not? forget to|about?",
    "gotta|hafta|need|have to?",
    "add|create|make|insert|append|register|record|log|track|put|schedule|plan|jot|note|write|set|new up|down|in? for? me? a|an|another|the|one|some|this|these|following|my? following|new|quick|simple? task|tasks|todo|todos|to-do|to-dos|reminder|reminders|item|items|note|entry item|task|entry|reminder|note? for|to|of|about|called|named|titled|saying|that|which|is|with|on? me? to|says|called|the? title|name?",
    "add|create|make|insert|new|put|schedule|plan a|an|another|the|some",
    "add|put|insert|append|write|jot|note down? to|on|in|onto my|the|our? todo|to-do|task|tasks|shopping|grocery? list|tasks|todos",
    "remind me|us? to|about|of|that|for? i? need|have|must? to?",
    "remember to?",
    "dont forget to|about|that?",
    "dont|do let|not me? forget to|about?",
    "i|ive|we|weve need|have|must|should|want|ought|gotta|got to?",
    "i need|want a|an? new? task|reminder|todo to|for|about?",
    "task|todo|to-do|reminder|note to?",
    "new task|todo|to-do|reminder|item to|called|for|about|named?",
    "set up? a reminder|task to|for|about?",
];
const BACKS: &[&str] = &[
    "to|on|in|onto|into my|the|our|a? todo|to-do|task|tasks|shopping|grocery? list|lists|tasks|todos",
    "as a|an? new? task|todo|to-do|reminder|item",
    "needs|need|has|have to be done",
    "to my|the? tasks|list",
];
const NOTES: &[&str] =
    &["with? a|the? note|notes|description|details|comment that|saying|of|is|says?"];
const PLURALS: &[&str] = &[
    "tasks",
    "todos",
    "items",
    "reminders",
    "to-dos",
    "following",
    "things",
];

/// The new tasks that `phrase` asks for; none if it names no title.
pub fn read(mut phrase: Phrase, today: NaiveDate) -> Vec<NewTask> {
    let several = phrase.words.iter().take(5).any(|word| word.is_any(PLURALS));
    if let Some(priority) = leading_priority(&mut phrase) {
        return tasks(phrase, today, several)
            .into_iter()
            .map(|task| NewTask {
                priority: Some(priority),
                ..task
            })
            .collect();
    }
    tasks(phrase, today, several)
}

fn tasks(mut phrase: Phrase, today: NaiveDate, several: bool) -> Vec<NewTask> {
    frame::strip_front(&mut phrase, FRONTS);
    let notes = take_notes(&mut phrase);
    let mut shared = NewTask {
        notes,
        priority: priority::take(&mut phrase),
        tags: tags::take(&mut phrase),
        ..NewTask::default()
    };
    shared.due = date::take(&mut phrase, today);
    frame::strip_back(&mut phrase, BACKS);
    frame::strip_front(
        &mut phrase,
        &["to", "that i? need? to?", "about", "called|named|titled"],
    );
    if shared.due.is_none() {
        shared.due = date::take(&mut phrase, today);
    }
    titles(&phrase, several)
        .into_iter()
        .map(|title| NewTask {
            title,
            ..shared.clone()
        })
        .collect()
}

/// "add a high priority task to …": the priority stands inside the command.
fn leading_priority(phrase: &mut Phrase) -> Option<&'static str> {
    let count = covers(
        "add|create|make|new|set|put a|an|another|new?",
        &phrase.words,
    )?;
    let named = priority::named(phrase.words.get(count)?)?;
    let word = usize::from(
        phrase
            .words
            .get(count + 1)
            .is_some_and(|word| word.is_any(&["priority", "prio"])),
    );
    let noun = phrase.words.get(count + 1 + word)?;
    if !noun.is_any(&["task", "todo", "to-do", "reminder", "item"]) {
        return None;
    }
    phrase.take(count..count + 1 + word);
    Some(named)
}

fn take_notes(phrase: &mut Phrase) -> Option<String> {
    let (at, count) = (1..phrase.words.len()).find_map(|at| {
        let count = NOTES
            .iter()
            .filter_map(|pattern| covers(pattern, &phrase.words[at..]))
            .max()?;
        let says_so = phrase.words[at].is("with") || phrase.gap_after(at + count - 1).contains(':');
        says_so.then_some((at, count))
    })?;
    let notes = phrase.part(at + count..phrase.words.len()).text();
    phrase.take(at..phrase.words.len());
    (!notes.is_empty()).then_some(notes)
}

fn titles(phrase: &Phrase, several: bool) -> Vec<String> {
    if let Some(at) = phrase.words.iter().position(|word| word.quoted) {
        return phrase.words[at..]
            .iter()
            .enumerate()
            .filter(|(_, word)| word.quoted)
            .map(|(next, _)| capitalised(&phrase.part(at + next..at + next + 1).text()))
            .collect();
    }
    let text = phrase.text();
    let parts: Vec<&str> = if several { split(&text) } else { vec![&text] };
    parts
        .into_iter()
        .map(|part| capitalised(part.trim()))
        .filter(|title| !title.is_empty())
        .collect()
}

/// "milk, eggs and bread".
fn split(text: &str) -> Vec<&str> {
    text.split([',', ';', '\n'])
        .flat_map(|part| part.split(" and "))
        .map(|part| {
            part.trim_matches([' ', '-', '*', '•', '\n'])
                .trim_start_matches("and ")
        })
        .collect()
}

/// Titles begin with a capital, whatever the sentence around them was like; but "iPhone" stays as it is.
pub fn capitalised(text: &str) -> String {
    let first_word = text.split_whitespace().next().unwrap_or_default();
    if first_word.contains(char::is_uppercase) {
        return text.to_owned();
    }
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>());
    first.unwrap_or_default() + letters.as_str()
}
