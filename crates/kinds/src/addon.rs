//! `addon`: a minikube addon that is enabled and answers. Enabled alone is not enough: what depends on it would fail.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;

use crate::diagnose::{Evidence, PODS, diagnose};
use crate::programs::{call_list, documents, items, kubectl, minikube};
use protocol::{Action, Answer, Effect, Facts, Failure, Kind, Probe, StepContext};

/// Enables an addon.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"profile": "minikube", "addon": "metrics-server", "namespace": "kube-system", "answers": [["kubectl", "top", "nodes"]]}))]
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
    answers: Vec<Vec<String>>,
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
        let serves = self.answers.iter().map(|argv| Probe::Run(call_list(argv)));
        probes.into_iter().chain(serves).collect()
    }

    fn assess(&self, _: &StepContext, answers: &[Answer]) -> Effect {
        let list = answers.first().and_then(Answer::stdout).unwrap_or_default();
        let enabled = documents(list).any(|list| list[&self.addon]["Status"] == "enabled");
        if !enabled {
            return Effect::Absent(format!("the addon {} is not enabled", self.addon));
        }
        let silent = answers
            .iter()
            .skip(2)
            .find(|answer| answer.stdout().is_none());
        let Some(silent) = silent else {
            return Effect::Present(
                format!("the addon {} is enabled and answers", self.addon),
                Facts::new(),
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

    fn actions(&self, _: &StepContext, _: &[Answer]) -> Result<Vec<Action>, Failure> {
        let mut cmd = minikube(&self.profile).args(["addons", "enable", &self.addon]);
        if !self.images.is_empty() {
            cmd = cmd.args([format!("--images={}", self.images)]);
        }
        Ok(vec![Action::Run(cmd)])
    }
}
