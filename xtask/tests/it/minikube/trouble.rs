//! What real clusters get in the way with: addons that are slow or broken, base images, builders of
//! the user's, registries.

use super::machine::{acts, sandbox};
use super::with_transcripts;

const PULL: &str = r#"{"items":[
  {"kind":"Pod","metadata":{"name":"NAME-1"},"status":{"containerStatuses":[{"name":"c","image":"x:1","state":{"waiting":{"reason":"ErrImagePull","message":"manifest unknown"}}}]}}]}"#;

#[test]
fn addons_are_enabled_one_at_a_time() {
    let sandbox = sandbox("running");
    let both = [
        "run",
        "ingress-addon",
        "metrics-addon",
        "--target",
        "minikube",
        "-j4",
    ];
    sandbox.run(&both).code(0);
    assert!(
        !sandbox.has("two-at-once"),
        "minikube forgets one of two addons that are enabled at once"
    );
}

#[test]
fn the_webhook_of_the_ingress_is_waited_for() {
    let sandbox = sandbox("running").file("webhook", "");
    sandbox
        .run(&["run", "ingress-addon", "--target", "minikube"])
        .code(0);
    let log = sandbox.run(&["logs", "ingress-addon"]).code(0);
    log.prints("waiting: the addon ingress does not answer yet: failed calling webhook");
}

#[test]
fn an_addon_whose_image_can_not_be_had_is_named() {
    let sandbox = sandbox("running")
        .file("metrics", "enabled\n")
        .file("addon-pods", &PULL.replace("NAME", "metrics-server"));
    let kubectl = sandbox
        .read("bin/kubectl")
        .replace("[ \"$(cat metrics)\" = enabled ]", "false");
    let sandbox = sandbox.tool("kubectl", &kubectl);
    let ran = sandbox
        .run(&["run", "metrics-addon", "--target", "minikube"])
        .code(1);
    ran.says("pod/metrics-server-1 container c can't get the image x:1");
}

#[test]
fn the_trouble_of_another_addon_is_not_ours() {
    let sandbox = sandbox("running")
        .file("addon-pods", &PULL.replace("NAME", "registry-creds"))
        .file("webhook", "");
    sandbox
        .run(&["run", "ingress-addon", "--target", "minikube"])
        .code(0);
}

#[test]
fn a_base_image_that_this_machine_has_is_handed_to_the_node_once() {
    let sandbox = sandbox("running").file("here", "rust:1-bookworm\npostgres:15-bookworm\n");
    sandbox
        .run(&["run", "build-backend", "--target", "minikube"])
        .code(0);
    let acts = acts(&sandbox);
    let node = "host=tcp://192.168.49.2:2376 certs=/home/dev/.minikube/certs";
    let expected = format!(
        "docker save rust:1-bookworm host= certs=\ndocker load  {node}\ndocker build -f {node}\n"
    );
    let mut sorted: Vec<&str> = acts.lines().collect();
    sorted.sort_unstable();
    let mut wanted: Vec<&str> = expected.lines().collect();
    wanted.sort_unstable();
    assert_eq!(sorted, wanted);
    assert!(sandbox.read("images").contains("rust:1-bookworm"));
    sandbox.write("log", "");
    sandbox
        .run(&[
            "run",
            "build-backend",
            "--target",
            "minikube",
            "--force",
            "build-backend",
        ])
        .code(0);
    assert!(!sandbox.read("log").contains("docker save"));
}

#[test]
fn base_images_of_the_chart_are_handed_over_and_taken_back() {
    let sandbox = sandbox("running").file("here", "postgres:15-bookworm\n");
    let ran = sandbox
        .run(&["run", "base-images", "--target", "minikube"])
        .code(0);
    ran.says("done base-images");
    assert_eq!(sandbox.read("images"), "postgres:15-bookworm\n");
    sandbox.run(&["teardown", "--target", "minikube"]).code(0);
    assert_eq!(sandbox.read("images"), "");
}

#[test]
fn with_a_registry_images_are_built_here_pushed_and_proven_to_be_there() {
    let sandbox = sandbox("running");
    let up = [
        "run",
        "rollout",
        "--target",
        "minikube",
        "--set",
        "registry=docker.io/me/",
        "-j1",
    ];
    sandbox.run(&up).code(0);
    let log = sandbox.read("log");
    assert_eq!(
        log.matches("docker push docker.io/me/todo-").count(),
        3,
        "{log}"
    );
    assert!(
        !log.contains("host=tcp"),
        "nothing is built in the node: {log}"
    );
    assert!(
        log.contains(r#"--set-json backend.image.repository="docker.io/me/todo-backend""#),
        "{log}"
    );
    sandbox.write("log", "");
    sandbox.run(&up).code(0).says("0 done");
    assert_eq!(acts(&sandbox), "");
}

#[test]
fn a_registry_that_refuses_or_is_not_there_is_named() {
    let load = [
        "run",
        "load-backend",
        "--target",
        "minikube",
        "--set",
        "registry=ghcr.io/me/",
    ];
    let fails = |file: &str, words: &str| sandbox("running").file(file, words).run(&load).code(1);
    fails(
        "refuses",
        "denied: requested access to the resource is denied",
    )
    .says("the registry refuses ghcr.io/me/todo-backend:0.1.0-")
    .says("`docker login`");
    fails("refuses", "Get \"https://ghcr.io/v2/\": EOF")
        .says("the registry of ghcr.io/me/todo-backend:0.1.0-")
        .says("is not reached: Get \"https://ghcr.io/v2/\": EOF");
    // It took the image, and is gone by the time it is asked for it.
    fails("silent", "Get \"https://ghcr.io/v2/\": EOF")
        .says("the registry does not tell whether it has ghcr.io/me/todo-backend:0.1.0-");
}

#[test]
fn a_full_disk_is_named_with_the_line_that_frees_some() {
    let sandbox = sandbox("running");
    let docker = sandbox.read("bin/docker").replace(
        "  build*|import*)",
        "  build*|import*) echo 'write /x: no space left on device' >&2; exit 1 ;;\n  never)",
    );
    let sandbox = with_transcripts(sandbox.tool("docker", &docker));
    let ran = sandbox
        .run(&["run", "build-backend", "--target", "minikube"])
        .code(1);
    ran.says("has no free disk left")
        .says("`minikube -p minikube ssh -- docker system prune`");
}
