//! The target `kind` against fake tools: what kind prints is recorded in `tests/transcripts/kind`.
//! The pipeline is the repository's own.

use expect_test::expect;

use crate::minikube::{DOCKER, KUBECTL, REPLAY, acts, sandbox};
use crate::sandbox::Sandbox;

/// The clusters are in the file `clusters`; `lies` says that a load ends well without loading.
const KIND: &str = r#"log kind "$@"
case "$*" in
  version) replay kind/version.txt ;;
  "get clusters") [ -s clusters ] && cat clusters || replay kind/get-none.txt ;;
  "create cluster --name "*) [ ! -e no-image ] || replay kind/create-no-image.txt
      echo "$4" >> clusters; echo running > state; replay kind/create.txt ;;
  "load docker-image --name "*) grep -q "^$5 " built || { echo "ERROR: image: \"$5\" not present locally" >&2; exit 1; }
      [ -e lies ] || echo "docker.io/library/$5" >> images ;;
  "delete cluster --name "*) : > clusters; : > images; echo missing > state; rm -f namespace given released; replay kind/delete-made.txt ;;
  *) echo "unexpected: kind $*" >&2; exit 64 ;;
esac"#;

const NODE: &str = r#"case "$*" in
  "start kind-control-plane") log docker "$@"; exit ;;
  "exec kind-control-plane ctr -n k8s.io images ls -q") [ -s clusters ] && cat images; exit ;;
  "exec kind-control-plane ctr -n k8s.io images rm "*) log docker "$@"; grep -vxF "$9" images > left || :; cat left > images; exit ;;
esac
"#;

const SERVER: &str = r#"case "$*" in
  *" apply -f "*) log kubectl "$@"; echo enabled > ingress; echo enabled > metrics; exit ;;
  *" patch deployment metrics-server "*) exit ;;
  *"version -o json --client=false"*) unreachable ''; echo '{"serverVersion":{"gitVersion":"v1.34.0"}}'; exit ;;
  *"v1/storageclasses"*) echo '{"items":[]}'; exit ;;
  *"auth can-i"*) echo yes; exit ;;
esac
"#;

fn machine() -> Sandbox {
    let tool = |first: &str, script: &str| format!("{REPLAY}{first}{script}");
    sandbox("missing")
        .file("clusters", "")
        .tool("kind", &tool("", KIND))
        .tool("docker", &tool(NODE, DOCKER))
        .tool("kubectl", &tool(SERVER, KUBECTL))
}

const UP: [&str; 5] = ["run", "rollout", "--target", "kind", "-j1"];

fn of_kind(sandbox: &Sandbox) -> String {
    let lines = acts(sandbox);
    let ours = |line: &&str| {
        (line.starts_with("kind ") && !line.contains("get clusters"))
            || line.contains("control-plane")
            || line.contains(" apply ")
    };
    lines
        .lines()
        .filter(ours)
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn a_cluster_is_made_filled_taken_as_it_is_and_deleted() {
    let sandbox = machine();
    sandbox.run(&UP).code(0);
    expect![[r#"
        kind create cluster --name kind --config pipeline/kind.yaml --wait 3m
        docker start kind-control-plane
        kubectl --context kind-kind apply -f https://kind.sigs.k8s.io/examples/ingress/deploy-ingress-nginx.yaml -f https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml
        kind load docker-image --name kind todo-mcp-server:0.1.0-TAG
        kind load docker-image --name kind todo-backend:0.1.0-TAG
        kind load docker-image --name kind todo-frontend:0.1.0-TAG
    "#]]
    .assert_eq(&of_kind(&sandbox));
    sandbox.write("log", "");
    sandbox.run(&UP).code(0).says("0 done");
    assert_eq!(of_kind(&sandbox), "");
    sandbox
        .run(&["teardown", "-j1", "--target", "kind"])
        .code(0);
    assert_eq!(sandbox.read("clusters"), "kind\n", "kept without --all");
    sandbox.run(&UP).code(0);
    sandbox
        .run(&["teardown", "-j1", "--all", "--target", "kind"])
        .code(0);
    assert_eq!(sandbox.read("clusters"), "");
}

#[test]
fn a_cluster_that_was_there_before_us_is_left() {
    let sandbox = machine().file("clusters", "kind\n");
    sandbox.write("state", "running\n");
    sandbox.run(&UP).code(0);
    sandbox
        .run(&["teardown", "-j1", "--all", "--target", "kind"])
        .code(0)
        .says("it was there before us");
    assert_eq!(sandbox.read("clusters"), "kind\n");
}

#[test]
fn a_load_that_does_not_load_is_found_out() {
    let sandbox = machine().file("lies", "");
    sandbox.run(&UP).code(1).says("the node has no image todo-");
}

#[test]
fn a_node_image_that_can_not_be_had_is_named_with_the_way_to_it() {
    let sandbox = machine().file("no-image", "");
    sandbox
        .run(&["run", "kind-cluster", "--target", "kind"])
        .code(1)
        .says("the node's image kindest/node:v1.34.0 can't be had: Error response from daemon")
        .says("docker pull kindest/node:v1.34.0");
}
