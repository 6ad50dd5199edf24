//! One JSON object per line on standard output, for programs. The fields are a contract.

use std::io::{ErrorKind, Write};
use std::sync::Once;

use serde_json::{Value, json};

use super::{Event, Progress, say};
use crate::report::json;

/// Writes JSON lines.
pub(super) struct Json;

impl Progress for Json {
    fn event(&mut self, event: &Event) {
        if let Some(object) = object(event) {
            emit(&object);
        }
    }
}

/// Writes one event. Trouble with it must not end a deployment half-way, and is told once; a reader
/// that went away misses nothing.
pub fn emit(event: &Value) {
    static TOLD: Once = Once::new();
    match writeln!(std::io::stdout(), "{event}") {
        Err(err) if err.kind() != ErrorKind::BrokenPipe => TOLD.call_once(|| {
            say(&format!(
                "warning: events are missing on standard output, which can't be written: {err}"
            ));
        }),
        _ => {}
    }
}

/// The event as JSON; `None` for what only people want to see.
pub(super) fn object(event: &Event) -> Option<Value> {
    Some(match event {
        Event::Begin { total, to_run } => {
            json!({"event": "run-started", "steps": total, "to_run": to_run})
        }
        Event::Started { step, reason } => {
            json!({"event": "step-started", "step": step, "reason": reason})
        }
        Event::Line { step, line } => json!({"event": "step-output", "step": step, "line": line}),
        Event::Waiting {
            step,
            failure,
            patience,
        } => json!({
            "event": "step-waiting", "step": step, "cause": failure.cause, "evidence": failure.evidence, "fix": failure.fix,
            "patience_ms": patience.as_millis() as u64,
        }),
        Event::Warning { step, sentence } => {
            json!({"event": "step-warning", "step": step, "warning": sentence})
        }
        Event::Retry {
            step,
            attempt,
            failure,
            pause,
        } => json!({
            "event": "step-retry", "step": step, "attempt": attempt, "cause": failure.cause, "pause_ms": pause.as_millis() as u64
        }),
        Event::Finished { step } => {
            let mut object = json!(json::step(step));
            object["event"] = "step-finished".into();
            object
        }
        Event::Interrupted { .. } | Event::Tick => return None,
        Event::End { report } => json!({
            "event": "run-finished", "exit_code": report.exit_code(), "duration_ms": report.elapsed.as_millis() as u64,
            "done": report.count("ok"), "skipped": report.count("skipped"), "failed": report.count("failed"),
            "left_out": report.count("left-out"), "cancelled": report.count("cancelled"),
        }),
    })
}
