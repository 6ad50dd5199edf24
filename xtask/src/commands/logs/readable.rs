//! Lines of logs as people read them: JSON as time, level, message and fields; anything else as it
//! is.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Map, Value};

use engine::exec::Exec;
use protocol::coloured;
use signal_hook::consts::SIGTERM;

/// The width of the column that says whose line it is.
const WIDTH: usize = 20;

/// Prints lines of several services, one at a time.
pub(super) struct Lines<'a> {
    exec: &'a Exec,
    raw: bool,
    /// A line could not be printed.
    failed: AtomicBool,
}

impl Lines<'_> {
    /// `raw`: each line as it was written.
    pub(super) fn new(exec: &Exec, raw: bool) -> Lines<'_> {
        Lines {
            exec,
            raw,
            failed: AtomicBool::new(false),
        }
    }

    /// Prints a line of `whose`; secrets are masked. Once that fails, following comes to its end.
    pub(super) fn print(&self, whose: &str, line: &str) {
        let line = self.exec.secrets().mask(line);
        let text = if self.raw {
            line
        } else {
            coloured(&readable(&line))
        };
        let printed = writeln!(std::io::stdout(), "{whose:<WIDTH$} {text}");
        if printed.is_err() && !self.failed.swap(true, Ordering::Relaxed) {
            self.exec.end_all(SIGTERM);
        }
    }

    /// Ends as all views do if a line could not be printed: quietly if nobody reads on.
    pub(super) fn end(&self) {
        if self.failed.load(Ordering::Relaxed) {
            println!();
        }
    }
}

/// A line of `tracing`'s JSON, or of another logger with the same names; any other line as it is.
fn readable(line: &str) -> String {
    let Ok(Value::Object(mut fields)) = serde_json::from_str(line) else {
        return line.to_string();
    };
    let mut take = |names: &[&str]| {
        let taken = names.iter().find_map(|name| fields.remove(*name));
        taken.as_ref().map(plain).unwrap_or_default()
    };
    let time = take(&["timestamp", "time", "ts"]);
    let level = take(&["level", "severity"]).to_uppercase();
    let message = take(&["message", "msg"]);
    take(&["target"]);
    if let Some(Value::Object(span)) = fields.remove("span") {
        fields.extend(span.into_iter().filter(|(name, _)| name != "name"));
    }
    format!("{} {level:<5} {message}{}", clock(&time), rest(&fields))
}

/// `2026-01-02T03:04:05.678901Z` as `03:04:05.678`; another form as it is.
fn clock(time: &str) -> &str {
    let clock = time.split_once('T').map_or(time, |(_, clock)| clock);
    clock.get(..12).unwrap_or(clock)
}

fn rest(fields: &Map<String, Value>) -> String {
    let field = |(name, value): (&String, &Value)| format!("  {name}={}", plain(value));
    fields.iter().map(field).collect()
}

/// A text without its quotes, unless it would take more than a line.
fn plain(value: &Value) -> String {
    let text = value.as_str().filter(|text| !text.contains('\n'));
    text.map_or_else(|| value.to_string(), str::to_string)
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn what_a_service_writes_is_told_in_a_line() {
        let line = r#"{"timestamp":"2026-01-02T03:04:05.678901Z","level":"INFO","message":"request","status":200,"target":"todo_core","span":{"name":"request","request_id":"r1"}}"#;
        assert_eq!(
            readable(line),
            "03:04:05.678 INFO  request  request_id=r1  status=200"
        );
        let long = r#"{"level":"DEBUG","sql":"\n\nSELECT"}"#;
        assert_eq!(readable(long), r#" DEBUG   sql="\n\nSELECT""#);
        let other = r#"{"time":"12:00","severity":"warning","msg":"slow"}"#;
        assert_eq!(readable(other), "12:00 WARNING slow");
    }

    #[test]
    fn what_is_no_object_is_left_as_it_is() {
        for line in ["LOG:  checkpoint starting: time", "[1]", "{torn", ""] {
            assert_eq!(readable(line), line);
        }
    }
}
