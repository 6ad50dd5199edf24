//! `helm-release`: a release at the revision we made. Its pods are not waited for here: the `rollout` kind does that, and keeps
//! the evidence that helm's own `--wait` and `--atomic` throw away.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;
use serde_json::Value;

use crate::programs::{helm, kubectl};
use protocol::{Action, Answer, Cmd, Effect, Failure, Kind, Probe, StepContext, answered, facts};

/// Has a release deployed.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"context": "${context}", "namespace": "app", "release": "app", "chart": "helm/app", "set": {"image.tag": "${build.tag}"}}))]
pub(crate) struct HelmRelease {
    /// The kubeconfig context that every call is pinned to.
    context: String,
    /// The namespace; it must exist.
    namespace: String,
    /// The release's name.
    release: String,
    /// The chart's folder, relative to pipeline.toml.
    chart: String,
    /// Values files; later ones win.
    #[serde(default)]
    values: Vec<String>,
    /// Single values; they win over the files.
    #[serde(default)]
    set: BTreeMap<String, Scalar>,
    /// Value path -> name of a secret of this step. Secrets travel through standard input: never argv, never a file.
    #[serde(default)]
    secret_values: BTreeMap<String, String>,
    /// How many revisions helm keeps.
    #[serde(default = "ten")]
    history_max: u32,
}

/// A single value; text stays text even if it looks like a number, unless it is `true` or `false`.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub(crate) enum Scalar {
    /// `--set-string`.
    Text(String),
    /// `--set`.
    Number(i64),
    /// `--set`.
    Flag(bool),
}

/// The arguments that set single values.
pub(crate) fn set_args(set: &BTreeMap<String, Scalar>) -> Vec<String> {
    let pair = |(path, value): (&String, &Scalar)| match value {
        // A fact is always text; what it says may be a flag.
        Scalar::Text(text) if matches!(text.as_str(), "true" | "false") => {
            ["--set".to_string(), format!("{path}={text}")]
        }
        Scalar::Text(text) => [
            "--set-string".to_string(),
            format!("{path}={}", text.replace(',', "\\,")),
        ],
        Scalar::Number(number) => ["--set".to_string(), format!("{path}={number}")],
        Scalar::Flag(flag) => ["--set".to_string(), format!("{path}={flag}")],
    };
    set.iter().flat_map(pair).collect()
}

fn ten() -> u32 {
    10
}

impl HelmRelease {
    fn helm<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Cmd {
        helm(args, &self.context, &self.namespace)
    }

    /// The release as `helm list` shows it.
    fn listed(&self, answers: &[Answer]) -> Option<Value> {
        let list = answers.first()?.json()?;
        list.as_array()?
            .iter()
            .find(|entry| entry["name"] == *self.release)
            .cloned()
    }

    fn upgrade(&self) -> Cmd {
        let max = self.history_max.to_string();
        let mut cmd = self.helm([
            "upgrade",
            "--install",
            &self.release,
            &self.chart,
            "--history-max",
            &max,
        ]);
        for file in &self.values {
            cmd = cmd.args(["-f", file]);
        }
        if !self.secret_values.is_empty() {
            cmd = cmd.args(["-f", "-"]);
            cmd.secret_stdin = self
                .secret_values
                .iter()
                .map(|(path, name)| (path.clone(), name.clone()))
                .collect();
        }
        cmd.args(set_args(&self.set))
    }

    /// What a helm that was killed half-way left behind, put right: no other run of ours is alive, since we hold the lock.
    fn heal(&self, status: &str) -> Option<Cmd> {
        match status {
            "pending-upgrade" | "pending-rollback" => Some(self.helm(["rollback", &self.release])),
            "pending-install" | "uninstalling" => Some(self.uninstall()),
            _ => None,
        }
    }

