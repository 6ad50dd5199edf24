//! `check`: a read-only program whose exit status is the answer. It is asked each time and changes nothing.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;

use crate::programs::call_list;
use protocol::{Act, Answer, Ask, Cmd, Facts, Failure, Scene, Step, Verdict};

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

impl Step for Check {
    fn asks(&self, _: &Scene) -> Vec<Ask> {
        vec![Ask::Run(Cmd {
            cwd: self.cwd.clone(),
            ..call_list(&self.argv)
        })]
    }

    fn judge(&self, _: &Scene, answers: &[Answer]) -> Verdict {
        let cmd = call_list(&self.argv);
        match answers {
            [Answer::Ran(output)] if output.code == 0 => {
                Verdict::Stands(output.last_words_or("it says yes"), Facts::new())
            }
            [Answer::Ran(output)] if self.wait => Verdict::Wait(output.last_words()),
            [Answer::Ran(output)] => {
                let failure = Failure::new(format!(
                    "`{cmd}` says no (exit status {}): {}",
                    output.code,
                    output.last_words()
                ));
                Verdict::Broken(
                    self.fix
                        .iter()
                        .fold(failure, |failure, fix| failure.fix(fix)),
                )
            }
            other => Verdict::Broken(Failure::new(
                other.first().map_or(String::new(), Answer::trouble),
            )),
        }
    }

    fn acts(&self, _: &Scene, _: &[Answer]) -> Result<Vec<Act>, Failure> {
        Ok(Vec::new())
    }
}
