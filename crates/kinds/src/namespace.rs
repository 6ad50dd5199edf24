//! `namespace`: a namespace of the pipeline's own. It carries our mark from the moment it exists,
//! and only with that mark is it ever deleted, together with the volumes that were claimed in it.
//! What others put into it keeps it.

mod contents;
mod labels;
#[cfg(test)]
mod tests;

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::forbidden::forbidden;
use crate::places::{self, AT, EARLIER, OURS, Place, carried, place};
use crate::programs::{items, kubectl};
use contents::Contents;
use labels::LABELS;
use protocol::{Action, Answer, Cmd, Effect, Facts, Failure, Kind, Probe, StepContext, answered};

/// The label that marks what a pipeline made.
pub(crate) const OWNER: &str = "pipeline.local/owner";

/// Has a namespace.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"context": "${context}", "namespace": "app", "releases": ["app"]}))]
pub(crate) struct Namespace {
    /// The kubeconfig context.
    context: String,
    /// The namespace.
    namespace: String,
    /// Labels it is created with. Later only a value that we set ourselves is changed.
    #[serde(default)]
    labels: BTreeMap<String, String>,
    /// Releases of this pipeline in it. What is labelled as theirs (`app.kubernetes.io/instance`),
    /// or with `pipeline.local/owner` and the pipeline's name, goes with the namespace; anything
    /// else that somebody put into it keeps it, unless `teardown --all` says otherwise.
    #[serde(default)]
    releases: Vec<String>,
}

/// The condition of a namespace in which finalizers keep something.
const FINALIZERS: &str = "NamespaceFinalizersRemaining";
/// Whoever set them may be at work for so long.
const FREED_WITHIN: Duration = Duration::from_secs(30);

/// How many answers there are for each namespace that is to be removed.
const ANSWERS: usize = 3;

impl Kind for Namespace {
    fn probes(&self, context: &StepContext) -> Vec<Probe> {
        if !context.undo {
            return vec![Probe::Run(found(&self.context, &self.namespace))];
        }
        let ask = |[context, namespace]: [String; 2]| {
            [
                found(&context, &namespace),
                get(&context).args(["persistentvolumes", "-o", "json"]),
                contents::question(&context, &namespace),
            ]
        };
        self.each(context)
            .into_iter()
            .flat_map(ask)
            .map(Probe::Run)
            .collect()
    }

    fn assess(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        let name = &self.namespace;
        let Some(answer) = answers.first() else {
            return Effect::Absent("nothing was asked".to_string());
        };
        if is_missing(answer) {
            return Effect::Absent(format!("there is no namespace {name}"));
        }
        let Some(found) = answer.json() else {
            let words = answer.trouble();
            let failure = self.withheld(answer).unwrap_or_else(|| {
                Failure::new(format!("can't ask for the namespace {name}: {words}"))
            });
            return Effect::Broken(failure);
        };
        if is_leaving(&found) {
            return Effect::Pending(still_there(name, &found));
        }
        let ours = is_ours(&found, context.pipeline);
        match () {
            () if !ours && context.adopt => {
                Effect::Absent(format!("the namespace {name} is to become ours"))
            }
            () if ours && !self.to_label(&found, context).is_empty() => Effect::Absent(format!(
                "the namespace {name} has other labels than it should"
            )),
            () => Effect::Present(self.said(&found, context), self.facts(ours, context)),
        }
    }

