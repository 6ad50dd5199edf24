//! From words to a request: the intent first, then the details it needs. Pure; knows neither tasks nor history.

use chrono::NaiveDate;

use super::intent::{self, Intent};
use super::pattern::fits;
use super::polite;
use super::request::{Filter, Request, Talk, Target};
use super::slots::{change, date, filter, frame, several, target, title};
use super::words::Phrase;

const DONE: &str = "complete|completed|done|finished|checked|closed|did|finish";
const COMPLETE_FRONTS: &[&str] = &[
    "i|ive|we|weve|im have|am? already|just|finally? already|just|finally? finished|completed|done|did|accomplished|handled|finish with?",
    "complete|completed|finish|finished|done|close|tick|check|mark|cross|set|get|accomplish|consider|move|put|flag|change|make|strike|treat off|with|out|down?",
    "i|ive|we have? taken|took care of",
    "i|ive|we|weve have? already|just|finally?",
    "done|finished|through with",
];
const COMPLETE_BACKS: &[&str] = &[
    "as|to|is|into a? complete|completed|done|finished|checked|closed",
    "is|are|was been? already|now|all? complete|completed|done|finished|accomplished|over",
    "complete|completed|done|finished|off|closed",
    "off|from|on of? my|the list",
    "off|out my|the list",
    "is|are? already|now done|finished|complete",
    "is|are|was|were|has|have been? already|now|all|finally|just? @",
];
const REOPEN_FRONTS: &[&str] = &[
    "reopen|uncomplete|uncheck|unmark|untick|unfinish|re-open|un-complete|un-check|mark|set|move|change|put|add|make|flag",
    "actually? i|we havent|didnt actually|really|yet?",
    "actually? i|we havent|didnt|have|did not? actually|really|yet? do|done|finish|finished|complete|completed|bought|got?",
    "actually",
];
const REOPEN_BACKS: &[&str] = &[
    "as|to|back|is? as|to? not|un|still done|complete|completed|finished|open",
    "as|to|back|is|to as|to? undone|incomplete|unfinished|open|pending|todo|to-do|uncompleted|unchecked|active",
    "is|are|isnt|arent|was|wasnt not? actually|really? done|finished|complete|completed yet|after|actually? all?",
    "yet|after all",
    "back on|to|onto|in my|the|our? todo|to-do|task|open? list|lists|tasks",
    "as complete|completed|done|finished",
];
const DELETE_FRONTS: &[&str] = &[
    "delete|remove|erase|trash|discard|scrap|bin|junk|nuke|zap|axe|dump|toss|wipe|destroy|kill|purge|eliminate|drop|cancel|clear|empty|forget|ditch|dismiss|throw|take|strike|scratch|cross|clean away|out|off|about|up?",
    "get rid of",
    "i|we dont|no|do longer|not? really? need|want to? do?",
];
const DELETE_BACKS: &[&str] = &[
    "from my|the|our? todo|to-do|task|tasks? list|lists|tasks",
    "off|out my|the|our? list|lists?",
    "away|out|anymore",
    "any more",
];

/// What no task is called: after "and" it is a command of its own.
const UNMISTAKABLE: &[&str] = &[
    "add|create",
    "remind me to|about",
    "show|list|tell|give me|my|all|the|what|whats",
    "mark|set|tick|check|cross * done|complete|completed|finished|off $",
    "complete|finish|delete|remove|mark|tick|check the? task|number|first|second|third|last|1|2|3|4|5",
    "undo",
];

/// How questions begin that may have nothing to do with tasks.
const ASKING_THE_WORLD: &[&str] = &[
    "what|whats|how|hows|is|are|does|tell",
    "do|have nothing|you",
];

/// What the user wants with `text`.
pub fn understand(text: &str, today: NaiveDate) -> Request {
    let mut phrase = polite::strip(Phrase::new(text));
    if phrase.is_empty() {
        return if text.trim().chars().any(|c| c == '?') {
            Request::Talk(Talk::Help)
        } else {
            Request::Unknown
        };
    }
    if target::is_bare_place(&phrase, today) {
        return Request::Pick(target::read(phrase, today));
    }
    intent::mend(&mut phrase);
    phrase = with_day_last(phrase, today);
    let intent = if names_new_task(&phrase) {
        Some(Intent::Add)
    } else {
        intent::of(&phrase).or_else(|| is_list(&phrase).then_some(Intent::Add))
    };
    intent.map_or(Request::Unknown, |intent| request(intent, phrase, today))
}

/// Three things to do or more, one after the other, and no word of what to do with them.
fn is_list(phrase: &Phrase) -> bool {
    several::parts(phrase).len() >= 3
}

/// "Tomorrow I need to …" as "I need to … tomorrow".
fn with_day_last(mut phrase: Phrase, today: NaiveDate) -> Phrase {
    if let Some(found) = date::find(&phrase.words, today)
        .filter(|found| found.range.start == 0 && found.range.end < phrase.words.len())
    {
        let day = phrase.take(found.range);
        phrase.words.extend(day);
    }
    phrase
}

