//! `check`: a read-only program whose exit status is the answer. It is asked each time and changes
//! nothing.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;

use crate::programs::call_list;
use protocol::{Action, Answer, Cmd, Effect, Facts, Failure, Kind, Probe, StepContext};

/// Asks one program.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"argv": ["docker", "info"], "fix": "start Docker"}))]
pub(crate) struct Check {
    /// The program and its arguments; exit status 0 is a yes.
    #[serde(deserialize_with = "protocol::argv")]
    argv: Vec<String>,
    /// The folder it runs in, relative to pipeline.toml.
    cwd: Option<String>,
    /// Keep asking until the step's `timeout` instead of taking the first no.
    #[serde(default)]
    wait: bool,
    /// The line that tells what to do about a no.
    fix: Option<String>,
}

impl Check {
    fn no(&self, cause: String) -> Failure {
        Failure {
            fix: self.fix.clone(),
            ..Failure::new(cause)
        }
    }
}

impl Kind for Check {
    fn cwd(&self) -> Option<&str> {
        self.cwd.as_deref()
    }

    /// Nothing is believed of a check, so others' programs need not be looked at.
    fn programs(&self) -> Vec<&str> {
        let program = self.argv.first().map(String::as_str);
        program
            .filter(|program| program.contains('/'))
            .into_iter()
            .collect()
    }

    fn probes(&self, _: &StepContext) -> Vec<Probe> {
        vec![Probe::Run(Cmd {
            cwd: self.cwd.clone(),
            ..call_list(&self.argv)
        })]
    }

    fn assess(&self, _: &StepContext, answers: &[Answer]) -> Effect {
        let cmd = call_list(&self.argv);
        match answers {
            [Answer::Ran(output)] if output.code == 0 => {
                Effect::Present(output.last_words_or("it says yes"), Facts::new())
            }
            [Answer::Ran(output)] if self.wait => Effect::Pending(output.last_words()),
            [Answer::Ran(output)] => {
                let said = output
                    .said_last()
                    .map_or(String::new(), |said| format!(": {said}"));
                Effect::Broken(self.no(format!(
                    "`{cmd}` says no (exit status {}){said}",
                    output.code
                )))
            }
            other => Effect::Broken(self.no(other.first().map_or(String::new(), Answer::trouble))),
        }
    }

    fn overdue(&self, failure: Failure, _: &[Answer]) -> Failure {
        match &self.fix {
            None => failure,
            Some(fix) => failure.fix(fix),
        }
    }

    fn actions(&self, _: &StepContext, _: &[Answer]) -> Result<Vec<Action>, Failure> {
        Ok(Vec::new())
    }
}
