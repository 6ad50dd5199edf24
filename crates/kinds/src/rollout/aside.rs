//! Workloads that are not waited for because somebody said so: no more than a word, but that.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde_json::Value;

use crate::diagnose::object;

/// What of a release is as it was told to be, and not at work, or not on its last revision.
pub(super) struct Asides {
    suspended: usize,
    /// DaemonSets that no node is to run.
    nowhere: Vec<String>,
    /// Those whose pods keep their revision until somebody deletes them.
    held_back: Vec<String>,
}

pub(super) fn asides(workloads: &[&Value]) -> Asides {
    let is_suspended = |item: &&&Value| item["kind"] == "Job" && item["spec"]["suspend"] == true;
    let named = |is_one: fn(&Value) -> bool| {
        let found = workloads.iter().filter(|item| is_one(item));
        found.map(|item| object(item)).collect()
    };
    Asides {
        suspended: workloads.iter().filter(is_suspended).count(),
        nowhere: named(is_nowhere),
        held_back: named(is_held_back),
    }
}

impl Asides {
    /// How many have no pod, and are to have none.
    pub(super) fn idle(&self) -> usize {
        self.suspended + self.nowhere.len()
    }
}

fn is_nowhere(item: &Value) -> bool {
    item["kind"] == "DaemonSet" && item["status"]["desiredNumberScheduled"] == 0
}

fn is_held_back(item: &Value) -> bool {
    let status = &item["status"];
    let count =
        |of: &str, of_set: &str| status[of].as_u64().or(status[of_set].as_u64()).unwrap_or(0);
    let all = count("desiredNumberScheduled", "replicas");
    let updated = count("updatedNumberScheduled", "updatedReplicas");
    item["spec"]["updateStrategy"]["type"] == "OnDelete" && updated < all
}

impl fmt::Display for Asides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.suspended > 0 {
            write!(f, ", {} suspended", self.suspended)?;
        }
        for object in &self.nowhere {
            write!(f, ", {object} fits no node")?;
        }
        for object in &self.held_back {
            write!(
                f,
                ", {object} with pods of an older revision until somebody deletes them (OnDelete)"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use serde_json::json;

    #[test]
    fn what_is_not_at_work_is_told() {
        let job = json!({"kind": "Job", "spec": {"suspend": true}});
        let set = |updated: u8| {
            json!({"kind": "StatefulSet", "metadata": {"name": "db"}, "spec": {"updateStrategy": {"type": "OnDelete"}},
                "status": {"replicas": 2, "updatedReplicas": updated}})
        };
        let told = asides(&[&job, &set(1)]).to_string();
        assert_eq!(
            told,
            ", 1 suspended, statefulset/db with pods of an older revision until somebody deletes them (OnDelete)"
        );
        assert_eq!(asides(&[&set(2)]).to_string(), "");
        let agents = |nodes: u8| json!({"kind": "DaemonSet", "metadata": {"name": "a"}, "status": {"desiredNumberScheduled": nodes}});
        let told = |nodes: u8| {
            let asides = asides(&[&agents(nodes)]);
            (asides.idle(), asides.to_string())
        };
        assert_eq!(told(0), (1, ", daemonset/a fits no node".to_string()));
        assert_eq!(told(1), (0, String::new()));
    }
}
