//! The target `minikube` against fake tools that replay what the real ones print (`tests/transcripts`).
//! The pipeline is the repository's own; the argv sequences below are the contract with the real tools.

use expect_test::{Expect, expect};

use crate::sandbox::Sandbox;

/// Prints a transcript's streams and ends with its exit code. A last line without a newline has the next mark behind it.
const REPLAY: &str = r#"part() { awk -v want="$2" '
  { line = $0; next_part = "" }
  match(line, /--- (stdout|stderr|exit [0-9]+)$/) { next_part = substr(line, RSTART + 4); line = substr(line, 1, RSTART - 1) }
  part == want && line != "" { print line }
  next_part != "" { part = next_part }' "$TRANSCRIPTS/$1"; }
replay() { part "$1" stdout; part "$1" stderr >&2; exit "$(sed -n 's/.*--- exit \([0-9]*\)$/\1/p' "$TRANSCRIPTS/$1")"; }
log() { printf '%s\n' "$*" >> "$LOG"; }
"#;

/// A minikube with one profile; the file `state` says how it is, `images` what its node has.
const MINIKUBE: &str = r#"log minikube "$@"
state=$(cat state)
case "$*" in
  "version -o json") replay minikube/version.txt ;;
  "-p minikube status -o json") case $state in
      running) replay minikube/status.txt ;; paused) replay minikube/status-paused.txt ;;
      stopped) replay minikube/status-stopped.txt ;; *) replay minikube/unknown-profile-status.txt ;; esac ;;
  "profile list -o json") replay minikube/profile-list.txt ;;
  "-p minikube start "*) echo running > state; replay minikube/start-json.txt ;;
  "-p minikube unpause") echo running > state ;;
  "-p minikube delete") echo missing > state ;;
  "-p minikube addons list -o json") printf '{"ingress":{"Status":"%s"},"metrics-server":{"Status":"%s"}}' "$(cat ingress)" "$(cat metrics)" ;;
  "-p minikube addons enable ingress"*) echo enabled > ingress ;;
  "-p minikube addons enable metrics-server"*) echo enabled > metrics; replay minikube/addons-enable-metrics.txt ;;
  "-p minikube docker-env --shell none") case $state in
      running) replay minikube/docker-env-none.txt ;; *) replay minikube/docker-env-stopped.txt ;; esac ;;
  "-p minikube image ls --format json") printf '['; sed 's/.*/{"id":"x","repoTags":["docker.io\/library\/&"]},/' images; printf '{}]' ;;
  "-p minikube image load "*) [ -e lies ] || echo "$5" >> images; replay minikube/image-load.txt ;;
  *) echo "unexpected: minikube $*" >&2; exit 64 ;;
esac"#;

/// A docker whose daemon is the node's when DOCKER_HOST says so.
const DOCKER: &str = r#"log docker "$1" "$2" "host=$DOCKER_HOST" "certs=$DOCKER_CERT_PATH"
case "$*" in
  version*) echo "28.2.2 28.2.2" ;;
  "image ls --format"*) ;;
  "image ls"*) [ ! -e built ] || cat built ;;
  build*) ref=$5; echo "{\"Repository\":\"${ref%%:*}\",\"Tag\":\"${ref#*:}\",\"ID\":\"sha256:1\"}" >> built
      [ -z "$DOCKER_HOST" ] || echo "$ref" >> images ;;
  *) echo "unexpected: docker $*" >&2; exit 64 ;;
esac"#;

const HELM: &str = r#"log helm "$@"
case "$*" in
  version*) replay helm/version.txt ;;
  lint*) replay helm/lint.txt ;;
  template*) echo 'kind: Deployment' ;;
  list*) [ -e released ] && cat released || replay helm/list-empty.txt ;;
  upgrade*) cat > values; echo '[{"name":"todo-chatbot","status":"deployed","revision":"1","updated":"now"}]' > released ;;
  uninstall*) rm released ;;
  *) echo "unexpected: helm $*" >&2; exit 64 ;;
esac"#;

const KUBECTL: &str = r#"case "$*" in
  "version --client"*) echo '{"clientVersion":{"gitVersion":"v1.34.4"}}' ;;
  *"get namespace"*) [ ! -e namespace ] || echo '{"metadata":{"labels":{"pipeline.local/owner":"todo-chatbot","pod-security.kubernetes.io/enforce":"restricted"}},"status":{"phase":"Active"}}' ;;
  *"get persistentvolumes"*) echo '{"items":[]}' ;;
  *"create -f -") cat > namespace ;;
  *"wait --for=condition=available"*) [ "$(cat ingress)" = enabled ] ;;
  *"get --raw /apis/metrics"*) [ "$(cat metrics)" = enabled ] ;;
  *"get pods,events"*) echo '{"items":[]}' ;;
  *"get deployments"*) echo '{"items":[{"kind":"Deployment","metadata":{"name":"web","generation":1},"spec":{"replicas":1},"status":{"observedGeneration":1,"replicas":1,"readyReplicas":1,"updatedReplicas":1}}]}' ;;
  *"get events"*) echo '{"items":[]}' ;;
  *) echo "unexpected: kubectl $*" >&2; exit 64 ;;
