//! `drift`: the objects of a release as its own manifest has them, whatever was changed by hand
//! meanwhile.

mod compare;
mod lost;
mod stuck;

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;
use serde_json::Value;

use crate::diagnose::listed;
use crate::programs::{COMPONENT, helm, items, kubectl, objects, objects_of, of_release};
use compare::{Difference, LISTED, differences};
use lost::Lost;
use protocol::{Action, Answer, Cmd, Effect, Facts, Failure, Kind, Probe, StepContext};

/// Has a release's objects as its manifest has them.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"context": "${context}", "namespace": "app", "release": "app"}))]
pub(crate) struct Drift {
    /// The kubeconfig context.
    context: String,
    /// The release's namespace.
    namespace: String,
    /// The release's name.
    release: String,
}

/// What is not as released.
#[derive(Default)]
struct Found {
    differences: Vec<Difference>,
    /// Pods that nobody replaces, and what is said of them.
    stuck: Vec<(String, String)>,
    lost: Lost,
}

impl Found {
    fn says(&self) -> Vec<&str> {
        let differ = self.differences.iter().map(|one| one.says.as_str());
        let stuck = self.stuck.iter().map(|(_, says)| says.as_str());
        differ.chain(stuck).collect()
    }
}

/// Whose the fields are that are written: the next `helm upgrade` finds its own.
const MANAGER: &str = "--field-manager=helm";

impl Drift {
    /// A call of kubectl that reads the release's manifest.
    fn with_manifest(&self, args: &[&str]) -> Cmd {
        let manifest = helm(
            ["get", "manifest", &self.release],
            &self.context,
            &self.namespace,
        );
        let kubectl = kubectl(&self.context).args(["-n", &self.namespace]);
        manifest.pipe(kubectl.args(args.iter().copied()).args(["-f", "-"]))
    }

    /// Merges what differs into an object.
    fn patch(&self, object: &str, patch: &Value) -> Cmd {
        let merge = ["--type=merge", "--patch-file=/dev/stdin", MANAGER];
        Cmd {
            stdin: patch.to_string(),
            ..self.call(&["patch", object]).args(merge)
        }
    }

    /// Makes the objects of a part of the release again.
    fn apply(&self, component: Option<String>) -> Cmd {
        let selector = component.map(|component| format!("{COMPONENT}={component}"));
        let selects = selector.iter().flat_map(|selector| ["-l", selector]);
        let apply = ["apply", "--server-side", "--force-conflicts", MANAGER];
        let args: Vec<&str> = apply.into_iter().chain(selects).collect();
        self.with_manifest(&args)
    }

    fn call(&self, args: &[&str]) -> Cmd {
        let kubectl = kubectl(&self.context).args(["-n", &self.namespace]);
        kubectl.args(args.iter().copied())
    }

    /// What differs, or why that can't be told.
    fn found(&self, answers: &[Answer]) -> Result<Found, Effect> {
        let wanted = answers.first().and_then(Answer::stdout).ok_or_else(|| {
            let trouble = answers.first().map_or(String::new(), Answer::trouble);
            Effect::Absent(format!("the release's manifest can't be read: {trouble}"))
        })?;
        let secrets = answers.get(2).and_then(Answer::json);
        let live = listed(&self.context, answers.get(1..).unwrap_or_default())?;
        let live: Vec<&Value> = items(&live).chain(secrets.iter().flat_map(items)).collect();
        let mut wanted = documents(wanted);
        // Not everyone may read them.
        wanted.retain(|item| secrets.is_some() || item["kind"] != "Secret");
        let stuck = stuck::stuck(&wanted, &live);
        let stuck = stuck.map(|(pod, says)| (pod.to_string(), says)).collect();
        let differences = differences(&wanted, &live);
        Ok(Found {
            lost: lost::lost(&differences, &wanted, &live),
            differences,
            stuck,
        })
    }

