//! Pods of a revision that was given up, for which their StatefulSet waits: it replaces none that
//! was never ready (kubernetes.io/docs/concepts/workloads/controllers/statefulset, "Forced
//! rollback").

use alloc::string::String;

use serde_json::Value;

use crate::diagnose::{is_outdated, is_ready};
use crate::singly::is_beside;

/// Such pods of the release: each name, and what is said of it.
pub(super) fn stuck<'a>(
    wanted: &'a [Value],
    live: &'a [&'a Value],
) -> impl Iterator<Item = (&'a str, String)> {
    let is_stuck = |item: &&&Value| {
        let stays = item["metadata"]["deletionTimestamp"].is_null();
        item["kind"] == "Pod" && stays && !is_ready(item) && is_outdated(item, live)
    };
    let is_ours = move |pod: &&&Value| {
        let mut sets = wanted.iter().filter(|item| item["kind"] == "StatefulSet");
        let owner = &pod["metadata"]["ownerReferences"][0]["name"];
        sets.any(|set| set["metadata"]["name"] == *owner && is_beside(set, pod))
    };
    let pods = live.iter().filter(is_stuck).filter(is_ours);
    pods.map(|pod| {
        let name = pod["metadata"]["name"].as_str().unwrap_or_default();
        let says = format!(
            "pod/{name} is of an older revision and never ready: its StatefulSet waits for it"
        );
        (name, says)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use serde_json::json;

    #[track_caller]
    fn check(set: &str, revision: &str, ready: &str, stuck_pods: &[&str]) {
        let wanted = [json!({"kind": "StatefulSet", "metadata": {"name": "db"}})];
        let live = [
            json!({"kind": "StatefulSet", "metadata": {"name": set}, "status": {"updateRevision": "db-2"}}),
            json!({"kind": "Pod", "metadata": {"name": "db-0", "labels": {"controller-revision-hash": revision},
                "ownerReferences": [{"kind": "StatefulSet", "name": set}]},
                "status": {"conditions": [{"type": "Ready", "status": ready}]}}),
        ];
        let live: Vec<&Value> = live.iter().collect();
        let found: Vec<&str> = stuck(&wanted, &live).map(|(name, _)| name).collect();
        assert_eq!(found, stuck_pods);
    }

    #[test]
    fn only_pods_that_nobody_would_replace_are_stuck() {
        check("db", "db-1", "False", &["db-0"]);
        check("db", "db-2", "False", &[]);
        check("db", "db-1", "True", &[]);
        check("another", "db-1", "False", &[]);
    }
}
