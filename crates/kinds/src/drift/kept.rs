//! What a chart writes and the cluster keeps otherwise, or leaves to somebody else. No difference of
//! this kind is anybody's doing.

use alloc::string::String;
use core::iter;

use serde_json::{Map, Value};

use crate::singly::is_beside;

/// Kinds that say which certificate a webhook is trusted by.
const WITH_WEBHOOKS: [&str; 4] = [
    "APIService",
    "CustomResourceDefinition",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// The object as the cluster would keep it, by what it is said to do
/// (kubernetes.io/docs/reference).
pub(super) fn as_kept(wanted: &Value, same: &Value, live: &[&Value]) -> Value {
    let mut kept = wanted.clone();
    let Some(object) = kept.as_object_mut() else {
        return kept;
    };
    not_the_charts(object);
    match wanted["kind"].as_str() {
        Some("Secret") => encode(object),
        Some("Service") => spec(object, allocated),
        // What they are made with stays: claims only grow, pods are replaced.
        Some("PersistentVolume" | "PersistentVolumeClaim" | "Pod") => drop(object.remove("spec")),
        // Its rules are those of the roles that it gathers.
        Some("ClusterRole") if object.contains_key("aggregationRule") => {
            drop(object.remove("rules"))
        }
        _ if is_scaled(wanted, live) => spec(object, |spec| drop(spec.remove("replicas"))),
        Some(kind) if WITH_WEBHOOKS.contains(&kind) => trusted(&mut kept, same),
        _ => {}
    }
    kept
}

/// The cluster tells each object in the version that it is asked for, and says itself where it is
/// and how it fares.
fn not_the_charts(object: &mut Map<String, Value>) {
    object.retain(|key, _| key != "apiVersion" && key != "status");
    let metadata = object.get_mut("metadata").and_then(Value::as_object_mut);
    metadata.map(|metadata| metadata.remove("namespace"));
}

/// Certificates of webhooks are put in by whoever makes them, and stay in what is written again.
fn trusted(wanted: &mut Value, live: &Value) {
    match (wanted, live) {
        (Value::Object(wanted), Value::Object(live)) => {
            let bundle = live.get_key_value("caBundle");
            wanted.extend(bundle.map(|(key, bundle)| (key.clone(), bundle.clone())));
            let parts = wanted.iter_mut();
            let pairs = parts.filter_map(|(key, part)| Some((part, live.get(key)?)));
            pairs.for_each(|(part, live)| trusted(part, live));
        }
        (Value::Array(wanted), Value::Array(live)) => {
            let pairs = wanted.iter_mut().zip(live);
            pairs.for_each(|(part, live)| trusted(part, live));
        }
        _ => {}
    }
}

fn spec(object: &mut Map<String, Value>, change: impl FnOnce(&mut Map<String, Value>)) {
    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
        change(spec);
    }
}

/// Jobs are removed once they have done their work, and so is what says after how long (such as
/// `ttl` or `ttlStrategy` of custom resources).
pub(super) fn goes_by_itself(item: &Value) -> bool {
    let spec = item["spec"].as_object();
    let has_end = || spec.is_some_and(|spec| spec.keys().any(|key| key.starts_with("ttl")));
    item["kind"] == "Job" || has_end()
}

/// Whether the number of replicas is an autoscaler's to say.
fn is_scaled(wanted: &Value, live: &[&Value]) -> bool {
    live.iter().any(|item| {
        let target = &item["spec"]["scaleTargetRef"];
        item["kind"] == "HorizontalPodAutoscaler"
            && is_beside(item, wanted)
            && target["kind"] == wanted["kind"]
            && target["name"] == wanted["metadata"]["name"]
    })
}

/// Addresses and ports that a Service leaves to the cluster.
fn allocated(spec: &mut Map<String, Value>) {
    spec.retain(|key, value| key != "clusterIP" || value.as_str() != Some(""));
    let ports = spec.get_mut("ports").and_then(Value::as_array_mut);
    let ports = ports.into_iter().flatten().filter_map(Value::as_object_mut);
    ports.for_each(|port| port.retain(|key, value| key != "nodePort" || value.as_u64() != Some(0)));
}

/// `stringData` is written only; what it says is found in `data`.
fn encode(object: &mut Map<String, Value>) {
    let Some(Value::Object(texts)) = object.remove("stringData") else {
        return;
    };
    let data = object.entry("data").or_insert_with(|| Map::new().into());
    if let Some(data) = data.as_object_mut() {
        let encoded = |(key, text): (String, Value)| Some((key, base64(text.as_str()?).into()));
        data.extend(texts.into_iter().filter_map(encoded));
    }
}

