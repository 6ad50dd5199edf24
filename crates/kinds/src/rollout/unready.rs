//! What a workload of each kind still lacks, by the rules of `kubectl rollout status` and of
//! `helm --wait`.

use alloc::format;
use alloc::string::String;

use serde_json::Value;

use crate::diagnose::{Evidence, condition, ended_well, failures, is_ready, object};

/// What a workload still lacks; nothing if it is no workload.
pub(super) fn unready(item: &Value, evidence: &Evidence) -> Option<String> {
    let lacks = match item["kind"].as_str() {
        Some("Job") => (!is_complete(item, evidence)).then(|| incomplete(item, evidence)),
        Some("Pod") => (!is_well(item)).then(|| "is not ready".into()),
        _ if is_unseen(item) => Some("is not seen by its controller yet".into()),
        Some("DaemonSet") => short(item, Pods::of_daemon_set(item)),
        Some("StatefulSet") => short(item, Pods::of_stateful_set(item)),
        Some("Deployment") => short(item, Pods::of_deployment(item)),
        _ => None,
    };
    lacks.map(|lacks: String| format!("{} {lacks}", object(item)))
}

fn incomplete(job: &Value, evidence: &Evidence) -> String {
    failures(evidence, job).unwrap_or_else(|| "is not complete".into())
}

/// Who suspends a Job does not wait for it.
fn is_complete(job: &Value, evidence: &Evidence) -> bool {
    let (spec, status) = (&job["spec"], &job["status"]);
    let done = count(&status["succeeded"]).max(ended_well(evidence, job));
    // Without a number it is the Job's pods that know when the work is done.
    let wanted = spec["completions"].as_u64();
    let is_done = wanted.or(only_one(spec)).is_some_and(|all| done >= all);
    let is_told = condition(job, "Complete").is_some_and(|told| told["status"] == "True");
    spec["suspend"] == true || is_done || is_told
}

fn only_one(spec: &Value) -> Option<u64> {
    (count(&spec["parallelism"]) <= 1).then_some(1)
}

fn is_well(pod: &Value) -> bool {
    pod["status"]["phase"] == "Succeeded" || is_ready(pod)
}

fn is_unseen(item: &Value) -> bool {
    count(&item["status"]["observedGeneration"]) < count(&item["metadata"]["generation"])
}

/// The pods of a workload, as its controller counts them.
struct Pods {
    wanted: u64,
    ready: u64,
    /// How many must be of the last revision, and are.
    of_last: (u64, u64),
    /// There are some of an older revision that will go.
    leaving: bool,
}

impl Pods {
    fn of_deployment(item: &Value) -> Pods {
        let (wanted, status) = (replicas(item), &item["status"]);
        Pods {
            wanted,
            ready: ready(item, "readyReplicas", "availableReplicas"),
            of_last: (wanted, count(&status["updatedReplicas"])),
            leaving: count(&status["replicas"]) > wanted,
        }
    }

    /// Those below `partition` keep their revision.
    fn of_stateful_set(item: &Value) -> Pods {
        let (wanted, status) = (replicas(item), &item["status"]);
        let strategy = &item["spec"]["updateStrategy"];
        let held_back = count(&strategy["rollingUpdate"]["partition"]);
        let updated = count(&status["updatedReplicas"]);
        Pods {
            wanted,
            ready: ready(item, "readyReplicas", "availableReplicas"),
            of_last: (due(strategy, wanted.saturating_sub(held_back)), updated),
            leaving: false,
        }
    }

    fn of_daemon_set(item: &Value) -> Pods {
        let status = &item["status"];
        let wanted = count(&status["desiredNumberScheduled"]);
        let updated = count(&status["updatedNumberScheduled"]);
        Pods {
            wanted,
            ready: ready(item, "numberReady", "numberAvailable"),
            of_last: (due(&item["spec"]["updateStrategy"], wanted), updated),
            leaving: false,
        }
    }
}

/// With `OnDelete` a pod becomes one of the last revision when somebody deletes it, not before.
fn due(strategy: &Value, pods: u64) -> u64 {
    if strategy["type"] == "OnDelete" {
        0
    } else {
        pods
    }
}

fn short(item: &Value, pods: Pods) -> Option<String> {
    let (due, updated) = pods.of_last;
    let missing = due.saturating_sub(updated);
    let ready = pods.ready.min(pods.wanted.saturating_sub(missing));
    let is_short = ready < pods.wanted || pods.leaving;
    let stay = if has_to_stay(item) {
        " for long enough"
    } else {
        ""
    };
    is_short.then(|| format!("has {ready} of {} ready{stay}", pods.wanted))
}

/// How many pods count as ready: where they have to stay so for a while, those that have.
fn ready(item: &Value, at_once: &str, in_the_end: &str) -> u64 {
    let field = if has_to_stay(item) {
        in_the_end
    } else {
        at_once
    };
    count(&item["status"][field])
}

fn has_to_stay(item: &Value) -> bool {
    count(&item["spec"]["minReadySeconds"]) > 0
}

