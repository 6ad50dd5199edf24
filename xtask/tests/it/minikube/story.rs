//! What the repository's pipeline does on each target, call for call: the steps in their order,
//! every question, and every act with its arguments. pipeline.toml may be written in another way;
//! this stays.

use expect_test::{ExpectFile, expect_file};

use super::machine::{DOCKER, REPLAY, acts, sandbox};
use crate::sandbox::Sandbox;

/// The node of an existing cluster, reached through docker.
const NODE: &str = r#"log docker "$@"
case "$*" in
  "exec lab ctr -n k8s.io images ls -q") cat images; exit ;;
  "exec -i lab ctr -n k8s.io images import -") cat >> images; exit ;;
  "save "*) echo "$2"; exit ;;
esac
"#;

/// A cargo whose programs are there already, and a program that only tells how it was called.
const CARGO: &str = r#"log cargo "$@"
case "$*" in --version) echo "cargo 1.99.0" ;; esac"#;
const PROGRAM: &str = r#"echo "$0 $* DATABASE_URL=$DATABASE_URL" >> "$LOG""#;

fn with_programs(sandbox: Sandbox) -> Sandbox {
    let debug = sandbox.dir.join("docker/target/debug");
    std::fs::create_dir_all(&debug).unwrap();
    let sandbox = sandbox.tool("backend", PROGRAM);
    for name in ["frontend", "backend", "mcp-server"] {
        std::fs::copy(sandbox.dir.join("bin/backend"), debug.join(name)).unwrap();
    }
    sandbox
}

fn story(target: &str) -> Sandbox {
    let sandbox = sandbox("running");
    match target {
        "local" => with_programs(sandbox).tool("cargo", &format!("{REPLAY}{CARGO}")),
        "minikube" => sandbox,
        _ => {
            let kubectl = crate::minikube::machine::KUBECTL.replace(
                "unreachable 'error: '",
                r#"log kubectl "$@"
case "$*" in
  *"version -o json --client=false") echo '{"serverVersion":{"gitVersion":"v1.34.4"}}'; exit ;;
  *"v1/storageclasses"*) echo '{"items":[]}'; exit ;;
esac"#,
            );
            sandbox
                .tool(
                    "docker",
                    &format!("{REPLAY}{NODE}{}", DOCKER.split_once('\n').unwrap().1),
                )
                .tool("kubectl", &format!("{REPLAY}{kubectl}"))
        }
    }
}

/// Steps in order, then the acts in theirs, then every call that was made, sorted.
fn told(target: &str, goal: &str) -> String {
    let mut text = String::new();
    let sandbox = story(target);
    for wanted in ["up", "test-e2e"] {
        let plan = sandbox
            .run(&["plan", wanted, "--target", target, "--format", "json"])
            .code(0)
            .json();
        let steps = plan["steps"].as_array().unwrap().iter();
        let mut ids: Vec<&str> = steps.map(|step| step["id"].as_str().unwrap()).collect();
        ids.sort_unstable();
        text.push_str(&format!("{wanted}: {}\n", ids.join(" ")));
    }
    sandbox.write("log", "");
    sandbox
        .run(&["run", goal, "--target", target, "-j1"])
        .code(0);
    let log = sandbox.read("log");
    let asks = |line: &&str| line.contains(" get ") || line.contains(" ls -q");
    let mut acts: Vec<String> = acts(&sandbox)
        .lines()
        .filter(|line| !asks(line))
        .map(str::to_string)
        .collect();
    acts.sort();
    text.push_str(&format!("\nacts:\n{}\n", acts.join("\n")));
    sandbox.write("log", "");
    sandbox
        .run(&["run", goal, "--target", target, "-j1", "--force"])
        .code(0);
    sandbox.write("log", &[log, sandbox.read("log")].concat());
    let mut calls: Vec<String> = crate::minikube::machine::calls(&sandbox);
    calls.sort();
    calls.dedup();
    text.push_str(&format!("\ncalls:\n{}\n", calls.join("\n")));
    without_builder(without_builder(text, "builder="), "BUILDER=")
}

/// A folder builds under a name of its own.
fn without_builder(text: String, mark: &str) -> String {
    let mut parts = text.split(mark);
    let head = parts.next().unwrap_or_default().to_string();
    parts.fold(head, |text, part| {
        format!("{text}{mark}NAME{}", &part[12..])
    })
}

#[track_caller]
fn check(target: &str, goal: &str, expected: &ExpectFile) {
    expected.assert_eq(&told(target, goal));
}

#[test]
fn on_this_machine() {
    check(
        "local",
        "schema",
        &expect_file!["../../data/story/local.txt"],
    );
}

#[test]
fn in_minikube() {
    check(
        "minikube",
        "rollout",
        &expect_file!["../../data/story/minikube.txt"],
    );
}

#[test]
fn in_a_cluster_of_ones_own() {
    check(
        "context:lab",
        "rollout",
        &expect_file!["../../data/story/context.txt"],
    );
}
