//! What was added where the chart says nothing. Most of what is there then are defaults and what
//! controllers note; told are the places that neither of them fills.

use alloc::string::String;

use serde_json::{Map, Value};

use super::compare::is_empty;

/// Maps in which each key was given by somebody; none are `data` and `binaryData`, where
/// applications keep what they have to remember, and helm leaves it to them.
const WHOLE: [&str; 5] = ["hard", "limits", "nodeSelector", "requests", "selector"];
/// Of `spec`: what changes who gets in, and whether it rolls out.
const OF_SPECS: [&str; 7] = [
    "egress",
    "externalIPs",
    "ingress",
    "paused",
    "suspend",
    "tls",
    "type",
];
/// Of a pod's template.
const OF_PODS: [&str; 25] = [
    "affinity",
    "args",
    "command",
    "dnsConfig",
    "env",
    "envFrom",
    "hostAliases",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "imagePullSecrets",
    "initContainers",
    "lifecycle",
    "livenessProbe",
    "nodeName",
    "nodeSelector",
    "priorityClassName",
    "readinessProbe",
    "runtimeClassName",
    "serviceAccountName",
    "startupProbe",
    "tolerations",
    "volumeMounts",
    "volumes",
    "workingDir",
];
/// In `resources`, and there itself.
const RESOURCES: [&str; 3] = ["limits", "requests", "resources"];

/// Keys that nobody wanted, and that the cluster does not add by itself.
pub(super) fn added<'a>(
    place: &'a str,
    wanted: &'a Map<String, Value>,
    live: &'a Map<String, Value>,
) -> impl Iterator<Item = &'a String> {
    let is_added = move |(key, value): &(&String, &Value)| {
        !wanted.contains_key(*key) && is_somebodys(place, key, value)
    };
    live.iter().filter(is_added).map(|(key, _)| key)
}

fn is_somebodys(place: &str, key: &str, value: &Value) -> bool {
    let last = place.rsplit('.').next().unwrap_or_default();
    match last {
        _ if WHOLE.contains(&last) => true,
        // Controllers note there what they have done, but none what it is to do.
        "annotations" => place == "metadata.annotations" && key.contains(".ingress.kubernetes.io/"),
        _ if is_empty(value) => false,
        "spec" if place == "spec" => OF_SPECS.contains(&key) && value != "ClusterIP",
        _ => place.contains("template.spec") && is_of_pods(key),
    }
}

fn is_of_pods(key: &str) -> bool {
    OF_PODS.contains(&key) || RESOURCES.contains(&key)
}

#[cfg(test)]
mod tests {
    use crate::drift::compare::{Difference, differences};
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;
    use serde_json::{Value, json};

    #[track_caller]
    fn check(kind: &str, wanted: Value, live: Value, places: &[&str]) {
        let object = |rest: Value| {
            let mut object =
                json!({"kind": kind, "metadata": {"name": "web", "annotations": {"a": "b"}}});
            let (all, rest) = (object.as_object_mut().unwrap(), rest);
            all.extend(rest.as_object().unwrap().clone());
            object
        };
        let found = differences(&[object(wanted)], &[&object(live)], &());
        let found: Vec<String> = found.iter().flat_map(Difference::told).collect();
        let told = |place: &&str| {
            let is = match kind {
                "Secret" => "not what the release has".to_string(),
                _ => "there, the release has none".to_string(),
            };
            format!("{}/web: {place} is {is}", kind.to_lowercase())
        };
        assert_eq!(found, places.iter().map(told).collect::<Vec<_>>());
    }

    fn pod(spec: Value) -> Value {
        json!({"spec": {"template": {"spec": spec}}})
    }

    #[test]
    fn what_only_somebody_can_have_added_is_seen() {
        let spec = |spec: Value| json!({"spec": spec});
        check(
            "Deployment",
            spec(json!({})),
            spec(json!({"paused": true})),
            &["spec.paused"],
        );
        check(
            "Job",
            spec(json!({})),
            spec(json!({"suspend": true})),
            &["spec.suspend"],
        );
        check(
            "Service",
            spec(json!({})),
            spec(json!({"type": "NodePort"})),
            &["spec.type"],
        );
        check(
            "CronJob",
            spec(json!({})),
            spec(json!({"suspend": true})),
            &["spec.suspend"],
        );
        check(
            "ResourceQuota",
            spec(json!({"hard": {"cpu": 4}})),
            spec(json!({"hard": {"cpu": "4", "pods": "1"}})),
            &["spec.hard.pods"],
        );
        let container = |more: Value| {
            let mut container = json!({"name": "c"});
            container
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            pod(json!({"containers": [container]}))
        };
        let limits = json!({"resources": {"limits": {"cpu": "1"}}});
        let place = "spec.template.spec.containers[c].resources";
        check(
            "Deployment",
            container(json!({})),
            container(limits.clone()),
            &[place],
        );
        let below = format!("{place}.limits");
        check(
            "Deployment",
            container(json!({"resources": {}})),
            container(limits),
            &[&below],
        );
        let aliases = pod(json!({"hostAliases": [{"ip": "1.2.3.4"}]}));
        check(
            "Deployment",
            pod(json!({})),
            aliases,
            &["spec.template.spec.hostAliases"],
        );
        let rewrite = "nginx.ingress.kubernetes.io/rewrite-target";
        let noted = json!({"metadata": {"name": "web", "annotations": {"a": "b", rewrite: "/x"}}});
        check(
            "Ingress",
            json!({}),
            noted,
            &[&format!("metadata.annotations.{rewrite}")],
        );
    }

    #[test]
    fn what_the_cluster_and_its_controllers_add_is_not() {
        let pods = json!({"dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler",
            "securityContext": {}, "terminationGracePeriodSeconds": 30});
        check("Deployment", pod(json!({})), pod(pods), &[]);
        let defaults = json!({"spec": {"type": "ClusterIP", "clusterIP": "10.0.0.1", "sessionAffinity": "None", "ipFamilies": ["IPv4"]}});
        check("Service", json!({"spec": {}}), defaults, &[]);
        check(
            "Deployment",
            json!({"spec": {}}),
            json!({"spec": {"paused": false, "progressDeadlineSeconds": 600}}),
            &[],
        );
        let filled = json!({"data": {"ca.crt": "YQ=="}});
        check("Secret", json!({"data": {}}), filled.clone(), &[]);
        check("Secret", json!({}), filled, &[]);
        let beside = json!({"data": {"a": "1", "cursor": "4711"}});
        check("ConfigMap", json!({"data": {"a": "1"}}), beside, &[]);
        let noted =
            |key: &str| json!({"metadata": {"name": "web", "annotations": {"a": "b", key: "1"}}});
        check(
            "Deployment",
            json!({}),
            noted("deployment.kubernetes.io/revision"),
            &[],
        );
        check(
            "Ingress",
            json!({}),
            noted("ingress.kubernetes.io/backends"),
            &[],
        );
        check(
            "ServiceAccount",
            json!({}),
            json!({"imagePullSecrets": [{"name": "x"}]}),
            &[],
        );
    }
}
