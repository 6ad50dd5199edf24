//! From words to a request: the intent first, then the details it needs.

use chrono::NaiveDate;

use super::afterthought;
use super::intent::{self, Intent};
use super::pattern::{covers, fits};
use super::polite;
use super::request::{Filter, Request, Talk, Target};
use super::slots::{change, date, filter, frame, priority, several, target, time, title};
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
    "isnt|arent|wasnt|werent|hasnt|havent been? actually|really|yet? @ yet|after|actually? all?",
    "is|are|was|were|has|have not been? actually|really|yet? @ yet|after|actually? all?",
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

/// How questions begin that may have nothing to do with tasks.
const ASKING_THE_WORLD: &[&str] = &[
    "what|whats|how|hows|is|are|does|tell",
    "do|have nothing|you",
];

/// What the user wants with `text`.
pub fn understand(text: &str, today: NaiveDate) -> Request {
    if let Some(correction) = afterthought::correction(text, today) {
        return correction;
    }
    let phrase = polite::strip(Phrase::new(text));
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
    if let Some(request) = afterthought::spoken_of(&phrase, today) {
        return request;
    }
    let asks = text.contains('?');
    command(phrase, asks, today)
}

/// What the user wants with a phrase that refers to nothing before it.
pub fn command(mut phrase: Phrase, asks: bool, today: NaiveDate) -> Request {
    if let Some(question) = state_asked(&phrase).filter(|_| asks) {
        return Request::List(question);
    }
    intent::mend(&mut phrase);
    phrase = with_day_last(phrase, today);
    let intent = if names_new_task(&phrase) {
        Some(Intent::Add)
    } else {
        intent::of(&phrase).or_else(|| is_list(&phrase).then_some(Intent::Add))
    };
    if intent.is_none() && is_dated(&phrase, today) && !asks {
        return perhaps(phrase, today);
    }
    intent.map_or(Request::Unknown, |intent| request(intent, phrase, today))
}

/// Three things to do or more, one after the other, and no word of what to do with them.
fn is_list(phrase: &Phrase) -> bool {
    several::parts(phrase).len() >= 3
}

/// "is the report done?", "has the rent been paid?": what may be done or not.
fn state_asked(phrase: &Phrase) -> Option<Filter> {
    let begins = covers("is|are|was|were|has|have the|my?", &phrase.words)?;
    let end = (begins + 1..phrase.words.len()).find(|at| {
        let rest = &phrase.words[*at..];
        covers(
            "been? already|now|yet? @|done|complete|ready yet|already|now?",
            rest,
        ) == Some(rest.len())
    })?;
    Some(Filter {
        text: Some(phrase.part(begins..end).text()),
        ..Filter::default()
    })
}

/// Something to do, and when: "call the bank in 3 days".
fn is_dated(phrase: &Phrase, today: NaiveDate) -> bool {
    let when = date::find(&phrase.words, today).is_some_and(|found| found.range.start > 1);
    several::begins_with_verb(phrase) && (when || !time::named(phrase).is_empty())
}

fn perhaps(phrase: Phrase, today: NaiveDate) -> Request {
    let mut tasks = title::read(phrase, today);
    match (tasks.pop(), tasks.is_empty()) {
        (Some(task), true) => Request::Perhaps(task),
        (Some(last), false) => Request::Add([tasks, vec![last]].concat()),
        (None, _) => Request::Unknown,
    }
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

/// "todo: buy stamps", "low priority: sort the photos".
fn names_new_task(phrase: &Phrase) -> bool {
    let labelled = phrase.words.len() > 1
        && (phrase.gap_after(0).contains(':')
            || [" - ", " – ", " — "].contains(&phrase.gap_after(0)));
    labelled && phrase.words[0].is_any(&["todo", "to-do", "task", "reminder"])
        || priority::heading(phrase).is_some()
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
