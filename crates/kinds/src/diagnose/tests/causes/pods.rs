//! Images, containers, probes and nodes to run on.

use super::*;

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

pub(super) fn ended(reason: &str, code: i64, restarts: u64) -> Value {
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
    let unborn = json!({"state": {"terminated": {"reason": "StartError", "exitCode": 128,
        "message": "failed to start containerd task \"3d63\": cannot start a stopped process: unknown"}}});
    check(&[pod(unborn)], "out-of-memory", "its limit of 4Mi", false);
    let sandbox = event(
        "Pod/web-1",
        "FailedCreatePodSandBox",
        "runc create failed: container init was OOM-killed (memory limit too low?): unknown",
    );
    let creating = pod(json!({"state": {"waiting": {"reason": "ContainerCreating"}}}));
    check(
        &[creating, sandbox],
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
    for (answer, heals) in [
        (
            "errored: rpc error: code = Unknown desc = failed to exec in container: OCI runtime exec failed: exec failed: unable to start container process: exec: \"/bin/sh\": stat /bin/sh: no such file or directory: unknown",
            true,
        ),
        (
            "errored and resulted in unknown state: strconv.Atoi: parsing \"web\": invalid syntax",
            false,
        ),
    ] {
        for (probe, started) in [("Readiness", true), ("Startup", false)] {
            let unhealthy = event("Pod/web-1", "Unhealthy", &format!("{probe} probe {answer}"));
            check(
                &[runs(started), unhealthy],
                "probe-in-vain",
                "can't succeed",
                heals,
            );
        }
    }
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
    let taints = |key: &str| {
        let taint = json!({"key": key, "value": "yes", "effect": "NoSchedule"});
        object("Node", "lab", json!({"spec": {"taints": [taint]}}))
    };
    let untold = "1 node(s) had untolerated taint(s)";
    check(
        &[says(untold), taints("gpu")],
        "node-tainted",
        "(gpu=yes:NoSchedule)",
        true,
    );
    check(
        &[says(untold), taints("node.kubernetes.io/not-ready")],
        "unschedulable",
        "fits on no node",
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

/// It saw the pod before the claim was bound, and does not come back for minutes.
#[test]
fn a_scheduler_that_does_not_look_again() {
    let mut pod = unscheduled(
        "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found",
    );
    pod["spec"]["volumes"] = json!([{"persistentVolumeClaim": {"claimName": "data"}}]);
    let claim = |phase: &str| {
        let status = json!({"status": {"phase": phase}});
        object("PersistentVolumeClaim", "data", status)
    };
    none(&[pod.clone(), claim("Pending")]);
    let check = |items: &[Value]| {
        check(
            items,
            "scheduler-late",
            "missed that its claim was bound",
            true,
        )
    };
    check(&[pod.clone(), claim("Bound")]);
    // Whoever needs that pod is not ready either, and was so before.
    let runs =
        json!({"started": true, "state": {"running": {"startedAt": "2026-11-25T09:00:01Z"}}});
    let mut needs_it = self::pod(runs);
    needs_it["metadata"]["name"] = "other-1".into();
    let mut unhealthy = event("Pod/other-1", "Unhealthy", "Readiness probe failed: 503");
    unhealthy["lastTimestamp"] = "2026-11-25T09:05:00Z".into();
    check(&[pod, claim("Bound"), needs_it, unhealthy]);
}

/// What the runtime writes into the log of a program that it can't execute (runc 1.1 and before it).
#[test]
fn programs_that_can_not_be_executed() {
    let check = |line: &str, id, words| {
        let logs = format!("[pod/web-1/web] {line}\n");
        check_with_logs(&[ended("Error", 1, 1)], &logs, id, words, false);
    };
    check(
        "exec /web: exec format error",
        "wrong-processor",
        "another kind of processor",
    );
    check(
        "standard_init_linux.go:228: exec user process caused: exec format error",
        "wrong-processor",
        "another kind of processor",
    );
    check(
        "exec /web: no such file or directory",
        "loader-missing",
        "what that is started by is not in the image",
    );
    let own = "[pod/web-1/web] open /etc/web.conf: no such file or directory\n";
    check_with_logs(
        &[ended("Error", 1, 1)],
        own,
        "crash-loop",
        "exit code 1",
        true,
    );
}
