//! A line of a JSON log as a person reads it.

use alloc::string::{String, ToString};

use serde_json::{Map, Value};

/// Where loggers put what happened: `tracing` and log4j, zap and pino, structlog, and programs that
/// write nothing but an error.
const MESSAGE: [&str; 5] = ["message", "msg", "event", "error", "err"];
/// What tells more of it; the other fields are the same on every line.
const MORE: [&str; 7] = ["error", "err", "why", "reason", "cause", "state", "detail"];

/// Of a JSON object its message and why; any other line as it is.
pub fn readable(line: &str) -> String {
    match serde_json::from_str(line) {
        Ok(Value::Object(fields)) => told(&fields).unwrap_or_else(|| line.to_string()),
        _ => line.to_string(),
    }
}

fn told(fields: &Map<String, Value>) -> Option<String> {
    let says = |name: &str| text(fields.get(name)?);
    let (at, message) = MESSAGE.iter().find_map(|name| Some((name, says(name)?)))?;
    let more = MORE.iter().filter(|name| *name != at);
    let more = more.filter_map(|name| says(name));
    let more = more.filter(|more| !message.contains(more));
    Some(more.fold(message.to_string(), |all, more| format!("{all}: {more}")))
}

/// A text, or that of an error that was written as an object; a stack trace would follow it.
fn text(value: &Value) -> Option<&str> {
    let text = match value {
        Value::Object(fields) => ["message", "msg"]
            .iter()
            .find_map(|name| fields.get(*name)?.as_str()),
        value => value.as_str(),
    };
    text.and_then(|text| text.lines().find(|line| !line.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_told_in_words() {
        for (line, told) in [
            (
                r#"{"timestamp":"2026-11-26T06:42:41Z","level":"INFO","message":"waiting for the database","state":"timed out","target":"backend::schema","n":4}"#,
                "waiting for the database: timed out",
            ),
            (
                r#"{"level":"fatal","ts":1.5,"caller":"main.go:12","msg":"can't listen","error":"address in use","stacktrace":"main.main\n\tmain.go:12"}"#,
                "can't listen: address in use",
            ),
            (
                r#"{"level":50,"time":1,"pid":7,"hostname":"h","err":{"type":"Error","message":"no such table","stack":"Error: …"},"msg":"migration failed"}"#,
                "migration failed: no such table",
            ),
            (
                r#"{"error":{"code":3,"message":"quota exceeded"}}"#,
                "quota exceeded",
            ),
            (r#"{"error":"\nboom\n  at x"}"#, "boom"),
            (r#"{"error":"EOF","msg":"read: EOF"}"#, "read: EOF"),
            (r#"{"event":"shutdown","level":"error"}"#, "shutdown"),
            (r#"{"ok":false}"#, r#"{"ok":false}"#),
            (r#"{"message":""}"#, r#"{"message":""}"#),
            ("FATAL: no", "FATAL: no"),
            ("{}", "{}"),
            ("4", "4"),
        ] {
            assert_eq!(readable(line), told, "{line}");
        }
    }
}
