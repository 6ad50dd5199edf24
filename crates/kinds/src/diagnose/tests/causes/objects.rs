//! Storage, admission, jobs and workloads.

use super::pods::ended;
use super::*;

#[test]
fn storage() {
    let claim = |phase: &str| {
        object(
            "PersistentVolumeClaim",
            "data-0",
            json!({"spec": {"storageClassName": "fast"}, "status": {"phase": phase}}),
        )
    };
    let says = |reason: &str, message: &str| event("PersistentVolumeClaim/data-0", reason, message);
    let class = object("StorageClass", "standard", json!({}));
    let absent = says(
        "ProvisioningFailed",
        "storageclass.storage.k8s.io \"fast\" not found",
    );
    // A StatefulSet that takes its claims along when it is deleted owns them.
    let set = object(
        "StatefulSet",
        "db",
        json!({"status": {"updateRevision": "db-1"}}),
    );
    let mut owned = claim("Pending");
    owned["metadata"]["ownerReferences"] = json!([{"kind": "StatefulSet", "name": "db"}]);
    check(
        &[set, owned, class, absent],
        "storage-class-missing",
        "no StorageClass fast (there are: standard)",
        false,
    );
    let unset = says(
        "FailedBinding",
        "no persistent volumes available for this claim and no storage class is set",
    );
    check(
        &[claim("Pending"), unset],
        "storage-class-default",
        "no default one",
        true,
    );
    check(
        &[claim("Lost")],
        "volume-lost",
        "has lost its volume",
        false,
    );
    check(
        &[claim("Pending"), says("ProvisioningFailed", "disk quota")],
        "provisioning-failed",
        "provisioner fails",
        true,
    );
    check(
        &[claim("Pending"), says("ExternalProvisioning", "Waiting")],
        "provisioner-silent",
        "does not answer",
        true,
    );
    let conflict = "Error saving claim: Operation cannot be fulfilled: the object has been modified; please apply";
    none(&[claim("Pending"), says("ProvisioningFailed", conflict)]);
    let creating = waiting("ContainerCreating", "");
    check(
        &[
            creating.clone(),
            event("Pod/web-1", "FailedMount", "configmap \"x\" not found"),
        ],
        "volume-mount",
        "not mounted",
        true,
    );
    let past = event("Pod/web-1", "FailedMount", "not registered");
    let goes_on = event("Pod/web-1", "Pulling", "Pulling image \"web:1\"");
    none(&[creating.clone(), past, goes_on]);
    check(
        &[
            creating,
            event("Pod/web-1", "FailedCreatePodSandBox", "cni"),
        ],
        "pod-network",
        "no network",
        true,
    );
}

fn refused(message: &str) -> Value {
    let condition = condition("ReplicaFailure", "True", "FailedCreate", message);
    object(
        "ReplicaSet",
        "web-1",
        json!({"spec": {"replicas": 1}, "status": {"conditions": [condition]}}),
    )
}

#[test]
fn pods_that_are_refused() {
    let quota = |hard: &str| {
        object(
            "ResourceQuota",
            "small",
            json!({"spec": {"hard": {"cpu": hard}}}),
        )
    };
    let over = refused(
        "pods \"web\" is forbidden: exceeded quota: small, requested: cpu=1, used: cpu=0, limited: cpu=500m",
    );
    check(
        &[over.clone(), quota("500m")],
        "quota",
        "quota small is used up",
        false,
    );
    for gone in [vec![over.clone(), quota("8")], vec![over]] {
        check(
            &gone,
            "pod-refused-earlier",
            "has not tried again yet",
            true,
        );
    }
    let security = refused(
        "pods \"web\" is forbidden: violates PodSecurity \"restricted:latest\": runAsNonRoot",
    );
    let space = |level: &str| {
        object(
            "Namespace",
            "app",
            json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": level}}}),
        )
    };
    check(
        &[security.clone(), space("restricted")],
        "pod-security",
        "Standard restricted",
        false,
    );
    let earlier = [security, space("baseline")];
    check(
        &earlier,
        "pod-refused-earlier",
        "a reason that is gone",
        true,
    );
    let range = object("LimitRange", "small", json!({}));
    let limits = refused(
        "pods \"web\" is forbidden: maximum memory usage per Container is 1Mi, but limit is 4Mi",
    );
    check(&[limits, range], "limit-range", "LimitRange small", false);
    check(
        &[refused(
            "Internal error occurred: failed calling webhook \"v.example\": no endpoints",
        )],
        "webhook-unreachable",
        "webhook v.example",
        true,
    );
    check(
        &[refused(
            "admission webhook \"v.example\" denied the request: no",
        )],
        "webhook-refuses",
        "v.example refuses",
        true,
    );
    let node = object("Node", "n", json!({}));
    let other = json!({"webhooks": [{"name": "other.example"}]});
    for (message, what) in [
        (
            "failed calling webhook \"v.example\": no endpoints",
            other.clone(),
        ),
        (
            "admission webhook \"v.example\" denied the request: no",
            json!({}),
        ),
    ] {
        let hooks = object("ValidatingWebhookConfiguration", "other", what);
        let gone = [refused(message), node.clone(), hooks];
        check(&gone, "pod-refused-earlier", "a reason that is gone", true);
    }
    let own = json!({"webhooks": [{"name": "v.example"}]});
    let asked = [
        refused("failed calling webhook \"v.example\": no endpoints"),
        node,
        object("MutatingWebhookConfiguration", "own", own),
    ];
    check(&asked, "webhook-unreachable", "webhook v.example", true);
    check(
        &[refused(
            "pods \"web\" is forbidden: error looking up service account app/web: serviceaccount \"web\" not found",
        )],
        "service-account",
        "app/web does not exist",
        true,
    );
    check(
        &[refused("pods \"web\" is forbidden: for some reason")],
        "pod-refused",
        "may not create its pod",
        true,
    );
}