/// "todo: buy stamps".
fn names_new_task(phrase: &Phrase) -> bool {
    let labelled = phrase.words.len() > 1
        && (phrase.gap_after(0).contains(':')
            || [" - ", " – ", " — "].contains(&phrase.gap_after(0)));
    labelled && phrase.words[0].is_any(&["todo", "to-do", "task", "reminder"])
}

fn request(intent: Intent, phrase: Phrase, today: NaiveDate) -> Request {
    match intent {
        Intent::Add => Request::Add(title::read(phrase, today)),
        Intent::List => list(phrase, today),
        Intent::Complete => Request::Complete {
            target: completed(phrase, today),
            done: true,
        },
        Intent::Reopen => Request::Complete {
            target: framed(phrase, REOPEN_FRONTS, REOPEN_BACKS, today),
            done: false,
        },
        Intent::Delete => Request::Delete(framed(phrase, DELETE_FRONTS, DELETE_BACKS, today)),
        Intent::Update => {
            let (target, change) = change::read(phrase, today);
            Request::Update { target, change }
        }
        Intent::Undo => Request::Undo,
        Intent::Yes => Request::Yes,
        Intent::No => Request::No,
        Intent::Greet => Request::Talk(Talk::Greeting),
        Intent::Thanks => Request::Talk(Talk::Thanks),
        Intent::Bye => Request::Talk(Talk::Farewell),
        Intent::Wellbeing => Request::Talk(Talk::Wellbeing),
        Intent::Identity => Request::Talk(Talk::Identity),
        Intent::Help => Request::Talk(Talk::Help),
    }
}

/// A list, unless the question is about something else altogether: "what's the weather like?".
fn list(mut phrase: Phrase, today: NaiveDate) -> Request {
    let asks_the_world = ASKING_THE_WORLD
        .iter()
        .any(|pattern| fits(pattern, &phrase.words))
        && !filter::speaks_of_tasks(&phrase);
    let filter = filter::take(&mut phrase, today);
    let only_text = Filter {
        done: filter.done,
        text: filter.text.clone(),
        ..Filter::default()
    };
    if asks_the_world && filter.text.is_some() && filter == only_text {
        return Request::Unknown;
    }
    Request::List(filter)
}

/// "done" alone is about the task spoken of last.
fn completed(phrase: Phrase, today: NaiveDate) -> Target {
    let only_done = phrase.words.iter().all(|word| {
        word.is_any(
            &DONE
                .split('|')
                .chain(["it", "thats", "its", "is", "that"])
                .collect::<Vec<_>>(),
        )
    });
    if only_done {
        Target::It
    } else {
        framed(phrase, COMPLETE_FRONTS, COMPLETE_BACKS, today)
    }
}

fn framed(mut phrase: Phrase, fronts: &[&str], backs: &[&str], today: NaiveDate) -> Target {
    frame::strip(&mut phrase, fronts, backs);
    target::read(phrase, today)
}

/// The commands in a message: split where one that is plainly a command follows "and then", a full stop or a new line.
pub fn clauses(text: &str, today: NaiveDate) -> Vec<String> {
    let mut clauses: Vec<String> = Vec::new();
    for part in parts(text) {
        match clauses.last_mut() {
            Some(last) if !is_command(part, today) => *last = format!("{last} {part}"),
            _ => clauses.push(part.to_owned()),
        }
    }
    if clauses.len() > 1 && clauses.iter().all(|clause| is_command(clause, today)) {
        clauses
    } else {
        vec![text.to_owned()]
    }
}

fn parts(text: &str) -> Vec<&str> {
    let ends = [" and then ", ", then ", "; ", ". ", "\n"];
    let mut parts = vec![text];
    for end in ends {
        parts = parts.into_iter().flat_map(|part| part.split(end)).collect();
    }
    parts
        .into_iter()
        .flat_map(at_commands)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

/// Splits at each "and" that a command follows which no title would go on with.
fn at_commands(text: &str) -> Vec<&str> {
    const AND: &str = " and ";
    let mut parts = vec![text];
    while let Some((at, _)) = parts[parts.len() - 1]
        .match_indices(AND)
        .find(|(at, _)| is_unmistakable(&parts[parts.len() - 1][at + AND.len()..]))
    {
        let last = parts[parts.len() - 1];
        let rest = parts.len() - 1;
        parts[rest] = &last[..at];
        parts.push(&last[at + AND.len()..]);
    }
    parts
}

fn is_unmistakable(text: &str) -> bool {
    let words = Phrase::new(text).words;
    UNMISTAKABLE.iter().any(|pattern| fits(pattern, &words))
}

fn is_command(text: &str, today: NaiveDate) -> bool {
    match understand(text, today) {
        Request::Add(tasks) => !tasks.is_empty(),
        Request::List(_)
        | Request::Complete { .. }
        | Request::Delete(_)
        | Request::Update { .. }
        | Request::Undo => true,
        Request::Pick(_) | Request::Yes | Request::No | Request::Talk(_) | Request::Unknown => {
            false
        }
    }
}