fn replicas(item: &Value) -> u64 {
    item["spec"]["replicas"].as_u64().unwrap_or(1)
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use serde_json::json;

    fn lacks(item: &Value) -> Option<String> {
        unready(item, &Evidence::read([]))
    }

    #[test]
    fn a_workload_says_what_it_lacks() {
        let mut item = json!({"kind": "Deployment", "metadata": {"name": "web", "generation": 2}, "spec": {"replicas": 2},
            "status": {"observedGeneration": 2, "replicas": 2, "readyReplicas": 2, "updatedReplicas": 1}});
        assert_eq!(lacks(&item).unwrap(), "deployment/web has 1 of 2 ready");
        item["status"]["updatedReplicas"] = 2.into();
        assert_eq!(lacks(&item), None);
        item["metadata"]["generation"] = 3.into();
        assert!(lacks(&item).unwrap().contains("not seen"));
    }

    #[test]
    fn pods_that_have_to_stay_ready_are_waited_for() {
        for (kind, ready, available) in [
            ("Deployment", "readyReplicas", "availableReplicas"),
            ("StatefulSet", "readyReplicas", "availableReplicas"),
            ("DaemonSet", "numberReady", "numberAvailable"),
        ] {
            let mut item = json!({"kind": kind, "metadata": {"name": "web"}, "spec": {"minReadySeconds": 20},
                "status": {"updatedReplicas": 1, "desiredNumberScheduled": 1, "updatedNumberScheduled": 1}});
            item["status"][ready] = 1.into();
            assert!(
                lacks(&item)
                    .unwrap()
                    .ends_with("has 0 of 1 ready for long enough"),
                "{kind}"
            );
            item["status"][available] = 1.into();
            assert_eq!(lacks(&item), None);
        }
    }

    #[test]
    fn pods_that_keep_their_revision_on_purpose_are_not_waited_for() {
        let of = |kind: &str, strategy: Value, updated: u8, ready: u8| {
            let status = json!({"readyReplicas": ready, "updatedReplicas": updated,
                "desiredNumberScheduled": 3, "numberReady": ready, "updatedNumberScheduled": updated});
            let spec = json!({"replicas": 3, "updateStrategy": strategy});
            lacks(
                &json!({"kind": kind, "metadata": {"name": "db"}, "spec": spec, "status": status}),
            )
        };
        for kind in ["StatefulSet", "DaemonSet"] {
            let on_delete = json!({"type": "OnDelete"});
            assert_eq!(of(kind, on_delete.clone(), 0, 3), None);
            assert!(of(kind, on_delete, 0, 2).is_some());
            assert!(of(kind, json!({"type": "RollingUpdate"}), 0, 3).is_some());
        }
        let above_two = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}});
        assert_eq!(of("StatefulSet", above_two.clone(), 1, 3), None);
        let lacks = of("StatefulSet", above_two, 0, 3);
        assert_eq!(lacks.unwrap(), "statefulset/db has 2 of 3 ready");
    }

    #[test]
    fn a_job_is_complete_when_its_spec_says_so() {
        let of = |spec: Value, status: Value| {
            lacks(
                &json!({"kind": "Job", "metadata": {"name": "queue"}, "spec": spec, "status": status}),
            )
        };
        let complete = json!([{"type": "Complete", "status": "True"}]);
        let (queue, two) = (json!({"parallelism": 2}), json!({"completions": 2}));
        assert!(of(queue.clone(), json!({"succeeded": 1})).is_some());
        assert_eq!(of(queue, json!({"conditions": complete})), None);
        assert!(of(two.clone(), json!({"succeeded": 1})).is_some());
        assert_eq!(of(two, json!({"succeeded": 2})), None);
        assert_eq!(of(json!({"suspend": true}), json!({})), None);
    }

    #[test]
    fn a_job_is_complete_once_its_own_pod_has_done_the_work() {
        let mut job = json!({"kind": "Job", "metadata": {"name": "migrate", "uid": "1"},
            "spec": {"activeDeadlineSeconds": 300}, "status": {"active": 1}});
        let lacks = |job: &Value, owner: &str, containers: Value| {
            let pod = json!({"kind": "Pod", "metadata": {"ownerReferences": [{"uid": owner}]},
                "status": {"containerStatuses": containers}});
            unready(job, &Evidence::read([&pod, job]))
        };
        let ended = |code: u8| json!([{"state": {"terminated": {"exitCode": code}}}]);
        assert_eq!(lacks(&job, "1", ended(0)), None);
        let incomplete = Some("job/migrate is not complete".to_string());
        assert_eq!(lacks(&job, "2", ended(0)), incomplete, "another's pod");
        assert_eq!(lacks(&job, "1", ended(1)), incomplete);
        let runs = json!([{"state": {"running": {}}}]);
        assert_eq!(lacks(&job, "1", runs), incomplete);
        assert_eq!(lacks(&job, "1", json!([])), incomplete);
        job["spec"]["activeDeadlineSeconds"] = 1.into();
        assert_eq!(
            lacks(&job, "1", ended(0)),
            incomplete,
            "it may be ended yet"
        );
    }
}
