//! What happens to a cluster between two runs, or in the middle of one: stopped, deleted, wiped,
//! killed.

use super::machine::{acts, sandbox};
use crate::sandbox::{Ran, Sandbox, until};

fn rollout(sandbox: &Sandbox) -> Ran {
    sandbox.run(&["run", "rollout", "--target", "minikube", "-j1"])
}

/// Everything stands, and the log is empty.
fn deployed(state: &str) -> Sandbox {
    let sandbox = sandbox(state);
    rollout(&sandbox).code(0);
    sandbox.write("log", "");
    sandbox
}

fn remove(sandbox: &Sandbox, path: &str) {
    std::fs::remove_file(sandbox.dir.join(path)).unwrap();
}

/// What `minikube delete` leaves, run by someone else.
fn delete(sandbox: &Sandbox) {
    let deleted = std::process::Command::new(sandbox.dir.join("bin/minikube"))
        .args(["-p", "minikube", "delete"])
        .current_dir(&sandbox.dir)
        .env("LOG", sandbox.dir.join("elsewhere"))
        .status();
    assert!(deleted.unwrap().success());
}

fn teardown(sandbox: &Sandbox, more: &[&str]) -> Ran {
    let call = ["teardown", "--target", "minikube"];
    sandbox.run(&[&call, more].concat())
}

#[test]
fn after_a_stop_only_the_cluster_is_started() {
    let sandbox = deployed("running");
    sandbox.write("state", "stopped\n");
    rollout(&sandbox).code(0);
    let acts = acts(&sandbox);
    assert!(acts.starts_with("minikube -p minikube start "), "{acts}");
    assert_eq!(acts.lines().count(), 1, "{acts}");
}

#[test]
fn after_a_delete_everything_is_made_again() {
    let sandbox = deployed("missing");
    delete(&sandbox);
    rollout(&sandbox).code(0);
    let acts = acts(&sandbox);
    for act in [
        "start",
        "addons enable ingress",
        "addons enable metrics-server",
    ] {
        assert!(
            acts.contains(&format!("minikube -p minikube {act}")),
            "{acts}"
        );
    }
    assert_eq!(acts.matches("docker build").count(), 3, "{acts}");
    assert_eq!(acts.matches("helm upgrade").count(), 1, "{acts}");
    assert!(sandbox.has("namespace"));
    rollout(&sandbox).code(0).says("0 done");
}

#[test]
fn images_that_were_wiped_are_built_again_and_nothing_else() {
    let sandbox = deployed("running");
    sandbox.write("images", "");
    remove(&sandbox, "built");
    rollout(&sandbox).code(0);
    let acts = acts(&sandbox);
    assert_eq!(acts.matches("docker build").count(), 3, "{acts}");
    assert_eq!(acts.lines().count(), 3, "{acts}");
}

#[test]
fn a_release_that_was_uninstalled_is_installed_again_and_nothing_else() {
    let sandbox = deployed("running");
    remove(&sandbox, "released");
    rollout(&sandbox).code(0);
    let acts = acts(&sandbox);
    assert!(
        acts.starts_with("helm upgrade --install todo-chatbot"),
        "{acts}"
    );
    assert_eq!(acts.lines().count(), 1, "{acts}");
}

#[test]
fn a_kubeconfig_that_leads_elsewhere_is_put_right_first() {
    let sandbox = deployed("running");
    sandbox.write("state", "astray\n");
    rollout(&sandbox)
        .code(0)
        .says("has no context that leads to minikube profile");
    assert_eq!(acts(&sandbox), "minikube -p minikube update-context\n");
}

#[test]
fn a_profile_without_its_node_is_started() {
    let sandbox = deployed("running");
    sandbox.write("state", "lost\n");
    rollout(&sandbox)
        .code(0)
        .says("minikube profile minikube has lost its node");
    assert!(acts(&sandbox).starts_with("minikube -p minikube start "));
}

