//! What counts of what is there, and what is said of it.

use super::*;
use crate::programs::helm;
use crate::testing::{context, failed, said};
use serde_json::json;

fn rollout() -> Rollout {
    Rollout {
        context: "lab".to_string(),
        namespace: "app".to_string(),
        release: "ours".to_string(),
    }
}

#[test]
fn what_belongs_to_another_release_does_not_count() {
    let of = |release: &str, ready: u32| {
        json!({"kind": "StatefulSet", "metadata": {"name": release, "labels": {"app.kubernetes.io/instance": release}},
            "spec": {"replicas": 1}, "status": {"readyReplicas": ready, "updatedReplicas": 1}})
    };
    let assessed = |ours: u32, theirs: u32| {
        let items = json!({"items": [of("ours", ours), of("theirs", theirs)]});
        rollout().assess(&context(), &[said(&items.to_string())])
    };
    let none = Facts::from([(RESTARTS.to_string(), json!({}))]);
    let stands = Effect::Present("1 workload ready, 0 restarts".to_string(), none);
    assert_eq!(assessed(1, 0), stands);
    let lacks = "statefulset/ours has 0 of 1 ready".to_string();
    assert_eq!(assessed(0, 1), Effect::Pending(lacks));
}

/// Charts of other people label their objects in other ways; helm marks all of them.
#[test]
fn what_helm_made_counts_with_all_that_it_made_whatever_its_labels() {
    let by_helm = |kind: &str, status: Value| json!({"kind": kind, "metadata": {"name": "web", "uid": kind, "annotations": {BY_HELM: "ours"}}, "spec": {}, "status": status});
    let told = |items: &[Value]| {
        let list = json!({"items": items}).to_string();
        match rollout().assess(&context(), &[said(&list)]) {
            Effect::Present(says, _) | Effect::Absent(says) | Effect::Pending(says) => says,
            Effect::Degraded(failure, _) | Effect::Broken(failure) => failure.cause,
        }
    };
    let agents = |ready: u8| {
        by_helm(
            "DaemonSet",
            json!({"desiredNumberScheduled": 2, "numberReady": ready, "updatedNumberScheduled": 2}),
        )
    };
    assert_eq!(told(&[agents(1)]), "daemonset/web has 1 of 2 ready");
    assert_eq!(told(&[agents(2)]), "1 workload ready, 0 restarts");
    let owned = |kind: &str, owner: &str| {
        json!({"kind": kind, "metadata": {"name": "web-1", "uid": kind, "ownerReferences": [{"uid": owner}]}, "spec": {"containers": [{"name": "web"}]},
            "status": {"containerStatuses": [{"name": "web", "image": "web:1", "state": {"waiting": {"reason": "InvalidImageName"}}}]}})
    };
    let deployment = by_helm("Deployment", json!({}));
    let pod = told(&[
        owned("Pod", "ReplicaSet"),
        owned("ReplicaSet", "Deployment"),
        deployment,
    ]);
    assert!(pod.contains("web:1"), "{pod}");
    assert_eq!(
        told(&[by_helm("Pod", json!({"phase": "Pending"}))]),
        "pod/web is not ready"
    );
    let over = told(&[by_helm("Pod", json!({"phase": "Failed"}))]);
    assert!(over.contains("has failed for good"), "{over}");
    assert_eq!(
        told(&[by_helm("ConfigMap", Value::Null)]),
        "0 workloads ready, 0 restarts"
    );
    assert_eq!(told(&[]), "nothing here belongs to the release ours");
}

