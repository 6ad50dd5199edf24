//! What is not ours: foreign releases, namespaces, images and clusters, and another helm at work.

use std::process::{Command, Stdio};

use super::machine::{acts, sandbox};
use crate::sandbox::{Ran, Sandbox, until};

fn call(sandbox: &Sandbox, words: &str) -> Ran {
    let words: Vec<&str> = words.split(' ').collect();
    sandbox.run(&[&words[..], &["--target", "minikube", "-j1"]].concat())
}

fn released(status: &str, updated: &str) -> String {
    format!(
        r#"[{{"name":"todo-chatbot","status":"{status}","revision":"7","updated":"{updated}","chart":"other-9.9.9"}}]"#
    )
}

const LONG_AGO: &str = "2020-01-01 00:00:00 +0000 UTC";

/// The present, as helm writes it.
fn now() -> String {
    let output = Command::new("date")
        .args(["-u", "+%F %T.000 +0000 UTC"])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_string()
}

#[test]
fn a_foreign_release_is_not_upgraded_and_not_uninstalled_unless_it_is_adopted() {
    let sandbox = sandbox("running").file("released", &released("deployed", LONG_AGO));
    call(&sandbox, "run release")
        .code(1)
        .says("there is a release todo-chatbot in the namespace todo-chatbot already (chart other-9.9.9, revision 7)")
        .says("`--adopt` takes it over");
    call(&sandbox, "teardown --dry-run")
        .code(0)
        .prints("leave  release");
    call(&sandbox, "teardown")
        .code(0)
        .says("left: the release todo-chatbot in the namespace todo-chatbot (chart other-9.9.9, revision 7)");
    assert!(!acts(&sandbox).contains("helm upgrade") && !acts(&sandbox).contains("uninstall"));
    call(&sandbox, "run release --adopt").code(0);
    assert!(acts(&sandbox).contains("helm upgrade"));
    call(&sandbox, "teardown").code(0);
    assert!(acts(&sandbox).contains("helm uninstall"));
}

#[test]
fn what_was_made_here_is_removed_though_the_journal_is_lost() {
    let sandbox = sandbox("running");
    call(&sandbox, "run rollout").code(0);
    std::fs::remove_dir_all(sandbox.dir.join(".pipeline")).unwrap();
    call(&sandbox, "teardown").code(0);
    assert!(!sandbox.has("released") && !sandbox.has("namespace"));
    assert_eq!(sandbox.read("built"), "");
}

/// Not even what was made of the release's values: who removes need not know them.
#[test]
fn a_release_is_removed_though_its_images_are_gone_and_the_journal_is_lost() {
    let sandbox = sandbox("running");
    call(&sandbox, "run rollout").code(0);
    std::fs::remove_dir_all(sandbox.dir.join(".pipeline")).unwrap();
    sandbox.write("built", "");
    call(&sandbox, "teardown --dry-run")
        .code(0)
        .prints("helm uninstall");
    call(&sandbox, "teardown").code(0);
    assert!(!sandbox.has("released") && !sandbox.has("namespace"));
}

#[test]
fn what_others_put_into_our_namespace_keeps_it_unless_told() {
    let sandbox = sandbox("running");
    call(&sandbox, "run rollout").code(0);
    sandbox.write(
        "contents",
        r#"{"items":[{"kind":"ConfigMap","metadata":{"name":"notes"}}]}"#,
    );
    for words in ["teardown --dry-run", "teardown"] {
        let ran = call(&sandbox, words).code(0);
        let told = [ran.stdout, ran.stderr].concat();
        assert!(
            told.contains("it holds what nothing says we made: ConfigMap notes"),
            "{told}"
        );
    }
    assert!(sandbox.has("namespace") && !sandbox.has("released"));
    call(&sandbox, "teardown --all")
        .code(0)
        .says("ConfigMap notes");
    assert!(!sandbox.has("namespace"));
}

#[test]
fn what_was_made_under_another_name_is_listed_and_removed() {
    let sandbox = sandbox("running");
    call(&sandbox, "run namespace --set namespace=old").code(0);
    std::fs::remove_file(sandbox.dir.join("namespace")).unwrap();
    call(&sandbox, "run namespace").code(0);
    call(&sandbox, "status").prints("made before and not removed: minikube/old");
    call(&sandbox, "teardown --dry-run")
        .code(0)
        .prints("delete namespace todo-chatbot")
        .prints("delete namespace old");
}

#[test]
fn images_of_other_clones_and_images_that_others_run_on_stay() {
    let sandbox = sandbox("running").file("here", "postgres:15-bookworm\nredis:7-bookworm\n");
    call(&sandbox, "run rollout").code(0);
    sandbox.write(
        "built-by-others",
        "todo-backend:0.1.0-abcdefabcdef sha256:9\n",
    );
    sandbox.write("in-use", "docker.io/library/postgres:15-bookworm\n");
    call(&sandbox, "teardown")
        .code(0)
        .says("left: todo-backend:0.1.0-abcdefabcdef, built by another clone")
        .says("left: postgres:15-bookworm, which pods run on that are not ours");
    assert_eq!(sandbox.read("images"), "postgres:15-bookworm\n");
    assert!(sandbox.read("built").is_empty() && !sandbox.read("built-by-others").is_empty());
}