    fn actions(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        if let Some(failure) = answers.first().and_then(|answer| self.withheld(answer)) {
            return Err(failure);
        }
        let mut actions = places::remember(context, &self.place());
        match answers.first().and_then(Answer::json) {
            Some(found) if found["status"]["phase"] == "Active" => {
                actions.extend(self.relabel(&found, context));
                return Ok(actions);
            }
            Some(_) => actions.push(Action::Run(self.wait_until_deleted())),
            None => {}
        }
        let mut labels = self.labels.clone();
        labels.insert(OWNER.to_string(), context.pipeline.to_string());
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace, "labels": labels}});
        let mut create = kubectl(&self.context).args(["create", "-f", "-"]);
        create.stdin = object.to_string();
        actions.push(labels::note(&self.labels));
        actions.push(Action::Run(create));
        Ok(actions)
    }

    fn undo(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let mut actions = Vec::new();
        for (place, answers) in self.each(context).into_iter().zip(answers.chunks(ANSWERS)) {
            answered(answers)?;
            let found = answers.first().and_then(Answer::json);
            if let Some(found) = found.filter(|found| is_ours(found, context.pipeline)) {
                let delete = self.delete(place, &found, context, answers.get(2));
                actions.extend(delete.map(Action::Run));
            }
        }
        Ok(actions)
    }

    fn left(&self, context: &StepContext, answers: &[Answer]) -> Vec<String> {
        let places = self.each(context).into_iter();
        let left = |([_, name], answers): ([String; 2], &[Answer])| {
            let found = answers.first()?.json()?;
            if !is_ours(&found, context.pipeline) {
                return Some(format!(
                    "the namespace {name}: nothing says that it is ours"
                ));
            }
            if is_leaving(&found) {
                return None;
            }
            let keeps = self.contents(context, answers.get(2)).keeps()?;
            let kept = format!(
                "the namespace {name}, because it holds {keeps}; `teardown --all` deletes it with that"
            );
            let goes = format!("nothing of the namespace {name}: it goes with {keeps}");
            Some(if context.all { goes } else { kept })
        };
        places
            .zip(answers.chunks(ANSWERS))
            .filter_map(left)
            .collect()
    }

    fn removed(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        match self.undo(context, answers) {
            Ok(actions) if actions.is_empty() => {}
            Ok(_) => {
                let found = answers.first().and_then(Answer::json).unwrap_or_default();
                return Effect::Pending(still_there(&self.namespace, &found));
            }
            Err(failure) => return Effect::Pending(failure.cause),
        }
        let places = self.each(context).into_iter().zip(answers.chunks(ANSWERS));
        let of_one = |([_, name], answers): ([String; 2], &[Answer])| {
            let gone = answers.first().is_some_and(is_missing);
            let volumes = answers.get(1).and_then(Answer::json);
            volumes
                .filter(|_| gone)
                .map_or(0, |list| claimed(&list, &name))
        };
        match places.map(of_one).sum::<usize>() {
            0 => Effect::Absent("it is deleted with its volumes".to_string()),
            count => Effect::Pending(format!("{count} volumes are still being deleted")),
        }
    }

    fn meanwhile(&self, context: &StepContext) -> Vec<Probe> {
        let asks = (!context.undo).then(|| found(&self.context, &self.namespace));
        asks.into_iter().map(Probe::Run).collect()
    }

    /// A namespace that is being deleted, and what is left in it.
    fn underway(&self, _: &StepContext, _: Duration, answers: &[Answer]) -> Effect {
        let found = answers.first().and_then(Answer::json).unwrap_or_default();
        let name = &self.namespace;
        let failure = Failure::new(still_there(name, &found));
        let look = get(&self.context).args(["namespace", name, "-o", "yaml"]);
        let fix =
            format!("free what is left in it of the finalizers that keep it; `{look}` names them");
        match is_leaving(&found) {
            true if holds(&found, FINALIZERS).is_some() => {
                Effect::Degraded(failure.fix(fix), FREED_WITHIN)
            }
            true => Effect::Pending(failure.cause),
            false => Effect::Absent("it is gone".to_string()),
        }
    }

    fn diagnose(&self, _: &Action, output: &str) -> Option<Failure> {
        forbidden(output)
    }
}

impl Namespace {
    fn place(&self) -> Place {
        place([&self.context, &self.namespace])
    }

    /// Why nobody can tell whether it is there, if the user may not look.
    fn withheld(&self, answer: &Answer) -> Option<Failure> {
        let said = answer.stdout().is_none().then(|| answer.trouble());
        let failure = forbidden(&said?)?;
        let name = &self.namespace;
        let cause = format!(
            "{}, so it is not known whether {name} is there already",
            failure.cause
        );
        let fix = format!(
            "ask whoever runs the cluster for the right to `get` the namespace {name}, or to make it, and leave this step out if it is there"
        );
        Some(Failure { cause, ..failure }.fix(fix))
    }

    /// Context and name, now and under the settings of earlier runs.
    fn each(&self, context: &StepContext) -> Vec<[String; 2]> {
        places::each(context, self.place())
    }

    fn said(&self, found: &Value, context: &StepContext) -> String {
        let whose = if is_ours(found, context.pipeline) {
            "is there and ours"
        } else {
            "is there; it was before us and will be left"
        };
        let name = &self.namespace;
        let labels = labels::left(&self.labels, found);
        let earlier = places::said(context, &self.place());
        format!("the namespace {name} {whose}{labels}{earlier}")
    }

