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
        let (context, namespace) = (&self.context, &self.namespace);
        // Asked for logs as well, helm keeps the reason to itself.
        if output.contains(&format!("unable to get pod logs for {first}")) {
            let again = helm(["test", &self.release], context, namespace);
            let cause = format!("the chart's test {first} could not begin: it got no pod");
            return Some(Failure::new(cause).fix(format!("`{again}` says why")));
        }
        let lines: Vec<&str> = output.lines().collect();
        let last = lines[lines.len().saturating_sub(8)..].iter().copied();
        let log = format!("kubectl --context {context} -n {namespace} logs {first}");
        Some(
            Failure::new(format!("the chart's test {first} failed"))
                .seen(last)
                .fix(format!("read its log: `{log}`")),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_got_no_pod_is_told_from_one_that_failed() {
        let of = |error: &str| {
            let step: HelmTest =
                toml::from_str("context = 'c'\nnamespace = 'n'\nrelease = 'r'\n").unwrap();
            let suite = "TEST SUITE:     r-test\nPhase:          Failed\n";
            let told = step.diagnose(&Action::Say(String::new()), &format!("{suite}{error}\n"));
            told.unwrap()
        };
        let failed = of("Error: pod r-test failed");
        assert_eq!(failed.cause, "the chart's test r-test failed");
        assert_eq!(failed.evidence.len(), 3);
        let fix = "`helm test r --kube-context c --namespace n` says why";
        let not_begun = of("Error: unable to get pod logs for r-test: pods \"r-test\" not found");
        assert!(not_begun.cause.ends_with("could not begin: it got no pod"));
        assert_eq!(not_begun.fix.as_deref(), Some(fix));
    }
}
