//! What says that it is the release's and is no part of the revision that stands. A revision that
//! failed leaves such: helm compares with the last good one, and so forgets it.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::identity::is_listed;
use super::marks::IN_NAMESPACE;
use crate::diagnose::object;
use crate::parts::is_kept;
use crate::programs::BY_HELM;

/// The objects that say that they are the release's, and that its manifest does not have. Who copies
/// an object by hand copies that mark, so they are only named.
pub(super) fn leftover(
    wanted: &[Value],
    live: &[&Value],
    (release, namespace): (&str, &str),
) -> Vec<String> {
    let names: Vec<String> = wanted.iter().map(object).collect();
    let is_marked = |item: &&&Value| {
        let metadata = &item["metadata"];
        let marks = &metadata["annotations"];
        // What operators make has their objects' marks, and an owner.
        let is_by_helm = marks[BY_HELM] == release && marks[IN_NAMESPACE] == namespace;
        let stays =
            metadata["deletionTimestamp"].is_null() && metadata["ownerReferences"].is_null();
        is_by_helm && stays && !is_kept(item)
    };
    let marked = live.iter().filter(is_marked).filter(|item| is_listed(item));
    let is_left = |name: &String| !names.contains(name);
    marked.map(|item| object(item)).filter(is_left).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_helm_made_for_this_release_and_nobody_keeps_is_left() {
        let item = |kind: &str, name: &str, of: [&str; 2]| json!({"kind": kind, "metadata": {"name": name, "annotations": {BY_HELM: of[0], IN_NAMESPACE: of[1]}}});
        let ours = |name: &str| item("ConfigMap", name, ["app", "n"]);
        let with = |mut item: Value, key: &str, value: Value| {
            item["metadata"][key] = value;
            item
        };
        let mut kept = ours("kept");
        kept["metadata"]["annotations"]["helm.sh/resource-policy"] = json!("keep");
        let live = [
            ours("a"),
            ours("b"),
            kept,
            item("ConfigMap", "of-another", ["other", "n"]),
            item("ConfigMap", "from-elsewhere", ["app", "m"]),
            item("ReplicaSet", "not-listed", ["app", "n"]),
            with(ours("owned"), "ownerReferences", json!([{"uid": "1"}])),
            with(
                ours("going"),
                "deletionTimestamp",
                json!("2026-01-01T00:00:00Z"),
            ),
        ];
        let live: Vec<&Value> = live.iter().collect();
        let wanted = [ours("a")];
        assert_eq!(leftover(&wanted, &live, ("app", "n")), ["configmap/b"]);
    }
}
