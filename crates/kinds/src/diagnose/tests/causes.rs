//! What each cause looks like, and what is said of it.

use alloc::string::ToString;

use super::*;

#[track_caller]
fn check(items: &[Value], id: &str, says: &str, heals: bool) {
    check_with_logs(items, "", id, says, heals);
}

#[track_caller]
fn check_with_logs(items: &[Value], logs: &str, id: &str, says: &str, heals: bool) {
    let finding = found(items, logs).expect("a cause must be found");
    assert_eq!(finding.id, id, "{finding:?}");
    assert_eq!(finding.patience.is_some(), heals, "{finding:?}");
    let failure = Failure::from(finding);
    assert!(failure.cause.contains(says), "{}", failure.cause);
    let fix = failure.fix.unwrap();
    assert!(
        !failure.cause.contains('{') && !fix.contains('{'),
        "{} / {fix}",
        failure.cause
    );
}

#[track_caller]
fn none(items: &[Value]) {
    assert_eq!(found(items, ""), None);
}

#[test]
fn images() {
    let never = waiting("ErrImageNeverPull", "not present with pull policy of Never");
    check(
        &[never],
        "image-never-pulled",
        "web can't have the image web:1",
        false,
    );
    check(
        &[waiting("InvalidImageName", "could not parse")],
        "image-name",
        "no name of an image",
        false,
    );
    let missing = waiting(
        "ErrImagePull",
        "failed to resolve reference \"web:1\": docker.io/library/web:1: not found",
    );
    check(
        &[missing],
        "image-missing",
        "the registry knows none",
        false,
    );
    let refused = waiting("ImagePullBackOff", "pull access denied for web");
    check(&[refused], "image-refused", "wants to know who asks", false);
}

/// A mirror that was missed once is tried again; one that is missed again and again is the cause.
#[test]
fn a_registry_that_is_not_reached() {
    let missed = waiting("ErrImagePull", "dial tcp: i/o timeout");
    let mut failed = event(
        "Pod/web-1",
        "Failed",
        "Failed to pull image \"web:1\": dial tcp: i/o timeout",
    );
    check(
        &[missed.clone(), failed.clone()],
        "registry-unreachable",
        "registry is not reached",
        true,
    );
    failed["count"] = 4.into();
    check(
        &[missed, failed],
        "registry-unreachable",
        "registry is not reached",
        false,
    );
}

#[test]
fn configuration_of_containers() {
    let config = |message| waiting("CreateContainerConfigError", message);
    check(
        &[config("secret \"db\" not found")],
        "secret-missing",
        "the Secret db does not exist",
        false,
    );
    check(
        &[config("configmap \"web\" not found")],
        "config-map-missing",
        "the ConfigMap web",
        false,
    );
    check(
        &[config("couldn't find key A in Secret app/db")],
        "key-missing",
        "no key A in Secret app/db",
        false,
    );
    check(
        &[config(
            "container has runAsNonRoot and image will run as root",
        )],
        "runs-as-root",
        "as root",
        false,
    );
    let passing = "failed to sync secret cache: timed out waiting for the condition";
    check(
        &[config(passing)],
        "container-config",
        "can't be created: failed to sync",
        true,
    );
}

fn ended(reason: &str, code: i64, restarts: u64) -> Value {
    let ended = json!({"reason": reason, "exitCode": code, "message": "no such table", "startedAt": "2026-11-25T09:00:05Z"});
    pod(
        json!({"restartCount": restarts, "lastState": {"terminated": ended}, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}),
    )
}

#[test]
fn containers_that_end() {
    check(
        &[ended("Error", 2, 0)],
        "crash-loop",
        "ends with exit code 2",
        true,
    );
    check(
        &[ended("Error", 2, 2)],
        "crash-loop",
        "ends with exit code 2",
        false,
    );
    check(
        &[ended("OOMKilled", 137, 1)],
        "out-of-memory",
        "its limit of 4Mi",
        false,
    );
    check(
        &[ended("Error", 137, 1)],
        "out-of-memory",
        "its limit of 4Mi",
        false,
    );
    check(
        &[ended("StartError", 128, 2)],
        "command-missing",
        "can't be started: no such table",
        false,
    );
}

#[test]
fn probes() {
    let killed = |probe: &str| {
        event(
            "Pod/web-1",
            "Killing",
            &format!("Container web failed {probe} probe, will be restarted"),
        )
    };
    let unhealthy = |probe: &str| {
        event(
            "Pod/web-1",
            "Unhealthy",
            &format!("{probe} probe failed: HTTP probe failed with statuscode: 404"),
        )
    };
    let restarted = ended("Error", 2, 1);
    check(
        &[restarted.clone(), unhealthy("Liveness"), killed("liveness")],
        "liveness-kills",
        "(HTTP probe failed with statuscode: 404)",
        true,
    );
    check(
        &[restarted, unhealthy("Startup"), killed("startup")],
        "startup-kills",
        "before it is up",
        false,
    );
    let runs = |started: bool| {
        pod(
            json!({"started": started, "state": {"running": {"startedAt": "2026-11-25T09:00:01Z"}}}),
        )
    };
    check(
        &[runs(true), unhealthy("Readiness")],
        "not-ready",
        "statuscode: 404",
        true,
    );
    check(
        &[runs(false), unhealthy("Startup")],
        "slow-start",
        "is not up yet",
        true,
    );
    let mut long = unhealthy("Readiness");
    long["lastTimestamp"] = "2026-11-25T09:01:30Z".into();
    check(&[runs(true), long], "not-ready", "statuscode: 404", false);
}

