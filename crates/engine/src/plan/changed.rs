//! What differs between what a step depended on and what it depends on now, in words.

use std::collections::BTreeMap;

use super::World;
use crate::digest::Digest;
use crate::report::log::visible;

/// Names of the parts that differ: `~` changed, `+` new, `-` gone.
pub fn changes(before: &[(String, Digest)], now: &[(String, Digest)]) -> Vec<String> {
    let old: BTreeMap<&str, Digest> = before
        .iter()
        .map(|(name, digest)| (name.as_str(), *digest))
        .collect();
    let new: BTreeMap<&str, Digest> = now
        .iter()
        .map(|(name, digest)| (name.as_str(), *digest))
        .collect();
    let mut changed = Vec::new();
    for (name, digest) in &new {
        match old.get(name) {
            Some(before) if before == digest => {}
            Some(_) => changed.push(format!("~ {}", visible(name))),
            None => changed.push(format!("+ {}", visible(name))),
        }
    }
    changed.extend(
        old.keys()
            .filter(|name| !new.contains_key(*name))
            .map(|name| format!("- {}", visible(name))),
    );
    changed
}

/// Secrets among what changed that have no value now: a variable was forgotten, most likely.
pub(super) fn lost(world: &World, changed: &[String]) -> Vec<String> {
    let secret = |change: &String| change.strip_prefix("~ secret ").map(str::to_string);
    let value = |name: &String| world.exec.secrets().get(name).unwrap_or_default();
    let secrets = changed.iter().filter_map(secret);
    secrets.filter(|name| value(name).is_empty()).collect()
}

/// Why a step runs, in words.
pub(super) fn reason_of(changed: &[String], lost: &[String]) -> String {
    let plain = |change: &String| {
        let (sign, name) = change.split_once(' ').unwrap_or(("~", change));
        let verb = match sign {
            "+" => "is new",
            "-" => "is gone",
            _ => "changed",
        };
        format!("{name} {verb}")
    };
    match (lost, changed) {
        ([_, ..], _) => format!(
            "it had a value for {}, and there is none now",
            lost.join(", ")
        ),
        (_, []) => "its order of inputs changed".to_string(),
        (_, [one]) => plain(one),
        (_, [one, rest @ ..]) => format!("{} and {} more", plain(one), rest.len()),
    }
}
