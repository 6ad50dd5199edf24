//! What a run made is gone after a teardown, however the run ended; what is foreign is still there.

use super::machine::sandbox;
use crate::sandbox::{Sandbox, until};

/// What the machine has: all that a run could leave behind.
const WORLD: [&str; 11] = [
    "state",
    "images",
    "here",
    "built",
    "built-by-others",
    "stages",
    "ingress",
    "metrics",
    "namespace",
    "given",
    "released",
];

const RUN: [&str; 5] = ["run", "rollout", "--target", "minikube", "-j1"];

/// A cluster with images and an addon that somebody else put there.
fn world() -> Sandbox {
    sandbox("running")
        .file(
            "here",
            "rust:1-bookworm\npostgres:15-bookworm\nredis:7-bookworm\n",
        )
        .file("images", "theirs:1\n")
        .file(
            "built-by-others",
            "todo-backend:0.1.0-abcdefabcdef sha256:9\n",
        )
        .file("metrics", "enabled\n")
}

/// A file that is not there is as good as an empty one.
fn inventory(sandbox: &Sandbox) -> Vec<(&'static str, String)> {
    WORLD.map(|name| (name, sandbox.read(name))).into()
}

#[track_caller]
fn is_gone(sandbox: &Sandbox, before: &[(&str, String)], when: &str) {
    let teardown = ["teardown", "--all", "--target", "minikube", "-j1"];
    sandbox.run(&teardown).code(0);
    assert_eq!(inventory(sandbox), before, "{when}");
    until("nothing runs on", || sandbox.processes().is_empty());
}

#[test]
fn after_a_run_that_went_well_and_one_that_failed() {
    let sandbox = world();
    let before = inventory(&sandbox);
    sandbox.run(&RUN).code(0);
    is_gone(&sandbox, &before, "it went well");
    sandbox.write("breaks", "Error: UPGRADE FAILED: timed out\n");
    sandbox.run(&RUN).code(1);
    assert_ne!(inventory(&sandbox), before);
    is_gone(&sandbox, &before, "it failed");
}

/// What the run was waiting for goes on for a moment, and may still change something.
#[test]
fn after_a_run_that_was_killed_at_any_of_ten_moments() {
    let whole = world();
    whole.run(&RUN).code(0);
    let calls = whole.read("log").lines().count();
    for moment in 1..=10 {
        let at = (calls * moment / 11).max(1);
        let sandbox = world().env("KILL_AT", &at.to_string());
        let before = inventory(&sandbox);
        sandbox.run(&RUN).code(-1);
        is_gone(
            &sandbox,
            &before,
            &format!("killed at call {at} of {calls}"),
        );
    }
}
