//! `namespace`: a namespace of the pipeline's own. It carries our mark from the moment it exists, and only with that mark is it
//! ever deleted, together with the volumes that were claimed in it.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::programs::{items, kubectl};
use protocol::{Act, Answer, Ask, Cmd, Facts, Failure, Scene, Step, Verdict, answered};

/// The label that marks what a pipeline made.
pub(crate) const OWNER: &str = "pipeline.local/owner";

/// Has a namespace.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"context": "${context}", "namespace": "app"}))]
pub(crate) struct Namespace {
    /// The kubeconfig context.
    context: String,
    /// The namespace.
    namespace: String,
    /// Labels it is created with.
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

impl Step for Namespace {
    fn asks(&self, scene: &Scene) -> Vec<Ask> {
        let get = |what: &[&str]| {
            let get = kubectl(&self.context).args(["--request-timeout=10s", "get"]);
            Ask::Run(get.args(what.iter().copied()).args(["-o", "json"]))
        };
        let namespace = get(&["namespace", &self.namespace, "--ignore-not-found"]);
        let volumes = scene.undo.then(|| get(&["persistentvolumes"]));
        core::iter::once(namespace).chain(volumes).collect()
    }

    fn judge(&self, scene: &Scene, answers: &[Answer]) -> Verdict {
        let name = &self.namespace;
        match answers.first() {
            Some(Answer::Ran(output)) if output.code == 0 && output.stdout.trim().is_empty() => {
                Verdict::Gone(format!("there is no namespace {name}"))
            }
            Some(answer) => match answer.json() {
                Some(found) if found["status"]["phase"] == "Terminating" => {
                    Verdict::Wait(format!("the namespace {name} is still being deleted"))
                }
                Some(found) if is_ours(&found, scene.pipeline) && !self.labels_fit(&found) => {
                    Verdict::Gone(format!(
                        "the namespace {name} has other labels than it should"
                    ))
                }
                Some(found) => {
                    let ours = is_ours(&found, scene.pipeline);
                    let whose = if ours {
                        "is there and ours"
                    } else {
                        "is there; it was before us and will be left"
                    };
                    Verdict::Stands(
                        format!("the namespace {name} {whose}"),
                        Facts::from([("ours".to_string(), ours.to_string())]),
                    )
                }
                None => Verdict::Broken(Failure::new(format!(
                    "can't ask for the namespace {name}: {}",
                    answer.trouble()
                ))),
            },
            None => Verdict::Gone("nothing was asked".to_string()),
        }
    }

    fn acts(&self, scene: &Scene, answers: &[Answer]) -> Result<Vec<Act>, Failure> {
        let found = answers.first().and_then(Answer::json);
        let mut acts = match found {
            Some(found) if found["status"]["phase"] == "Active" => {
                return Ok(self.relabel(&found, scene));
            }
            Some(_) => vec![Act::Run(self.wait_until_deleted())],
            None => Vec::new(),
        };
        let mut labels = self.labels.clone();
        labels.insert(OWNER.to_string(), scene.pipeline.to_string());
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace, "labels": labels}});
        let mut create = kubectl(&self.context).args(["create", "-f", "-"]);
        create.stdin = object.to_string();
        acts.push(Act::Run(create));
        Ok(acts)
    }

    fn undo(&self, scene: &Scene, answers: &[Answer]) -> Result<Vec<Act>, Failure> {
        answered(answers)?;
        let ours = answers
            .first()
            .and_then(Answer::json)
            .is_some_and(|found| is_ours(&found, scene.pipeline));
        let delete = || {
            Act::Run(kubectl(&self.context).args([
                "delete",
                "namespace",
                &self.namespace,
                "--wait=false",
            ]))
        };
        Ok(ours.then(delete).into_iter().collect())
    }

    fn removed(&self, _: &Scene, answers: &[Answer]) -> Verdict {
        let there = answers
            .first()
            .and_then(Answer::stdout)
            .is_none_or(|text| !text.trim().is_empty());
        let volumes = answers
            .get(1)
            .and_then(Answer::json)
            .map_or(0, |list| claimed(&list, &self.namespace));
        match (there, volumes) {
            (true, _) => Verdict::Wait(format!(
                "the namespace {} is still being deleted",
                self.namespace
            )),
            (false, 0) => Verdict::Gone("it is deleted with its volumes".to_string()),
            (false, count) => Verdict::Wait(format!("{count} volumes are still being deleted")),
        }
    }
}

impl Namespace {
    fn labels_fit(&self, found: &Value) -> bool {
        self.labels
            .iter()
            .all(|(name, value)| found["metadata"]["labels"][name] == *value)
    }

    /// Only a namespace of ours is given other labels.
    fn relabel(&self, found: &Value, scene: &Scene) -> Vec<Act> {
        if !is_ours(found, scene.pipeline) || self.labels_fit(found) {
            return Vec::new();
        }
        let pairs = self
            .labels
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let label = kubectl(&self.context)
            .args(["label", "--overwrite", "namespace", &self.namespace])
            .args(pairs);
        vec![Act::Run(label)]
    }

    fn wait_until_deleted(&self) -> Cmd {
        kubectl(&self.context).args([
            "wait",
            "--for=delete",
            "--timeout=180s",
            &format!("namespace/{}", self.namespace),
        ])
    }
}

fn is_ours(namespace: &Value, pipeline: &str) -> bool {
    namespace["metadata"]["labels"][OWNER] == pipeline
}

/// Volumes claimed in a namespace that will be deleted with their claim.
fn claimed(volumes: &Value, namespace: &str) -> usize {
    let ours = |volume: &&Value| {
        volume["spec"]["claimRef"]["namespace"] == namespace
            && volume["spec"]["persistentVolumeReclaimPolicy"] == "Delete"
    };
    items(volumes).filter(ours).count()
}