#[test]
fn the_builder_image_that_was_handed_over_is_taken_back() {
    let sandbox = sandbox("running").file("here", "rust:1-bookworm\n");
    call(&sandbox, "run build-backend").code(0);
    assert!(sandbox.read("images").contains("rust:1-bookworm"));
    sandbox.write("containers", "rust:1-bookworm\n");
    call(&sandbox, "teardown --dry-run")
        .code(0)
        .prints("leave  build-backend");
    std::fs::remove_file(sandbox.dir.join("containers")).unwrap();
    call(&sandbox, "teardown").code(0);
    assert_eq!(sandbox.read("images"), "");
}

#[test]
fn an_image_that_came_out_the_same_is_not_released_again() {
    let sandbox = sandbox("running")
        .file(
            "docker/backend/Dockerfile",
            "FROM scratch\nCOPY backend/main.rs /\n",
        )
        .file("docker/backend/main.rs", "fn main() {}");
    call(&sandbox, "run rollout").code(0);
    sandbox.write("log", "");
    sandbox.write("docker/backend/main.rs", "// A comment.\nfn main() {}");
    call(&sandbox, "run rollout")
        .code(0)
        .says("build-backend: input docker/backend/main.rs changed");
    let acts_of_comment = acts(&sandbox);
    assert_eq!(
        acts_of_comment.matches("docker build").count(),
        1,
        "{acts_of_comment}"
    );
    assert!(!acts_of_comment.contains("helm"), "{acts_of_comment}");
    sandbox.write("id", &"1".repeat(64));
    sandbox.write("docker/backend/main.rs", "fn main() { work() }");
    call(&sandbox, "run rollout").code(0);
    assert!(
        acts(&sandbox).contains("backend.image.tag=\"0.1.0-TAG\""),
        "{}",
        acts(&sandbox)
    );
}

#[test]
fn old_images_and_stages_do_not_pile_up() {
    let sandbox = sandbox("running").file(
        "docker/backend/Dockerfile",
        "FROM scratch\nCOPY backend/main.rs /\n",
    );
    for edit in 0..10 {
        sandbox.write("docker/backend/main.rs", &format!("fn main() {{ {edit} }}"));
        sandbox.write("id", &format!("{edit:064}"));
        sandbox.write("stages", &format!("sha256:{edit}\nsha256:old\n"));
        call(&sandbox, "run build-backend").code(0);
        assert_eq!(
            sandbox.read("stages"),
            format!("sha256:{edit}\n"),
            "the newest is what the next build goes on from"
        );
    }
    let built = sandbox.read("built");
    let mut ids: Vec<&str> = built
        .lines()
        .filter_map(|line| line.split(' ').nth(1))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3, "{built}");
}

#[test]
fn another_helm_at_work_is_waited_for() {
    let sandbox = sandbox("running")
        .file("labelled", "")
        .file("released", &released("pending-upgrade", &now()));
    let mut command = sandbox.command(&["run", "release", "--target", "minikube", "-j1"]);
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    until("helm is asked again", || {
        sandbox.read("log").matches("/run!=").count() > 2
    });
    assert!(!sandbox.read("log").contains("helm rollback"));
    sandbox.write("released", &released("deployed", &now()));
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("warning  release: waiting: a helm that is not ours has been changing the release todo-chatbot"), "{text}");
    assert!(
        text.contains("`helm rollback todo-chatbot --kube-context minikube"),
        "{text}"
    );
    assert!(acts(&sandbox).contains("helm upgrade"));
}

#[test]
fn a_helm_that_died_long_ago_is_put_right() {
    for (status, healing) in [
        ("pending-upgrade", "helm rollback todo-chatbot"),
        ("pending-install", "helm uninstall todo-chatbot"),
    ] {
        let sandbox = sandbox("running")
            .file("labelled", "")
            .file("released", &released(status, LONG_AGO));
        call(&sandbox, "run release").code(0);
        let acts = acts(&sandbox);
        assert!(
            acts.find(healing).unwrap() < acts.find("helm upgrade").unwrap(),
            "{acts}"
        );
    }
}

#[test]
fn a_cluster_that_was_there_before_is_deleted_only_if_it_was_adopted() {
    let sandbox = sandbox("running");
    call(&sandbox, "run cluster").code(0);
    call(&sandbox, "teardown --all")
        .code(0)
        .says("left: the minikube profile minikube: it was there before us");
    assert_eq!(sandbox.read("state"), "running\n");
    call(&sandbox, "run cluster --adopt").code(0);
    call(&sandbox, "teardown --all").code(0);
    assert_eq!(sandbox.read("state"), "missing\n");
}

#[test]
fn an_addon_that_was_enabled_before_stays() {
    let sandbox = sandbox("running").file("ingress", "enabled\n");
    call(&sandbox, "run ingress-addon metrics-addon").code(0);
    call(&sandbox, "teardown --all")
        .code(0)
        .says("left: the addon ingress");
    assert_eq!(
        (
            sandbox.read("ingress").trim(),
            sandbox.read("metrics").trim()
        ),
        ("enabled", "disabled")
    );
}

#[test]
fn a_node_that_keeps_its_size_is_said() {
    let sandbox = sandbox("running");
    call(&sandbox, "run cluster").code(0);
    call(&sandbox, "run cluster --set cpus=2 --set memory=3072")
        .code(0)
        .says("warning  cluster: the node keeps its size, ")
        .says("2 and 3072 were asked for");
}
