//! A plan that was kept, and whether doing it now would do just that.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::cli::Global;
use engine::report::line;

/// What a plan says of a step that has to be the same, and what it means if it is not.
const SAYS: [(&str, &str); 3] = [
    ("fingerprint", "depends on something that moved"),
    ("preview", "would change something else"),
    ("action", "finds another state"),
];

/// An error that names what moved since the plan in the file was made. Nothing is changed.
pub(in crate::commands) fn still_holds(
    file: &Path,
    global: &Global,
    wanted: &[String],
) -> Result<()> {
    let name = file.display();
    let text = fs::read(file).with_context(|| format!("--plan: can't read {name}"))?;
    let kept: Value = serde_json::from_slice(&text).with_context(|| {
        format!("--plan: {name} is no plan; `cargo xtask plan --format json > {name}` writes one")
    })?;
    let Some(now) = super::make(global, wanted)? else {
        bail!(
            "--plan is for what is to be made, and {} removes",
            wanted.join(" ")
        );
    };
    let moved = moved(&kept, &now.as_json());
    if moved.is_empty() {
        return Ok(());
    }
    let moved: Vec<&str> = moved.iter().map(String::as_str).collect();
    bail!(
        "the plan in {name} is stale, and nothing was done: {}; `cargo xtask plan` shows what would be done now",
        line::listed(&moved, 4)
    )
}

/// What differs, a sentence each.
fn moved(kept: &Value, now: &Value) -> Vec<String> {
    if kept["target"] != now["target"] {
        let told = format!(
            "it is for the target {}, not {}",
            kept["target"], now["target"]
        );
        return vec![told];
    }
    let mut before: HashMap<&str, &Value> = steps(kept).collect();
    let mut moved = Vec::new();
    for (id, step) in steps(now) {
        match before.remove(id) {
            None => moved.push(format!("{id} is not in it")),
            Some(old) => {
                let is_other = |key: &str| !old[key].is_null() && old[key] != step[key];
                let differs = SAYS.iter().find(|(key, _)| is_other(key));
                moved.extend(differs.map(|(_, told)| format!("{id} {told}")));
            }
        }
    }
    // Plans of earlier versions do not tell.
    if !kept["ends"].is_null() && names(&kept["ends"]) != names(&now["ends"]) {
        moved.push("other services would be ended".to_string());
    }
    let mut gone: Vec<&str> = before.into_keys().collect();
    gone.sort_unstable();
    moved.extend(gone.iter().map(|id| format!("{id} is no part of this run")));
    moved
}

fn names(services: &Value) -> Vec<&Value> {
    let services = services.as_array().into_iter().flatten();
    services.map(|service| &service["name"]).collect()
}

fn steps(plan: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let steps = plan["steps"].as_array().into_iter().flatten();
    steps.filter_map(|step| Some((step["id"].as_str()?, step)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_moved_is_named() {
        let step = |id: &str, fingerprint: &str, action: &str| json!({"id": id, "fingerprint": fingerprint, "action": action, "reason": "any"});
        let plan = |target: &str, steps: &[Value]| json!({"target": target, "steps": steps});
        let kept = plan("local", &[step("a", "1", "run"), step("b", "1", "skip")]);
        let told = |now: Value| moved(&kept, &now).join("; ");
        assert_eq!(told(kept.clone()), "");
        let elsewhere = plan("kind", &[]);
        assert_eq!(
            told(elsewhere),
            "it is for the target \"local\", not \"kind\""
        );
        let other = [step("a", "2", "run"), step("b", "1", "run")];
        assert_eq!(
            told(plan("local", &other)),
            "a depends on something that moved; b finds another state"
        );
        let more = [step("a", "1", "run"), step("c", "1", "run")];
        assert_eq!(
            told(plan("local", &more)),
            "c is not in it; b is no part of this run"
        );
    }
}
