//! `secret`: a Secret in a namespace, made from secrets of the step. They travel through standard
//! input into the cluster and nowhere else: helm, which keeps the values it is given, never sees
//! them. A Secret without our label is somebody else's.

#[cfg(test)]
mod tests;

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;
use serde_json::json;

use crate::forbidden::forbidden;
use crate::namespace::OWNER;
use crate::places::{self, AT, EARLIER, Place, carried, place, text_fact};
use crate::programs::kubectl;
use protocol::{Action, Answer, Cmd, Effect, Failure, Kind, Probe, StepContext, answered, facts};

/// Has a Secret.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-facts" = {"name": "the name of the Secret"}))]
#[schemars(example = serde_json::json!({"context": "${context}", "namespace": "app", "name": "app-keys", "data": {"API_KEY": "API_KEY"}}))]
pub(crate) struct Secret {
    /// The kubeconfig context.
    context: String,
    /// The namespace; it must exist.
    namespace: String,
    /// The Secret's name.
    name: String,
    /// Key in the Secret -> name of a secret of this step. A secret without a value has no key.
    data: BTreeMap<String, String>,
}

/// A fact: the cluster's own count of changes when we had written it. Another one means that
/// somebody else wrote it since.
const VERSION: &str = "version";

impl Kind for Secret {
    fn probes(&self, context: &StepContext) -> Vec<Probe> {
        let asked = if context.undo { usize::MAX } else { 1 };
        let places = self.each(context).into_iter().take(asked);
        places.map(|at| Probe::Run(found(&at))).collect()
    }

    fn assess(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        let name = &self.name;
        let Some(text) = answers.first().and_then(Answer::stdout) else {
            let words = answers.first().map_or(String::new(), Answer::trouble);
            return match forbidden(&words) {
                Some(failure) => Effect::Broken(failure),
                None => Effect::Absent(format!("can't ask for the Secret {name}: {words}")),
            };
        };
        let Some(found) = Found::read(text) else {
            return Effect::Absent(format!("there is no Secret {name}"));
        };
        match text_fact(context.before, VERSION) {
            Some(ours) if !found.is_ours(context) => Effect::Absent(format!(
                "the Secret {name} is not ours, as the one at version {ours} was"
            )),
            Some(ours) if ours != found.version => {
                Effect::Absent(format!("the Secret {name} was changed since we wrote it"))
            }
            _ => {
                let mut facts = facts([("name", name.as_str()), (VERSION, found.version)]);
                facts.extend(carried(context, [AT, EARLIER]));
                let earlier = places::said(context, &self.place());
                Effect::Present(
                    format!("the Secret {name} is as we wrote it{earlier}"),
                    facts,
                )
            }
        }
    }

    fn actions(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let text = answers.first().and_then(Answer::stdout).unwrap_or_default();
        let verb = match Found::read(text) {
            Some(found) if !found.is_ours(context) && !context.adopt => {
                return Err(self.foreign());
            }
            Some(_) => "replace",
            None => "create",
        };
        let mut actions = places::remember(context, &self.place());
        actions.push(Action::Run(self.write(verb, context)));
        Ok(actions)
    }

    fn undo(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        answered(answers)?;
        let of_ours = |(at, answer): ([String; 3], &Answer)| {
            let found = Found::read(answer.stdout()?)?;
            found
                .is_ours(context)
                .then(|| Action::Run(kubectl_at(&at, &["delete", "secret", &at[2]])))
        };
        let places = self.each(context).into_iter().zip(answers);
        Ok(places.filter_map(of_ours).collect())
    }

    fn left(&self, context: &StepContext, answers: &[Answer]) -> Vec<String> {
        let foreign = |(at, answer): ([String; 3], &Answer)| {
            let found = Found::read(answer.stdout()?)?;
            (!found.is_ours(context))
                .then(|| format!("the Secret {}: nothing says that it is ours", at[2]))
        };
        let places = self.each(context).into_iter().zip(answers);
        places.filter_map(foreign).collect()
    }

    fn removed(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        let there = format!("the Secret {} is still there", self.name);
        places::removed(self.undo(context, answers), "it is deleted", there)
    }

    fn diagnose(&self, _: &Action, output: &str) -> Option<Failure> {
        forbidden(output)
    }
}

impl Secret {
    fn place(&self) -> Place {
        place([&self.context, &self.namespace, &self.name])
    }

    /// Where it is, and where it was under the settings of earlier runs.
    fn each(&self, context: &StepContext) -> Vec<[String; 3]> {
        places::each(context, self.place())
    }

    fn write(&self, verb: &str, context: &StepContext) -> Cmd {
        let mut write = kubectl(&self.context).args(["-n", &self.namespace, verb, "-f", "-"]);
        let metadata = json!({"name": self.name, "labels": {OWNER: context.pipeline}});
        let object =
            json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata});
        write.stdin = object.to_string();
        write.secret_stdin = self
            .data
            .iter()
            .map(|(key, secret)| (format!("stringData.{key}"), secret.clone()))
            .collect();
        write
    }

    fn foreign(&self) -> Failure {
        Failure::new(format!(
            "there is a Secret {} in the namespace {} already, and nothing says that it is ours",
            self.name, self.namespace
        ))
        .fix("choose another name or namespace; `--adopt` takes it over: what it holds is then replaced, and `teardown` deletes it")
    }
}

/// What the cluster tells of a Secret without telling what it holds.
struct Found<'a> {
    version: &'a str,
    owner: &'a str,
}

impl<'a> Found<'a> {
    /// Reads the answer to [`found`]; `None` if there is no such Secret.
    fn read(text: &'a str) -> Option<Found<'a>> {
        let (version, owner) = text.trim_end().split_once(':')?;
        Some(Found { version, owner })
    }

    fn is_ours(&self, context: &StepContext) -> bool {
        self.owner == context.pipeline
    }
}

fn kubectl_at([context, namespace, _]: &[String; 3], args: &[&str]) -> Cmd {
    kubectl(context).args(["-n", namespace]).args(args.to_vec())
}

fn found(at: &[String; 3]) -> Cmd {
    let told = format!(
        "jsonpath={{.metadata.resourceVersion}}:{{.metadata.labels.{}}}",
        OWNER.replace('.', "\\.")
    );
    let ask = ["--request-timeout=10s", "get", "secret", &at[2]];
    kubectl_at(at, &ask).args(["--ignore-not-found", "-o", &told])
}