/// A node that was started again restarts every container: what was said of the run before is past.
#[test]
fn a_restarted_node_is_no_failing_probe() {
    let mut killed = event(
        "Pod/web-1",
        "Killing",
        "Container web failed liveness probe, will be restarted",
    );
    killed["lastTimestamp"] = "2026-11-25T08:00:00Z".into();
    let mut again = ended("Error", 255, 1);
    again["status"]["containerStatuses"][0]["state"] =
        json!({"running": {"startedAt": "2026-11-25T09:00:09Z"}});
    none(&[again, killed]);
}

fn unscheduled(message: &str) -> Value {
    let condition = condition("PodScheduled", "False", "Unschedulable", message);
    object(
        "Pod",
        "web-1",
        json!({"spec": {"containers": [{"resources": {"requests": {"cpu": "64"}}}]},
        "status": {"phase": "Pending", "conditions": [condition]}}),
    )
}

#[test]
fn scheduling() {
    let node = object("Node", "lab", json!({"spec": {"unschedulable": true}}));
    let says = |why: &str| unscheduled(&format!("0/1 nodes are available: {why}."));
    check(
        &[says("1 node(s) were unschedulable"), node],
        "node-cordoned",
        "the node lab is cordoned",
        true,
    );
    check(
        &[says("1 node(s) had untolerated taint {gpu: yes}")],
        "node-tainted",
        "(gpu: yes)",
        true,
    );
    check(
        &[says("1 Insufficient cpu")],
        "no-room",
        "not enough cpu for what it requests (64)",
        true,
    );
    check(
        &[says("1 node(s) didn't match Pod's node affinity/selector")],
        "node-selector",
        "labels",
        true,
    );
    check(
        &[says("1 node(s) had volume node affinity conflict")],
        "volume-elsewhere",
        "another node",
        true,
    );
    check(
        &[says("1 Too many pods")],
        "too-many-pods",
        "as many pods as it may",
        true,
    );
    none(&[says(
        "pod has unbound immediate PersistentVolumeClaims. not found",
    )]);
    let leaving = object(
        "Pod",
        "old",
        json!({"metadata": {"deletionTimestamp": "2026-11-25T09:00:00Z"}}),
    );
    none(&[says("1 Insufficient cpu"), leaving]);
}

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
    check(
        &[claim("Pending"), class, absent],
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
    none(&[over.clone(), quota("8")]);
    none(&[over]);
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
    none(&[security, space("baseline")]);
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
        "labels": {"controller-revision-hash": "db-1"}}}),
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
        &[set(json!({})), conflict],
        "controller-conflict",
        "two at once",
        true,
    );
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
        "FATAL: password authentication failed for user \"todo\"",
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
        "Connection refused (os error 111)",
        "database-unreachable",
        "Connection refused",
    );
}

#[test]
fn nodes() {
    let node = |kind: &str, status: &str| {
        object(
            "Node",
            "lab",
            json!({"status": {"conditions": [condition(kind, status, "", "says why")]}}),
        )
    };
    check(
        &[node("Ready", "Unknown")],
        "node-not-ready",
        "node/lab is not ready: says why",
        true,
    );
    check(
        &[node("DiskPressure", "True")],
        "disk-pressure",
        "no disk space",
        true,
    );
    check(
        &[node("MemoryPressure", "True")],
        "memory-pressure",
        "no memory",
        true,
    );
    let evicted = object(
        "Pod",
        "web-1",
        json!({"status": {"phase": "Failed", "reason": "Evicted", "message": "low on memory"}}),
    );
    check(&[evicted], "pod-evicted", "was evicted", true);
}

#[test]
fn what_leads_nowhere() {
    let class = object("IngressClass", "nginx", json!({}));
    let ingress = |class: &str| {
        object(
            "Ingress",
            "web",
            json!({"spec": {"ingressClassName": class}}),
        )
    };
    check(
        &[ingress("none"), class.clone()],
        "ingress-class-missing",
        "no ingress class none (there are: nginx)",
        false,
    );
    check(
        &[ingress("nginx"), class],
        "ingress-controller-down",
        "no controller takes it up",
        true,
    );
    let service = object(
        "Service",
        "web",
        json!({"spec": {"selector": {"app": "wrong"}}}),
    );
    check(
        core::slice::from_ref(&service),
        "service-selects-nothing",
        "(app=wrong)",
        true,
    );
    let late = event("Node/lab", "Tick", "a minute later");
    let late = json!([late]).as_array().cloned().map(|mut late| {
        late[0]["lastTimestamp"] = "2026-11-25T09:01:00Z".into();
        late[0].clone()
    });
    check(
        &[service, late.unwrap()],
        "service-selects-nothing",
        "(app=wrong)",
        false,
    );
}

