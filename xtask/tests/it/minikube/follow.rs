//! `logs --follow`: the containers of the release, those of new pods too, until Ctrl-C.

use std::fs::File;
use std::process::Stdio;

use super::machine::{KUBECTL, REPLAY, sandbox};
use crate::sandbox::{Sandbox, send, until};

/// A cluster whose pods the file `pods` lists, and whose containers write a line and go on.
const PODS: &str = r#"case "$*" in
  *"get deployments,daemonsets,statefulsets,replicasets,jobs,pods -o json") cat pods; exit ;;
  *"logs --follow --tail="*) echo "$@" >> followed
      printf '{"timestamp":"2026-01-02T03:04:05.678901Z","level":"INFO","message":"from %s"}\n' "$8"; exec sleep 60 ;;
esac
"#;

fn pod(name: &str, restarts: u8) -> String {
    let status =
        format!(r#"{{"name":"backend","restartCount":{restarts},"state":{{"running":{{}}}}}}"#);
    format!(
        r#"{{"kind":"Pod","metadata":{{"name":"app-backend-{name}","labels":{{"app.kubernetes.io/instance":"todo-chatbot","app.kubernetes.io/component":"backend"}}}},"status":{{"containerStatuses":[{status}]}}}}"#
    )
}

fn pods(sandbox: &Sandbox, pods: &[String]) {
    let text = format!("{{\"items\":[{}]}}", pods.join(","));
    // At once, as a reader would otherwise find half of it.
    sandbox.write("pods.new", &text);
    std::fs::rename(sandbox.dir.join("pods.new"), sandbox.dir.join("pods")).unwrap();
}

#[test]
fn every_container_is_followed_once_and_a_new_start_from_its_beginning() {
    let sandbox = sandbox("running").tool("kubectl", &format!("{REPLAY}{PODS}{KUBECTL}"));
    pods(&sandbox, &[pod("one", 0)]);
    let told = File::create(sandbox.dir.join("told")).unwrap();
    let mut command = sandbox.command(&["logs", "-f", "--target", "minikube"]);
    let mut child = command.stdout(told).stderr(Stdio::null()).spawn().unwrap();
    let tells = |line: &str| until(line, || sandbox.read("told").contains(line));
    tells("backend/one          03:04:05.678 INFO  from app-backend-one\n");
    pods(&sandbox, &[pod("one", 1), pod("two", 0)]);
    tells("backend/two          03:04:05.678 INFO  from app-backend-two\n");
    until("a new start", || {
        sandbox.read("followed").lines().count() == 3
    });
    let tails = |tail: &str| sandbox.read("followed").matches(tail).count();
    assert_eq!((tails("--tail=20"), tails("--tail=-1")), (1, 2));
    send("INT", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    until("nobody is left", || sandbox.processes().is_empty());
}

#[test]
fn a_cluster_that_does_not_answer_is_told() {
    let sandbox = sandbox("stopped");
    sandbox
        .run(&["logs", "-f", "--target", "minikube"])
        .code(2)
        .says("kubectl does not list pods: Unable to connect to the server");
}
