//! What people say, and whether the brain does the right thing: a corpus that the rules were made
//! with, one that was written by someone who had not seen them, and everyday sentences. Prints the
//! accuracy on each and gates on it; what is not understood may be asked about, but must change
//! nothing.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use serde_json::{Value, json};
use todo_core::task::{NewTask, Priority};

use super::super::testing::{FakeTools, Talk, listen, today};
use super::super::{BrainKind, Reply, Tools, hands::Hands};
use super::slots::calendar::later;

#[tokio::test]
async fn the_corpus_is_understood() {
    let corpus = include_str!("corpus.txt");
    check_all("corpus", corpus, household, 200, 95).await;
}

#[tokio::test]
async fn what_others_say_is_understood() {
    let corpus = include_str!("heldout.txt");
    check_all("held-out corpus", corpus, household, 100, 90).await;
}

#[tokio::test]
async fn everyday_sentences_are_understood() {
    let corpus = include_str!("everyday.txt");
    check_all("everyday sentences", corpus, household, 60, 90).await;
}

#[tokio::test]
async fn what_nobody_had_seen_is_understood() {
    let corpus = include_str!("unseen.txt");
    check_all("unseen sentences", corpus, errands, 60, 90).await;
}

/// As long as a message may be, made of what the rules look at most, to a list that is long as
/// well.
#[tokio::test]
async fn long_messages_cost_little() {
    let pieces = [
        "a is, move it ",
        "i x, move it to ",
        "and ",
        "add a and delete it ",
        ", and delete a",
        "no, wait, ",
        "mark a as ",
        "mark ",
        "is done and ",
        "change to to in the ",
        "every monday and ",
        "x. ",
        "\"a\" ",
        "remind me at 9 to ",
        "not urgent, it's ",
        "1 to 3 and ",
        "for friday ",
        "(",
        "- ",
        "🎉",
        "did i ",
        "move everything to ",
    ];
    let titles = (0..700).map(|number| NewTask::titled(format!("mark a {number} and move it")));
    let list = FakeTools::with(titles);
    let began = std::time::Instant::now();
    for piece in pieces {
        let message: String = piece.chars().cycle().take(4_000).collect();
        answer(&Talk::default(), &message, &list).await;
    }
    let took = began.elapsed();
    assert!(
        took.as_secs() < 60,
        "{} messages took {took:?}",
        pieces.len()
    );
}

/// Makes the list that a corpus describes.
type List = fn() -> Arc<FakeTools>;

/// Fails if there are fewer cases than `least`, if less than `gate` percent of them are right, or
/// if one of the others changed anything.
async fn check_all(name: &str, corpus: &str, list: List, least: usize, gate: usize) {
    let is_case = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let cases: Vec<&str> = corpus.lines().filter(is_case).collect();
    let mut wrong = Vec::new();
    for case in &cases {
        wrong.extend(check(case, list).await.err());
    }
    let right = cases.len() - wrong.len();
    announce(name, right, cases.len());
    let told: Vec<&str> = wrong.iter().map(|wrong| wrong.told.as_str()).collect();
    say(&format!("{}\n", told.join("\n")));
    assert!(cases.len() >= least, "{} are left", cases.len());
    assert!(right * 100 >= gate * cases.len(), "less than {gate} %");
    let changed = wrong.iter().filter(|wrong| wrong.changed).count();
    assert_eq!(changed, 0, "wrong changes were made");
}

/// A case that was not understood.
struct Wrong {
    told: String,
    /// Whether it led to a change other than the right one.
    changed: bool,
}

fn announce(name: &str, right: usize, all: usize) {
    let percent = 100.0 * right as f64 / all as f64;
    say(&format!(
        "rule brain, {name}: {right} of {all} utterances, {percent:.1} %\n"
    ));
}

