use serde_json::{Value, json};

use super::*;
use crate::programs::items;

#[track_caller]
fn check(items: Value, id: &str, first_line: &str) {
    let finding = diagnose(&Evidence::read(items.as_array().into_iter().flatten()))
        .expect("a cause must be found");
    assert_eq!(finding.id, id);
    let failure = Failure::from(finding);
    assert!(failure.cause.contains(first_line), "{}", failure.cause);
    assert!(failure.fix.is_some());
}

#[track_caller]
fn no_cause(items: Value) {
    assert_eq!(
        diagnose(&Evidence::read(items.as_array().into_iter().flatten())),
        None
    );
}

/// An event that came so often is the cause, and was none the time before.
#[track_caller]
fn check_from(count: u64, pod: Value, mut event: Value, id: &str, first_line: &str) {
    event["count"] = (count - 1).into();
    no_cause(json!([pod, event]));
    event["count"] = count.into();
    check(json!([pod, event]), id, first_line);
}

fn pod(status: Value) -> Value {
    json!({"kind": "Pod", "metadata": {"name": "backend-1"}, "status": status})
}

fn event(object: &str, reason: &str, message: &str) -> Value {
    let (kind, name) = object.split_once('/').unwrap();
    json!({"kind": "Event", "involvedObject": {"kind": kind, "name": name}, "reason": reason, "message": message})
}

