//! What is in a namespace, and which of it nobody but others can have made. Reads what the cluster
//! tells; asks nothing.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use super::OWNER;
use crate::parts::{is_kept, some_of};
use crate::programs::{BY_HELM, HOOK, INSTANCE, call, items, kubectl};
use protocol::{Answer, Cmd};

/// So many foreign objects are named.
const NAMED: usize = 5;

/// Kinds that the cluster makes and removes by itself.
const BY_ITSELF: [&str; 4] = ["Event", "Endpoints", "EndpointSlice", "PodMetrics"];

/// Objects that every namespace is given.
const GIVEN: [(&str, &str); 5] = [
    ("ConfigMap", "kube-root-ca.crt"),
    ("ConfigMap", "openshift-service-ca.crt"),
    ("ConfigMap", "istio-ca-root-cert"),
    ("ServiceAccount", "default"),
    ("ServiceAccount", "builder"),
];

/// Lists everything in a namespace that can be deleted, whatever kinds the cluster knows.
pub(super) fn question(context: &str, namespace: &str) -> Cmd {
    let kinds = [
        "api-resources",
        "--namespaced",
        "--verbs=list,delete",
        "-o",
        "name",
    ];
    let get = ["-n", namespace, "get", "--ignore-not-found", "-o", "json"];
    let get = ["kubectl", "--context", context].into_iter().chain(get);
    kubectl(context)
        .args(kinds)
        .pipe(call("paste", ["-s", "-d", ",", "-"]))
        .pipe(call("xargs", get))
}

/// What is in a namespace.
pub(super) struct Contents {
    /// Kind and name of what others made; the sentence says why if that can't be told.
    foreign: Result<Vec<String>, String>,
    /// Kind and name of what the chart says is to stay.
    kept: Vec<String>,
    /// Volume claims of our releases that need not stay.
    claims: Vec<String>,
}

impl Contents {
    /// Reads the answer to [`question`].
    pub(super) fn read(answer: Option<&Answer>, pipeline: &str, releases: &[String]) -> Contents {
        let (list, unclear) = match answer {
            Some(Answer::Ran(output)) if output.code == 0 && output.stdout.trim().is_empty() => {
                (Value::Null, None)
            }
            Some(Answer::Ran(output)) => {
                let list = serde_json::from_str::<Value>(&output.stdout).ok();
                let partly = list.is_none() || output.stderr.contains("Forbidden");
                (
                    list.unwrap_or_default(),
                    partly.then(|| output.last_words()),
                )
            }
            other => (
                Value::Null,
                Some(other.map_or(String::new(), Answer::trouble)),
            ),
        };
        let ours = Ours::read(&list, pipeline, releases);
        let foreign: Vec<String> = items(&list)
            .filter(|object| !ours.has(object) && !is_kept(object))
            .map(named)
            .collect();
        Contents {
            kept: items(&list)
                .filter(|object| is_kept(object))
                .map(named)
                .collect(),
            claims: items(&list)
                .filter(|object| object["kind"] == "PersistentVolumeClaim" && ours.has(object))
                .filter(|object| !is_kept(object))
                .filter_map(|object| object["metadata"]["name"].as_str())
                .map(str::to_string)
                .collect(),
            foreign: match unclear {
                Some(words) if foreign.is_empty() => Err(words),
                _ => Ok(foreign),
            },
        }
    }

    /// Why the namespace is not deleted, for a sentence; `None` if nothing speaks against it.
    pub(super) fn keeps(&self) -> Option<String> {
        let foreign = match &self.foreign {
            Ok(foreign) => some_of(foreign, NAMED),
            Err(words) => Some(format!("something that we may not list ({words})")),
        };
        let foreign = foreign.map(|named| format!("what nothing says we made: {named}"));
        let kept = some_of(&self.kept, NAMED);
        let kept = kept.map(|named| format!("what the chart says to keep: {named}"));
        foreign
            .into_iter()
            .chain(kept)
            .reduce(|one, other| format!("{one}; and {other}"))
    }

    /// Names of the volume claims of our releases.
    pub(super) fn claims(&self) -> Vec<String> {
        self.claims.clone()
    }
}

/// How our own objects are told.
struct Ours<'a> {
    pipeline: &'a str,
    releases: BTreeSet<&'a str>,
    /// Those of them that carry our label. One that was adopted has older records without it.
    labelled: BTreeSet<&'a str>,
    /// Somebody else has a release there.
    has_others: bool,
}

impl<'a> Ours<'a> {
    /// Our releases are those that the pipeline names and those that helm's own records say carry
    /// our label.
    fn read(list: &'a Value, pipeline: &'a str, releases: &'a [String]) -> Ours<'a> {
        let labelled: BTreeSet<&str> = items(list)
            .filter(|object| is_record(object) && object["metadata"]["labels"][OWNER] == pipeline)
            .filter_map(|object| object["metadata"]["labels"]["name"].as_str())
            .collect();
        let named = releases.iter().map(String::as_str);
        let mut records = items(list).filter(|object| is_record(object));
        Ours {
            pipeline,
            releases: named.chain(labelled.iter().copied()).collect(),
            has_others: records.any(|record| {
                let release = record["metadata"]["labels"]["name"].as_str();
                release.is_none_or(|release| !labelled.contains(release))
            }),
            labelled,
        }
    }

    fn has(&self, object: &Value) -> bool {
        let meta = &object["metadata"];
        let is_given = GIVEN
            .iter()
            .any(|(kind, name)| object["kind"] == *kind && meta["name"] == *name);
        let is_owned = meta["ownerReferences"]
            .as_array()
            .is_some_and(|owners| !owners.is_empty());
        let by_itself = BY_ITSELF.iter().any(|kind| object["kind"] == *kind)
            || object["type"] == "kubernetes.io/service-account-token";
        if is_given || is_owned || by_itself || meta["labels"][OWNER] == self.pipeline {
            return true;
        }
        if is_record(object) {
            let release = meta["labels"]["name"].as_str();
            return release.is_some_and(|release| self.labelled.contains(release));
        }
        let of_ours = |value: &Value| {
            value
                .as_str()
                .is_some_and(|release| self.releases.contains(release))
        };
        // Helm writes no release's name on a hook: it is ours where nobody else has a release, or
        // tells of one. Data is never taken for ours on that ground.
        let is_hook = meta["annotations"][HOOK].is_string()
            && !self.has_others
            && meta["labels"][INSTANCE].is_null()
            && object["kind"] != "PersistentVolumeClaim";
        is_hook || of_ours(&meta["annotations"][BY_HELM]) || of_ours(&meta["labels"][INSTANCE])
    }
}

/// Whether an object is a record that helm keeps of a release.
fn is_record(object: &Value) -> bool {
    object["type"] == "helm.sh/release.v1" || object["metadata"]["labels"]["owner"] == "helm"
}

fn named(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    if is_record(object) {
        return format!(
            "the release {}",
            text(&object["metadata"]["labels"]["name"])
        );
    }
    format!(
        "{} {}",
        text(&object["kind"]),
        text(&object["metadata"]["name"])
    )
}
