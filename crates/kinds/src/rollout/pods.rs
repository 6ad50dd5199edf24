//! A release's pods as a table, as `kubectl get pods` has them.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use protocol::Table;

const COLUMNS: [&str; 4] = ["pod", "ready", "restarts", "state"];

/// A row for each pod, by name.
pub(super) fn table(items: &[&Value]) -> Option<Table> {
    let pods = items.iter().filter(|item| item["kind"] == "Pod");
    let mut rows: Vec<Vec<Value>> = pods.map(|pod| row(pod)).collect();
    rows.sort_by_key(|row| row[0].to_string());
    (!rows.is_empty()).then(|| Table {
        title: "Pods".to_string(),
        columns: COLUMNS.map(str::to_string).into(),
        rows,
    })
}

fn row(pod: &Value) -> Vec<Value> {
    let containers = pod["status"]["containerStatuses"].as_array();
    let containers = || containers.into_iter().flatten();
    let wanted = pod["spec"]["containers"].as_array().map_or(0, Vec::len);
    let ready = containers().filter(|one| one["ready"] == true).count();
    let restarts = containers().filter_map(|one| one["restartCount"].as_u64());
    let restarts: u64 = restarts.sum();
    let name = pod["metadata"]["name"].clone();
    let ready = format!("{ready}/{wanted}").into();
    Vec::from([name, ready, restarts.into(), state(pod).into()])
}

/// What stands in its way, else how far it is.
fn state(pod: &Value) -> String {
    let statuses = ["initContainerStatuses", "containerStatuses"];
    let mut containers = statuses
        .iter()
        .flat_map(|key| pod["status"][key].as_array().into_iter().flatten());
    let waits = |one: &Value| {
        one["state"]["waiting"]["reason"]
            .as_str()
            .map(str::to_string)
    };
    let phase = || {
        pod["status"]["phase"]
            .as_str()
            .unwrap_or("Pending")
            .to_string()
    };
    match pod["metadata"]["deletionTimestamp"].is_null() {
        true => containers.find_map(waits).unwrap_or_else(phase),
        false => "Terminating".to_string(),
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
