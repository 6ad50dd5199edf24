use alloc::string::{String, ToString};

use serde_json::json;

use super::*;
use protocol::{Facts, Output};

/// What a recorded call printed to standard output, and how it ended.
fn recorded(name: &str) -> Answer {
    let path = format!(
        "{}/tests/transcripts/minikube/{name}.txt",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(path).unwrap();
    let (_, rest) = text.split_once("--- stdout\n").unwrap();
    let (stdout, rest) = rest.split_once("--- stderr\n").unwrap();
    let (stderr, code) = rest.split_once("--- exit ").unwrap();
    ran(stdout, stderr, code.trim().parse().unwrap())
}

fn ran(stdout: &str, stderr: &str, code: i32) -> Answer {
    let (stdout, stderr) = (stdout.to_string(), stderr.to_string());
    Answer::Ran(Output {
        code,
        stdout,
        stderr,
    })
}

fn node(host: &str, kubelet: &str, api: &str, kubeconfig: &str) -> serde_json::Value {
    json!({"Name": "minikube", "Host": host, "Kubelet": kubelet, "APIServer": api, "Kubeconfig": kubeconfig, "Worker": false})
}

fn worker(host: &str) -> serde_json::Value {
    json!({"Name": "minikube-m02", "Host": host, "Kubelet": host, "APIServer": "Irrelevant", "Kubeconfig": "Irrelevant", "Worker": true})
}

#[track_caller]
fn is(answer: Answer, expected: &Condition) {
    assert_eq!(condition(Some(&answer)), *expected);
}

fn down(how: &str) -> Condition {
    Condition::Down(how.to_string())
}

#[test]
fn every_recorded_status_is_understood() {
    is(recorded("status"), &Condition::Running);
    is(recorded("status-after-restart"), &Condition::Running);
    is(recorded("status-paused"), &Condition::Paused);
    is(recorded("status-stopped"), &down("is stopped"));
    is(recorded("unknown-profile-status"), &Condition::Missing);
}

/// As minikube's own code writes them: `null` with exit status 0 where a node is gone, a list where
/// there are several nodes.
#[test]
fn half_states_are_told_apart() {
    let status = |nodes: serde_json::Value, code| ran(&nodes.to_string(), "", code);
    is(ran("null", "", 0), &down("has lost its node"));
    let half = node("Running", "Stopped", "Stopped", "Configured");
    is(
        status(half, 2),
        &down("is half up: host running, kubelet stopped, API server stopped"),
    );
    let astray = node("Running", "Running", "Running", "Misconfigured");
    is(status(astray, 4), &Condition::Astray);
    let full = node("InsufficientStorage", "Running", "Running", "Configured");
    is(status(full, 1), &Condition::Full);
    let well = node("Running", "Running", "Running", "Configured");
    is(
        status(json!([well, worker("Running")]), 0),
        &Condition::Running,
    );
    let lame = json!([well, worker("Stopped")]);
    is(
        status(lame, 3),
        &down("is half up: host running, kubelet running, API server running"),
    );
    let broken = ran(
        "",
        "X Exiting due to GUEST_STATUS: state: unknown state",
        80,
    );
    is(
        broken,
        &Condition::Unknown("X Exiting due to GUEST_STATUS: state: unknown state".to_string()),
    );
}

/// minikube tells once a day that there is a newer one, as a document or as a line, wherever it
/// happens to be done with asking.
#[test]
fn a_notice_of_a_newer_minikube_is_passed_over() {
    let notice = r#"{"specversion":"1.0","type":"io.k8s.sigs.minikube.info","data":{"message":"minikube 1.39.0 is available!"}}"#;
    let (status, list) = (recorded("status"), recorded("profile-list"));
    let (status, list) = (
        status.stdout().unwrap().trim(),
        list.stdout().unwrap().trim(),
    );
    for noticed in [
        format!("{notice}\n{status}"),
        format!("{status}{notice}\n"),
        format!("* minikube 1.39.0 is available! Download it: https://x/?a=b\n{status}\n"),
    ] {
        is(ran(&noticed, "", 0), &Condition::Running);
    }
    let noticed = ran(&format!("{notice}\n{list}"), "", 0);
    assert_eq!(
        Profile::read(&noticed, "minikube").unwrap().driver,
        "docker"
    );
}

#[track_caller]
fn images(edit: impl Fn(&mut serde_json::Value), registry: &str, expected: &str) {
    let text = recorded("profile-list").stdout().unwrap().to_string();
    let mut list: serde_json::Value = serde_json::from_str(&text).unwrap();
    edit(&mut list["valid"][0]["Config"]);
    let profile = Profile::read(&ran(&list.to_string(), "", 0), "minikube").unwrap();
    let facts = profile.facts("minikube", registry);
    assert_eq!(
        (
            facts["transport"].as_str().unwrap(),
            facts["address"].as_str().unwrap()
        ),
        (expected, "192.168.49.2")
    );
}

#[test]
fn the_way_of_images_follows_from_what_the_cluster_is() {
    images(|_| (), "", "docker-env");
    images(|_| (), "ghcr.io/me/", "registry");
    images(
        |config| config["KubernetesConfig"]["ContainerRuntime"] = "containerd".into(),
        "",
        "minikube",
    );
    images(|config| config["Driver"] = "none".into(), "", "minikube");
    let second = |config: &mut serde_json::Value| {
        let nodes = config["Nodes"].as_array_mut().unwrap();
        nodes.push(nodes[0].clone());
    };
    images(second, "", "minikube");
}

fn wanted() -> Minikube {
    serde_json::from_value(json!({"profile": "minikube", "cpus": "4", "memory": 8192, "driver": "docker", "runtime": "docker"})).unwrap()
}

#[track_caller]
fn starts(info: &str, list: Answer, id: &str, expected: &str) {
    let answers = [
        recorded("status-stopped"),
        list,
        ran(id, "", 0),
        ran(info, "", 0),
    ];
    assert_eq!(
        wanted().start(&answers).to_string(),
        format!("minikube -p minikube start {expected}")
    );
}

#[test]
fn a_node_is_no_larger_than_docker() {
    let none = || ran("{\"invalid\":[],\"valid\":[]}", "", 0);
    let tail = "--driver docker --container-runtime docker";
    starts(
        "8 33565949952\n",
        none(),
        "1000\n",
        &format!("--cpus 4 --memory 8192 {tail}"),
    );
    starts(
        "2 8326930432\n",
        none(),
        "0\n",
        &format!("--cpus 2 --memory 6912 {tail} --force"),
    );
    starts(
        "2 4109873152\n",
        none(),
        "1000\n",
        &format!("--cpus 2 --memory 2816 {tail}"),
    );
    starts(
        "",
        none(),
        "1000\n",
        &format!("--cpus 4 --memory 8192 {tail}"),
    );
}

#[test]
fn a_stopped_profile_keeps_its_driver_and_runtime() {
    let text = recorded("profile-list-stopped")
        .stdout()
        .unwrap()
        .to_string();
    let text = text.replace("\"Driver\":\"docker\"", "\"Driver\":\"kvm2\"");
    let text = text.replace(
        "\"ContainerRuntime\":\"docker\"",
        "\"ContainerRuntime\":\"containerd\"",
    );
    let expected = "--cpus 4 --memory 8192 --driver kvm2 --container-runtime containerd";
    starts("", ran(&text, "", 0), "0\n", expected);
}

#[test]
fn an_old_kubernetes_is_refused() {
    let text = recorded("profile-list")
        .stdout()
        .unwrap()
        .replace("v1.34.4", "v1.23.17");
    let facts = Facts::new();
    let context = StepContext {
        before: Some(&facts),
        ..crate::testing::context()
    };
    let effect = wanted().assess(&context, &[recorded("status"), ran(&text, "", 0)]);
    let Effect::Broken(failure) = effect else {
        panic!("{effect:?}")
    };
    assert!(
        failure.prerequisite
            && failure
                .cause
                .contains("runs Kubernetes 1.23.17, 1.25 is the oldest")
    );
}

#[track_caller]
fn told(output: &str, cause: &str, fix: &str) {
    let failure = wanted()
        .diagnose(&Action::Stop(String::new()), output)
        .unwrap();
    assert!(failure.cause.contains(cause), "{}", failure.cause);
    assert!(failure.fix.as_ref().unwrap().contains(fix), "{failure:?}");
}

#[test]
fn what_minikube_says_when_it_gives_up_is_put_in_one_line() {
    told(
        "X Exiting due to RSRC_INSUFFICIENT_CORES: Requested cpu count 4 is greater than the available cpus of 2",
        "larger than this machine allows",
        "--set cpus=2 --set memory=4096",
    );
    told(
        "Error response from daemon: Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available",
        "larger than this machine allows",
        "--set cpus=2",
    );
    told(
        "X Exiting due to GUEST_DRIVER_MISMATCH: The existing \"minikube\" cluster was created using the \"kvm2\" driver\n* Suggestion: Delete the existing cluster",
        "minikube can't start (GUEST_DRIVER_MISMATCH): The existing",
        "Delete the existing cluster",
    );
    told(
        "X Exiting due to DRV_AS_ROOT: not as root",
        "(DRV_AS_ROOT)",
        "minikube -p minikube delete",
    );
}