/// RFC 4648, section 4.
fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let encode = |bytes: &[u8]| {
        let byte = |at: usize| u32::from(bytes.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        let digit = move |at: usize| char::from(DIGITS[(bits >> (18 - 6 * at) & 63) as usize]);
        let (used, padding) = (bytes.len() + 1, 3 - bytes.len());
        (0..used).map(digit).chain(iter::repeat_n('=', padding))
    };
    text.as_bytes().chunks(3).flat_map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drift::compare::{Difference, differences};
    use alloc::vec::Vec;
    use serde_json::json;

    #[track_caller]
    fn check(wanted: Value, live: &[Value], says: &[&str]) {
        let live: Vec<&Value> = live.iter().collect();
        let found = differences(&[wanted], &live, &());
        let found: Vec<String> = found.iter().map(Difference::says).collect();
        assert_eq!(found, says);
    }

    fn object(kind: &str, version: &str, spec: Value) -> Value {
        json!({"kind": kind, "apiVersion": version, "metadata": {"name": "web"}, "spec": spec})
    }

    #[test]
    fn what_goes_by_itself_is_not_missed() {
        let custom = |spec| object("Backup", "velero.io/v1", spec);
        check(custom(json!({"ttl": "1h"})), &[], &[]);
        check(object("Job", "batch/v1", json!({})), &[], &[]);
        check(custom(json!({})), &[], &["backup/web is gone"]);
    }

    #[test]
    fn what_the_cluster_says_itself_is_not_compared() {
        let service = |address: &str, port: u16| {
            object(
                "Service",
                "v1",
                json!({"clusterIP": address, "ports": [{"nodePort": port, "port": 80}]}),
            )
        };
        check(service("", 0), &[service("10.96.0.7", 32_000)], &[]);
        let named =
            "service/web was changed by hand: spec.clusterIP is 10.96.0.7, the release has None";
        check(
            service("None", 0),
            &[service("10.96.0.7", 32_000)],
            &[named],
        );
        let scaler = |version| {
            object(
                "HorizontalPodAutoscaler",
                version,
                json!({"scaleTargetRef": {"kind": "Deployment", "name": "web"}}),
            )
        };
        check(scaler("autoscaling/v1"), &[scaler("autoscaling/v2")], &[]);
        let web = |replicas: u8| object("Deployment", "apps/v1", json!({"replicas": replicas}));
        check(web(1), &[web(2), scaler("autoscaling/v2")], &[]);
        let by_hand = "deployment/web was changed by hand: spec.replicas is 2, the release has 1";
        check(web(1), &[web(2)], &[by_hand]);
    }

    #[test]
    fn what_others_fill_in_is_not_compared() {
        let roles = |rules: Value| json!({"kind": "ClusterRole", "metadata": {"name": "web"}, "rules": rules, "aggregationRule": {}});
        let named = |mut item: Value, namespace: Value| {
            item["metadata"]["namespace"] = namespace;
            item
        };
        let claim = |size: &str| object("PersistentVolumeClaim", "v1", json!({"requests": size}));
        let thing = |spec: Value| object("Thing", "example.com/v1", spec);
        let filled = json!({"type": "big", "selector": {"a": "b"}, "list": [{"limits": {"x": 1}}]});
        let crd = |names: Value| json!({"kind": "CustomResourceDefinition", "metadata": {"name": "web"}, "status": {"acceptedNames": names}});
        for (wanted, live) in [
            (roles(json!([])), roles(json!([{"verbs": ["get"]}]))),
            (named(roles(json!([])), "n".into()), roles(json!([]))),
            (claim("1Gi"), claim("2Gi")),
            (
                thing(json!({"selector": {}, "list": [{"limits": {}}]})),
                thing(filled),
            ),
            (crd(json!({"kind": ""})), crd(json!({"kind": "Thing"}))),
        ] {
            check(wanted, &[live], &[]);
        }
        let says = "thing/web was changed by hand: spec.size is 7, the release has 1";
        check(
            thing(json!({"size": 1})),
            &[thing(json!({"size": 7}))],
            &[says],
        );
    }

    /// A list is written whole, and a webhook without its certificate would refuse everything.
    #[test]
    fn the_certificate_of_a_webhook_stays() {
        let hook = |policy: &str, bundle: Value| {
            let hooks = json!([{"name": "a", "failurePolicy": policy, "clientConfig": bundle}]);
            json!({"kind": "ValidatingWebhookConfiguration", "metadata": {"name": "web"}, "webhooks": hooks})
        };
        let live = hook("Ignore", json!({"caBundle": "b3Vycw=="}));
        for bundle in [json!({}), json!({"caBundle": "Cg=="})] {
            check(
                hook("Ignore", bundle.clone()),
                core::slice::from_ref(&live),
                &[],
            );
            let found = differences(&[hook("Fail", bundle)], &[&live], &()).remove(0);
            let patch = found.patch.unwrap();
            assert_eq!(
                patch["webhooks"],
                hook("Fail", live["webhooks"][0]["clientConfig"].clone())["webhooks"]
            );
        }
    }

    #[test]
    fn texts_of_a_secret_are_found_where_they_are_kept() {
        let secret = |key: &str, value: &str| json!({"kind": "Secret", "metadata": {"name": "s"}, key: {"KEY": value}});
        check(
            secret("stringData", "a long one"),
            &[secret("data", "YSBsb25nIG9uZQ==")],
            &[],
        );
        let differs = "secret/s was changed by hand: data.KEY is not what the release has";
        check(
            secret("stringData", "another"),
            &[secret("data", "YSBsb25nIG9uZQ==")],
            &[differs],
        );
    }

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (text, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text), encoded);
        }
    }
}
