//! An existing cluster: real docker, real helm, a real API server, reached through the kubeconfig
//! context `lab`. The profile is `dev`; that of the other images, and all that `test-e2e` tries, is
//! tried by the step `promise` of the pipeline, alone on the machine.

use std::collections::BTreeSet;
use std::process::Command;

use super::{ALONE, Clone, OTHERS, stderr};
use crate::sandbox::skipped;

const TARGET: [&str; 4] = ["--target", "context:lab", "--profile", "dev"];

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

/// Everything in the cluster and in docker that `up` could leave behind, by name, but what other
/// tests make at the same time. (containerd keeps a nameless `sha256:` reference of its own.)
fn inventory() -> BTreeSet<String> {
    let kinds =
        "namespaces,clusterroles,clusterrolebindings,ingressclasses,storageclasses,priorityclasses";
    let volumes = "custom-columns=OF:.spec.claimRef.namespace,NAME:.metadata.name";
    let commands = [
        format!("kubectl --context lab get {kinds} -o name"),
        format!("kubectl --context lab get persistentvolumes --no-headers -o {volumes}"),
        "docker exec lab ctr -n k8s.io images ls -q".to_string(),
        "docker image ls --format {{.Repository}}:{{.Tag}}".to_string(),
    ];
    let counts = |line: &&str| !line.starts_with("sha256:") && !line.starts_with("<none>");
    let lines = commands.iter().map(|command| printed(command));
    let lines = lines.collect::<Vec<_>>().join("\n");
    let counted = lines.lines().filter(counts);
    let ours = counted.filter(|line| !line.contains(OTHERS));
    ours.map(str::to_string).collect()
}

fn printed(command: &str) -> String {
    let words: Vec<&str> = command.split(' ').collect();
    let output = Command::new(words[0]).args(&words[1..]).output().unwrap();
    assert!(output.status.success(), "{command}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The images that stand here as ours, by all of their names.
fn images(clone: &Clone) -> Vec<String> {
    let status = clone.xtask(
        &[&["status", "--format", "json"], &TARGET[..]].concat(),
        &[],
    );
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    let steps = status["steps"].as_array().unwrap().iter();
    let image = |step: &serde_json::Value| Some(step["facts"]["image"].as_str()?.to_string());
    let names = |image: String| {
        let told = printed(&format!(
            "docker image inspect --format {{{{.RepoTags}}}} {image}"
        ));
        let names = told.trim().trim_matches(['[', ']']).split(' ');
        names.map(str::to_string).collect::<Vec<_>>()
    };
    steps.filter_map(image).flat_map(names).collect()
}

/// Nothing is left, and nothing is gone but what is ours and was there already: an earlier run that
/// was killed had left it in our namespace, or had built the same images.
fn is_as_before(before: &BTreeSet<String>, images: &[String], gone: &str) {
    let after = inventory();
    let left: Vec<_> = after.difference(before).collect();
    assert!(left.is_empty(), "{left:?} is left after\n{gone}");
    let is_image = |name: &str| images.iter().any(|image| name.ends_with(image.as_str()));
    let is_foreign = |name: &&String| !name.contains("todo-chatbot") && !is_image(name);
    let taken: Vec<_> = before.difference(&after).filter(is_foreign).collect();
    assert!(taken.is_empty(), "{taken:?} was taken away by\n{gone}");
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
    let _alone = ALONE.lock();
    let clone = Clone::new("lab");
    let before = inventory();
    let with = |command: &[&str]| clone.xtask(&[command, &TARGET].concat(), &[]);
    let first = stderr(&with(&["up"]), 0);
    for line in [
        "done compile-backend",
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
    a_password_that_does_not_fit_the_data_is_refused(&clone);
    assert_eq!(history(), revisions);
    what_goes_missing_is_brought_back(&clone);
    let images = images(&clone);
    let gone = stderr(&with(&["teardown"]), 0);
    is_as_before(&before, &images, &gone);
}

/// The lines that begin like this, but for the rollout: it waits whenever an autoscaler has just
/// started a pod.
fn but_rollout<'t>(text: &'t str, start: &str) -> Vec<&'t str> {
    let begin = text.lines().filter(|line| line.starts_with(start));
    begin.filter(|line| !line.contains("rollout")).collect()
}

/// With the data standing, before anything is changed, and with each way out.
fn a_password_that_does_not_fit_the_data_is_refused(clone: &Clone) {
    let up = [&["up"], &TARGET[..]].concat();
    let refused = stderr(
        &clone.xtask(&up, &[("POSTGRES_PASSWORD", "of-another-time-0815")]),
        1,
    );
    for said in [
        "password: password-fits.sh ended with exit status 1: error: the data of todo-chatbot-postgresql were made with another",
        "keep it: ",
        "change it: ",
        "give the data up: kubectl --context lab -n todo-chatbot delete",
        "cancelled: secrets, release,",
    ] {
        assert!(refused.contains(said), "`{said}` is not in\n{refused}");
    }
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
