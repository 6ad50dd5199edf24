//! Objects that are asked for one by one, each of its own kind and in its own namespace, and which of
//! them there are.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Value, json};

use crate::diagnose::object;
use crate::parts;
use crate::programs::kubectl;
use protocol::{Answer, Cmd};

/// Asks for just these objects: with `-n`, kubectl takes none from another namespace.
pub(crate) fn those<'a>(context: &str, objects: impl IntoIterator<Item = &'a Value>) -> Cmd {
    let get = ["get", "-f", "-", "--ignore-not-found", "-o", "json"];
    let call = kubectl(context).args(["--request-timeout=5s"]);
    with_list(call.args(get), objects.into_iter().map(identity).collect())
}

/// The call with a list of objects to read.
pub(crate) fn with_list(call: Cmd, items: Vec<Value>) -> Cmd {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    Cmd {
        stdin: list.to_string(),
        ..call
    }
}

/// Only what tells which object it is.
fn identity(item: &Value) -> Value {
    let [name, namespace] = ["name", "namespace"].map(|key| &item["metadata"][key]);
    json!({"apiVersion": item["apiVersion"], "kind": item["kind"],
        "metadata": {"name": name, "namespace": namespace}})
}

/// An object with its namespace, as it is told.
pub(crate) fn placed(item: &Value) -> String {
    let namespace = item["metadata"]["namespace"].as_str().unwrap_or_default();
    format!("{} in {namespace}", object(item))
}

/// What of them there is.
#[derive(Default)]
pub(crate) struct Asked {
    pub(crate) found: Vec<Value>,
    /// Whether the others are not there: nobody knows if a right is missing, or a kind not known.
    is_whole: bool,
}

impl Asked {
    pub(crate) fn find(&self, item: &Value) -> Option<&Value> {
        same_among(item, &self.found)
    }

    pub(crate) fn is_known(&self, item: &Value) -> bool {
        self.is_whole || self.find(item).is_some()
    }
}

impl From<Option<&Answer>> for Asked {
    /// kubectl prints nothing if none is there.
    fn from(answer: Option<&Answer>) -> Asked {
        let Some(Answer::Ran(output)) = answer else {
            return Asked::default();
        };
        let documents = serde_json::Deserializer::from_str(&output.stdout).into_iter();
        Asked {
            found: documents
                .map_while(Result::ok)
                .flat_map(parts::each)
                .collect(),
            is_whole: output.code == 0,
        }
    }
}

/// The one of these objects that is this one.
pub(crate) fn same_among<'a>(
    item: &Value,
    objects: impl IntoIterator<Item = &'a Value>,
) -> Option<&'a Value> {
    let mut objects = objects.into_iter();
    objects.find(|other| is_same_object(item, other))
}

/// Whether both are the same object. One of the whole cluster has no namespace, whatever its chart
/// says.
fn is_same_object(one: &Value, other: &Value) -> bool {
    let key = |item: &Value| (item["kind"].clone(), item["metadata"]["name"].clone());
    is_beside(one, other) && key(one) == key(other) && other_group(one) == other_group(other)
}

/// Whether both may be in one namespace.
pub(crate) fn is_beside(one: &Value, other: &Value) -> bool {
    let [own, others] = [one, other].map(|item| &item["metadata"]["namespace"]);
    own.is_null() || others.is_null() || own == others
}

/// The API group, if it is none of Kubernetes' own old ones: Knative has a Service too.
pub(crate) fn other_group(item: &Value) -> &str {
    let version = item["apiVersion"].as_str().unwrap_or_default();
    let group = version.split_once('/').map_or("", |(group, _)| group);
    match group {
        "networking.k8s.io" => "",
        group if group.contains('.') => group,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_told_apart_by_namespace_and_group() {
        let item = |version: &str, kind: &str, namespace: &str| {
            let namespace = (!namespace.is_empty()).then_some(namespace);
            json!({"apiVersion": version, "kind": kind, "metadata": {"name": "web", "namespace": namespace}})
        };
        let role = |namespace| item("rbac.authorization.k8s.io/v1", "Role", namespace);
        let service = |version| item(version, "Service", "n");
        for (one, other, is_same) in [
            (role("n"), role("n"), true),
            (role("n"), role("m"), false),
            (role("n"), role(""), true),
            (service("v1"), service("serving.knative.dev/v1"), false),
            (
                item("autoscaling/v1", "X", "n"),
                item("autoscaling/v2", "X", "n"),
                true,
            ),
        ] {
            assert_eq!(is_same_object(&one, &other), is_same, "{one} {other}");
        }
    }
}
