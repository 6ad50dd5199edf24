//! `helm-lint`: a chart and its values files, linted strictly.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;

use crate::chart;
use crate::pattern;
use crate::programs::call;
use protocol::{Action, Answer, Failure, Kind, StepContext};

/// Lints a chart.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"chart": "helm/app", "values": ["helm/app/values-${profile}.yaml"]}))]
pub(crate) struct HelmLint {
    /// The chart's folder, relative to pipeline.toml.
    chart: String,
    /// Values files, each linted by itself.
    #[serde(default)]
    values: Vec<String>,
}

impl Kind for HelmLint {
    fn inputs(&self) -> Vec<String> {
        pattern::chart(&self.chart, &self.values)
    }

    fn programs(&self) -> Vec<&str> {
        vec!["helm"]
    }

    fn actions(&self, _: &StepContext, _: &[Answer]) -> Result<Vec<Action>, Failure> {
        let plain = call("helm", ["lint", "--strict", &self.chart]);
        let with = |file: &String| Action::Run(plain.clone().args(["-f", file]));
        Ok([Action::Run(plain.clone())]
            .into_iter()
            .chain(self.values.iter().map(with))
            .collect())
    }

    fn diagnose(&self, _: &Action, output: &str) -> Option<Failure> {
        if let Some(failure) = chart::missing(output, &self.chart, &self.values) {
            return Some(failure);
        }
        let wrong: Vec<&str> = output
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("[ERROR]") || line.starts_with("[WARNING]"))
            .collect();
        let first = wrong
            .first()?
            .trim_start_matches("[ERROR]")
            .trim_start_matches("[WARNING]")
            .trim()
            .to_string();
        Some(
            Failure::new(format!("{} does not lint: {first}", self.chart))
                .seen(wrong)
                .fix("correct the chart or the values named above"),
        )
    }
}
