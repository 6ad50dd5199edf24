//! `helm-template`: a chart rendered into a file without a cluster, and looked through for what
//! would not deploy as built.

mod shape;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;

use crate::chart;
use crate::pattern;
use crate::programs::call;
use crate::reference::Reference;
use crate::values::{Singles, set_args};
use crate::yaml::{self, Leaf};
use protocol::{Action, Answer, Effect, Failure, Kind, Probe, StepContext, facts};
use shape::shape;

/// Renders a chart.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-facts" = {"shape": "a digest of what was rendered, without its values: for `helm-release`"}))]
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
        pattern::chart(&self.chart, &self.values)
    }

    fn writes(&self) -> Vec<String> {
        vec![self.output.clone()]
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
        let leaves = match yaml::leaves(text) {
            Ok(leaves) => leaves,
            Err(why) => return Effect::Broken(Failure::new(format!("{}: {why}", self.output))),
        };
        match leaves.iter().find_map(unreliable) {
            Some((line, why)) => Effect::Broken(
                Failure::new(format!("{}:{line}: {why}", self.output))
                    .fix("give the image a tag of its own and `pullPolicy: IfNotPresent`"),
            ),
            None => {
                let objects = leaves.iter().filter(|leaf| leaf.path == ["kind"]).count();
                let says = format!("{objects} objects rendered, inputs unchanged");
                let shape = shape(&leaves, &self.kubernetes);
                Effect::Present(says, facts([("shape", shape.as_str())]))
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

    fn diagnose(&self, _: &Action, output: &str) -> Option<Failure> {
        chart::missing(output, &self.chart, &self.values)
    }
}

/// Where the pods' containers stand, whatever the object that makes the pods.
const CONTAINERS: [&str; 2] = ["containers", "initContainers"];

/// A container's image that need not be the one that was built, with its line: no tag, `latest`, or
/// pulled each time.
fn unreliable(leaf: &Leaf) -> Option<(usize, String)> {
    let [.., list, _, key] = leaf.path.as_slice() else {
        return None;
    };
    let what = match (CONTAINERS.contains(&list.as_str()), key.as_str()) {
        (true, "imagePullPolicy") if leaf.value == "Always" => {
            "an image is pulled each time".to_string()
        }
        (true, "image") if !Reference::parse(&leaf.value).is_some_and(|image| image.is_fixed()) => {
            format!("the image `{}` has no fixed tag", leaf.value)
        }
        _ => return None,
    };
    let why = format!("{what}, so the cluster may run another one than was built");
    Some((leaf.line, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(manifest: &str) -> Option<usize> {
        let leaves = yaml::leaves(manifest).unwrap();
        leaves.iter().find_map(unreliable).map(|(line, _)| line)
    }

    fn pod(container: &str) -> String {
        format!("kind: Pod\nspec:\n  initContainers:\n    - {container}\n")
    }

    #[test]
    fn floating_images_are_refused() {
        let digest = format!("image: z@sha256:{:064}", 0);
        for fixed in ["image: \"x/y:1\"", &digest, "imagePullPolicy: IfNotPresent"] {
            assert_eq!(found(&pod(fixed)), None, "{fixed}");
        }
        for floating in [
            "image: y:latest",
            "image: host:5000/y",
            "imagePullPolicy: \"Always\"",
        ] {
            assert_eq!(found(&pod(floating)), Some(4), "{floating}");
        }
    }

    #[test]
    fn what_only_looks_like_an_image_is_none() {
        let text = "kind: ConfigMap\ndata:\n  pod.yaml: |\n    containers:\n      - image: y:latest\n        imagePullPolicy: Always\n";
        assert_eq!(found(text), None);
        assert_eq!(
            found("kind: Gallery\nspec:\n  image: cat\n  pictures:\n    - image: dog\n"),
            None
        );
    }
}