    fn facts(&self, ours: bool, context: &StepContext) -> Facts {
        let mut facts = carried(context, [AT, EARLIER, LABELS]);
        facts.insert(OURS.to_string(), ours.to_string().into());
        facts
    }

    fn to_label(&self, found: &Value, context: &StepContext) -> BTreeMap<&str, &str> {
        labels::to_set(&self.labels, found, context.before)
    }

    /// Only a namespace of ours is given other labels.
    fn relabel(&self, found: &Value, context: &StepContext) -> Vec<Action> {
        let ours = is_ours(found, context.pipeline);
        if !ours && !context.adopt {
            return Vec::new();
        }
        let mut labels = self.to_label(found, context);
        if !ours {
            labels.insert(OWNER, context.pipeline);
        }
        if labels.is_empty() {
            return carried(context, [LABELS])
                .into_iter()
                .map(|(name, value)| Action::Note(name, protocol::fact_text(&value)))
                .collect();
        }
        let pairs = labels.iter().map(|(name, value)| format!("{name}={value}"));
        let label = kubectl(&self.context)
            .args(["label", "--overwrite", "namespace", &self.namespace])
            .args(pairs);
        vec![labels::note(&self.labels), Action::Run(label)]
    }

    fn contents(&self, context: &StepContext, answer: Option<&Answer>) -> Contents {
        Contents::read(answer, context.pipeline, &self.releases)
    }

    /// Deletes a namespace of ours; if it holds what others made, only the volumes of our releases
    /// in it.
    fn delete(
        &self,
        [cluster, namespace]: [String; 2],
        found: &Value,
        context: &StepContext,
        contents: Option<&Answer>,
    ) -> Option<Cmd> {
        let contents = self.contents(context, contents);
        let kubectl = kubectl(&cluster);
        if context.all || is_leaving(found) || contents.keeps().is_none() {
            return Some(kubectl.args(["delete", "namespace", &namespace, "--wait=false"]));
        }
        let claims = contents.claims();
        let delete = [
            "-n",
            &namespace,
            "delete",
            "persistentvolumeclaims",
            "--wait=false",
        ];
        (!claims.is_empty()).then(|| kubectl.args(delete).args(claims))
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

fn get(context: &str) -> Cmd {
    kubectl(context).args(["--request-timeout=10s", "get"])
}

fn found(context: &str, namespace: &str) -> Cmd {
    get(context).args(["namespace", namespace, "--ignore-not-found", "-o", "json"])
}

fn is_missing(answer: &Answer) -> bool {
    answer.stdout().is_some_and(|text| text.trim().is_empty())
}

/// It is being deleted, by whomever.
fn is_leaving(namespace: &Value) -> bool {
    namespace["status"]["phase"] == "Terminating"
}

fn is_ours(namespace: &Value, pipeline: &str) -> bool {
    namespace["metadata"]["labels"][OWNER] == pipeline
}

/// What a namespace that is being deleted waits for, in the cluster's own words.
fn still_there(name: &str, namespace: &Value) -> String {
    let why = [FINALIZERS, "NamespaceContentRemaining"].map(|kind| holds(namespace, kind));
    let why: Vec<&str> = why.into_iter().flatten().collect();
    match why.is_empty() {
        true => format!("the namespace {name} is still being deleted"),
        false => format!(
            "the namespace {name} is still being deleted: {}",
            why.join("; ")
        ),
    }
}

/// What a condition says that holds.
fn holds<'a>(namespace: &'a Value, kind: &str) -> Option<&'a str> {
    let conditions = namespace["status"]["conditions"].as_array();
    let mut conditions = conditions.into_iter().flatten();
    let holds = |condition: &&Value| condition["type"] == kind && condition["status"] == "True";
    conditions.find(holds)?["message"].as_str()
}

/// Volumes claimed in a namespace that will be deleted with their claim.
fn claimed(volumes: &Value, namespace: &str) -> usize {
    let ours = |volume: &&Value| {
        volume["spec"]["claimRef"]["namespace"] == namespace
            && volume["spec"]["persistentVolumeReclaimPolicy"] == "Delete"
    };
    items(volumes).filter(ours).count()
}
