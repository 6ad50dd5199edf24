//! Which object is which: by kind, API group, name and namespace.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use crate::diagnose::object;
use crate::singly::other_group;

/// Kinds that one question lists for all who ask about the release's namespace. Of others the
/// objects are asked for one by one.
pub(super) const LISTED: [&str; 11] = [
    "ConfigMap",
    "DaemonSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "Ingress",
    "Job",
    "NetworkPolicy",
    "Secret",
    "Service",
    "ServiceAccount",
    "StatefulSet",
];

/// Whether the question that lists the kinds finds this one.
pub(super) fn is_listed(item: &Value) -> bool {
    let kind = item["kind"].as_str();
    other_group(item).is_empty() && kind.is_some_and(|kind| LISTED.contains(&kind))
}

/// The object with the namespace that helm gives it: the release's, unless the chart says another.
pub(super) fn placed(mut item: Value, namespace: &str) -> Value {
    let own = item["metadata"]["namespace"].as_str().unwrap_or_default();
    if own.is_empty() && item["metadata"].is_object() {
        item["metadata"]["namespace"] = namespace.into();
    }
    item
}

/// How kubectl is told which object is meant: with the version and the API group, where several
/// groups may have that kind.
pub(super) fn argument(item: &Value) -> String {
    let version = item["apiVersion"].as_str().unwrap_or_default();
    let [kind, name] = [&item["kind"], &item["metadata"]["name"]];
    let [kind, name] = [kind, name].map(|text| text.as_str().unwrap_or_default());
    match version.split('/').collect::<Vec<_>>()[..] {
        [group, version] if !is_listed(item) => format!("{kind}.{version}.{group}/{name}"),
        _ => object(item),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn item(version: &str, kind: &str, namespace: &str) -> Value {
        let item = json!({"apiVersion": version, "kind": kind, "metadata": {"name": "web"}});
        match namespace {
            "" => item,
            namespace => placed(item, namespace),
        }
    }

    #[test]
    fn kubectl_is_told_the_group_where_several_have_the_kind() {
        for (version, kind, is_one, says) in [
            ("v1", "Service", true, "service/web"),
            ("apps/v1", "Deployment", true, "deployment/web"),
            ("networking.k8s.io/v1", "Ingress", true, "ingress/web"),
            ("v1", "LimitRange", false, "limitrange/web"),
            (
                "policy/v1",
                "PodDisruptionBudget",
                false,
                "PodDisruptionBudget.v1.policy/web",
            ),
            (
                "serving.knative.dev/v1",
                "Service",
                false,
                "Service.v1.serving.knative.dev/web",
            ),
        ] {
            let item = item(version, kind, "");
            assert_eq!((is_listed(&item), argument(&item).as_str()), (is_one, says));
        }
    }

    #[test]
    fn a_namespace_that_the_chart_leaves_open_is_the_releases() {
        for (own, placed_in) in [
            (Value::Null, "n"),
            ("".into(), "n"),
            ("other".into(), "other"),
        ] {
            let item = placed(json!({"metadata": {"namespace": own}}), "n");
            assert_eq!(item["metadata"]["namespace"], placed_in);
        }
    }
}
