//! The shapes in which endpoints stream an answer, as they were recorded: one function per habit.

use serde_json::{Value, json};

/// What a model has to say.
pub enum Answer {
    /// Text.
    Text(String),
    /// Tool calls: name and arguments.
    Calls(Vec<(String, Value)>),
}

/// What the stream does next.
pub enum Step {
    /// Sends a chunk with this delta and this reason to end.
    Delta(Value, Option<&'static str>),
    /// Sends nothing for a while.
    Wait(u64),
    /// Breaks the connection.
    Break,
}

/// The steps in which `model` sends `answer`.
pub fn steps(model: &str, answer: Answer) -> Vec<Step> {
    let role = Step::Delta(json!({ "role": "assistant", "content": "" }), None);
    match (model, answer) {
        ("fake-stalls", _) => vec![role, Step::Wait(60_000)],
        ("fake-breaks", _) => vec![
            role,
            Step::Delta(json!({ "content": "Let me see" }), None),
            Step::Break,
        ],
        (_, Answer::Text(text)) => std::iter::once(role)
            .chain(words(&text))
            .chain([Step::Delta(json!({}), Some("stop"))])
            .collect(),
        ("fake-gemini", Answer::Calls(calls)) => gemini(&calls),
        ("fake-signature-last", Answer::Calls(calls)) => signature_last(&calls),
        ("fake-one-index", Answer::Calls(calls)) => one_index(&calls),
        ("fake-empty-ids", Answer::Calls(calls)) => empty_ids(&calls),
        ("fake-objects", Answer::Calls(calls)) => objects(&calls),
        (_, Answer::Calls(calls)) => openai(&calls),
    }
}

fn words(text: &str) -> Vec<Step> {
    text.split_inclusive(' ')
        .map(|word| Step::Delta(json!({ "content": word }), None))
        .collect()
}

fn id(at: usize) -> String {
    format!("call_fake_{at}")
}

/// The signature that Gemini wants back with call number `at`.
pub fn signature(at: usize) -> Value {
    json!({ "google": { "thought_signature": format!("signature {at}") } })
}

/// Each call with its index, its arguments in pieces.
fn openai(calls: &[(String, Value)]) -> Vec<Step> {
    let mut steps = vec![Step::Delta(
        json!({ "role": "assistant", "content": null }),
        None,
    )];
    for (at, (name, arguments)) in calls.iter().enumerate() {
        let begin = json!({ "index": at, "id": id(at), "type": "function", "function": { "name": name, "arguments": "" } });
        steps.push(Step::Delta(json!({ "tool_calls": [begin] }), None));
        let text: Vec<char> = arguments.to_string().chars().collect();
        steps.extend(text.chunks(7).map(|piece| {
            let piece: String = piece.iter().collect();
            Step::Delta(
                json!({ "tool_calls": [{ "index": at, "function": { "arguments": piece } }] }),
                None,
            )
        }));
    }
    steps.push(Step::Delta(json!({}), Some("tool_calls")));
    steps
}

fn whole(at: usize, name: &str, arguments: &Value) -> Value {
    json!({ "id": id(at), "type": "function", "function": { "name": name, "arguments": arguments.to_string() } })
}

/// Whole calls without an index, with a signature, ended by `stop`.
fn gemini(calls: &[(String, Value)]) -> Vec<Step> {
    let last = calls.len() - 1;
    let steps = calls.iter().enumerate().map(|(at, (name, arguments))| {
        let mut call = whole(at, name, arguments);
        call["extra_content"] = signature(at);
        Step::Delta(
            json!({ "role": "assistant", "tool_calls": [call] }),
            (at == last).then_some("stop"),
        )
    });
    steps.collect()
}

/// The signature comes in a piece of its own, after the call.
fn signature_last(calls: &[(String, Value)]) -> Vec<Step> {
    let mut steps = Vec::new();
    for (at, (name, arguments)) in calls.iter().enumerate() {
        steps.push(Step::Delta(
            json!({ "tool_calls": [whole(at, name, arguments)] }),
            None,
        ));
        steps.push(Step::Delta(
            json!({ "tool_calls": [{ "id": id(at), "extra_content": signature(at) }] }),
            None,
        ));
    }
    steps.push(Step::Delta(
        json!({ "content": null, "tool_calls": null }),
        Some("stop"),
    ));
    steps
}

/// All calls on index 0.
fn one_index(calls: &[(String, Value)]) -> Vec<Step> {
    let indexed = calls.iter().enumerate().map(|(at, (name, arguments))| {
        let mut call = whole(at, name, arguments);
        call["index"] = json!(0);
        Step::Delta(json!({ "tool_calls": [call] }), None)
    });
    indexed
        .chain([Step::Delta(json!({}), Some("tool_calls"))])
        .collect()
}

/// Ids that are empty.
fn empty_ids(calls: &[(String, Value)]) -> Vec<Step> {
    let indexed = calls.iter().enumerate().map(|(at, (name, arguments))| {
        let mut call = whole(at, name, arguments);
        (call["index"], call["id"]) = (json!(at), json!(""));
        Step::Delta(json!({ "tool_calls": [call] }), None)
    });
    indexed
        .chain([Step::Delta(json!({}), Some("tool_calls"))])
        .collect()
}

/// Arguments as an object instead of text.
fn objects(calls: &[(String, Value)]) -> Vec<Step> {
    let objects = calls.iter().enumerate().map(|(at, (name, arguments))| {
        let mut call = whole(at, name, arguments);
        call["function"]["arguments"] = arguments.clone();
        Step::Delta(json!({ "tool_calls": [call] }), None)
    });
    objects
        .chain([Step::Delta(json!({}), Some("stop"))])
        .collect()
}
