//! The brain without a model: understands everyday English about tasks, with typos, relative dates
//! and ordinals.
//!
//! # Layout, in the order a message travels
//! * [`words`], [`spelling`], [`tense`], [`polite`], [`pattern`]: text to words
//! * [`cues`], [`intent`]: what is wanted, roughly
//! * [`slots`]: the details; [`understand()`] puts intent and details together into a [`request`]
//! * [`memory`]: what the history says about "it", "yes" and "undo"
//! * [`tasks`], [`similar`], [`resolve`]: which tasks are meant
//! * [`act`], [`wording`], [`aftermath`]: what is done and how it is said

pub mod act;
pub mod aftermath;
pub mod afterthought;
pub mod clauses;
pub mod cues;
pub mod intent;
pub mod memory;
pub mod pattern;
pub mod polite;
pub mod request;
pub mod resolve;
pub mod similar;
pub mod slots;
pub mod spelling;
pub mod tasks;
pub mod tense;
#[cfg(test)]
mod tests;
pub mod understand;
pub mod wording;
pub mod words;

use std::collections::HashSet;

use serde_json::Value;
use todo_core::task::Task;

use self::act::{Scene, talk};
use self::memory::Memory;
use self::request::{NewTask, Request, Talk, Target};
use self::slots::title;
use self::understand::understand;
use self::words::Phrase;
use super::consent::{asked_about, ids};
use super::{BrainError, Message, Role, ToolCallRecord, Turn, hands::Hands};

/// The longest message that may be a task by itself, in words.
const TITLE_WORDS: usize = 15;
/// More words than anybody says at once; what they cost grows faster than their number.
const WORDS_MAX: usize = 400;

/// More bytes than any "yes" has.
const AGREEING_MAX: usize = 200;

/// Answers one turn.
pub async fn answer(turn: &Turn, hands: &mut Hands) -> Result<(), BrainError> {
    if Phrase::new(&turn.message).words.len() > WORDS_MAX {
        hands.say(talk::LONG).await;
        return Ok(());
    }
    // What one clause did is what the next one calls "it".
    let mut history = turn.history.clone();
    for (at, clause) in commands(turn, hands).await?.into_iter().enumerate() {
        if at > 0 {
            hands.say("\n\n").await;
        }
        let (said, called) = (hands.text().len(), hands.calls().len());
        let mut scene = Scene {
            hands,
            memory: Memory::of(&history),
            today: turn.today,
        };
        let request = in_context(understand(&clause, turn.today), &clause, &scene);
        carry_out(request, &clause, &mut scene).await?;
        history.push(message(Role::User, clause, Vec::new()));
        let (text, calls) = (&hands.text()[said..], &hands.calls()[called..]);
        history.push(message(Role::Assistant, text.to_owned(), calls.to_vec()));
    }
    Ok(())
}

/// The commands in the message; where only the list can tell what is one, it is asked.
async fn commands(turn: &Turn, hands: &mut Hands) -> Result<Vec<String>, BrainError> {
    if let Some((commands, titles)) = clauses::by_title(&turn.message, turn.today) {
        let choose = |tasks: &[Task]| {
            let are_there = titles.iter().all(|title| resolve::is_there(title, tasks));
            (are_there, Vec::new())
        };
        if hands.look_up(choose).await?.0 {
            return Ok(commands);
        }
    }
    Ok(clauses::clauses(&turn.message, turn.today))
}

fn message(role: Role, content: String, tool_calls: Vec<ToolCallRecord>) -> Message {
    Message {
        role,
        content,
        tool_calls,
    }
}

/// Reads a message as the answer to the question before it, if there is one that it answers.
fn in_context(request: Request, text: &str, scene: &Scene<'_>) -> Request {
    let Some((asked, asked_text)) = scene.memory.pending(scene.today) else {
        return request;
    };
    match (asked, request) {
        (_, Request::Correct(_)) => Request::No,
        (
            Request::Add(tasks),
            Request::Unknown
            | Request::Pick(_)
            | Request::Update { .. }
            | Request::Complete { .. }
            | Request::Delete(_),
        ) if tasks.is_empty() => Request::Add(title::read(Phrase::new(text), scene.today)),
        (Request::Unknown | Request::Perhaps(_), Request::Yes) if may_be_task(asked_text) => {
            Request::Add(title::read(Phrase::new(asked_text), scene.today))
        }
        (Request::Complete { done, .. }, Request::Pick(target)) => {
            Request::Complete { target, done }
        }
        (Request::Delete(_), Request::Pick(target)) => Request::Delete(target),
        (Request::Update { change, .. }, Request::Pick(target)) => {
            Request::Update { target, change }
        }
        (_, request) => request,
    }
}

