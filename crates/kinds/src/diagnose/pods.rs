//! A release's pods as a table, as `kubectl get pods` has them.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use serde_json::Value;

use super::objects::{Pod, list, text};
use protocol::Table;

const COLUMNS: [&str; 4] = ["pod", "ready", "restarts", "state"];

/// A row for each pod, by name; `None` if there is none.
pub(crate) fn table(items: &[&Value]) -> Option<Table> {
    let pods = items.iter().filter(|item| item["kind"] == "Pod");
    let mut pods: Vec<Pod> = pods.map(|item| Pod(item)).collect();
    pods.sort_by_key(|pod| pod.name());
    (!pods.is_empty()).then(|| Table {
        title: "Pods".to_string(),
        columns: COLUMNS.map(str::to_string).into(),
        rows: pods.into_iter().map(row).collect(),
    })
}

fn row(pod: Pod) -> Vec<Value> {
    let containers = || pod.containers().filter(|container| !container.init);
    let wanted = list(&pod.0["spec"]["containers"]).count();
    let ready = containers()
        .filter(|container| container.is_ready())
        .count();
    let restarts: u64 = containers().map(|container| container.restarts()).sum();
    let ready = format!("{ready}/{wanted}");
    Vec::from([
        pod.name().into(),
        ready.into(),
        restarts.into(),
        state(pod).into(),
    ])
}

/// What stands in its way, else how far it is.
fn state(pod: Pod<'_>) -> &str {
    let mut waiting = pod.containers().filter_map(|container| container.waiting());
    let phase = Some(text(&pod.0["status"]["phase"])).filter(|phase| !phase.is_empty());
    match pod.is_leaving() {
        true => "Terminating",
        false => waiting
            .next()
            .map_or(phase.unwrap_or("Pending"), |(reason, _)| reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_pod_has_a_row() {
        let spec = json!({"containers": [{}, {}]});
        let well = json!({"ready": true, "restartCount": 2, "state": {"running": {}}});
        let waits = json!({"ready": false, "restartCount": 1, "state": {"waiting": {"reason": "CrashLoopBackOff"}}});
        let web = json!({"kind": "Pod", "metadata": {"name": "web"}, "spec": spec,
            "status": {"phase": "Running", "containerStatuses": [well, waits]}});
        let job = json!({"kind": "Pod", "metadata": {"name": "job"}, "spec": spec, "status": {"phase": "Succeeded"}});
        let old = json!({"kind": "Pod", "metadata": {"name": "old", "deletionTimestamp": "now"}, "spec": spec, "status": {}});
        let set = json!({"kind": "ReplicaSet", "metadata": {"name": "set"}});
        let rows = json!([
            ["job", "0/2", 0, "Succeeded"],
            ["old", "0/2", 0, "Terminating"],
            ["web", "1/2", 3, "CrashLoopBackOff"],
        ]);
        let table = table(&[&web, &set, &old, &job]).unwrap();
        assert_eq!(json!(table.rows), rows);
    }

    #[test]
    fn without_pods_there_is_no_table() {
        assert_eq!(table(&[]), None);
    }
}
