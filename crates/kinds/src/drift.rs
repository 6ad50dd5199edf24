//! `drift`: the objects of a release as its own manifest has them, whatever was changed by hand meanwhile.

mod compare;

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;
use serde_json::Value;

use crate::programs::{helm, items, kubectl};
use compare::{Difference, differences};
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

const COMPONENT: &str = "app.kubernetes.io/component";

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

    fn found(answers: &[Answer]) -> Result<Vec<Difference>, String> {
        let text = |index: usize| {
            let answer = answers.get(index);
            let trouble = || answer.map_or(String::new(), Answer::trouble);
            answer.and_then(Answer::stdout).ok_or_else(trouble)
        };
        Ok(differences(&objects(text(0)?), &objects(text(1)?)))
    }
}

/// The objects that kubectl printed: one after the other, or as a list.
fn objects(text: &str) -> Vec<Value> {
    let documents = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let flat = |document: Value| match document["kind"].as_str() {
        Some("List") => items(&document).cloned().collect(),
        _ => vec![document],
    };
    documents.map_while(Result::ok).flat_map(flat).collect()
}

impl Kind for Drift {
    fn probes(&self, _: &StepContext) -> Vec<Probe> {
        let wanted = [
            "create",
            "--dry-run=client",
            "--validate=false",
            "-o",
            "json",
        ];
        let live = [
            "get",
            "--ignore-not-found",
            "--request-timeout=5s",
            "-o",
            "json",
        ];
        let probes = [self.with_manifest(&wanted), self.with_manifest(&live)];
        probes.map(Probe::Run).into()
    }

    fn assess(&self, _: &StepContext, answers: &[Answer]) -> Effect {
        match Drift::found(answers).as_deref() {
            Err(trouble) => Effect::Absent(format!("the release can't be compared: {trouble}")),
            Ok([]) => {
                let says = format!("the objects of {} are as released", self.release);
                Effect::Present(says, Facts::new())
            }
            Ok([first, rest @ ..]) => Effect::Absent(match rest.len() {
                0 => first.says.clone(),
                more => format!("{}; and {more} more", first.says),
            }),
        }
    }

    /// Only what differs is written again: a Job that has done its work and is gone stays gone.
    fn actions(&self, _: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let differ = Drift::found(answers).unwrap_or_default();
        let components: BTreeSet<Option<String>> = differ
            .into_iter()
            .map(|difference| difference.component)
            .collect();
        let apply = |component: Option<String>| {
            let apply = [
                "apply",
                "--server-side",
                "--force-conflicts",
                "--field-manager=helm",
            ];
            let selector = component.map(|component| format!("{COMPONENT}={component}"));
            let selects = selector.iter().flat_map(|selector| ["-l", selector]);
            let args: Vec<&str> = apply.into_iter().chain(selects).collect();
            Action::Run(self.with_manifest(&args))
        };
        Ok(components.into_iter().map(apply).collect())
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