    fn secrets(&self) -> Cmd {
        let release = of_release(&self.release);
        let get = ["get", "secrets", "-l", &release, "-o", "json"];
        kubectl(&self.context)
            .args(["--request-timeout=5s", "-n", &self.namespace])
            .args(get)
    }
}

/// What is compared, and the pods of it; Secrets are asked for alone, since not everyone may read
/// them.
fn looked_at() -> String {
    let compared = LISTED.into_iter().filter(|kind| *kind != "Secret");
    let kinds: Vec<&str> = compared.chain(["Pod"]).collect();
    kinds.join(",").to_lowercase()
}

/// The objects that kubectl printed: one after the other, or as a list.
fn documents(text: &str) -> Vec<Value> {
    let documents = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let flat = |document: Value| match document["kind"].as_str() {
        Some("List") => items(&document).cloned().collect(),
        _ => vec![document],
    };
    documents.map_while(Result::ok).flat_map(flat).collect()
}

impl Kind for Drift {
    fn probes(&self, context: &StepContext) -> Vec<Probe> {
        let wanted = [
            "create",
            "--dry-run=client",
            "--validate=false",
            "-o",
            "json",
        ];
        // A plan shares its question with other steps.
        let live = match context.acting {
            true => objects_of(&looked_at(), &self.context, &self.namespace),
            false => objects(&self.context, &self.namespace),
        };
        [self.with_manifest(&wanted), live, self.secrets()]
            .map(Probe::Run)
            .into()
    }

    fn assess(&self, _: &StepContext, answers: &[Answer]) -> Effect {
        let found = match self.found(answers) {
            Ok(found) => found,
            Err(effect) => return effect,
        };
        match found.says().as_slice() {
            [] => {
                let says = format!("the objects of {} are as released", self.release);
                Effect::Present(says, Facts::new())
            }
            [first, rest @ ..] => Effect::Absent(match rest.len() {
                0 => first.to_string(),
                more => format!("{first}; and {more} more"),
            }),
        }
    }

    /// Only what differs is written again: a Job that has done its work and is gone stays gone.
    fn actions(&self, _: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let found = self.found(answers).unwrap_or_default();
        let (changed, gone): (Vec<_>, Vec<_>) = found
            .differences
            .into_iter()
            .partition(|one| one.patch.is_some());
        let patch = changed
            .iter()
            .filter_map(|one| Some(self.patch(&one.object, one.patch.as_ref()?)));
        let pods = found.stuck.iter();
        let pods = pods.map(|(pod, _)| self.call(&["delete", "pod", pod, "--wait=false"]));
        let leaving = found.lost.pods.iter();
        let leaving =
            leaving.map(|pod| self.call(&["wait", "--for=delete", "pod", pod, "--timeout=60s"]));
        let jobs = found.lost.jobs.iter();
        let jobs = jobs.map(|(job, _)| self.call(&["delete", "job", job, "--ignore-not-found"]));
        let gone = gone.into_iter().map(|one| one.component);
        let undone = found
            .lost
            .jobs
            .iter()
            .map(|(_, component)| component.clone());
        let components: BTreeSet<_> = gone.chain(undone).collect();
        let again = components.into_iter().map(|one| self.apply(one));
        let first = patch.chain(pods).map(Action::Run);
        let leaving = leaving.map(Action::Try);
        let then = jobs.chain(again).map(Action::Run);
        Ok(first.chain(leaving).chain(then).collect())
    }

    fn diagnose(&self, _: &Action, output: &str) -> Option<Failure> {
        let immutable = output
            .lines()
            .find(|line| line.contains("immutable") || line.contains("Forbidden: updates"))?;
        let fix = format!(
            "delete what the message names, and run the same command again: `kubectl --context {} -n {} delete …`",
            self.context, self.namespace
        );
        Some(
            Failure::new("what was changed by hand can't be changed back")
                .seen([immutable.trim()])
                .fix(fix),
        )
    }
}
