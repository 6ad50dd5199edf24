//! New tasks: what is left when the command, the day, the tags and the priority are taken out is
//! the title.

use chrono::NaiveDate;

use super::super::pattern::covers;
use super::super::request::NewTask;
use super::super::words::Phrase;
use super::{date, frame, priority, recurrence, several, tags, time};

const FRONTS: &[&str] = &[
    "add|create|make|insert|append|new|register|record|log|track|put|schedule|plan|jot|note|write|chuck|stick|pop|throw|toss|slap|drop|get up|down|in|for?",
    "note|reminder|memo to self|myself that|to? i? need|have|must? to?",
    "i|we? must|should|cant|cannot|dont|do not? forget to|about?",
    "gotta|hafta|need|have to?",
    "add|create|make|insert|append|register|record|log|track|put|schedule|plan|jot|note|write|set|new up|down|in? for? me? a|an|another|the|one|two|three|four|five|several|some|this|these|following|my? following|new|quick|simple? task|tasks|todo|todos|to-do|to-dos|reminder|reminders|item|items|note|entry item|task|entry|reminder|note? for|to|of|about|called|named|titled|saying|that|which|is|with|on? me? to|says|called|the? title|name?",
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
const LINKS: &[&str] = &[
    "to",
    "that i? need? to?",
    "that? i|we must|should|gotta",
    "that? i|we|ive|weve need|have|ought|want|got to",
    "about",
    "called|named|titled",
];
/// What stands before a colon and only says that several tasks follow.
const HEADINGS: &[&str] = &[
    "add|create|make|put|new|note|write|jot down? the|these|those|my|a|some? few|couple|one|two|three|four|five|six|seven|eight|nine|ten|2|3|4|5|6|several|following|more|new|other? of? more|new|other? tasks|todos|to-dos|items|reminders|things|errands|chores|jobs to|on|in? my|the|our? todo|to-do|task? list|tasks?",
];
const PLURALS: &[&str] = &[
    "tasks",
    "todos",
    "items",
    "reminders",
    "to-dos",
    "following",
    "things",
    "errands",
    "chores",
    "jobs",
];

/// The new tasks that `phrase` asks for; none if it names no title.
pub fn read(mut phrase: Phrase, today: NaiveDate) -> Vec<NewTask> {
    let several = phrase.words.iter().take(5).any(|word| word.is_any(PLURALS));
    let priority = leading_priority(&mut phrase);
    let tasks = tasks(phrase, today, several).into_iter();
    tasks
        .map(|task| NewTask {
            priority: task.priority.or(priority),
            ..task
        })
        .collect()
}

fn tasks(mut phrase: Phrase, today: NaiveDate, several: bool) -> Vec<NewTask> {
    let headed = HEADINGS
        .iter()
        .find_map(|heading| covers(heading, &phrase.words))
        .filter(|count| phrase.gap_after(count - 1).contains(':'));
    match headed {
        Some(count) => drop(phrase.take(0..count)),
        None => frame::strip_front(&mut phrase, FRONTS),
    }
    let mut rest = phrase.clone();
    let day = leading_day(&mut rest, today).or_else(|| day_for_all(&mut rest, today));
    frame::strip_front(&mut rest, LINKS);
    let parts = several::parts(&rest);
    if parts.len() > 1 {
        let each = parts.into_iter().filter_map(|part| one(part, today));
        return each.map(|task| due_by(task, day)).collect();
    }
    if several || are_quotes(&phrase) {
        return listed(phrase, today);
    }
    one(phrase, today).into_iter().collect()
}

/// Only passages in quotation marks, each a title of its own.
fn are_quotes(phrase: &Phrase) -> bool {
    phrase
        .words
        .iter()
        .all(|word| word.quoted || word.is("and"))
}

fn due_by(task: NewTask, day: Option<NaiveDate>) -> NewTask {
    NewTask {
        due: task.due.or(day),
        ..task
    }
}

/// "tasks: milk, eggs and bread for friday": what stands at the end is said of each, what stands
/// between is not.
fn listed(mut phrase: Phrase, today: NaiveDate) -> Vec<NewTask> {
    let notes = take_notes(&mut phrase);
    frame::strip_back(&mut phrase, BACKS);
    let end = phrase.words.len();
    let at_an_edge = |found: &date::Found| found.range.start == 0 || found.range.end == end;
    let day = date::find(&phrase.words, today).filter(at_an_edge);
    let day = day.map(|found| {
        phrase.take(found.range);
        found.day
    });
    frame::strip_front(&mut phrase, LINKS);
    let each = several::items(&phrase)
        .into_iter()
        .filter_map(|part| one(part, today));
    let tasks: Vec<NewTask> = each.map(|task| due_by(task, day)).collect();
    let last = tasks.last().cloned().unwrap_or_default();
    let shared = |task: NewTask| NewTask {
        notes: task.notes.or_else(|| notes.clone()),
        priority: task.priority.or(last.priority),
        tags: if task.tags.is_empty() {
            last.tags.clone()
        } else {
            task.tags
        },
        ..task
    };
    tasks.into_iter().map(shared).collect()
}

/// A day that stood before all the rest.
fn leading_day(phrase: &mut Phrase, today: NaiveDate) -> Option<NaiveDate> {
    let first = phrase.words.first()?;
    let moved = phrase.words.iter().position(|word| word.is_before(first));
    let (range, day) = match moved {
        Some(at) => (
            at..phrase.words.len(),
            date::exactly(&phrase.words[at..], today)?,
        ),
        None => {
            let found = date::find(&phrase.words, today)?;
            (found.range, found.day)
        }
    };
    (moved.is_some() || range.start == 0).then(|| phrase.take(range))?;
    Some(day)
}

/// "wash the car and vacuum for sunday": the day is said of both.
fn day_for_all(phrase: &mut Phrase, today: NaiveDate) -> Option<NaiveDate> {
    let found = date::find(&phrase.words, today)?;
    let is_last = found.range.end == phrase.words.len() && found.range.start > 0;
    let (start, day) = (found.range.start, found.day);
    (is_last && phrase.words[start].is("for")).then(|| phrase.take(found.range))?;
    Some(day)
}

/// "at 7pm to take my pills" as "take my pills at 7pm".
fn put_time_last(phrase: &mut Phrase, again: Option<&str>) {
    let repeated = again.filter(|words| phrase.text().starts_with(words));
    let repeated = repeated.map_or(0, |words| words.split_whitespace().count());
    let count = repeated + time::leading(&phrase.words[repeated..]);
    let says_what = phrase.words.get(count).is_some_and(|word| word.is("to"));
    if count > 0 && says_what && count + 1 < phrase.words.len() {
        let when = phrase.take(0..count);
        phrase.words.extend(when);
        phrase.take(0..1);
    }
}

/// The one task that `phrase` tells of.
fn one(mut phrase: Phrase, today: NaiveDate) -> Option<NewTask> {
    let again = recurrence::keep(&mut phrase);
    put_time_last(&mut phrase, again.as_deref());
    let mut task = NewTask {
        notes: take_notes(&mut phrase),
        priority: priority::take(&mut phrase),
        tags: tags::take(&mut phrase),
        ..NewTask::default()
    };
    let mut part = None;
    let mut take_day = |phrase: &mut Phrase| {
        let found = date::find(&phrase.words, today)?;
        part = time::part_of_day(&phrase.take(found.range));
        Some(found.day)
    };
    task.due = take_day(&mut phrase);
    put_time_last(&mut phrase, None);
    frame::strip_back(&mut phrase, BACKS);
    frame::strip_front(&mut phrase, LINKS);
    task.due = task.due.or_else(|| take_day(&mut phrase));
    task.kept = again.into_iter().chain(time::named(&phrase)).collect();
    task.kept.extend(part.map(str::to_owned));
    let words = [Some(title(&phrase)), part.map(str::to_owned)];
    let words: Vec<String> = words.into_iter().flatten().collect();
    task.title = capitalised(words.join(" ").trim());
    (!title(&phrase).is_empty()).then_some(task)
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

/// What is left: a passage that was quoted may have words around it that ask for nothing else.
fn title(phrase: &Phrase) -> String {
    let mut phrase = phrase.clone();
    if phrase.words.iter().any(|word| word.quoted) {
        frame::strip_back(&mut phrase, &["on|to|in there|it|this", "down"]);
    }
    phrase.text()
}

/// Titles begin with a capital, whatever the sentence around them was like; but "iPhone" stays as
/// it is.
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
