//! `command`: any program. Its effect is its outputs; the engine verifies those.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;

use crate::programs::call_list;
use protocol::{Action, Answer, Cmd, Failure, Kind, StepContext};

/// Runs one program. What that leaves in the background goes on, unless it still holds the step's
/// output or the step is cut short: then it is ended. What is to stay is a `process`.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-facts" = {}))]
#[schemars(example = serde_json::json!({"argv": ["cargo", "build", "--locked"]}))]
pub(crate) struct Command {
    /// The program and its arguments; no shell looks at them.
    #[serde(deserialize_with = "protocol::argv")]
    argv: Vec<String>,
    /// The folder it runs in, relative to pipeline.toml.
    cwd: Option<String>,
    /// The exit status with which the program says that this machine lacks what it needs. The step
    /// is then left out, for the reason in the program's last line, and what needs it is not run;
    /// the run does not fail.
    #[serde(default, deserialize_with = "failing")]
    #[schemars(range(min = 1, max = 255))]
    left_out: Option<i32>,
}

/// A status that a program can end with and that does not say that all is well.
fn failing<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<i32>, D::Error> {
    let status = i32::deserialize(value)?;
    match status {
        1..=255 => Ok(Some(status)),
        _ => Err(serde::de::Error::custom(format_args!(
            "`left_out` can't be {status}: programs that fail end with a status from 1 to 255; choose one of those, such as 77"
        ))),
    }
}

impl Kind for Command {
    fn cwd(&self) -> Option<&str> {
        self.cwd.as_deref()
    }

    fn programs(&self) -> Vec<&str> {
        self.argv.first().map(String::as_str).into_iter().collect()
    }

    fn actions(&self, _: &StepContext, _: &[Answer]) -> Result<Vec<Action>, Failure> {
        Ok(vec![Action::Run(Cmd {
            cwd: self.cwd.clone(),
            left_out: self.left_out,
            ..call_list(&self.argv)
        })])
    }
}
