//! Each cause in a table, and recorded streams of healthy starts in which there is none.

mod causes;
mod streams;

use serde_json::{Value, json};

use super::*;

fn found(items: &[Value], logs: &str) -> Option<Finding> {
    let evidence = Evidence::read(items).with_logs(logs);
    diagnose(&evidence, &[PODS, STANDING, ENTRANCE])
}

/// An object of the release.
fn object(kind: &str, name: &str, rest: Value) -> Value {
    let mut item = json!({"kind": kind, "metadata": {"name": name, "creationTimestamp": "2026-11-25T09:00:00Z",
        "labels": {"app.kubernetes.io/component": "api-server"}}});
    merge(&mut item, rest);
    item
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

fn event(about: &str, reason: &str, message: &str) -> Value {
    let (kind, name) = about.split_once('/').unwrap();
    json!({"kind": "Event", "involvedObject": {"kind": kind, "name": name}, "reason": reason, "message": message,
        "firstTimestamp": "2026-11-25T09:00:10Z", "lastTimestamp": "2026-11-25T09:00:10Z", "count": 1})
}

/// A pod with one container in that state.
fn pod(container: Value) -> Value {
    let mut status = json!({"name": "web", "image": "web:1", "ready": false, "restartCount": 0});
    merge(&mut status, container);
    object(
        "Pod",
        "web-1",
        json!({"spec": {"containers": [{"name": "web", "resources": {"limits": {"memory": "4Mi"}, "requests": {"cpu": "64"}}}]},
            "status": {"phase": "Running", "containerStatuses": [status]}}),
    )
}

fn waiting(reason: &str, message: &str) -> Value {
    pod(json!({"state": {"waiting": {"reason": reason, "message": message}}}))
}

fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": "2026-11-25T09:00:10Z"})
}

/// What is not asked for can't be missed: no cause may look for it.
#[test]
fn no_cause_looks_for_an_event_that_is_not_asked_for() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/diagnose");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        for reason in crate::programs::USUAL {
            assert!(
                !text.contains(&format!("\"{reason}\"")),
                "{path:?}: {reason}"
            );
        }
    }
}
