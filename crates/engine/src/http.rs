//! Plain HTTP for questions and user flows: no TLS, no proxy, short time limits.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use ureq::http;
use ureq::{Agent, Error, Timeout};

use crate::secrets::url_encoded;
use protocol::template::{OWN, fill_own, respelt, whole_name};
use protocol::{Exchange, Failure, Reply, Request};

/// What earlier exchanges saved, each value of its own type.
pub(crate) type Saved = BTreeMap<String, Value>;

/// How often somebody who waits for an answer looks whether that still makes sense.
const TICK: Duration = Duration::from_millis(50);
/// The longest body that is read, in bytes.
const BODY: u64 = 10 * 1024 * 1024;
/// How long a connection may take.
const CONNECTED_WITHIN: Duration = Duration::from_secs(3);

/// How long an answer is waited for.
pub(crate) struct Patience<'a> {
    /// At most so long.
    pub within: Duration,
    /// No longer than this is 0: then nobody wants the answer any more.
    pub ending: &'a AtomicI32,
}

static AGENT: LazyLock<Agent> = LazyLock::new(|| {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .timeout_connect(Some(CONNECTED_WITHIN))
        .max_redirects(0)
        .build();
    Agent::new_with_config(config)
});

/// Sends a GET; `Err` says why there was no answer.
pub(crate) fn get(request: &Request, patience: &Patience) -> Result<Reply, String> {
    let mut builder = http::Request::get(&request.url);
    if !request.host.is_empty() {
        builder = builder.header("host", &request.host);
    }
    send_built(builder, None, patience).map_err(|err| format!("{}: {err}", request.url))
}

/// Sends an exchange, checks the reply, and keeps what later ones need.
pub(crate) fn exchange(
    exchange: &Exchange,
    saved: &mut Saved,
    patience: &Patience,
) -> Result<Reply, Failure> {
    let unknown = |why| Failure::new(format!("{}: {why}", exchange.name));
    let fill = |text: &str| fill(text, saved, as_text).map_err(unknown);
    let fill_all = |texts: &[String]| {
        let texts = texts.iter().map(|text| fill(text));
        texts.collect::<Result<Vec<String>, Failure>>()
    };
    let url = self::fill(&exchange.url, saved, encoded).map_err(unknown)?;
    let contains = fill_all(&exchange.contains)?;
    let not_contains = fill_all(&exchange.not_contains)?;
    let mut builder = http::Request::builder()
        .method(exchange.method.as_str())
        .uri(&url)
        .header("accept", "application/json");
    if !exchange.host.is_empty() {
        builder = builder.header("host", &exchange.host);
    }
    if let Some(token) = &exchange.bearer {
        builder = builder.header("authorization", format!("Bearer {}", fill(token)?));
    }
    let body = exchange.json.as_ref().map(|json| fill_json(json, saved));
    let body = body.transpose().map_err(unknown)?;
    let place = format!("{} {url}", exchange.method);
    let reply = send_built(builder, body, patience)
        .map_err(|err| Failure::new(format!("{}: {place}: {err}", exchange.name)))?;
    check(exchange.expect, &reply, &contains, &not_contains).map_err(|why| {
        Failure::new(format!("{}: {place} {why}", exchange.name))
            .seen([format!("reply: {}", reply.body)])
    })?;
    keep(exchange, &reply, saved)?;
    Ok(reply)
}

/// A thread of its own waits for the answer, so that whoever asked can turn away from one who never
/// gives it.
fn send_built(
    builder: http::request::Builder,
    body: Option<Value>,
    patience: &Patience,
) -> Result<Reply, String> {
    let within = patience.within;
    let (told, answer) = mpsc::channel();
    let send = move || {
        // Nobody listens any more if the run is being ended.
        let _ = told.send(send(builder, body, within));
    };
    let spawned = thread::Builder::new().spawn(send);
    spawned.map_err(|err| format!("can't start a thread: {err}"))?;
    loop {
        match answer.recv_timeout(TICK) {
            Ok(reply) => return reply,
            Err(RecvTimeoutError::Timeout) if patience.ending.load(Ordering::SeqCst) == 0 => {}
            Err(_) => return Err("interrupted".to_string()),
        }
    }
}

