//! What differs between what a step depended on and what it depends on now, in words.

use std::collections::BTreeMap;

use super::World;
use crate::digest::Digest;
use crate::fingerprint::doubted;
use crate::report::log::visible;

/// Names of the parts that differ: `~` changed, `+` new, `-` gone.
pub fn changes(before: &[(String, Digest)], now: &[(String, Digest)]) -> Vec<String> {
    let (old, new) = (by_name(before), by_name(now));
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
fn lost(world: &World, changed: &[String]) -> Vec<String> {
    let secret = |change: &String| change.strip_prefix("~ secret ").map(str::to_string);
    let value = |name: &String| world.exec.secrets().get(name).unwrap_or_default();
    let secrets = changed.iter().filter_map(secret);
    secrets.filter(|name| value(name).is_empty()).collect()
}

/// Those of what changed that are as they were, and were written while the step ran.
pub(super) fn written(before: &[(String, Digest)], now: &[(String, Digest)]) -> Vec<String> {
    let old = by_name(before);
    let is_doubted =
        |(name, digest): &&(String, Digest)| old.get(name.as_str()) == Some(&doubted(*digest));
    let written = now.iter().filter(is_doubted);
    written.map(|(name, _)| visible(name)).collect()
}

fn by_name(parts: &[(String, Digest)]) -> BTreeMap<&str, Digest> {
    let parts = parts.iter();
    parts
        .map(|(name, digest)| (name.as_str(), *digest))
        .collect()
}

/// Why a step runs, in words. A folder that is an input by its name is one part, whatever changed in
/// it: what was written last is the best that can be told.
pub(super) fn reason_of(world: &World, changed: &[String], written: &[String]) -> String {
    let last = |name: &str| {
        let folder = name.strip_prefix("input ");
        let newest = folder.and_then(|folder| world.files.newest_of(&[folder]));
        newest.map_or(String::new(), |path| format!(" (last {})", visible(&path)))
    };
    let plain = |change: &String| {
        let (sign, name) = change.split_once(' ').unwrap_or(("~", change));
        let verb = match sign {
            _ if written.iter().any(|one| one == name) => "was written while it ran last",
            "+" => "is new",
            "-" => "is gone",
            _ => "changed",
        };
        format!("{name} {verb}{}", last(name))
    };
    let is_made_up = |name: &String| world.pipeline.generate_secrets.contains(name);
    let (anew, lost): (Vec<String>, Vec<String>) =
        lost(world, changed).into_iter().partition(is_made_up);
    match (&*lost, changed) {
        _ if lost.is_empty() && !anew.is_empty() => {
            format!(
                "there is no value for {} any more: it is made up anew",
                anew.join(", ")
            )
        }
        ([_, ..], _) => format!(
            "it had a value for {}, and there is none now",
            lost.join(", ")
        ),
        (_, []) => "its order of inputs changed".to_string(),
        (_, [one]) => plain(one),
        (_, [one, rest @ ..]) => format!("{} and {} more", plain(one), rest.len()),
    }
}
