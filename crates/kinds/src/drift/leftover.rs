//! What a revision that failed made, and the one that stands has not: helm compares with the last
//! good one, and so forgets it.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::compare::is_listed;
use crate::diagnose::object;
use crate::programs::BY_HELM;

/// The objects that say that they are the release's, and that its manifest does not have. Who copies
/// an object by hand copies that mark, so they are only named.
pub(super) fn leftover(wanted: &[Value], live: &[&Value], release: &str) -> Vec<String> {
    let names: Vec<String> = wanted.iter().map(object).collect();
    let is_marked = |item: &&&Value| item["metadata"]["annotations"][BY_HELM] == release;
    let marked = live.iter().filter(is_marked).filter(|item| is_listed(item));
    let is_left = |name: &String| !names.contains(name);
    marked.map(|item| object(item)).filter(is_left).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_says_that_it_is_the_releases_is_left_of_another_revision() {
        let item = |kind: &str, name: &str, of: &str| json!({"kind": kind, "metadata": {"name": name, "annotations": {BY_HELM: of}}});
        let wanted = [item("ConfigMap", "a", "")];
        let live = [
            item("ConfigMap", "a", "app"),
            item("ConfigMap", "b", "app"),
            item("ConfigMap", "c", "other"),
            item("ReplicaSet", "d", "app"),
        ];
        let live: Vec<&Value> = live.iter().collect();
        assert_eq!(leftover(&wanted, &live, "app"), ["configmap/b"]);
    }
}