/// What happened to what is gone, superseded or has succeeded since says nothing.
#[test]
fn what_is_past_is_no_cause() {
    none(&[event(
        "ReplicaSet/gone",
        "FailedCreate",
        "pods \"x\" is forbidden: no",
    )]);
    let deployment = object(
        "Deployment",
        "web",
        json!({"metadata": {"generation": 2, "annotations": {"deployment.kubernetes.io/revision": "2"}},
        "status": {"observedGeneration": 2}}),
    );
    let mut old = refused("pods \"x\" is forbidden: no");
    merge(
        &mut old,
        json!({"metadata": {"annotations": {"deployment.kubernetes.io/revision": "1"},
        "ownerReferences": [{"kind": "Deployment", "name": "web"}]}}),
    );
    let mut crashed = ended("Error", 2, 5);
    merge(
        &mut crashed,
        json!({"metadata": {"ownerReferences": [{"kind": "ReplicaSet", "name": "web-1"}]}}),
    );
    none(&[deployment, old, crashed]);
    let set = object("StatefulSet", "db", json!({"spec": {"replicas": 1}}));
    let failed = event(
        "StatefulSet/db",
        "FailedCreate",
        "pods \"db-0\" is forbidden: no",
    );
    let mut made = event("StatefulSet/db", "SuccessfulCreate", "create Pod db-0");
    check(
        &[set.clone(), failed.clone()],
        "pod-refused",
        "statefulset/db",
        true,
    );
    made["lastTimestamp"] = "2026-11-25T09:00:20Z".into();
    none(&[set, failed, made]);
}

#[test]
fn jobs() {
    let job = |reason: &str| {
        object(
            "Job",
            "web",
            json!({"status": {"conditions": [condition("Failed", "True", reason, "too often")]}}),
        )
    };
    check_with_logs(
        &[job("BackoffLimitExceeded")],
        "[pod/web-1/migrate] 0007: no such column",
        "job-failed",
        "0007: no such column",
        false,
    );
    check(
        &[job("DeadlineExceeded")],
        "job-deadline",
        "longer than its deadline",
        false,
    );
}

/// What has failed once is no loop: the Job tries again, or says that it does not.
#[test]
fn a_job_that_tries_again() {
    let mut pod = super::pods::ended("Error", 1, 0);
    pod["metadata"]["ownerReferences"] = json!([{"kind": "Job", "name": "web"}]);
    let job = |failed: u64| object("Job", "web", json!({"status": {"failed": failed}}));
    none(&[job(1), pod.clone()]);
    check(&[job(2), pod], "crash-loop", "ends with exit code 1", true);
}

#[test]
fn workloads() {
    let set = |rest: Value| object("StatefulSet", "db", rest);
    check(
        &[set(json!({"spec": {"replicas": 0}}))],
        "scaled-to-zero",
        "statefulset/db has 0 pods",
        false,
    );
    check(
        &[object(
            "Deployment",
            "web",
            json!({"spec": {"paused": true}}),
        )],
        "rollout-paused",
        "is paused",
        false,
    );
    let old = object(
        "Pod",
        "db-0",
        json!({"metadata": {"ownerReferences": [{"kind": "StatefulSet", "name": "db"}],
        "labels": {"controller-revision-hash": "db-1"}},
        "status": {"containerStatuses": [{"name": "db", "state": {"waiting": {"reason": "ErrImageNeverPull"}}}]}}),
    );
    check(
        &[set(json!({"status": {"updateRevision": "db-2"}})), old],
        "statefulset-stuck",
        "waits for a pod of the old one",
        true,
    );
    let conflict = event(
        "StatefulSet/db",
        "FailedUpdate",
        "the object has been modified",
    );
    check(
        &[set(json!({})), conflict.clone()],
        "controller-conflict",
        "two at once",
        true,
    );
    let later = json!({"metadata": {"creationTimestamp": "2026-11-25T09:01:00Z"}});
    none(&[set(later), conflict]);
    let late = condition(
        "Progressing",
        "False",
        "ProgressDeadlineExceeded",
        "timed out",
    );
    check(
        &[object(
            "Deployment",
            "web",
            json!({"status": {"conditions": [late]}}),
        )],
        "progress-deadline",
        "no progress",
        true,
    );
}

#[test]
fn logs_of_what_is_not_ready() {
    let runs = pod(json!({"state": {"running": {"startedAt": "2026-11-25T09:00:00Z"}}}));
    let says = |line: &str| format!("[pod/other-1/web] fine\n[pod/web-1/web] {line}\n");
    let check = |line: &str, id, words| {
        check_with_logs(core::slice::from_ref(&runs), &says(line), id, words, true)
    };
    check(
        "FATAL: password authentication failed for user \"shop\"",
        "database-password",
        "older than the password",
    );
    check(
        "initdb: error: could not create directory: Permission denied",
        "volume-permission",
        "belongs to root",
    );
    check(
        "write: No space left on device",
        "disk-full",
        "no space left",
    );
    check(
        r#"{"level":"INFO","message":"waiting","state":"The schema is at version 0, version 4 is needed"}"#,
        "schema-missing",
        "without its schema: waiting: The schema is at version 0",
    );
    check(
        "Connection refused (os error 111)",
        "database-unreachable",
        "Connection refused",
    );
}
