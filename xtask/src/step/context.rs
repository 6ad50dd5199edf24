//! `context`: an existing cluster, reached through its kubeconfig context. It is only asked; nothing of it is ours.

use serde::Deserialize;

use super::{Act, Answer, Ask, Failure, Scene, Step, Verdict, facts};
use crate::tools::{kubectl, new_enough, version_in, version_text};

/// Checks an existing cluster.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// The context's name in the kubeconfig.
    context: String,
    /// How images get into the cluster: `command`, or `registry`.
    images: String,
    /// The oldest Kubernetes that will do.
    #[serde(default = "oldest")]
    kubernetes: String,
}

fn oldest() -> String {
    "1.25".to_string()
}

impl Step for Context {
    fn asks(&self, _: &Scene) -> Vec<Ask> {
        vec![Ask::Run(kubectl(&self.context).args([
            "version",
            "-o",
            "json",
            "--request-timeout=10s",
        ]))]
    }

    fn judge(&self, _: &Scene, answers: &[Answer]) -> Verdict {
        let version = answers
            .first()
            .and_then(Answer::json)
            .and_then(|json| version_in(json["serverVersion"]["gitVersion"].as_str()?));
        match version {
            Some(version) if new_enough(&version, &self.kubernetes) => {
                let version = version_text(&version);
                let facts = facts([
                    ("context", &self.context),
                    ("images", &self.images),
                    ("kubernetes", &version),
                ]);
                Verdict::Stands(
                    format!("Kubernetes {version} answers at context {}", self.context),
                    facts,
                )
            }
            Some(version) => Verdict::Broken(
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
                Verdict::Broken(
                    failure
                        .fix("check `kubectl config get-contexts` and KUBECONFIG, and that the cluster runs")
                        .prerequisite(),
                )
            }
        }
    }

    fn acts(&self, _: &Scene, _: &[Answer]) -> Result<Vec<Act>, Failure> {
        Ok(Vec::new())
    }
}
