//! `helm-template`: a chart rendered into a file without a cluster, and looked through for what would not deploy as built.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;

use crate::programs::call;
use crate::reference::Reference;
use crate::values::{Singles, set_args};
use protocol::{Action, Answer, Effect, Facts, Failure, Kind, Probe, StepContext};

/// Renders a chart.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"chart": "helm/app", "release": "app", "namespace": "app", "output": "${state}/manifests.yaml"}))]
pub(crate) struct HelmTemplate {
    /// The chart's folder, relative to pipeline.toml.
    chart: String,
    /// The release's name.
    release: String,
    /// Its namespace.
    namespace: String,
    /// Values files; later ones win.
    #[serde(default)]
    values: Vec<String>,
    /// Single values; they win over the files.
    #[serde(default)]
    set: Singles,
    /// The version to render for, such as `1.34.4`; empty for helm's own idea of the newest.
    #[serde(default)]
    kubernetes: String,
    /// The file that is written, relative to pipeline.toml.
    output: String,
}

impl Kind for HelmTemplate {
    fn inputs(&self) -> Vec<String> {
        [format!("{}/**", self.chart)]
            .into_iter()
            .chain(self.values.iter().cloned())
            .collect()
    }

    fn programs(&self) -> Vec<&str> {
        vec!["helm"]
    }

    fn probes(&self, _: &StepContext) -> Vec<Probe> {
        vec![Probe::Read(self.output.clone())]
    }

    fn assess(&self, _: &StepContext, answers: &[Answer]) -> Effect {
        let Some(text) = answers.first().and_then(Answer::stdout) else {
            return Effect::Absent(format!("{} is not there", self.output));
        };
        match unreliable(text) {
            Some((line, why)) => Effect::Broken(
                Failure::new(format!("{}:{line}: {why}", self.output))
                    .fix("give the image a tag of its own and `pullPolicy: IfNotPresent`"),
            ),
            None => {
                let objects = text
                    .lines()
                    .filter(|line| line.starts_with("kind: "))
                    .count();
                Effect::Present(
                    format!("{objects} objects rendered, inputs unchanged"),
                    Facts::new(),
                )
            }
        }
    }

    fn actions(&self, _: &StepContext, _: &[Answer]) -> Result<Vec<Action>, Failure> {
        let mut cmd = call(
            "helm",
            [
                "template",
                &self.release,
                &self.chart,
                "--namespace",
                &self.namespace,
            ],
        );
        for file in &self.values {
            cmd = cmd.args(["-f", file]);
        }
        if !self.kubernetes.is_empty() {
            cmd = cmd.args(["--kube-version", &self.kubernetes]);
        }
        Ok(vec![Action::Save(
            cmd.args(set_args(&self.set)),
            self.output.clone(),
        )])
    }
}

/// An image that need not be the one that was built: no tag, `latest`, or pulled each time.
fn unreliable(manifest: &str) -> Option<(usize, String)> {
    let lines = manifest
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.trim().trim_start_matches("- ")));
    lines.into_iter().find_map(|(number, line)| {
        if line == "imagePullPolicy: Always" {
            return Some((
                number,
                "an image is pulled each time, so the cluster may run another one than was built".to_string(),
            ));
        }
        let image = line.strip_prefix("image: ")?.trim_matches('"');
        let floating = !Reference::parse(image).is_some_and(|image| image.is_fixed());
        floating.then(|| {
            (number, format!("the image `{image}` has no fixed tag, so the cluster may run another one than was built"))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floating_images_are_refused() {
        assert_eq!(
            unreliable(&format!(
                "a:\n  image: \"x/y:1\"\n  - image: z@sha256:{:064}\n",
                0
            )),
            None
        );
        assert_eq!(unreliable("a:\n  image: y:latest\n").unwrap().0, 2);
        assert_eq!(unreliable("  image: host:5000/y\n").unwrap().0, 1);
        assert_eq!(unreliable("x\n  imagePullPolicy: Always\n").unwrap().0, 2);
    }
}