/// Killed with -9 once `mark` is there.
fn killed(sandbox: &Sandbox, mark: &str) {
    let mut child = sandbox.start(&["run", "rollout", "--target", "minikube", "-j1"]);
    until(mark, || sandbox.has(mark));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_cluster_whose_start_was_killed_is_finished_and_still_ours() {
    let sandbox = sandbox("missing").file("slow-start", "");
    killed(&sandbox, "starting");
    remove(&sandbox, "slow-start");
    rollout(&sandbox)
        .code(0)
        .says("cluster: it was not finished last time");
    assert_eq!(sandbox.read("state"), "running\n");
    teardown(&sandbox, &["--all"]).code(0);
    assert_eq!(sandbox.read("state"), "missing\n");
}

#[test]
fn a_helm_that_was_killed_is_put_right() {
    let sandbox = sandbox("running").file("slow-upgrade", "");
    killed(&sandbox, "upgrading");
    remove(&sandbox, "slow-upgrade");
    sandbox.write("log", "");
    rollout(&sandbox).code(0);
    let acts = acts(&sandbox);
    let uninstall = "helm uninstall todo-chatbot --kube-context minikube --namespace todo-chatbot --wait --cascade foreground --timeout 5m --debug\nhelm upgrade";
    assert!(acts.contains(uninstall), "{acts}");
    assert!(sandbox.read("released").contains("deployed"));
}

#[test]
fn teardown_takes_the_release_its_tests_the_images_and_the_namespace() {
    let sandbox = deployed("running");
    teardown(&sandbox, &[]).code(0);
    let acts = acts(&sandbox);
    let place = |act: &str| {
        acts.find(act)
            .unwrap_or_else(|| panic!("{act} is not in\n{acts}"))
    };
    let pods = "kubectl --context minikube -n todo-chatbot delete pods -l app.kubernetes.io/instance=todo-chatbot";
    assert!(place("helm uninstall") < place(pods));
    assert!(place(pods) < place("docker image rm"));
    assert_eq!(
        acts.matches("docker image rm host=tcp://192.168.49.2:2376")
            .count(),
        3,
        "{acts}"
    );
    assert!(
        !sandbox.has("namespace") && !sandbox.has("released") && sandbox.read("built").is_empty()
    );
    assert_eq!(sandbox.read("state"), "running\n");
}

#[test]
fn a_cluster_that_was_there_before_is_never_deleted() {
    let sandbox = deployed("stopped");
    teardown(&sandbox, &["--all"]).code(0);
    assert_eq!(sandbox.read("state"), "running\n");
}

#[test]
fn a_cluster_of_ours_is_deleted_only_when_asked() {
    let sandbox = deployed("missing");
    teardown(&sandbox, &[]).code(0);
    assert_eq!(sandbox.read("state"), "running\n");
    teardown(&sandbox, &["--all", "--dry-run"])
        .code(0)
        .prints("minikube -p minikube delete");
    assert_eq!(sandbox.read("state"), "running\n");
    teardown(&sandbox, &["--all"]).code(0);
    assert_eq!(sandbox.read("state"), "missing\n");
}

#[test]
fn what_went_with_a_deleted_cluster_needs_no_teardown() {
    let sandbox = deployed("missing");
    delete(&sandbox);
    teardown(&sandbox, &[])
        .code(0)
        .says("1 removed")
        .says("done kubeconfig");
    assert_eq!(acts(&sandbox), "");
}

#[test]
fn a_stopped_cluster_of_ours_is_deleted_with_all_that_is_in_it() {
    let sandbox = deployed("missing");
    sandbox.write("state", "stopped\n");
    teardown(&sandbox, &["--all"]).code(0);
    assert_eq!(acts(&sandbox), "minikube -p minikube delete\n");
    teardown(&sandbox, &["--all"])
        .code(0)
        .says("nothing to remove");
}

#[test]
fn what_is_in_a_stopped_cluster_is_not_believed_gone() {
    let sandbox = deployed("running");
    sandbox.write("state", "stopped\n");
    teardown(&sandbox, &[])
        .code(1)
        .says("can't tell what is there");
    assert_eq!(acts(&sandbox), "");
}
