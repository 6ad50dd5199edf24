//! `addon`: a minikube addon that is enabled and answers. Enabled alone is not enough: what depends
//! on it would fail.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;

use crate::diagnose::{Evidence, PODS, diagnose};
use crate::places::{self, MADE, carried, text_fact};
use crate::programs::{call_list, documents, items, kubectl, minikube};
use protocol::{Action, Answer, Effect, Failure, Kind, Probe, StepContext, answered};

/// Enables an addon.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"profile": "minikube", "addon": "metrics-server", "namespace": "kube-system", "ready_when": [["kubectl", "top", "nodes"]]}))]
pub(crate) struct Addon {
    /// The minikube profile.
    profile: String,
    /// Such as `ingress`.
    addon: String,
    /// Its images, where minikube's own can't be had: `Name=image,…`.
    #[serde(default)]
    images: String,
    /// The namespace its pods live in.
    namespace: String,
    /// Commands that all succeed once the addon serves. They change nothing.
    #[serde(alias = "answers")]
    ready_when: Vec<Vec<String>>,
}

impl Kind for Addon {
    fn probes(&self, _: &StepContext) -> Vec<Probe> {
        let pods = [
            "-n",
            &self.namespace,
            "get",
            "pods,events",
            "-o",
            "json",
            "--request-timeout=10s",
        ];
        let probes = [
            Probe::Run(minikube(&self.profile).args(["addons", "list", "-o", "json"])),
            Probe::Run(kubectl(&self.profile).args(pods)),
        ];
        let serves = self
            .ready_when
            .iter()
            .map(|argv| Probe::Run(call_list(argv)));
        probes.into_iter().chain(serves).collect()
    }

    fn assess(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        if self.is(answers) != Some(true) {
            return Effect::Absent(format!("the addon {} is not enabled", self.addon));
        }
        let silent = answers
            .iter()
            .skip(2)
            .find(|answer| answer.stdout().is_none());
        let Some(silent) = silent else {
            return Effect::Present(
                format!("the addon {} is enabled and answers", self.addon),
                carried(context, [MADE]),
            );
        };
        let pods = answers.get(1).and_then(Answer::json);
        // Other addons live in the same namespace, and their trouble is not ours.
        let cause =
            pods.and_then(|list| diagnose(&Evidence::read(items(&list)).of(&self.addon), &[PODS]));
        match cause {
            Some(finding) => finding.into_effect(&self.profile, &self.namespace),
            None => Effect::Pending(format!(
                "the addon {} does not answer yet: {}",
                self.addon,
                silent.trouble()
            )),
        }
    }

    fn actions(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let made = text_fact(context.before, MADE).is_some();
        let ours = made || context.adopt || self.is(answers) == Some(false);
        let note = ours.then(places::made);
        let mut cmd = minikube(&self.profile).args(["addons", "enable", &self.addon]);
        if !self.images.is_empty() {
            cmd = cmd.args([format!("--images={}", self.images)]);
        }
        Ok(note.into_iter().chain([Action::Run(cmd)]).collect())
    }

    /// minikube keeps no mark on an addon, so only the journal tells that it was not enabled before
    /// us.
    fn undo(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        if context.doomed || text_fact(context.before, MADE).is_none() {
            return Ok(Vec::new());
        }
        answered(answers.get(1..).unwrap_or_default())?;
        let disable = minikube(&self.profile).args(["addons", "disable", &self.addon]);
        Ok(match self.is(answers) {
            Some(true) => vec![Action::Run(disable)],
            _ => Vec::new(),
        })
    }

    fn left(&self, context: &StepContext, answers: &[Answer]) -> Vec<String> {
        let made = text_fact(context.before, MADE).is_some();
        if context.doomed || made || self.is(answers) != Some(true) {
            return Vec::new();
        }
        vec![format!(
            "the addon {}: it was enabled before us",
            self.addon
        )]
    }

    fn removed(&self, _: &StepContext, answers: &[Answer]) -> Effect {
        match self.is(answers) {
            Some(true) => Effect::Pending(format!("the addon {} is still enabled", self.addon)),
            _ => Effect::Absent("it is disabled".to_string()),
        }
    }
}

impl Addon {
    /// Whether it is enabled; `None` if minikube does not tell.
    fn is(&self, answers: &[Answer]) -> Option<bool> {
        let mut lists = documents(answers.first()?.stdout()?);
        let status =
            lists.find_map(|list| Some(list[&self.addon]["Status"].as_str()? == "enabled"));
        status.or(Some(false))
    }
}