    /// Ends only when the pods are gone too: what comes next may need their volumes, or remove their images.
    fn uninstall(&self) -> Cmd {
        let wait = ["--wait", "--cascade", "foreground", "--timeout", "5m"];
        self.helm(["uninstall", &self.release]).args(wait)
    }

    /// Pods of the chart's tests: helm makes them and never removes them.
    fn remove_tests(&self) -> Cmd {
        let selector = format!("app.kubernetes.io/instance={}", self.release);
        kubectl(&self.context)
            .args(["-n", &self.namespace, "delete", "pods", "-l", &selector])
            .args(["--timeout=2m"])
    }
}

impl Kind for HelmRelease {
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
        let all = [
            "list",
            "-o",
            "json",
            "--deployed",
            "--failed",
            "--pending",
            "--superseded",
            "--uninstalling",
        ];
        vec![Probe::Run(self.helm(all))]
    }

    fn assess(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        if answers.first().and_then(Answer::json).is_none() {
            return Effect::Absent(format!(
                "helm does not list releases: {}",
                answers.first().map_or(String::new(), Answer::trouble)
            ));
        }
        let Some(entry) = self.listed(answers) else {
            return Effect::Absent(format!("the release {} is not deployed", self.release));
        };
        let text = |key: &str| entry[key].as_str().unwrap_or_default().to_string();
        let (status, revision) = (text("status"), text("revision"));
        let ours = context.before.and_then(|facts| facts.get("revision"));
        if status != "deployed" {
            return Effect::Absent(format!("the release {} is {status}", self.release));
        }
        match ours {
            Some(ours) if *ours != revision => Effect::Absent(format!(
                "the release is at revision {revision}, ours was {ours}"
            )),
            _ => {
                let facts = facts([
                    ("revision", &revision),
                    ("deployed_at", &text("updated")),
                    ("release", &self.release),
                ]);
                Effect::Present(
                    format!(
                        "the release {} is deployed at revision {revision}",
                        self.release
                    ),
                    facts,
                )
            }
        }
    }

    fn actions(&self, _: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let status = self
            .listed(answers)
            .and_then(|entry| entry["status"].as_str().map(str::to_string))
            .unwrap_or_default();
        Ok(self
            .heal(&status)
            .into_iter()
            .chain([self.upgrade()])
            .map(Action::Run)
            .collect())
    }

    fn undo(&self, _: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        answered(answers)?;
        Ok(match self.listed(answers) {
            Some(_) => [self.uninstall(), self.remove_tests()]
                .map(Action::Run)
                .into(),
            None => Vec::new(),
        })
    }

    fn removed(&self, _: &StepContext, answers: &[Answer]) -> Effect {
        match self.listed(answers) {
            Some(_) => Effect::Pending(format!("helm still lists {}", self.release)),
            None => Effect::Absent("it is uninstalled".to_string()),
        }
    }

    fn diagnose(&self, _: &Action, output: &str) -> Option<Failure> {
        let said = |text: &str| output.contains(text);
        if said("another operation (install/upgrade/rollback) is in progress") {
            let failure = Failure::new(format!(
                "someone else is changing the release {} right now",
                self.release
            ));
            return Some(failure.fix("wait for that helm to end and run the same command again"));
        }
        if said("failed calling webhook") {
            let line = output
                .lines()
                .find(|line| line.contains("failed calling webhook"));
            let failure =
                Failure::new("a webhook of the cluster that has to agree does not answer");
            return Some(failure.seen(line.map(str::trim)).fix(
                "see that what it belongs to runs (an ingress controller, a policy engine), and run the same command again",
            ));
        }
        if said("don't meet the specifications of the schema") {
            let wrong = output
                .lines()
                .map(str::trim)
                .filter(|line| line.starts_with("- "))
                .map(str::to_string);
            let failure = Failure::new(format!(
                "the values do not fit the schema of {}",
                self.chart
            ));
            return Some(failure.seen(wrong).fix("correct the values named above"));
        }
        None
    }
}