async fn carry_out(request: Request, text: &str, scene: &mut Scene<'_>) -> Result<(), BrainError> {
    match request {
        Request::Add(tasks) => act::add::act(scene, tasks).await,
        Request::Perhaps(task) => perhaps(scene, task, text).await,
        Request::List(filter) => act::list::act(scene, filter).await,
        Request::Complete { target, done } => act::complete::act(scene, &target, done).await,
        Request::Delete(target) => act::delete::act(scene, &target).await,
        Request::Update { target, change } => act::update::act(scene, &target, &change).await,
        Request::Correct(change) => act::update::act(scene, &Target::It, &change).await,
        Request::Undo => act::undo::act(scene).await,
        Request::Pick(target) => pick(scene, &target).await,
        Request::Yes => agreed(scene).await,
        Request::No => scene.answer(talk::LEFT).await,
        Request::Talk(talk) => scene.answer(talk::answer(talk)).await,
        Request::Unknown if may_be_task(text) => scene.answer(talk::offer(text)).await,
        Request::Unknown => scene.answer(talk::LOST).await,
    }
}

/// Whether the turn is a "yes" to changes that wait for one. They are made here, whichever brain
/// asked: a model could take more than was agreed to.
pub fn agrees(turn: &Turn) -> bool {
    !asked_about(&turn.history).is_empty()
        && turn.message.len() < AGREEING_MAX
        && understand(&turn.message, turn.today) == Request::Yes
}

/// What is asked before these calls are made; of the tasks, those are named that were seen.
pub fn question(calls: &[(String, Value)], turn: &Turn, hands: &Hands) -> String {
    let wanted: HashSet<&str> = calls
        .iter()
        .flat_map(|(_, arguments)| ids(arguments))
        .collect();
    let earlier = turn.history.iter().flat_map(|message| &message.tool_calls);
    let known = memory::known(earlier.chain(hands.calls()));
    let mut tasks: Vec<_> = known.into_values().collect();
    tasks.retain(|task| wanted.contains(task.id.to_string().as_str()));
    tasks.sort_by_key(|task| task.id);
    let deletes = calls.iter().all(|(name, _)| name.starts_with("delete"));
    let verb = if deletes { "deletes" } else { "changes" };
    wording::asked(verb, wanted.len(), &tasks)
}

/// "call the bank in 3 days": added, unless a task like it is there, which may be meant.
async fn perhaps(scene: &mut Scene<'_>, task: NewTask, text: &str) -> Result<(), BrainError> {
    let choose = |all: &[Task]| {
        let open = all.iter().filter(|other| !other.done);
        let like = open.filter(|other| resolve::is_same(&task.title, &other.title));
        (like.count(), Vec::new())
    };
    match scene.hands.look_up(choose).await?.0 {
        0 => act::add::act(scene, vec![task]).await,
        _ => scene.answer(talk::offer(text)).await,
    }
}

/// "yes": to what was asked about.
async fn agreed(scene: &mut Scene<'_>) -> Result<(), BrainError> {
    let waiting = scene.memory.waiting();
    if !waiting.is_empty() {
        return act::agree::act(scene, &waiting).await;
    }
    match scene.memory.pending(scene.today) {
        Some((Request::Talk(Talk::Wellbeing), _)) => {
            act::list::act(
                scene,
                request::Filter {
                    done: Some(false),
                    ..Default::default()
                },
            )
            .await
        }
        _ => scene.answer(talk::NOTHING_ASKED).await,
    }
}

/// "the second one" out of the blue.
async fn pick(scene: &mut Scene<'_>, target: &Target) -> Result<(), BrainError> {
    let Some(found) = scene.find(target, |task| !task.done).await? else {
        return Ok(());
    };
    let named = wording::named(&found.meant);
    scene.say(format!("What should I do with {named}? You can say “complete it”, “delete it” or “move it to Friday”.")).await;
    Ok(())
}

/// Whether an unknown message could be meant as a task: short, and not a question.
fn may_be_task(text: &str) -> bool {
    let words = Phrase::new(text).words.len();
    (1..=TITLE_WORDS).contains(&words) && !text.contains('?')
}