fn recorded(name: &str) -> Value {
    let text = std::fs::read_to_string(format!(
        "{}/tests/transcripts/{name}",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap();
    let start = text.find('{').unwrap();
    serde_json::Deserializer::from_str(&text[start..])
        .into_iter()
        .next()
        .unwrap()
        .unwrap()
}

#[test]
fn a_recorded_image_that_can_not_be_pulled() {
    let (pods, events) = (
        recorded("kubectl-pods-imagepull.json"),
        recorded("kubectl-events-imagepull.json"),
    );
    let finding = diagnose(&Evidence::read(items(&pods).chain(items(&events)))).unwrap();
    assert_eq!(finding.id, "image-pull");
    assert!(finding.cause.contains("nosuch"), "{}", finding.cause);
}

#[test]
fn a_missing_secret() {
    let waiting =
        json!({"reason": "CreateContainerConfigError", "message": "secret \"db\" not found"});
    let status = json!({"containerStatuses": [{"name": "backend", "state": {"waiting": waiting}}]});
    check(
        json!([pod(status)]),
        "container-config",
        "pod/backend-1 container backend can't be created: secret \"db\" not found",
    );
}

#[test]
fn a_kubelet_that_has_not_caught_up_is_no_cause_until_it_says_so_too_often() {
    let says = "failed to sync secret cache: timed out waiting for the condition";
    let waiting = json!({"reason": "CreateContainerConfigError", "message": says});
    let status = json!({"containerStatuses": [{"name": "backend", "state": {"waiting": waiting}}]});
    let failed = event("Pod/backend-1", "Failed", &format!("Error: {says}"));
    check_from(
        10,
        pod(status),
        failed,
        "container-config",
        "can't be created: failed to sync secret cache",
    );
}

#[test]
fn a_container_that_crashes_again_and_again() {
    let state = json!({"waiting": {"reason": "CrashLoopBackOff"}});
    let last = json!({"terminated": {"reason": "Error", "exitCode": 2, "message": "DATABASE_URL is not set"}});
    let status = json!({"containerStatuses": [{"name": "backend", "state": state, "lastState": last, "restartCount": 3}]});
    check(
        json!([pod(status)]),
        "crash-loop",
        "ends with exit code 2 each time",
    );
}

#[test]
fn a_container_that_needs_more_memory_than_it_may() {
    let last = json!({"terminated": {"reason": "OOMKilled", "exitCode": 137}});
    let status = json!({"containerStatuses": [{"name": "backend", "state": {"running": {}}, "lastState": last, "restartCount": 1}]});
    check(
        json!([pod(status)]),
        "out-of-memory",
        "used more memory than its limit",
    );
}

#[test]
fn a_pod_that_no_node_takes() {
    let condition = json!({"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available: 1 Insufficient cpu."});
    check(
        json!([pod(json!({"phase": "Pending", "conditions": [condition]}))]),
        "unschedulable",
        "fits on no node",
    );
}

#[test]
fn a_claim_without_a_volume() {
    let claim = json!({"kind": "PersistentVolumeClaim", "metadata": {"name": "data-0"}, "status": {"phase": "Pending"}});
    let event = event(
        "PersistentVolumeClaim/data-0",
        "FailedBinding",
        "no persistent volumes available and no storage class is set",
    );
    check(
        json!([claim, event]),
        "storage-claim",
        "persistentvolumeclaim/data-0 gets no volume",
    );
}

/// What minikube's storage-provisioner said two seconds before the volume was there.
#[test]
fn a_provisioner_that_wrote_too_late_tries_again() {
    let claim = json!({"kind": "PersistentVolumeClaim", "metadata": {"name": "data-0"}, "status": {"phase": "Pending"}});
    let event = event(
        "PersistentVolumeClaim/data-0",
        "ProvisioningFailed",
        "Error saving claim: Operation cannot be fulfilled on persistentvolumeclaims \"data-0\": the object has been \
         modified; please apply your changes to the latest version and try again",
    );
    no_cause(json!([claim, event]));
}

#[test]
fn a_pod_that_may_not_be_created() {
    let refused = event(
        "StatefulSet/db",
        "FailedCreate",
        "pods \"db-0\" is forbidden: violates PodSecurity \"restricted:latest\"",
    );
    check(
        json!([refused]),
        "pod-refused",
        "statefulset/db may not create its pod because of the namespace's Pod Security Standard",
    );
    let quota = event(
        "ReplicaSet/web-1",
        "FailedCreate",
        "pods \"web-1-x\" is forbidden: exceeded quota: cpu",
    );
    check(json!([quota]), "pod-refused", "the namespace's quota");
}

/// A pod whose container was started again; the run that ended had begun at nine.
fn started_again() -> Value {
    let last = json!({"terminated": {"reason": "Error", "exitCode": 255, "startedAt": "2026-11-21T09:00:00Z"}});
    pod(
        json!({"containerStatuses": [{"name": "backend", "ready": false, "state": {"running": {}}, "lastState": last, "restartCount": 1}]}),
    )
}

fn killed(last: &str) -> Value {
    let mut event = event(
        "Pod/backend-1",
        "Killing",
        "Container backend failed startup probe, will be restarted",
    );
    event["lastTimestamp"] = last.into();
    event
}

fn unhealthy() -> Value {
    event(
        "Pod/backend-1",
        "Unhealthy",
        "Startup probe failed: HTTP probe failed with statuscode: 500",
    )
}

#[test]
fn a_migration_that_fails_each_time() {
    let condition = json!({"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "Job has reached the specified backoff limit"});
    let job = json!({"kind": "Job", "metadata": {"name": "app-migrate-2"}, "status": {"conditions": [condition]}});
    let ended = json!({"terminated": {"reason": "Error", "exitCode": 1}});
    let status =
        json!({"phase": "Failed", "containerStatuses": [{"name": "migrate", "state": ended}]});
    let pod = json!({"kind": "Pod", "metadata": {"name": "app-migrate-2-x"}, "status": status});
    check(
        json!([job, pod]),
        "job-failed",
        "job/app-migrate-2 has failed for good",
    );
}

#[test]
fn a_probe_that_never_succeeds() {
    check(
        json!([started_again(), killed("2026-11-21T09:01:00Z"), unhealthy()]),
        "probe-failing",
        "is restarted because its probe fails",
    );
}

/// A node that was stopped and started: every container was restarted, and none of them by a probe of this run.
#[test]
fn a_restarted_node_is_no_failing_probe() {
    no_cause(json!([started_again(), unhealthy()]));
    no_cause(json!([
        started_again(),
        killed("2026-11-21T08:01:00Z"),
        unhealthy()
    ]));
}

#[test]
fn a_registry_that_was_missed_once_is_tried_again() {
    let waiting = json!({"reason": "ErrImagePull", "message": "dial tcp: i/o timeout"});
    let status = json!({"containerStatuses": [{"name": "db", "image": "postgres:15", "state": {"waiting": waiting}}]});
    let failed = event(
        "Pod/backend-1",
        "Failed",
        "Failed to pull image \"postgres:15\": dial tcp: i/o timeout",
    );
    check_from(
        2,
        pod(status),
        failed,
        "image-pull",
        "can't get the image postgres:15",
    );
}

#[test]
fn a_pod_that_waits_for_another_to_leave_has_no_cause() {
    let condition = json!({"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available: 1 Insufficient cpu."});
    let waits = pod(json!({"phase": "Pending", "conditions": [condition]}));
    let leaves = json!({"kind": "Pod", "metadata": {"name": "old", "deletionTimestamp": "2026-11-21T09:00:00Z"}});
    no_cause(json!([waits, leaves]));
}

#[test]
fn a_deployment_that_only_needs_time_has_no_cause() {
    let status = json!({"phase": "Pending", "containerStatuses": [{"name": "backend", "state": {"waiting": {"reason": "PodInitializing"}}}]});
    no_cause(json!([pod(status)]));
}
