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
        let why = error(output).map_or(String::new(), |why| format!(": {why}"));
        Some(
            Failure::new(format!("the chart's test {first} failed{why}"))
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

/// helm's own reason, if it says more than that a pod failed.
fn error(output: &str) -> Option<&str> {
    let mut lines = output
        .lines()
        .skip_while(|line| !line.starts_with("Error:"));
    let said = lines.next()?.trim_start_matches("Error:").trim();
    let said = match said.ends_with("occurred:") {
        true => lines.next()?.trim().trim_start_matches("* "),
        false => said,
    };
    (!said.ends_with(" failed")).then_some(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_can_not_begin_says_why() {
        let of = |error: &str| {
            let step: HelmTest =
                toml::from_str("context = 'c'\nnamespace = 'n'\nrelease = 'r'\n").unwrap();
            let suite = "TEST SUITE:     r-test\nPhase:          Failed\n";
            let told = step.diagnose(&Action::Say(String::new()), &format!("{suite}{error}\n"));
            told.unwrap().cause
        };
        let plain = "the chart's test r-test failed";
        assert_eq!(of("Error: pod r-test failed"), plain);
        assert_eq!(
            of("Error: 1 error occurred:\n\t* pod r-test failed\n"),
            plain
        );
        assert_eq!(
            of("Error: pods \"r-test\" is forbidden"),
            format!("{plain}: pods \"r-test\" is forbidden")
        );
        assert_eq!(
            of("Error: 1 error occurred:\n\t* timed out"),
            format!("{plain}: timed out")
        );
    }
}
