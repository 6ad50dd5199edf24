//! The endpoint: `POST /v1/chat/completions`, streamed or whole. The model obeys blindly: for each
//! line `CALL tool {json}` in the user's message it calls that tool; to a tool's result it answers
//! what the tool said. What a careful endpoint refuses is refused here too, with the same status.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio_stream::StreamExt;

use super::shapes::{Answer, Step, signature, steps};

/// The routes.
pub fn router() -> Router {
    Router::new()
        .route("/v1/chat/completions", post(complete))
        .route("/v1/models", get(models))
}

async fn models() -> Json<Value> {
    Json(
        json!({ "object": "list", "data": [{ "id": "fake", "object": "model", "created": 0, "owned_by": "nobody" }] }),
    )
}

async fn complete(Json(request): Json<Value>) -> Response {
    let model = request["model"].as_str().unwrap_or_default().to_owned();
    if let Err((status, message)) = refused(&model, &request) {
        return (
            status,
            Json(json!({ "error": { "message": message, "type": "invalid_request_error" } })),
        )
            .into_response();
    }
    if model == "fake-slow" {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    let answer = answer(&request["messages"]);
    if request["stream"] == true {
        streamed(&model, steps(&model, answer))
    } else {
        Json(whole(&model, answer)).into_response()
    }
}

fn refused(model: &str, request: &Value) -> Result<(), (StatusCode, String)> {
    if model == "fake-error" {
        return Err((
            StatusCode::INTERNAL_SERVER_ERROR,
            "the model is on fire".to_owned(),
        ));
    }
    let messages = request["messages"]
        .as_array()
        .ok_or((StatusCode::BAD_REQUEST, "messages are missing".to_owned()))?;
    for (at, message) in messages.iter().enumerate() {
        check_calls(model, message, &messages[at + 1..])
            .map_err(|why| (StatusCode::BAD_REQUEST, why))?;
    }
    Ok(())
}

/// Every call needs its answer, and at Gemini's endpoint its signature.
fn check_calls(model: &str, message: &Value, later: &[Value]) -> Result<(), String> {
    for (at, call) in message["tool_calls"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        let id = call["id"]
            .as_str()
            .filter(|id| !id.is_empty())
            .ok_or("a tool call has no id")?;
        if !later
            .iter()
            .any(|message| message["role"] == "tool" && message["tool_call_id"] == id)
        {
            return Err(format!("tool call {id} was not answered"));
        }
        if matches!(model, "fake-gemini" | "fake-signature-last")
            && call["extra_content"] != signature(at)
        {
            return Err(format!("function call {id} is missing a thought_signature"));
        }
    }
    Ok(())
}

/// What the obedient model answers to the last message.
fn answer(messages: &Value) -> Answer {
    let last = messages
        .as_array()
        .and_then(|messages| messages.last())
        .cloned()
        .unwrap_or_default();
    let content = last["content"].as_str().unwrap_or_default();
    if last["role"] == "tool" {
        return Answer::Text(format!("The tool says {content}"));
    }
    let calls: Vec<_> = content.lines().filter_map(ordered).collect();
    if calls.is_empty() {
        Answer::Text(format!("You said: {content}"))
    } else {
        Answer::Calls(calls)
    }
}

fn ordered(line: &str) -> Option<(String, Value)> {
    let (name, arguments) = line.strip_prefix("CALL ")?.split_once(' ')?;
    Some((name.to_owned(), serde_json::from_str(arguments).ok()?))
}

fn whole(model: &str, answer: Answer) -> Value {
    let (message, reason) = match answer {
        Answer::Text(text) => (json!({ "role": "assistant", "content": text }), "stop"),
        Answer::Calls(calls) => {
            let call = |(at, (name, arguments)): (usize, &(String, Value))| json!({ "id": format!("call_fake_{at}"), "type": "function", "function": { "name": name, "arguments": arguments.to_string() } });
            let calls: Vec<Value> = calls.iter().enumerate().map(call).collect();
            (
                json!({ "role": "assistant", "content": null, "tool_calls": calls }),
                "tool_calls",
            )
        }
    };
    json!({ "id": "chatcmpl-fake", "object": "chat.completion", "created": 0, "model": model,
        "choices": [{ "index": 0, "message": message, "finish_reason": reason, "logprobs": null }] })
}

fn streamed(model: &str, steps: Vec<Step>) -> Response {
    let model = model.to_owned();
    let events = tokio_stream::iter(steps).then(move |step| send(model.clone(), step));
    let done = tokio_stream::once(Ok("data: [DONE]\n\n".to_owned()));
    (
        [(header::CONTENT_TYPE, "text/event-stream")],
        Body::from_stream(events.chain(done)),
    )
        .into_response()
}

async fn send(model: String, step: Step) -> io::Result<String> {
    match step {
        Step::Delta(delta, reason) => {
            let chunk = json!({ "id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 0, "model": model,
                "choices": [{ "index": 0, "delta": delta, "finish_reason": reason }] });
            Ok(format!("data: {chunk}\n\n"))
        }
        Step::Wait(milliseconds) => {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            Ok(": still there\n\n".to_owned())
        }
        Step::Break => Err(io::Error::other("the connection breaks here")),
    }
}
