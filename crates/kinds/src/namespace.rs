//! `namespace`: a namespace of the pipeline's own. It carries our mark from the moment it exists, and only with that mark is it
//! ever deleted, together with the volumes that were claimed in it.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::programs::{items, kubectl};
use protocol::{Action, Answer, Cmd, Effect, Facts, Failure, Kind, Probe, StepContext, answered};

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

impl Kind for Namespace {
    fn probes(&self, context: &StepContext) -> Vec<Probe> {
        let get = |what: &[&str]| {
            let get = kubectl(&self.context).args(["--request-timeout=10s", "get"]);
            Probe::Run(get.args(what.iter().copied()).args(["-o", "json"]))
        };
        let namespace = get(&["namespace", &self.namespace, "--ignore-not-found"]);
        let volumes = context.undo.then(|| get(&["persistentvolumes"]));
        core::iter::once(namespace).chain(volumes).collect()
    }

    fn assess(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        let name = &self.namespace;
        match answers.first() {
            Some(Answer::Ran(output)) if output.code == 0 && output.stdout.trim().is_empty() => {
                Effect::Absent(format!("there is no namespace {name}"))
            }
            Some(answer) => match answer.json() {
                Some(found) if found["status"]["phase"] == "Terminating" => {
                    Effect::Pending(format!("the namespace {name} is still being deleted"))
                }
                Some(found) if is_ours(&found, context.pipeline) && !self.labels_fit(&found) => {
                    Effect::Absent(format!(
                        "the namespace {name} has other labels than it should"
                    ))
                }
                Some(found) => {
                    let ours = is_ours(&found, context.pipeline);
                    let whose = if ours {
                        "is there and ours"
                    } else {
                        "is there; it was before us and will be left"
                    };
                    Effect::Present(
                        format!("the namespace {name} {whose}"),
                        Facts::from([("ours".to_string(), ours.to_string())]),
                    )
                }
                None => Effect::Broken(Failure::new(format!(
                    "can't ask for the namespace {name}: {}",
                    answer.trouble()
                ))),
            },
            None => Effect::Absent("nothing was asked".to_string()),
        }
    }

    fn actions(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let found = answers.first().and_then(Answer::json);
        let mut actions = match found {
            Some(found) if found["status"]["phase"] == "Active" => {
                return Ok(self.relabel(&found, context));
            }
            Some(_) => vec![Action::Run(self.wait_until_deleted())],
            None => Vec::new(),
        };
        let mut labels = self.labels.clone();
        labels.insert(OWNER.to_string(), context.pipeline.to_string());
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace, "labels": labels}});
        let mut create = kubectl(&self.context).args(["create", "-f", "-"]);
        create.stdin = object.to_string();
        actions.push(Action::Run(create));
        Ok(actions)
    }

    fn undo(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        answered(answers)?;
        let ours = answers
            .first()
            .and_then(Answer::json)
            .is_some_and(|found| is_ours(&found, context.pipeline));
        let delete = || {
            Action::Run(kubectl(&self.context).args([
                "delete",
                "namespace",
                &self.namespace,
                "--wait=false",
            ]))
        };
        Ok(ours.then(delete).into_iter().collect())
    }

    fn removed(&self, _: &StepContext, answers: &[Answer]) -> Effect {
        let there = answers
            .first()
            .and_then(Answer::stdout)
            .is_none_or(|text| !text.trim().is_empty());
        let volumes = answers
            .get(1)
            .and_then(Answer::json)
            .map_or(0, |list| claimed(&list, &self.namespace));
        match (there, volumes) {
            (true, _) => Effect::Pending(format!(
                "the namespace {} is still being deleted",
                self.namespace
            )),
            (false, 0) => Effect::Absent("it is deleted with its volumes".to_string()),
            (false, count) => Effect::Pending(format!("{count} volumes are still being deleted")),
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
    fn relabel(&self, found: &Value, context: &StepContext) -> Vec<Action> {
        if !is_ours(found, context.pipeline) || self.labels_fit(found) {
            return Vec::new();
        }
        let pairs = self
            .labels
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let label = kubectl(&self.context)
            .args(["label", "--overwrite", "namespace", &self.namespace])
            .args(pairs);
        vec![Action::Run(label)]
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