fn send(
    builder: http::request::Builder,
    body: Option<Value>,
    within: Duration,
) -> Result<Reply, String> {
    let told = |err| trouble(&err, within);
    let answer = match body {
        Some(json) => {
            let request = builder
                .header("content-type", "application/json")
                .body(json.to_string());
            AGENT.run(limited(request, within)?)
        }
        None => AGENT.run(limited(builder.body(()), within)?),
    };
    let mut answer = answer.map_err(told)?;
    let status = answer.status().as_u16();
    let body = answer.body_mut().with_config().limit(BODY).read_to_vec();
    let body = body.map_err(|err| match err {
        Error::BodyExceedsLimit(_) => {
            format!("answered {status}, with more than the {BODY} bytes that are read")
        }
        other => format!("answered {status}, but not to the end: {}", told(other)),
    })?;
    Ok(Reply {
        status,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

fn limited<B: ureq::AsSendBody>(
    request: http::Result<http::Request<B>>,
    within: Duration,
) -> Result<http::Request<B>, String> {
    let request = request.map_err(|err| err.to_string())?;
    let limits = AGENT.configure_request(request);
    Ok(limits.timeout_global(Some(within)).build())
}

fn trouble(err: &Error, within: Duration) -> String {
    match err {
        Error::Timeout(Timeout::Connect) => {
            format!("no connection within {CONNECTED_WITHIN:?}")
        }
        Error::Timeout(_) => format!("no answer within {within:.1?}"),
        other => other.to_string(),
    }
}

fn check(
    expect: u16,
    reply: &Reply,
    contains: &[String],
    not_contains: &[String],
) -> Result<(), String> {
    if reply.status != expect {
        return Err(format!("answered {}, expected {expect}", reply.status));
    }
    if let Some(text) = contains.iter().find(|text| !reply.body.contains(*text)) {
        return Err(format!("answered without `{text}`"));
    }
    match not_contains.iter().find(|text| reply.body.contains(*text)) {
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
            .seen([reply.body.clone()])
        })?;
        saved.insert(name.clone(), value.clone());
    }
    Ok(())
}

/// Fills in what was saved; the sentence names what was not. The older spelling `{name}` is read
/// too.
fn fill(text: &str, saved: &Saved, form: fn(&Value) -> String) -> Result<String, String> {
    let text = respelt(text, saved.keys().map(String::as_str));
    fill_own(&text, |name| saved.get(name).map(form))
}

/// A text that is one name alone takes the saved value's own type.
fn fill_json(json: &Value, saved: &Saved) -> Result<Value, String> {
    Ok(match json {
        Value::String(text) => {
            let text = respelt(text, saved.keys().map(String::as_str));
            let name = whole_name(&text).and_then(|name| name.strip_prefix(OWN));
            match name.and_then(|name| saved.get(name)) {
                Some(value) => value.clone(),
                None => fill_own(&text, |name| saved.get(name).map(as_text))?.into(),
            }
        }
        Value::Array(items) => {
            let items = items.iter().map(|item| fill_json(item, saved));
            items.collect::<Result<_, _>>()?
        }
        Value::Object(fields) => {
            let field = |(key, value): (&String, &Value)| {
                fill_json(value, saved).map(|value| (key.clone(), value))
            };
            Value::Object(fields.iter().map(field).collect::<Result<_, _>>()?)
        }
        other => other.clone(),
    })
}

fn as_text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_string)
}

/// As a part of an address: what was saved neither ends a path nor begins a parameter.
fn encoded(value: &Value) -> String {
    url_encoded(&as_text(value), "-._~/")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn saved() -> Saved {
        let values = json!({
            "n": 5, "big": 12345678901234567890_u64, "yes": true, "none": null, "list": [1, "a"], "text": "5",
            "braces": "{n} {text}", "quote": "a\"b",
        });
        let fields = values.as_object().cloned().unwrap_or_default();
        fields.into_iter().collect()
    }

    #[test]
    fn saved_values_keep_their_type() {
        for (written, expected) in [
            (json!("{n}"), json!(5)),
            (json!("{big}"), json!(12345678901234567890_u64)),
            (json!("{yes}"), json!(true)),
            (json!("{none}"), json!(null)),
            (json!("{list}"), json!([1, "a"])),
            (json!("{text}"), json!("5")),
            (json!("no {n}"), json!("no 5")),
            (json!("{n}{n}"), json!("55")),
            (json!("{list} {yes}"), json!("[1,\"a\"] true")),
            (
                json!({"a": ["{n}", {"b": "{text}"}]}),
                json!({"a": [5, {"b": "5"}]}),
            ),
            (json!("{quote}"), json!("a\"b")),
        ] {
            assert_eq!(fill_json(&written, &saved()), Ok(expected), "{written}");
        }
    }

    #[test]
    fn what_was_saved_is_never_looked_through_again() {
        for (text, expected) in [
            ("{braces}", "{n} {text}"),
            ("${self.braces} $${self.n}", "{n} {text} ${self.n}"),
            ("{braces}{n}", "{n} {text}5"),
            ("/x/{n}?q={text}", "/x/5?q=5"),
            ("{unknown} {n}", "{unknown} 5"),
            ("{{n}}", "{5}"),
            ("{n", "{n"),
            ("{\"a\": {n}}", "{\"a\": 5}"),
        ] {
            let filled = fill(text, &saved(), as_text);
            assert_eq!(filled.as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_was_saved_stays_one_part_of_an_address() {
        let values = json!({"id": 5, "path": "a/b-c.d_e~f", "odd": "a b&c=d?e#f%g+h\"\\é\n"});
        let saved: Saved = values.as_object().cloned().unwrap().into_iter().collect();
        for (url, expected) in [
            ("http://h/x/${self.id}?q={id}", "http://h/x/5?q=5"),
            ("http://h/{path}", "http://h/a/b-c.d_e~f"),
            (
                "http://h/${self.odd}",
                "http://h/a%20b%26c%3Dd%3Fe%23f%25g%2Bh%22%5C%C3%A9%0A",
            ),
            ("http://h/{unknown}?a=b&c", "http://h/{unknown}?a=b&c"),
        ] {
            let filled = fill(url, &saved, encoded);
            assert_eq!(filled.as_deref(), Ok(expected), "{url}");
        }
    }
}
