//! `link`: a symbolic link that names the release that is live. Moving it is how this project
//! deploys.

use protocol::{Action, Answer, Cmd, Effect, Failure, Kind, KindEntry, Probe, StepContext, facts};
use serde::Deserialize;

/// The line that makes it known.
pub const KIND: KindEntry = protocol::makes::<Link>("link", "has a link that points to a release");

/// Has a link.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"path": "live", "target": "releases/1"}))]
struct Link {
    /// Where the link is, relative to pipeline.toml.
    path: String,
    /// What it points to.
    target: String,
}

impl Kind for Link {
    fn probes(&self, _: &StepContext) -> Vec<Probe> {
        vec![Probe::Run(Cmd::new("readlink", [&self.path]))]
    }

    fn assess(&self, _: &StepContext, answers: &[Answer]) -> Effect {
        match answers.first().and_then(Answer::stdout).map(str::trim_end) {
            Some(target) if target == self.target => {
                let sentence = format!("{} points to {target}", self.path);
                Effect::Present(sentence, facts([("target", target)]))
            }
            Some(other) => Effect::Absent(format!("{} points to {other}", self.path)),
            None => Effect::Absent(format!("{} is no link", self.path)),
        }
    }

    fn actions(&self, _: &StepContext, _: &[Answer]) -> Result<Vec<Action>, Failure> {
        let new = format!("{}.new", self.path);
        Ok(vec![
            Action::Run(Cmd::new("ln", ["-sfn", &self.target, &new])),
            Action::Run(Cmd::new("mv", ["-T", &new, &self.path])),
        ])
    }

    fn undo(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let ours = matches!(self.assess(context, answers), Effect::Present(..));
        let remove = || Action::Run(Cmd::new("rm", [&self.path]));
        Ok(ours.then(remove).into_iter().collect())
    }
}
