//! `helm-test`: the tests that a chart ships with.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;

use crate::programs::helm;
use protocol::{Action, Answer, Failure, Kind, StepContext};

/// Runs a release's tests.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"context": "${context}", "namespace": "app", "release": "app"}))]
pub(crate) struct HelmTest {
    /// The kubeconfig context.
    context: String,
    /// The release's namespace.
    namespace: String,
    /// The release's name.
    release: String,
    /// How long helm waits for the tests, such as `2m`.
    #[serde(default = "two_minutes")]
    wait: String,
}

fn two_minutes() -> String {
    "2m".to_string()
}

impl Kind for HelmTest {
    fn programs(&self) -> Vec<&str> {
        vec!["helm"]
    }

    fn actions(&self, _: &StepContext, _: &[Answer]) -> Result<Vec<Action>, Failure> {
        let test = helm(
            ["test", &self.release, "--logs", "--timeout", &self.wait],
            &self.context,
            &self.namespace,
        );
        Ok(vec![Action::Run(test)])
    }

    fn diagnose(&self, _: &Action, output: &str) -> Option<Failure> {
        let suites: Vec<&str> = output.split("TEST SUITE:").skip(1).collect();
        let failed: Vec<&str> = suites
            .iter()
            .filter(|suite| suite.contains("Phase:") && suite.contains("Failed"))
            .filter_map(|suite| suite.lines().next())
            .map(str::trim)
            .collect();
        let first = failed.first()?;
        Some(
            Failure::new(format!("the chart's test {first} failed"))
                .seen(
                    output
                        .lines()
                        .rev()
                        .take(8)
                        .collect::<Vec<_>>()
                        .into_iter()
                        .rev(),
                )
                .fix(format!(
                    "read its log: `kubectl --context {} -n {} logs {first}`",
                    self.context, self.namespace
                )),
        )
    }
}
