//! A run as spans in OpenTelemetry's JSON form (OTLP 1.0, one `ExportTraceServiceRequest`), for any
//! collector: one for the run, and in it one for each step that acted, linked to those it needed.
//! Source: opentelemetry-proto, `trace.proto` and its mapping to JSON (identifiers in hexadecimal).

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::files::About;
use super::{Report, StepReport};
use crate::digest::{Digest, Hasher, digits};

/// The numbers of `SPAN_KIND_INTERNAL`, `STATUS_CODE_OK` and `STATUS_CODE_ERROR`.
const INTERNAL: u8 = 1;
const OK: u8 = 1;
const ERROR: u8 = 2;

/// The whole document, one span a line.
pub(super) fn json(report: &Report, about: &About) -> String {
    let run = Run::new(report, about);
    let acted = report.steps.iter().filter_map(|step| run.step(step));
    let spans: Vec<String> = [run.root(report)]
        .into_iter()
        .chain(acted)
        .map(|span| span.to_string())
        .collect();
    let resource = json!({"attributes": [text("service.name", about.pipeline), text("deployment.environment.name", &about.target)]});
    let scope = json!({"name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")});
    format!(
        "{{\"resourceSpans\":[{{\"resource\":{resource},\"scopeSpans\":[{{\"scope\":{scope},\"spans\":[\n{}\n]}}]}}]}}\n",
        spans.join(",\n")
    )
}

/// What all spans of a run share.
struct Run {
    trace: Digest,
    name: String,
    began: SystemTime,
    /// The steps that have a span.
    acted: HashSet<Arc<str>>,
}

impl Run {
    fn new(report: &Report, about: &About) -> Run {
        let began = about.at.checked_sub(report.elapsed).unwrap_or(UNIX_EPOCH);
        let mut trace = Hasher::new();
        for part in [about.pipeline, &about.target, &nanos(began)] {
            trace.add(part.as_bytes());
        }
        let acted = report.steps.iter().filter(|step| step.start.is_some());
        Run {
            trace: trace.finish(),
            name: format!("{} on {}", about.wanted.join(" "), about.target),
            began,
            acted: acted.map(|step| step.id.clone()).collect(),
        }
    }

    /// Eight bytes; the run itself goes by no name.
    fn span_id(&self, step: &str) -> String {
        let digest = Hasher::new()
            .add(&self.trace.0)
            .add(step.as_bytes())
            .finish();
        digits(&digest.0[..8]).collect()
    }

    fn root(&self, report: &Report) -> Value {
        let status = match report.exit_code() {
            0 => json!({"code": OK}),
            code => json!({"code": ERROR, "message": format!("exit code {code}")}),
        };
        json!({
            "traceId": self.trace.to_string(), "spanId": self.span_id(""), "name": self.name, "kind": INTERNAL,
            "startTimeUnixNano": nanos(self.began), "endTimeUnixNano": nanos(self.began + report.elapsed), "status": status,
        })
    }

    fn step(&self, step: &StepReport) -> Option<Value> {
        let start = self.began + step.start?;
        let trace = self.trace.to_string();
        let needed = step.needs.iter().filter(|need| self.acted.contains(*need));
        let links = needed.map(|need| json!({"traceId": trace, "spanId": self.span_id(need)}));
        let status = match step.failure() {
            None => json!({"code": OK}),
            Some(failure) => json!({"code": ERROR, "message": failure.cause}),
        };
        Some(json!({
            "traceId": trace, "spanId": self.span_id(&step.id), "parentSpanId": self.span_id(""),
            "name": &*step.id, "kind": INTERNAL,
            "startTimeUnixNano": nanos(start), "endTimeUnixNano": nanos(start + step.duration),
            "attributes": [
                text("step.kind", step.kind), text("step.outcome", step.outcome()), text("step.reason", &step.reason),
                json!({"key": "step.attempts", "value": {"intValue": step.attempts.to_string()}}),
            ],
            "links": links.collect::<Vec<_>>(), "status": status,
        }))
    }
}

fn text(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

/// Since 1970; 64-bit numbers are texts in this form.
fn nanos(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH);
    since.unwrap_or(Duration::ZERO).as_nanos().to_string()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn the_spans_are_the_steps_that_acted() {
        let about = About {
            at: UNIX_EPOCH + Duration::from_secs(5),
            ..sample::about()
        };
        let whole: Value = serde_json::from_str(&json(&sample::failed(), &about)).unwrap();
        let spans = &whole["resourceSpans"][0]["scopeSpans"][0]["spans"];
        let spans = spans.as_array().unwrap();
        let names: Vec<&str> = spans
            .iter()
            .filter_map(|span| span["name"].as_str())
            .collect();
        assert_eq!(names, [" on local", "a", "b", "c"]);
        let [root, a, b, c] = spans.as_slice() else {
            unreachable!()
        };
        assert_eq!(root["startTimeUnixNano"], "4900000000");
        assert_eq!(b["startTimeUnixNano"], "4930000000");
        assert_eq!(b["endTimeUnixNano"], "4990000000");
        assert_eq!(b["links"][0]["spanId"], a["spanId"]);
        assert_eq!(b["parentSpanId"], root["spanId"]);
        assert_eq!(b["spanId"].as_str().map(str::len), Some(16));
        assert_eq!(
            (&c["status"]["code"], &root["status"]["code"]),
            (&json!(2), &json!(2))
        );
    }
}
