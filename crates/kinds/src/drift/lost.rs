//! Data that went with its StatefulSet: what was done on it has to be done again, and not before
//! its last pod is gone.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use super::compare::Difference;
use crate::parts;

/// What is left of a StatefulSet that is gone, and what was done on its data.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lost {
    /// Pods that are on their way out.
    pub(super) pods: Vec<String>,
    /// Names of Jobs that have to do their work again.
    pub(super) jobs: Vec<String>,
}

/// What went with the StatefulSets that are gone. Pods that were left behind on purpose
/// (`--cascade=orphan`) keep their data. Of other namespaces the pods are not known.
pub(super) fn lost(
    differences: &[Difference],
    wanted: &[Value],
    live: &[&Value],
    namespace: &str,
) -> Lost {
    let is_near = |item: &Value| parts::is_in(item, namespace);
    let gone = differences.iter().filter(|one| one.patch.is_none());
    let gone = gone.filter(|one| is_near(&one.wanted));
    let sets = gone.filter_map(|one| one.object.strip_prefix("statefulset/"));
    let sets: Vec<&str> = sets.filter(|set| !is_orphaned(set, live)).collect();
    if sets.is_empty() {
        return Lost::default();
    }
    let owned = live.iter().filter(|item| item["kind"] == "Pod");
    let owned = owned.filter(|pod| sets.iter().any(|set| owner(pod) == *set));
    let jobs = wanted.iter();
    let jobs = jobs.filter(|item| item["kind"] == "Job" && is_near(item));
    Lost {
        pods: owned.map(|pod| name(pod)).collect(),
        jobs: jobs.map(name).collect(),
    }
}

fn is_orphaned(set: &str, live: &[&Value]) -> bool {
    let first = format!("{set}-0");
    live.iter()
        .any(|item| item["kind"] == "Pod" && name(item) == first && owner(item).is_empty())
}

fn owner(item: &Value) -> &str {
    let owner = &item["metadata"]["ownerReferences"][0]["name"];
    owner.as_str().unwrap_or_default()
}

fn name(item: &Value) -> String {
    let name = item["metadata"]["name"].as_str();
    name.unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drift::compare::differences;
    use serde_json::json;

    fn found_in(namespace: &str, live: &[Value]) -> Lost {
        let object = |kind: &str, name: &str| json!({"kind": kind, "metadata": {"name": name, "namespace": "n"}});
        let wanted = [object("StatefulSet", "db"), object("Job", "migrate-1")];
        let live: Vec<&Value> = live.iter().collect();
        let differences = differences(&wanted, &live, &());
        lost(&differences, &wanted, &live, namespace)
    }

    fn found(live: &[Value]) -> Lost {
        found_in("n", live)
    }

    #[test]
    fn jobs_are_done_again_only_where_data_is_lost() {
        let pod = |owners: Value| json!({"kind": "Pod", "metadata": {"name": "db-0", "ownerReferences": owners}});
        let leaving = pod(json!([{"kind": "StatefulSet", "name": "db"}]));
        let again = Lost {
            pods: vec!["db-0".to_string()],
            jobs: vec!["migrate-1".to_string()],
        };
        assert_eq!(found(core::slice::from_ref(&leaving)), again);
        assert_eq!(found(&[]).jobs, again.jobs);
        assert_eq!(found_in("another", &[]), Lost::default());
        assert_eq!(found(&[pod(Value::Null)]), Lost::default());
        let there = json!({"kind": "StatefulSet", "metadata": {"name": "db"}});
        assert_eq!(found(&[there, leaving]), Lost::default());
    }
}