esac"#;

/// The repository's pipeline, and tools that play a machine with such a cluster.
pub fn sandbox(state: &str) -> Sandbox {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let pipeline = std::fs::read_to_string(format!("{root}/pipeline.toml")).unwrap();
    let tool = |script: &str| format!("{REPLAY}{script}");
    let sandbox = Sandbox::new()
        .file("pipeline.toml", &pipeline)
        .file("state", &format!("{state}\n"))
        .file("ingress", "disabled\n")
        .file("metrics", "disabled\n")
        .file("images", "")
        .file("docker/backend/Dockerfile", "FROM scratch\n")
        .tool("minikube", &tool(MINIKUBE))
        .tool("docker", &tool(DOCKER))
        .tool("helm", &tool(HELM))
        .tool("kubectl", KUBECTL)
        .env(
            "TRANSCRIPTS",
            &format!("{}/tests/transcripts", env!("CARGO_MANIFEST_DIR")),
        );
    let log = sandbox.dir.join("log").display().to_string();
    sandbox.env("LOG", &log).env(
        "BETTER_AUTH_SECRET",
        "a secret that is long enough for this",
    )
}

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

/// What changed the world, tags shortened, questions left out.
fn acts(sandbox: &Sandbox) -> String {
    let questions = [
        "version",
        "status",
        "profile list",
        "addons list",
        "image ls",
        " list ",
        "docker-env",
    ];
    let asks = |line: &&str| !questions.iter().any(|question| line.contains(question));
    let lines = sandbox.read("log");
    lines
        .lines()
        .filter(asks)
        .map(|line| format!("{}\n", without_digests(&sandbox_free(sandbox, line))))
        .collect()
}

fn sandbox_free(sandbox: &Sandbox, line: &str) -> String {
    line.replace(&sandbox.dir.display().to_string(), "DIR")
        .replace(" --force", "")
}

/// `0.1.0-0123456789ab` -> `0.1.0-TAG`.
fn without_digests(line: &str) -> String {
    let mut parts = line.split("0.1.0-");
    let head = parts.next().unwrap_or_default().to_string();
    parts.fold(head, |text, part| format!("{text}0.1.0-TAG{}", &part[12..]))
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
            helm upgrade --install todo-chatbot helm/todo-chatbot --history-max 10 --kube-context minikube --namespace todo-chatbot -f helm/todo-chatbot/values-local.yaml -f - --set-string backend.image.tag=0.1.0-TAG --set-string frontend.image.tag=0.1.0-TAG --set global.volumePermissions=false --set-string ingress.host=todo-app.local --set-string mcpServer.image.tag=0.1.0-TAG
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
    assert!(
        sandbox
            .read("values")
            .contains("a secret that is long enough"),
        "the secret travels through standard input"
    );
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
        "{}/tests/transcripts/{profile}",
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
    let recorded = format!("{}/tests/transcripts", env!("CARGO_MANIFEST_DIR"));
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
    // The status still says that it runs; docker-env ends with 83 and prints words that are no variables.
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

#[test]
fn a_pending_release_is_put_right_before_the_upgrade() {
    let sandbox = sandbox("running");
    let list =
        r#"[{"name":"todo-chatbot","status":"pending-install","revision":"1","updated":"now"}]"#;
    sandbox.write("released", list);
    sandbox
        .run(&["run", "release", "--target", "minikube", "-j1"])
        .code(0);
    let acts = acts(&sandbox);
    let uninstall = acts
        .find("helm uninstall todo-chatbot --kube-context minikube")
        .unwrap();
    assert!(
        uninstall < acts.find("helm upgrade --install").unwrap(),
        "{acts}"
    );
}

#[test]
fn teardown_leaves_the_cluster_unless_asked() {
    let sandbox = sandbox("running");
    sandbox
        .run(&["run", "cluster", "--target", "minikube"])
        .code(0);
    sandbox.run(&["teardown", "--target", "minikube"]);
    assert_eq!(sandbox.read("state"), "running\n");
    sandbox.run(&["teardown", "--target", "minikube", "--all"]);
    assert_eq!(sandbox.read("state"), "missing\n");
}
