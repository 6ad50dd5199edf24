//! Nodes, ways in, autoscalers and a cluster that does not answer.

use super::pods::ended;
use super::*;

#[test]
fn nodes() {
    let node = |kind: &str, status: &str| {
        object(
            "Node",
            "lab",
            json!({"status": {"conditions": [condition(kind, status, "", "says why")]}}),
        )
    };
    check(
        &[node("Ready", "Unknown")],
        "node-not-ready",
        "node/lab is not ready: says why",
        true,
    );
    check(
        &[node("DiskPressure", "True")],
        "disk-pressure",
        "no disk space",
        true,
    );
    check(
        &[node("MemoryPressure", "True")],
        "memory-pressure",
        "no memory",
        true,
    );
    let evicted = object(
        "Pod",
        "web-1",
        json!({"status": {"phase": "Failed", "reason": "Evicted", "message": "low on memory"}}),
    );
    check(&[evicted], "pod-evicted", "was evicted", true);
}

#[test]
fn what_leads_nowhere() {
    let class = object("IngressClass", "nginx", json!({}));
    let ingress = |class: &str| {
        object(
            "Ingress",
            "web",
            json!({"spec": {"ingressClassName": class}}),
        )
    };
    check(
        &[ingress("none"), class.clone()],
        "ingress-class-missing",
        "no ingress class none (there are: nginx)",
        false,
    );
    check(
        &[ingress("nginx"), class],
        "ingress-controller-down",
        "no controller takes it up",
        true,
    );
    let service = object(
        "Service",
        "web",
        json!({"spec": {"selector": {"app": "wrong"}}}),
    );
    check(
        core::slice::from_ref(&service),
        "service-selects-nothing",
        "(app=wrong)",
        true,
    );
    let pod = |port: &str| {
        let containers = json!([{"ports": [{"name": port}]}]);
        let labels = json!({"labels": {"app": "web"}});
        object(
            "Pod",
            "web-1",
            json!({"metadata": labels, "spec": {"containers": containers}}),
        )
    };
    let ports = json!([{"port": 80, "targetPort": "htp"}]);
    let spec = json!({"spec": {"selector": {"app": "web"}, "ports": ports}});
    let misspelt = object("Service", "web", spec);
    check(
        &[misspelt.clone(), pod("http")],
        "service-port-unknown",
        "its targetPort htp is the name of no port of its pods (there are: http)",
        true,
    );
    none(&[misspelt, pod("htp")]);
    // It leads to pods of the revision before, while those of the new one are refused.
    let revision = |number: &str| json!({"metadata": {"annotations": {"deployment.kubernetes.io/revision": number}}});
    let owned = |kind: &str, name: &str| json!({"metadata": {"ownerReferences": [{"kind": kind, "name": name}]}});
    let mut set = object("ReplicaSet", "web-1", revision("1"));
    merge(&mut set, owned("Deployment", "web"));
    let mut old = object(
        "Pod",
        "web-1-a",
        json!({"metadata": {"labels": {"app": "wrong"}}}),
    );
    merge(&mut old, owned("ReplicaSet", "web-1"));
    none(&[
        service,
        object("Deployment", "web", revision("2")),
        set,
        old,
    ]);
}

#[test]
fn autoscalers() {
    let scaler = |made: &str, message: &str| {
        object(
            "HorizontalPodAutoscaler",
            "web",
            json!({"metadata": {"creationTimestamp": made},
        "status": {"conditions": [condition("ScalingActive", "False", "FailedGetResourceMetric", message)]}}),
        )
    };
    let (old, new) = ("2026-11-25T08:00:00Z", "2026-11-25T09:00:00Z");
    let silent = "unable to fetch metrics from resource metrics API: the server is currently unable to handle the request";
    check(
        &[scaler(old, silent)],
        "autoscaler-without-metrics",
        "metrics API does not answer",
        true,
    );
    none(&[scaler(new, silent)]);
    none(&[scaler(old, "did not receive metrics for targeted pods")]);
    check(
        &[scaler(old, "missing request for cpu in container web")],
        "autoscaler-without-requests",
        "no request",
        true,
    );
}

#[test]
fn a_value_is_named_as_the_chart_has_it() {
    let finding = found(&[ended("OOMKilled", 137, 1)], "").unwrap();
    assert_eq!(finding.fix, "raise apiServer.resources.limits.memory");
    assert_eq!(
        finding.evidence.last().unwrap().to_string(),
        "cause out-of-memory, step `rollout`, value `apiServer.resources.limits.memory`"
    );
}