#[test]
fn autoscalers() {
    let scaler = |made: &str, message: &str| {
        object(
            "HorizontalPodAutoscaler",
            "web",
            json!({"metadata": {"creationTimestamp": made},
        "status": {"conditions": [condition("ScalingActive", "False", "FailedGetResourceMetric", message)]}}),
        )
    };
    let (old, new) = ("2026-11-25T08:00:00Z", "2026-11-25T09:00:00Z");
    let silent = "unable to fetch metrics from resource metrics API: the server is currently unable to handle the request";
    check(
        &[scaler(old, silent)],
        "autoscaler-without-metrics",
        "metrics API does not answer",
        true,
    );
    none(&[scaler(new, silent)]);
    none(&[scaler(old, "did not receive metrics for targeted pods")]);
    check(
        &[scaler(old, "missing request for cpu in container web")],
        "autoscaler-without-requests",
        "no request",
        true,
    );
}

#[test]
fn a_value_is_named_as_the_chart_has_it() {
    let finding = found(&[ended("OOMKilled", 137, 1)], "").unwrap();
    assert_eq!(finding.fix, "raise mcpServer.resources.limits.memory");
    assert_eq!(
        finding.evidence.last().unwrap().to_string(),
        "cause out-of-memory, step `rollout`, value `mcpServer.resources.limits.memory`"
    );
}

#[test]
fn a_cluster_that_does_not_answer() {
    let check = |stderr: &str, says: &str, heals: bool| {
        let output = protocol::Output {
            code: 1,
            stderr: stderr.to_string(),
            ..protocol::Output::default()
        };
        let effect = listed("lab", &[protocol::Answer::Ran(output)]).unwrap_err();
        let (failure, waits) = match effect {
            Effect::Broken(failure) => (failure, false),
            Effect::Degraded(failure, _) => (failure, true),
            other => panic!("{other:?}"),
        };
        assert!(failure.cause.contains(says), "{}", failure.cause);
        assert_eq!(waits, heals, "{}", failure.cause);
    };
    let denied = "Error from server (Forbidden): pods is forbidden: User \"ann\" cannot list resource \"pods\" in API group \"\" in the namespace \"app\"";
    check(
        denied,
        "user ann may not list pods in the namespace app",
        false,
    );
    check(
        "error: You must be logged in to the server (Unauthorized)",
        "does not know who asks",
        false,
    );
    check(
        "x509: certificate signed by unknown authority",
        "another authority",
        false,
    );
    check(
        "tls: failed to verify certificate: x509: certificate has expired",
        "no longer valid",
        false,
    );
    check(
        "Error in configuration: context was not found for specified context: lab",
        "is not in the kubeconfig",
        false,
    );
    check(
        "dial tcp: lookup nowhere: no such host",
        "is not known",
        true,
    );
    check(
        "The connection to the server 127.0.0.1:6443 was refused",
        "does not answer",
        true,
    );
}

/// Who may use a namespace need not see the cluster.
#[test]
fn what_is_withheld_of_the_cluster_is_done_without() {
    let output = |scope: &str| protocol::Output {
        code: 1,
        stdout: "{\"items\": []}".to_string(),
        stderr: format!(
            "Error from server (Forbidden): nodes is forbidden: User \"ann\" cannot list resource \"nodes\" in API group \"\" {scope}"
        ),
    };
    let listed = |scope| listed("lab", &[protocol::Answer::Ran(output(scope))]);
    assert!(listed("at the cluster scope").is_ok());
    assert!(listed("in the namespace \"app\"").is_err());
}

/// `UPDATE_EXPECT=1 cargo test -p kinds documentation` writes the tables.
#[test]
fn the_documentation_has_every_cause() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/TROUBLESHOOTING.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (before, rest) = text.split_once(table::BEGIN).expect("the tables begin");
    let (_, after) = rest.split_once(table::END).expect("the tables end");
    let tables = table::markdown();
    let wanted = format!("{before}{}\n\n{tables}{}{after}", table::BEGIN, table::END);
    expect_test::expect_file!["../../../../../docs/TROUBLESHOOTING.md"].assert_eq(&wanted);
}

#[test]
fn every_cause_has_a_name_of_its_own() {
    let causes = || {
        FAMILIES
            .iter()
            .copied()
            .flatten()
            .flat_map(|family| family.causes)
    };
    let ids: alloc::collections::BTreeSet<&str> = causes().map(|cause| cause.id).collect();
    assert_eq!(ids.len(), causes().count());
    assert!(ids.len() >= 30, "{}", ids.len());
}
