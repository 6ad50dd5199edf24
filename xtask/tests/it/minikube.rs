//! The target `minikube` against fake tools that replay what the real ones print
//! (`tests/transcripts`). The pipeline is the repository's own; the argv sequences below are the
//! contract with the real tools.

use expect_test::{Expect, expect};

mod canary;
#[cfg(target_os = "linux")]
mod dev;
mod follow;
mod gone;
mod life;
mod machine;
mod ours;
mod story;
mod trouble;

pub(crate) use machine::{DOCKER, KUBECTL, REPLAY, acts, sandbox};

use machine::MINIKUBE;

use crate::sandbox::Sandbox;

/// A cluster that an earlier run knew as running, and that is now in another state.
fn known(state: &str) -> Sandbox {
    let sandbox = sandbox("running");
    sandbox
        .run(&["run", "cluster", "--target", "minikube"])
        .code(0);
    sandbox.write("state", &format!("{state}\n"));
    sandbox.write("log", "");
    sandbox
}

#[track_caller]
fn check(state: &str, expected: &Expect) {
    let sandbox = sandbox(state);
    sandbox
        .run(&["run", "rollout", "--target", "minikube", "-j1"])
        .code(0);
    expected.assert_eq(&acts(&sandbox));
}

#[test]
fn a_missing_cluster_is_started_and_everything_goes_into_it() {
    check(
        "missing",
        &expect![[r#"
            minikube -p minikube start --cpus 4 --memory 8192 --driver docker --container-runtime docker
            docker build -f host=tcp://192.168.49.2:2376 certs=/home/dev/.minikube/certs
            docker build -f host=tcp://192.168.49.2:2376 certs=/home/dev/.minikube/certs
            docker build -f host=tcp://192.168.49.2:2376 certs=/home/dev/.minikube/certs
            helm lint --strict helm/todo-chatbot
            helm lint --strict helm/todo-chatbot -f helm/todo-chatbot/values-local.yaml
            minikube -p minikube addons enable ingress
            minikube -p minikube addons enable metrics-server
            helm upgrade --install todo-chatbot helm/todo-chatbot --history-max 10 --labels pipeline.local/owner=todo-chatbot,pipeline.local/run=RUN --reset-values --kube-context minikube --namespace todo-chatbot -f helm/todo-chatbot/values-local.yaml --set-json backend.image.repository="todo-backend" --set-json backend.image.tag="0.1.0-TAG" --set-json frontend.image.repository="todo-frontend" --set-json frontend.image.tag="0.1.0-TAG" --set-json fullnameOverride="todo-chatbot" --set global.volumePermissions=false --set-json ingress.host="todo-app.local" --set-json ingress.tlsSecretName="" --set-json mcpServer.image.repository="todo-mcp-server" --set-json mcpServer.image.tag="0.1.0-TAG" --set-json secrets.valuesFrom="todo-chatbot-given"
        "#]],
    );
}

#[test]
fn the_nodes_docker_is_given_to_the_build_and_to_nothing_else() {
    let sandbox = sandbox("running");
    sandbox
        .run(&["run", "rollout", "--target", "minikube"])
        .code(0);
    let log = sandbox.read("log");
    let docker: Vec<&str> = log
        .lines()
        .filter(|line| line.starts_with("docker "))
        .collect();
    let to_node = |line: &&&str| {
        line.contains("host=tcp://192.168.49.2:2376 certs=/home/dev/.minikube/certs")
    };
    assert_eq!(
        docker
            .iter()
            .filter(|line| line.starts_with("docker build"))
            .filter(to_node)
            .count(),
        3
    );
    assert!(
        docker
            .iter()
            .filter(|line| line.starts_with("docker version"))
            .all(|line| line.contains("host= "))
    );
    assert!(
        !log.lines().any(|line| line.contains("image load todo-")),
        "built inside the node, so nothing is loaded"
    );
    let shows = |file: &str| sandbox.read(file).contains("a secret that is long enough");
    assert!(
        shows("given"),
        "the secret travels through standard input into the Secret"
    );
    assert!(!shows("values"), "helm keeps the values it is given");
    assert!(!log.contains("a secret that is long enough"));
}

#[test]
fn a_stopped_cluster_is_started() {
    let sandbox = known("stopped");
    sandbox
        .run(&["run", "cluster", "--target", "minikube"])
        .code(0)
        .says("cluster: minikube profile minikube is stopped");
    assert!(acts(&sandbox).starts_with("minikube -p minikube start --cpus 4 --memory 8192 --driver docker --container-runtime docker"));
}

#[test]
fn a_paused_cluster_is_continued() {
    let sandbox = known("paused");
    sandbox
        .run(&["run", "cluster", "--target", "minikube"])
        .code(0)
        .says("minikube profile minikube is paused");
    assert_eq!(acts(&sandbox), "minikube -p minikube unpause\n");
}

#[test]
fn a_second_run_changes_nothing() {
    let sandbox = sandbox("missing");
    sandbox
        .run(&["run", "rollout", "--target", "minikube"])
        .code(0);
    sandbox.write("log", "");
    sandbox
        .run(&["run", "rollout", "--target", "minikube"])
        .code(0)
        .says("0 done");
    assert_eq!(acts(&sandbox), "");
}

#[test]
fn a_load_that_does_not_load_is_found_out() {
    // containerd: images are built on the host and loaded; this minikube ends well without loading.
    let sandbox = sandbox("running").file("lies", "");
    let profile = "minikube/profile-list.txt";
    let text = std::fs::read_to_string(format!(
        "{}/../crates/kinds/tests/transcripts/{profile}",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap();
    let text = text.replace(
        "\"ContainerRuntime\":\"docker\"",
        "\"ContainerRuntime\":\"containerd\"",
    );
    sandbox.write("transcripts/minikube/profile-list.txt", &text);
    let sandbox = with_transcripts(sandbox);
    let ran = sandbox
        .run(&["run", "load-backend", "--target", "minikube"])
        .code(1);
    ran.says(
        "load-backend: every command succeeded and yet the node has no image todo-backend:0.1.0-",
    );
    std::fs::remove_file(sandbox.dir.join("lies")).unwrap();
    sandbox
        .run(&["run", "load-backend", "--target", "minikube"])
        .code(0);
}

/// The sandbox's own transcripts in front of the recorded ones.
fn with_transcripts(sandbox: Sandbox) -> Sandbox {
    let recorded = format!(
        "{}/../crates/kinds/tests/transcripts",
        env!("CARGO_MANIFEST_DIR")
    );
    for tool in ["minikube", "helm"] {
        for entry in std::fs::read_dir(format!("{recorded}/{tool}"))
            .unwrap()
            .flatten()
        {
            let own = format!("transcripts/{tool}/{}", entry.file_name().display());
            if !sandbox.has(&own) {
                sandbox.write(&own, &std::fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    let own = sandbox.dir.join("transcripts").display().to_string();
    sandbox.env("TRANSCRIPTS", &own)
}

#[test]
fn a_cluster_that_stops_between_two_steps_is_named() {
    let sandbox = sandbox("running");
    sandbox
        .run(&["run", "cluster", "--target", "minikube"])
        .code(0);
    // The status still says that it runs; docker-env ends with 83 and prints words that are no
    // variables.
    let script = MINIKUBE.replace(
        "running) replay minikube/docker-env-none.txt",
        "running) replay minikube/docker-env-stopped.txt",
    );
    let sandbox = sandbox.tool("minikube", &format!("{REPLAY}{script}"));
    let ran = sandbox
        .run(&["run", "build-backend", "--target", "minikube"])
        .code(1);
    ran.says("`minikube -p minikube docker-env --shell none` gave no variables (exit 83): false exit code 83");
    assert!(
        !sandbox.read("log").contains("docker build"),
        "it must never build on the host instead"
    );
}
