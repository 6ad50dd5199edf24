//! `context`: an existing cluster, reached through its kubeconfig context. It is only asked; nothing of it is ours.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;
use serde_json::Value;

use crate::programs::{items, kubectl, new_enough, version_in, version_text};
use protocol::{Action, Answer, Effect, Facts, Failure, Kind, Probe, StepContext, facts};

/// Checks an existing cluster.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"context": "lab", "images": "registry"}))]
pub(crate) struct Context {
    /// The context's name in the kubeconfig.
    context: String,
    /// How images get into the cluster: `command`, or `registry`.
    images: String,
    /// The registry through which images travel; overrides `images` if it is not empty.
    #[serde(default)]
    registry: String,
    /// The oldest Kubernetes that will do.
    #[serde(default = "oldest")]
    kubernetes: String,
}

fn oldest() -> String {
    "1.25".to_string()
}

impl Kind for Context {
    fn probes(&self, _: &StepContext) -> Vec<Probe> {
        let probe = |args: [&str; 4]| {
            Probe::Run(
                kubectl(&self.context)
                    .args(["--request-timeout=10s"])
                    .args(args),
            )
        };
        vec![
            probe(["version", "-o", "json", "--client=false"]),
            probe(["get", "storageclasses", "-o", "json"]),
        ]
    }

    fn assess(&self, _: &StepContext, answers: &[Answer]) -> Effect {
        let version = answers
            .first()
            .and_then(Answer::json)
            .and_then(|json| version_in(json["serverVersion"]["gitVersion"].as_str()?));
        match version {
            Some(version) if new_enough(&version, &self.kubernetes) => {
                let version = version_text(&version);
                let classes = answers.get(1).and_then(Answer::json).unwrap_or_default();
                Effect::Present(
                    format!("Kubernetes {version} answers at context {}", self.context),
                    self.facts(&version, &classes),
                )
            }
            Some(version) => Effect::Broken(
                Failure::new(format!(
                    "Kubernetes {} is too old, {} is the oldest that will do",
                    version_text(&version),
                    self.kubernetes
                ))
                .fix("upgrade the cluster")
                .prerequisite(),
            ),
            None => {
                let words = answers.first().map_or(String::new(), Answer::trouble);
                let failure = Failure::new(format!(
                    "the cluster of context {} does not answer: {words}",
                    self.context
                ));
                Effect::Broken(
                    failure
                        .fix("check `kubectl config get-contexts` and KUBECONFIG, and that the cluster runs")
                        .prerequisite(),
                )
            }
        }
    }

    fn actions(&self, _: &StepContext, _: &[Answer]) -> Result<Vec<Action>, Failure> {
        Ok(Vec::new())
    }
}

impl Context {
    fn facts(&self, version: &str, classes: &Value) -> Facts {
        // Volumes of the host-path provisioner belong to root: a service must be given its own by a container that is root,
        // and that fits the Baseline Pod Security Standard only.
        let root_volumes = default_provisioner(classes) == Some("kubernetes.io/host-path");
        let (volumes, security) = if root_volumes {
            ("true", "baseline")
        } else {
            ("false", "restricted")
        };
        let images = if self.registry.is_empty() {
            &self.images
        } else {
            "registry"
        };
        facts([
            ("context", &self.context),
            ("address", ""),
            ("images", images),
            ("kubernetes", version),
            ("volume_permissions", volumes),
            ("pod_security", security),
        ])
    }
}

fn default_provisioner(classes: &Value) -> Option<&str> {
    let default = |class: &&Value| {
        class["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true"
    };
    items(classes).find(default)?["provisioner"].as_str()
}
