//! An existing cluster: real docker, real helm, a real API server, reached through the kubeconfig
//! context `lab`.

use std::process::Command;

use super::{Clone, OTHERS, seen_in_a_browser, stderr};
use crate::sandbox::skipped;

/// What `test-e2e` tries here. Those that load, scale or break the deployment for minutes are run
/// on demand, and so are the seeded defects of `e2e/twins.sh`.
const PARTS: [&str; 10] = [
    "flow",
    "browser",
    "api",
    "mcp",
    "ingress",
    "routes",
    "chart-tests",
    "security",
    "network",
    "load",
];

const TARGET: [&str; 2] = ["--target", "context:lab"];

pub(super) fn answers() -> bool {
    let asked = Command::new("kubectl")
        .args([
            "--context",
            "lab",
            "get",
            "--raw",
            "/readyz",
            "--request-timeout=5s",
        ])
        .output();
    asked.is_ok_and(|output| output.status.success())
}

/// Everything in the cluster that `up` could leave behind, by name, but what other tests make at
/// the same time. (containerd keeps a nameless `sha256:` reference of its own.)
fn inventory() -> String {
    let kinds = "namespaces,persistentvolumes,clusterroles,clusterrolebindings,ingressclasses,storageclasses,priorityclasses";
    let script = format!(
        "{{ kubectl --context lab get {kinds} -o name | sort; docker exec lab ctr -n k8s.io images ls -q | grep -v '^sha256:' | sort; \
         docker image ls --format '{{{{.Repository}}}}:{{{{.Tag}}}}' | grep -v '^<none>' | sort; }} | grep -v {OTHERS}"
    );
    String::from_utf8(
        Command::new("sh")
            .args(["-c", &script])
            .output()
            .unwrap()
            .stdout,
    )
    .unwrap()
}

fn history() -> usize {
    let args = [
        "history",
        "todo-chatbot",
        "--kube-context",
        "lab",
        "-n",
        "todo-chatbot",
        "-o",
        "json",
    ];
    let output = Command::new("helm").args(args).output().unwrap();
    serde_json::from_slice::<serde_json::Value>(&output.stdout)
        .unwrap()
        .as_array()
        .unwrap()
        .len()
}

#[test]
fn from_source_to_a_verified_deployment_and_away_again() {
    if !answers() {
        return skipped(
            "the lab test",
            "no cluster answers at the context `lab` (`lab up` starts one)",
        );
    }
    let clone = Clone::new("lab");
    let before = inventory();
    let with = |command: &[&str]| clone.xtask(&[command, &TARGET].concat(), &[]);
    let first = stderr(&with(&["up"]), 0);
    for line in [
        "done build-backend",
        "done load-frontend",
        "done lint",
        "done template",
        "done release",
        "done verify",
    ] {
        assert!(first.contains(line), "`{line}` is not in\n{first}");
    }
    let revisions = history();
    let second = stderr(&with(&["up"]), 0);
    assert!(second.contains("\n0 done"), "{second}");
    assert_eq!(history(), revisions);
    let plan = with(&["plan"]);
    let plan = String::from_utf8_lossy(&plan.stdout);
    assert!(plan.contains(" to run"), "{plan}");
    assert_eq!(but_rollout(&plan, "  run "), [""; 0], "{plan}");
    parts_pass(&clone);
    what_goes_missing_is_brought_back(&clone);
    stderr(&with(&["teardown"]), 0);
    assert_eq!(inventory(), before);
}

/// The lines that begin like this, but for the rollout: it waits whenever an autoscaler has just
/// started a pod.
fn but_rollout<'t>(text: &'t str, start: &str) -> Vec<&'t str> {
    let begin = text.lines().filter(|line| line.starts_with(start));
    begin.filter(|line| !line.contains("rollout")).collect()
}

/// In one run.
fn parts_pass(clone: &Clone) {
    let parts = PARTS.join(",");
    let command = ["test-e2e", "--only", &parts, "--set", "load_duration=20s"];
    let program = [("XTASK", env!("CARGO_BIN_EXE_xtask"))];
    let tests = stderr(&clone.xtask(&[&command, &TARGET[..]].concat(), &program), 0);
    for part in PARTS.iter().filter(|part| **part != "browser") {
        // The ingress is a check, and one that holds is ok.
        let held = ["done", "ok  "].map(|outcome| format!("  {outcome} {part}"));
        assert!(
            held.iter().any(|line| tests.contains(line)),
            "{part}: {tests}"
        );
    }
    seen_in_a_browser(&tests);
}

/// Behind the engine's back the release is uninstalled: exactly what depends on it is done again.
fn what_goes_missing_is_brought_back(clone: &Clone) {
    let args = [
        "uninstall",
        "todo-chatbot",
        "--kube-context",
        "lab",
        "-n",
        "todo-chatbot",
        "--wait",
    ];
    assert!(
        Command::new("helm")
            .args(args)
            .output()
            .unwrap()
            .status
            .success()
    );
    let text = stderr(&clone.xtask(&[&["up"], &TARGET[..]].concat(), &[]), 0);
    assert!(
        text.contains("release: the release todo-chatbot is not deployed"),
        "{text}"
    );
    assert!(
        text.contains("skip build-backend") && text.contains("skip load-backend"),
        "{text}"
    );
}
