//! Plain HTTP for questions and user flows: no TLS, no proxy, short time limits. Knows nothing of steps.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http;

use protocol::{Exchange, Failure, Reply, Request};

/// What earlier exchanges saved.
pub(crate) type Saved = BTreeMap<String, String>;

static AGENT: LazyLock<Agent> = LazyLock::new(|| {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .timeout_connect(Some(Duration::from_secs(3)))
        .timeout_global(Some(Duration::from_secs(30)))
        .max_redirects(0)
        .build();
    Agent::new_with_config(config)
});

/// Sends a GET; `Err` says why there was no answer.
pub(crate) fn get(request: &Request) -> Result<Reply, String> {
    let mut builder = http::Request::get(&request.url);
    if !request.host.is_empty() {
        builder = builder.header("host", &request.host);
    }
    send_built(builder, None).map_err(|err| format!("{}: {err}", request.url))
}

/// Sends an exchange, checks the reply, and keeps what later ones need.
pub(crate) fn exchange(exchange: &Exchange, saved: &mut Saved) -> Result<Reply, Failure> {
    let url = fill(&exchange.url, saved);
    let mut builder = http::Request::builder()
        .method(exchange.method.as_str())
        .uri(&url)
        .header("accept", "application/json");
    if !exchange.host.is_empty() {
        builder = builder.header("host", &exchange.host);
    }
    if let Some(token) = &exchange.bearer {
        builder = builder.header("authorization", format!("Bearer {}", fill(token, saved)));
    }
    let body = exchange.json.as_ref().map(|json| fill_json(json, saved));
    let place = format!("{} {url}", exchange.method);
    let reply = send_built(builder, body).map_err(|err| {
        Failure::new(format!(
            "{}: {place} was not answered: {err}",
            exchange.name
        ))
    })?;
    check(exchange, &reply, saved).map_err(|why| {
        Failure::new(format!("{}: {place} {why}", exchange.name))
            .seen([format!("reply: {}", shortened(&reply.body))])
    })?;
    keep(exchange, &reply, saved)?;
    Ok(reply)
}

fn send_built(builder: http::request::Builder, body: Option<Value>) -> Result<Reply, String> {
    let answer = match body {
        Some(json) => {
            let request = builder
                .header("content-type", "application/json")
                .body(json.to_string());
            AGENT.run(request.map_err(|err| err.to_string())?)
        }
        None => AGENT.run(builder.body(()).map_err(|err| err.to_string())?),
    };
    let mut answer = answer.map_err(|err| err.to_string())?;
    let body = answer
        .body_mut()
        .read_to_string()
        .map_err(|err| err.to_string())?;
    Ok(Reply {
        status: answer.status().as_u16(),
        body,
    })
}

fn check(exchange: &Exchange, reply: &Reply, saved: &Saved) -> Result<(), String> {
    if reply.status != exchange.expect {
        return Err(format!(
            "answered {}, expected {}",
            reply.status, exchange.expect
        ));
    }
    if let Some(text) = exchange
        .contains
        .iter()
        .map(|text| fill(text, saved))
        .find(|text| !reply.body.contains(text))
    {
        return Err(format!("answered without `{text}`"));
    }
    match exchange
        .lacks
        .iter()
        .map(|text| fill(text, saved))
        .find(|text| reply.body.contains(text))
    {
        Some(text) => Err(format!("answered with `{text}`, which must not be there")),
        None => Ok(()),
    }
}

fn keep(exchange: &Exchange, reply: &Reply, saved: &mut Saved) -> Result<(), Failure> {
    if exchange.save.is_empty() {
        return Ok(());
    }
    let json: Value = serde_json::from_str(&reply.body)
        .map_err(|err| Failure::new(format!("{}: the reply is no JSON: {err}", exchange.name)))?;
    for (name, pointer) in &exchange.save {
        let value = json.pointer(pointer).ok_or_else(|| {
            Failure::new(format!(
                "{}: the reply has nothing at `{pointer}`",
                exchange.name
            ))
            .seen([shortened(&reply.body)])
        })?;
        saved.insert(
            name.clone(),
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_string),
        );
    }
    Ok(())
}

fn fill(text: &str, saved: &Saved) -> String {
    saved.iter().fold(text.to_string(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}

fn fill_json(json: &Value, saved: &Saved) -> Value {
    match json {
        Value::String(text) => fill(text, saved).into(),
        Value::Array(items) => items.iter().map(|item| fill_json(item, saved)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), fill_json(value, saved)))
            .collect(),
        other => other.clone(),
    }
}

fn shortened(text: &str) -> String {
    let mut end = text.len().min(300);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    if end < text.len() {
        format!("{}…", &text[..end])
    } else {
        text.to_string()
    }
}
