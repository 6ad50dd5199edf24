//! `addon`: a minikube addon that is enabled and answers. Enabled alone is not enough: what depends on it would fail.

use serde::Deserialize;

use super::{Act, Answer, Ask, Cmd, Facts, Failure, Scene, Step, Verdict};
use crate::diagnose::{Evidence, diagnose};
use crate::tools::{kubectl, minikube};

/// Enables an addon.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"profile": "minikube", "addon": "metrics-server", "namespace": "kube-system", "answers": ["kubectl", "top", "nodes"]}))]
pub struct Addon {
    /// The minikube profile.
    profile: String,
    /// Such as `ingress`.
    addon: String,
    /// Its images, where minikube's own can't be had: `Name=image,…`.
    #[serde(default)]
    images: String,
    /// The namespace its pods live in.
    namespace: String,
    /// A command that succeeds once the addon serves.
    answers: Vec<String>,
}

impl Step for Addon {
    fn asks(&self, _: &Scene) -> Vec<Ask> {
        let pods = [
            "-n",
            &self.namespace,
            "get",
            "pods,events",
            "-o",
            "json",
            "--request-timeout=10s",
        ];
        vec![
            Ask::Run(minikube(&self.profile).args(["addons", "list", "-o", "json"])),
            Ask::Run(Cmd::list(&self.answers)),
            Ask::Run(kubectl(&self.profile).args(pods)),
        ]
    }

    fn judge(&self, _: &Scene, answers: &[Answer]) -> Verdict {
        let enabled = answers
            .first()
            .and_then(Answer::json)
            .is_some_and(|list| list[&self.addon]["Status"] == "enabled");
        if !enabled {
            return Verdict::Gone(format!("the addon {} is not enabled", self.addon));
        }
        if answers.get(1).and_then(Answer::stdout).is_some() {
            return Verdict::Stands(
                format!("the addon {} is enabled and answers", self.addon),
                Facts::new(),
            );
        }
        let cause = answers
            .get(2)
            .and_then(Answer::json)
            .and_then(|list| diagnose(&Evidence::read(&[&list])));
        match cause {
            Some(finding) => Verdict::Broken(finding.into()),
            None => {
                let words = answers.get(1).map_or(String::new(), Answer::trouble);
                Verdict::Wait(format!(
                    "the addon {} does not answer yet: {words}",
                    self.addon
                ))
            }
        }
    }

    fn acts(&self, _: &Scene, _: &[Answer]) -> Result<Vec<Act>, Failure> {
        let mut cmd = minikube(&self.profile).args(["addons", "enable", &self.addon]);
        if !self.images.is_empty() {
            cmd = cmd.args([format!("--images={}", self.images)]);
        }
        Ok(vec![Act::Run(cmd)])
    }
}
