//! Which objects of a namespace belong together: a release's, what those made, and what they stand
//! in, whoever made that.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use crate::programs::{self, BY_HELM, INSTANCE, items};
use crate::yaml;
use protocol::Cmd;

/// What a release stands in: no part of it.
const SURROUNDINGS: [&str; 8] = [
    "IngressClass",
    "LimitRange",
    "MutatingWebhookConfiguration",
    "Node",
    "ResourceQuota",
    "ServiceAccount",
    "StorageClass",
    "ValidatingWebhookConfiguration",
];

/// The objects of a release's manifest.
pub(crate) fn in_manifest(text: &str) -> Result<Vec<Value>, String> {
    Ok(yaml::documents(text)?.into_iter().flat_map(each).collect())
}

/// A list has several objects; those of a kind of its own, such as a RoleList, too.
pub(crate) fn each(document: Value) -> Vec<Value> {
    let kind = document["kind"].as_str().unwrap_or_default();
    match kind.ends_with("List") && document["items"].is_array() {
        true => items(&document).cloned().collect(),
        false => vec![document],
    }
}

/// Lists what [`pods`] are found among.
pub fn listing(context: &str, namespace: &str) -> Cmd {
    let makers = "deployments,daemonsets,statefulsets,replicasets,jobs,pods";
    programs::listing(makers, context, namespace)
}

/// The pods of a release among the objects of its namespace, whether its chart labels them or not.
pub fn pods<'a>(objects: &'a Value, namespace: &str, release: &str) -> Vec<&'a Value> {
    let is_part = |item: &Value| is_of(item, namespace, release);
    let made = concerning(objects, namespace, is_part);
    // Those of a CronJob's runs are told by their label.
    let is_ours =
        |item: &&Value| made.iter().any(|one| core::ptr::eq(*one, *item)) || is_part(item);
    let pods = items(objects).filter(|item| item["kind"] == "Pod");
    pods.filter(is_ours).collect()
}

/// The parts among the objects of a namespace, all that they made, and what they stand in; but for
/// the runs of CronJobs, which come and go by the clock, whatever the release does.
pub(crate) fn concerning<'a>(
    objects: &'a Value,
    namespace: &str,
    is_part: impl Fn(&Value) -> bool,
) -> Vec<&'a Value> {
    let (mut known, mut others): (Vec<&Value>, Vec<&Value>) = not_by_the_clock(objects)
        .partition(|item| is_surrounding(item, namespace) || is_part(item));
    // A Deployment makes ReplicaSets, and those make pods.
    for _ in 0..2 {
        let is_made = |item: &&Value| is_made_by(item, &known);
        let (made, rest): (Vec<&Value>, Vec<&Value>) = others.into_iter().partition(is_made);
        known.extend(made);
        others = rest;
    }
    known
}

fn not_by_the_clock(objects: &Value) -> impl Iterator<Item = &Value> {
    let is_run = |item: &&Value| item["metadata"]["ownerReferences"][0]["kind"] == "CronJob";
    let runs: Vec<&Value> = items(objects).filter(is_run).collect();
    items(objects).filter(move |item| !is_run(item) && !is_made_by(item, &runs))
}

fn is_made_by(item: &Value, makers: &[&Value]) -> bool {
    let owner = &item["metadata"]["ownerReferences"][0]["uid"];
    owner.is_string() && makers.iter().any(|one| one["metadata"]["uid"] == *owner)
}

/// Whether the chart labels it as the release's own, or helm says so.
pub(crate) fn is_of(item: &Value, namespace: &str, release: &str) -> bool {
    let metadata = &item["metadata"];
    !is_surrounding(item, namespace)
        && (metadata["labels"][INSTANCE] == *release
            || metadata["annotations"][BY_HELM] == *release)
}

/// Whether it says of no other namespace that it belongs there.
pub(crate) fn is_in(item: &Value, namespace: &str) -> bool {
    let own = item["metadata"]["namespace"].as_str();
    own.is_none_or(|own| own == namespace)
}

/// Whether helm leaves it where it is when it uninstalls the release.
pub(crate) fn is_kept(item: &Value) -> bool {
    item["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
}

/// The first few names, and how many more there are; `None` if there are none.
pub(crate) fn some_of(names: &[String], most: usize) -> Option<String> {
    let named: Vec<&str> = names.iter().take(most).map(String::as_str).collect();
    let more = match names.len().saturating_sub(most) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!names.is_empty()).then(|| format!("{}{more}", named.join(", ")))
}

fn is_surrounding(item: &Value, namespace: &str) -> bool {
    match item["kind"].as_str() {
        Some("Namespace") => item["metadata"]["name"] == *namespace,
        kind => kind.is_some_and(|kind| SURROUNDINGS.contains(&kind)),
    }
}
