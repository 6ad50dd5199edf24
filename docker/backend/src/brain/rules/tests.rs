//! What people say, and whether the brain does the right thing: a corpus that the rules were made with, one that was written
//! by someone who had not seen them, and everyday sentences. Prints the accuracy on each and gates on it.

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
    check_all("corpus", include_str!("corpus.txt"), 200, 95).await;
}

#[tokio::test]
async fn what_others_say_is_understood() {
    check_all("held-out corpus", include_str!("heldout.txt"), 100, 90).await;
}

#[tokio::test]
async fn everyday_sentences_are_understood() {
    check_all("everyday sentences", include_str!("everyday.txt"), 60, 90).await;
}

/// Fails if there are fewer cases than `least`, or if less than `gate` percent of them are right.
async fn check_all(name: &str, corpus: &str, least: usize, gate: usize) {
    let cases: Vec<&str> = corpus
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let mut wrong = Vec::new();
    for case in &cases {
        wrong.extend(check(case).await.err());
    }
    let right = cases.len() - wrong.len();
    announce(name, right, cases.len());
    say(&format!("{}\n", wrong.join("\n")));
    assert!(
        cases.len() >= least,
        "the {name} has shrunk to {}",
        cases.len()
    );
    assert!(
        right * 100 >= gate * cases.len(),
        "fewer than {gate} % of the {name} are understood:\n{}",
        wrong.join("\n")
    );
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

async fn check(case: &str) -> Result<(), String> {
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
        Ok(())
    } else {
        Err(format!(
            "  {said}\n    expected {}\n    made     {}\n    said     {}",
            shown(&expected),
            shown(&got),
            reply.text
        ))
    }
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

/// The list that the corpus describes.
fn list() -> Arc<FakeTools> {
    let task = |title: &str| NewTask::titled(title);
    let list = FakeTools::with([
        NewTask {
            due: Some(later(today(), 1)),
            tags: vec!["home".into()],
            ..task("Buy groceries")
        },
        task("Call mom"),
        NewTask {
            due: Some(later(today(), -3)),
            priority: Priority::High,
            ..task("Pay rent")
        },
        NewTask {
            due: Some(later(today(), 2)),
            tags: vec!["work".into()],
            ..task("Finish the report")
        },
        NewTask {
            tags: vec!["home".into()],
            ..task("Water the plants")
        },
        NewTask {
            priority: Priority::Low,
            ..task("Read a book")
        },
    ]);
    let plants = list.tasks()[4].id;
    list.change(
        plants,
        todo_core::task::TaskPatch {
            done: Some(true),
            ..Default::default()
        },
    )
    .expect("the task is there");
    list
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