/// Who may not list events waits no shorter, and would wonder why no cause is told.
#[test]
fn a_wait_without_events_says_so() {
    let item = json!({"kind": "StatefulSet", "metadata": {"name": "ours", "labels": {"app.kubernetes.io/instance": "ours"}},
        "spec": {"replicas": 1}, "status": {}});
    let items = said(&json!({"items": [item]}).to_string());
    let refused = "Error from server (Forbidden): events is forbidden: User \"eve\" cannot list resource \"events\" in API group \"\" in the namespace \"app\"";
    let told = |events: Answer| match rollout().assess(&context(), &[items.clone(), events]) {
        Effect::Pending(says) => says,
        other => panic!("{other:?}"),
    };
    let lacks = "statefulset/ours has 0 of 1 ready";
    assert_eq!(told(said(r#"{"items": []}"#)), lacks);
    assert_eq!(
        told(failed(refused)),
        format!(
            "{lacks} (why can't be seen without events: eve may not list events in the namespace app)"
        )
    );
}

#[test]
fn what_a_chart_has_in_another_namespace_is_named() {
    let manifest = "kind: Deployment\nmetadata: {name: far, namespace: other}\n---\nkind: Service\nmetadata: {name: s, namespace: other}\n";
    let answers = [said(r#"{"items":[]}"#), said(""), said(manifest)];
    let asked = rollout().more_probes(&context(), &answers);
    let [Probe::Run(get)] = asked.as_slice() else {
        panic!("{asked:?}")
    };
    assert!(get.stdin.contains(r#""name":"far","namespace":"other""#));
    assert!(!get.stdin.contains("Service"), "only what has pods");
    let told = |far: Answer| {
        let answers: Vec<Answer> = answers.iter().cloned().chain([far]).collect();
        match rollout().assess(&context(), &answers) {
            Effect::Present(says, _) | Effect::Pending(says) => says,
            other => panic!("{other:?}"),
        }
    };
    let unknown = "0 workloads ready, 0 restarts, not looked at deployment/far in other";
    assert_eq!(told(failed("forbidden")), unknown);
    let lacks = "deployment/far in other is not there";
    assert_eq!(told(said("")), lacks);
    let none = [said(r#"{"items":[]}"#), said(""), said("")];
    assert!(rollout().more_probes(&context(), &none).is_empty());
}

#[test]
fn what_the_chart_wants_is_asked_with_the_first_look() {
    let asked = rollout().probes(&context());
    let wanted = helm(["get", "manifest", "ours"], "lab", "app");
    assert_eq!(asked.last(), Some(&Probe::Once(wanted)));
}

#[test]
fn a_release_that_goes_while_it_is_waited_for_ends_the_wait() {
    let nothing = [said(r#"{"items":[]}"#)];
    let first = rollout().assess(&context(), &nothing);
    assert!(matches!(first, Effect::Absent(_)));
    let waited = Effect::Pending("statefulset/ours has 0 of 1 ready".to_string());
    let after = StepContext {
        last: Some(&waited),
        ..context()
    };
    let Effect::Broken(failure) = rollout().assess(&after, &nothing) else {
        panic!("it does not come back");
    };
    assert!(failure.cause.starts_with("the release ours is gone"));
}

#[test]
fn a_workload_without_pods_is_a_cause_unless_the_chart_wants_it_so() {
    let web = json!({"kind": "Deployment", "metadata": {"name": "web", "labels": {"app.kubernetes.io/instance": "ours"}}, "spec": {"replicas": 0}});
    let objects = json!({"items": [web]}).to_string();
    let told = |manifest: &[&str]| {
        let texts = [objects.as_str(), r#"{"items":[]}"#].into_iter();
        let answers: Vec<Answer> = texts.chain(manifest.iter().copied()).map(said).collect();
        rollout().assess(&context(), &answers)
    };
    assert!(matches!(told(&[]), Effect::Degraded(..)));
    let wanted = |replicas: u8| {
        format!("kind: Deployment\nmetadata: {{name: web}}\nspec: {{replicas: {replicas}}}\n")
    };
    assert!(matches!(told(&[&wanted(1)]), Effect::Broken(_)));
    assert!(matches!(told(&[&wanted(0)]), Effect::Present(..)));
}

/// A run of a CronJob may be under way, or have failed last night.
#[test]
fn what_runs_by_the_clock_is_not_waited_for() {
    let ours = json!({"app.kubernetes.io/instance": "ours"});
    let owned = |kind: &str, uid: &str, owner: Value| {
        json!({"kind": kind, "metadata": {"name": uid, "uid": uid, "labels": ours, "ownerReferences": [owner]},
        "spec": {"containers": [{"name": "c"}]}, "status": {"conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}]}})
    };
    let told = |owner: &str| {
        let run = owned("Job", "nightly-1", json!({"kind": owner, "uid": "nightly"}));
        let pod = owned(
            "Pod",
            "nightly-1-x",
            json!({"kind": "Job", "uid": "nightly-1"}),
        );
        let web = json!({"kind": "ConfigMap", "metadata": {"name": "web", "labels": ours}});
        let list = json!({"items": [run, pod, web]}).to_string();
        rollout().assess(&context(), &[said(&list)])
    };
    assert!(matches!(told("CronJob"), Effect::Present(..)));
    assert!(
        matches!(told("Workflow"), Effect::Degraded(..)),
        "its last words are asked for"
    );
}

/// What others made decides about a release too, whatever its labels say.
#[test]
fn a_webhook_of_another_release_is_known() {
    let ours = json!({"name": "web", "labels": {"app.kubernetes.io/instance": "ours"}});
    let message = "failed calling webhook \"policy.example.com\": no endpoints";
    let failure = json!({"type": "ReplicaFailure", "status": "True", "message": message});
    let deployment = json!({"kind": "Deployment", "metadata": ours, "spec": {"replicas": 1}});
    let set = json!({"kind": "ReplicaSet", "metadata": ours, "status": {"conditions": [failure]}});
    let node = json!({"kind": "Node", "metadata": {"name": "n"}});
    let theirs = json!({"name": "policy", "labels": {"app.kubernetes.io/instance": "theirs"}});
    let hook = json!({"kind": "ValidatingWebhookConfiguration", "metadata": theirs,
        "webhooks": [{"name": "policy.example.com"}]});
    let told = |items: &[&Value]| {
        let list = json!({"items": items}).to_string();
        match rollout().assess(&context(), &[said(&list)]) {
            Effect::Degraded(failure, _) => failure.cause,
            other => panic!("{other:?}"),
        }
    };
    let there = told(&[&deployment, &set, &node, &hook]);
    assert!(there.contains("policy.example.com"), "{there}");
    let gone = told(&[&deployment, &set, &node]);
    assert!(gone.contains("a reason that is gone"), "{gone}");
}
