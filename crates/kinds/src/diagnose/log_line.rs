//! A line of a log as a person reads it.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

/// What every line of a JSON log has and nobody looks for.
const FRAME: [&str; 7] = [
    "timestamp",
    "time",
    "level",
    "target",
    "span",
    "spans",
    "message",
];

/// Of a JSON object its message and what else it tells; any other line as it is.
pub(super) fn readable(line: &str) -> String {
    let Ok(Value::Object(fields)) = serde_json::from_str(line) else {
        return line.to_string();
    };
    let message = fields.get("message").and_then(Value::as_str);
    let more = fields.iter().filter(|(name, _)| !FRAME.contains(&&***name));
    let more = more.filter_map(|(_, value)| value.as_str());
    let words: Vec<&str> = message.into_iter().chain(more).collect();
    match words.is_empty() {
        true => line.to_string(),
        false => words.join(": "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_told_in_words() {
        let line = r#"{"timestamp":"2026-11-26T06:42:41Z","level":"INFO","message":"waiting for the database","state":"timed out","target":"backend::schema","n":4}"#;
        assert_eq!(readable(line), "waiting for the database: timed out");
        assert_eq!(readable("FATAL: no"), "FATAL: no");
        assert_eq!(readable("{}"), "{}");
        assert_eq!(readable("4"), "4");
    }
}