/// A chart whose objects name no component has no values that are called after one.
#[test]
fn a_value_of_no_component_is_named_alone() {
    let mut pod = ended("OOMKilled", 137, 1);
    pod["metadata"]["labels"] = serde_json::Value::Null;
    let finding = found(&[pod], "").unwrap();
    assert_eq!(finding.fix, "raise resources.limits.memory");
    assert!(!finding.evidence.concat().contains("COMPONENT"));
}

#[test]
fn what_is_told_of_a_right_is_of_the_namespace_in_which_it_lacks() {
    let lacks = |resource: &str, scope: &str| {
        format!(
            "Error from server (Forbidden): {resource} is forbidden: User \"ann\" cannot list resource \"{resource}\" in API group \"\" {scope}\n"
        )
    };
    let (of_app, of_all) = ("in the namespace \"app\"", "at the cluster scope");
    let said = [
        lacks("nodes", of_all),
        lacks("quotas", of_app),
        lacks("secrets", of_app),
        lacks("webhooks", of_all),
    ];
    let told = |said: &str| match unreachable("lab", said) {
        Effect::Broken(failure) => failure,
        other => panic!("{other:?}"),
    };
    let failure = told(&said.concat());
    assert_eq!(
        failure.cause,
        "user ann may not list quotas, secrets in the namespace app"
    );
    assert!(failure.evidence[0].contains("\"quotas\""));
    assert!(!failure.evidence.concat().contains("cluster scope"));
    let fix = failure.fix.unwrap_or_default();
    assert!(fix.contains("`kubectl --context lab auth can-i list quotas -n app`"));
    let fix = told(&said[0]).fix.unwrap_or_default();
    assert!(fix.contains("auth can-i list nodes --all-namespaces`"));
}

#[test]
fn a_cluster_that_does_not_answer() {
    let check = |stderr: &str, says: &str, heals: bool| {
        let output = protocol::Output {
            code: 1,
            stderr: stderr.to_string(),
            ..protocol::Output::default()
        };
        let effect = listed("lab", &[protocol::Answer::Ran(output)]).unwrap_err();
        let (failure, waits) = match effect {
            Effect::Broken(failure) => (failure, false),
            Effect::Degraded(failure, _) => (failure, true),
            other => panic!("{other:?}"),
        };
        assert!(failure.cause.contains(says), "{}", failure.cause);
        assert_eq!(waits, heals, "{}", failure.cause);
    };
    let denied = "Error from server (Forbidden): pods is forbidden: User \"ann\" cannot list resource \"pods\" in API group \"\" in the namespace \"app\"";
    check(
        denied,
        "user ann may not list pods in the namespace app",
        false,
    );
    check(
        "error: You must be logged in to the server (Unauthorized)",
        "does not know who asks",
        false,
    );
    check(
        "x509: certificate signed by unknown authority",
        "another authority",
        false,
    );
    check(
        "tls: failed to verify certificate: x509: certificate has expired",
        "no longer valid",
        false,
    );
    check(
        "Error in configuration: context was not found for specified context: lab",
        "is not in the kubeconfig",
        false,
    );
    check(
        "dial tcp: lookup nowhere: no such host",
        "is not known",
        true,
    );
    check(
        "The connection to the server 127.0.0.1:6443 was refused",
        "does not answer",
        true,
    );
}

/// Who may use a namespace need not see the cluster.
#[test]
fn what_is_withheld_of_the_cluster_is_done_without() {
    let output = |scope: &str| protocol::Output {
        code: 1,
        stdout: "{\"items\": []}".to_string(),
        stderr: format!(
            "Error from server (Forbidden): nodes is forbidden: User \"ann\" cannot list resource \"nodes\" in API group \"\" {scope}"
        ),
    };
    let listed = |scope| listed("lab", &[protocol::Answer::Ran(output(scope))]);
    assert!(listed("at the cluster scope").is_ok());
    assert!(listed("in the namespace \"app\"").is_err());
}

#[test]
fn every_cause_has_a_name_of_its_own() {
    let causes = || {
        FAMILIES
            .iter()
            .copied()
            .flatten()
            .flat_map(|family| family.causes)
    };
    let ids: alloc::collections::BTreeSet<&str> = causes().map(|cause| cause.id).collect();
    assert_eq!(ids.len(), causes().count());
    assert!(ids.len() >= 30, "{}", ids.len());
}
