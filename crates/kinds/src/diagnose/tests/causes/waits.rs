//! What is waited for in silence, and what the chart itself is at fault for.

use super::*;

/// Minutes later.
fn later() -> Value {
    let ready =
        json!({"type": "Ready", "status": "True", "lastHeartbeatTime": "2026-11-25T09:10:00Z"});
    let images = json!([{"names": ["docker.io/library/web:1"]}]);
    object(
        "Node",
        "n",
        json!({"status": {"conditions": [ready], "images": images}}),
    )
}

#[track_caller]
fn waits(rest: Value, id: &str, says: &str) {
    check(&[object("Pod", "web-1", rest), later()], id, says, false);
}

#[test]
fn what_a_pod_names_and_nobody_has_is_named() {
    let spec = |spec: Value| json!({"spec": spec, "status": {"phase": "Pending"}});
    let gates = json!({"schedulingGates": [{"name": "example.com/gate"}]});
    waits(
        spec(gates),
        "scheduling-gate",
        "its scheduling gate example.com/gate",
    );
    waits(
        spec(json!({"nodeName": "gone"})),
        "node-missing",
        "not there: gone",
    );
    let scheduler = json!({"schedulerName": "volcano"});
    waits(
        spec(scheduler),
        "scheduler-missing",
        "the scheduler volcano",
    );
    let well = json!({"schedulerName": "default-scheduler", "nodeName": "n"});
    none(&[object("Pod", "web-1", spec(well)), later()]);
    let volume = json!({"spec": {"volumeName": "pv-1"}, "status": {"phase": "Pending"}});
    let claim = object("PersistentVolumeClaim", "data", volume);
    check(
        &[claim, later()],
        "volume-missing",
        "the volume pv-1",
        false,
    );
}

#[test]
fn a_readiness_gate_that_nobody_sets_is_named() {
    let gated = |status: &str| {
        let conditions = [
            condition("ContainersReady", "True", "", ""),
            condition("example.com/in", status, "", ""),
        ];
        object(
            "Pod",
            "web-1",
            json!({"spec": {"readinessGates": [{"conditionType": "example.com/in"}]}, "status": {"conditions": conditions}}),
        )
    };
    check(
        &[gated("False"), later()],
        "readiness-gate",
        "example.com/in",
        false,
    );
    none(&[gated("True"), later()]);
}

/// A pod with an init container that runs.
fn init(spec: Value, status: Value) -> Value {
    let mut all =
        json!({"name": "wait", "state": {"running": {"startedAt": "2026-11-25T09:00:20Z"}}});
    merge(&mut all, status);
    object(
        "Pod",
        "web-1",
        json!({"spec": {"initContainers": [spec]}, "status": {"phase": "Pending", "initContainerStatuses": [all]}}),
    )
}

#[test]
fn an_init_container_that_waits_is_named_with_its_last_line() {
    let waits = [init(json!({"name": "wait"}), json!({})), later()];
    let line = "[pod/web-1/wait] waiting for db:5432\n";
    check_with_logs(
        &waits,
        line,
        "init-waits",
        "waits for it: waiting for db:5432",
        true,
    );
    let sidecar = json!({"name": "wait", "restartPolicy": "Always"});
    none(&[
        init(sidecar.clone(), json!({"ready": true, "started": true})),
        later(),
    ]);
    let failed = event("Pod/web-1", "Unhealthy", "Startup probe failed: not yet");
    let mut failed = failed;
    failed["lastTimestamp"] = "2026-11-25T09:09:00Z".into();
    let starts = init(sidecar, json!({"ready": false, "started": false}));
    check(
        &[starts, failed, later()],
        "slow-start",
        "init container wait",
        false,
    );
}

#[test]
fn an_image_that_the_node_has_is_asked_for_all_the_same() {
    let of = |policy: &str| {
        let mut pod = waiting("ErrImagePull", "dial tcp: no such host");
        let spec = json!({"spec": {"nodeName": "n", "containers": [{"name": "web", "imagePullPolicy": policy}]}});
        merge(&mut pod, spec);
        pod
    };
    check(
        &[of("Always"), later()],
        "image-always-pulled",
        "the node has it",
        true,
    );
    check(
        &[of("IfNotPresent"), later()],
        "registry-unreachable",
        "is not reached",
        true,
    );
}

#[test]
fn what_the_chart_has_so_is_not_mended_by_making_it_again() {
    let told = |items: &[Value], wanted: &[Value]| {
        let evidence = Evidence::read(items).with_wanted(wanted);
        diagnose(&evidence, &[PODS, STANDING]).map(|finding| finding.id)
    };
    let service = object(
        "Service",
        "web",
        json!({"spec": {"selector": {"app": "x"}}}),
    );
    let another = object(
        "Service",
        "web",
        json!({"spec": {"selector": {"app": "web"}}}),
    );
    let as_made = [service.clone()];
    assert_eq!(told(&as_made, &[service]), Some("chart-selects-nothing"));
    assert_eq!(told(&as_made, &[another]), Some("service-selects-nothing"));
    let paused = |paused: bool| object("Deployment", "web", json!({"spec": {"paused": paused}}));
    let as_made = [paused(true)];
    assert_eq!(told(&as_made, &[paused(true)]), Some("chart-paused"));
    assert_eq!(told(&as_made, &[paused(false)]), Some("rollout-paused"));
    let message = "error looking up service account app/web: serviceaccount \"web\" not found";
    let failure = condition("ReplicaFailure", "True", "FailedCreate", message);
    let set = [object(
        "ReplicaSet",
        "web-1",
        json!({"status": {"conditions": [failure]}}),
    )];
    let account = object("ServiceAccount", "web", json!({}));
    assert_eq!(told(&set, &[account]), Some("service-account"));
    assert_eq!(told(&set, &[paused(true)]), Some("chart-service-account"));
}

#[test]
fn a_kubeconfig_that_can_not_be_used_is_no_silent_cluster() {
    let told = |said: &str| match unreachable("lab", said) {
        Effect::Broken(failure) => failure.cause,
        other => panic!("{other:?}"),
    };
    let plugin = "Unable to connect to the server: getting credentials: exec: executable aws not found\n\nIt looks like you are missing it.\n\ninstall aws";
    let told_plugin = told(plugin);
    assert!(
        told_plugin.ends_with("exec: executable aws not found"),
        "{told_plugin}"
    );
    let broken = "error: error loading config file \"k\": yaml: line 3: did not find expected ','";
    assert!(told(broken).contains("can't be read"));
}