/// Past the test harness, which keeps what is printed by tests that pass to itself.
fn say(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

async fn check(case: &str, list: List) -> Result<(), Wrong> {
    let (said, expected) = case.split_once(" => ").expect("a case is `said => calls`");
    let list = list();
    let mut titles = HashMap::new();
    let mut talk = Talk::default();
    let mut reply = None;
    for message in said.split(" | ") {
        learn(&mut titles, &list);
        let answer = answer(&talk, message, &list).await;
        talk.keep(message, &answer);
        reply = Some(answer);
    }
    let reply = reply.expect("a case has a message");
    let (got, expected) = (made(&reply, &titles), wanted(expected));
    if got == expected && !reply.text.is_empty() {
        return Ok(());
    }
    let (wanted, made) = (shown(&expected), shown(&got));
    Err(Wrong {
        told: format!(
            "  {said}\n    expected {wanted}\n    made     {made}\n    said     {}",
            reply.text
        ),
        changed: changes(&got) != changes(&expected) && !changes(&got).is_empty(),
    })
}

fn changes(calls: &[Call]) -> Vec<&Call> {
    let changes = calls.iter().filter(|(name, _)| name != "list_tasks");
    changes.collect()
}

/// Remembers each task by the title it had first.
fn learn(titles: &mut HashMap<String, String>, list: &FakeTools) {
    for task in list.tasks() {
        titles.entry(task.id.to_string()).or_insert(task.title);
    }
}

async fn answer(talk: &Talk, message: &str, list: &Arc<FakeTools>) -> Reply {
    let turn = talk.turn(message);
    let tools: Arc<dyn Tools> = list.clone();
    let (reply, _) = listen(async |events| {
        let mut hands = Hands::new(&turn, tools, events);
        super::answer(&turn, &mut hands).await?;
        Ok(hands.reply(BrainKind::Rules))
    })
    .await;
    reply.expect("the tools answer")
}

/// The list of the first three files.
fn household() -> Arc<FakeTools> {
    let (high, low) = (Priority::High, Priority::Low);
    list_of(&[
        ("Buy groceries", Some(1), None, &["home"]),
        ("Call mom", None, None, &[]),
        ("Pay rent", Some(-3), Some(high), &[]),
        ("Finish the report", Some(2), None, &["work"]),
        ("Water the plants", None, None, &["home"]),
        ("Read a book", None, Some(low), &[]),
    ])
    .with_done("Water the plants")
}

/// The list of `unseen.txt`.
fn errands() -> Arc<FakeTools> {
    let (high, low) = (Priority::High, Priority::Low);
    list_of(&[
        ("Buy milk", Some(0), None, &[]),
        ("Call the dentist", Some(1), Some(high), &[]),
        ("Pay the electricity bill", Some(-1), Some(high), &[]),
        ("Renew passport", Some(10), None, &[]),
        ("Book flights to Lisbon", None, None, &["travel"]),
        ("Water the plants", Some(0), Some(low), &[]),
        (
            "Finish the quarterly report",
            Some(1),
            Some(high),
            &["work"],
        ),
        ("Email Priya about the budget", None, None, &["work"]),
        ("Return library books", None, None, &[]),
        ("Buy birthday present for Tom", Some(3), None, &[]),
    ])
    .with_done("Return library books")
}

/// A title, in how many days it is due, a priority and tags.
type Row = (
    &'static str,
    Option<i64>,
    Option<Priority>,
    &'static [&'static str],
);

fn list_of(rows: &[Row]) -> Arc<FakeTools> {
    let task = |(title, days, priority, tags): &Row| NewTask {
        due: days.map(|days| later(today(), days)),
        priority: priority.unwrap_or_default(),
        tags: tags.iter().map(ToString::to_string).collect(),
        ..NewTask::titled(*title)
    };
    FakeTools::with(rows.iter().map(task))
}

type Call = (String, Value);

/// The calls of a reply, without look-ups, with titles for ids.
fn made(reply: &Reply, titles: &HashMap<String, String>) -> Vec<Call> {
    let lookup = json!({ "limit": 200 });
    let calls = reply
        .tool_calls
        .iter()
        .filter(|call| call.arguments != lookup);
    calls
        .filter(|call| call.succeeded())
        .flat_map(|call| one_by_one(&call.name, &call.arguments))
        .map(|(name, arguments)| (name, named(&arguments, titles)))
        .collect()
}

/// A call about many tasks as one for each.
fn one_by_one(name: &str, arguments: &Value) -> Vec<Call> {
    let many = arguments.get("ids").or_else(|| arguments.get("tasks"));
    let Some(many) = many.and_then(Value::as_array) else {
        return vec![(name.to_owned(), arguments.clone())];
    };
    let one = |task: &Value| {
        let mut arguments = arguments.clone();
        let fields = arguments.as_object_mut().expect("an object");
        fields.remove("ids").or_else(|| fields.remove("tasks"));
        let id = task.get("id").unwrap_or(task);
        fields.insert("id".to_owned(), id.clone());
        (name.trim_end_matches('s').to_owned(), arguments)
    };
    many.iter().map(one).collect()
}

fn named(arguments: &Value, titles: &HashMap<String, String>) -> Value {
    let mut arguments = arguments.clone();
    if let Some(id) = arguments.get_mut("id") {
        let title = titles.get(id.as_str().unwrap_or_default()).cloned();
        *id = title.map_or(Value::Null, Value::String);
    }
    arguments
}

fn wanted(expected: &str) -> Vec<Call> {
    let calls = expected.split(" + ").filter(|call| *call != "-");
    calls
        .map(|call| {
            let (name, arguments) = call.split_once(' ').expect("a call is `tool {arguments}`");
            (
                name.to_owned(),
                serde_json::from_str(arguments).unwrap_or_else(|why| panic!("{call}: {why}")),
            )
        })
        .collect()
}

fn shown(calls: &[Call]) -> String {
    calls
        .iter()
        .map(|(name, arguments)| format!("{name} {arguments}"))
        .collect::<Vec<_>>()
        .join(" + ")
}
