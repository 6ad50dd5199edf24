//! Which labels of a namespace are set and which are left. Reads what the cluster tells; asks
//! nothing.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Value, json};

use crate::places::text_fact;
use protocol::{Action, Facts};

/// A fact: the labels that we set last.
pub(super) const LABELS: &str = "labels";

/// The levels of Pod Security, each stricter than the one before.
const LEVELS: [&str; 3] = ["privileged", "baseline", "restricted"];

/// Remembers which labels we set.
pub(super) fn note(labels: &BTreeMap<String, String>) -> Action {
    Action::Note(LABELS.to_string(), json!(labels).to_string())
}

/// The labels to set: those that are not there, and those whose value is one that we set ourselves.
/// A Pod Security level that is stricter already stays.
pub(super) fn to_set<'a>(
    wanted: &'a BTreeMap<String, String>,
    found: &Value,
    before: Option<&Facts>,
) -> BTreeMap<&'a str, &'a str> {
    let set_before = text_fact(before, LABELS).and_then(|text| serde_json::from_str(text).ok());
    let set_before: BTreeMap<String, String> = set_before.unwrap_or_default();
    let is_to_be_set = |(name, value): &(&String, &String)| match live(found, name) {
        None => true,
        Some(live) => {
            live != *value
                && set_before.get(*name).is_some_and(|ours| ours == live)
                && !is_stricter(name, live, value)
        }
    };
    wanted
        .iter()
        .filter(is_to_be_set)
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// What is not as it is wanted and yet left, for a sentence.
pub(super) fn left(wanted: &BTreeMap<String, String>, found: &Value) -> String {
    let differs = |(name, value): (&String, &String)| {
        let live = live(found, name)?;
        let told = format!("{name} stays {live}, not {value}, since somebody else set it");
        (live != value && !is_stricter(name, live, value)).then_some(told)
    };
    let left: Vec<String> = wanted.iter().filter_map(differs).collect();
    left.iter().map(|one| format!("; {one}")).collect()
}

fn live<'a>(found: &'a Value, name: &str) -> Option<&'a str> {
    found["metadata"]["labels"][name].as_str()
}

fn is_stricter(name: &str, live: &str, wanted: &str) -> bool {
    let level = |value: &str| LEVELS.iter().position(|level| *level == value);
    name.starts_with("pod-security.kubernetes.io/") && level(live) > level(wanted)
}
