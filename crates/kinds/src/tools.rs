//! `tools`: the programs and the machine that a target needs, all looked at together, each trouble
//! with the line that fixes it.

mod wanted;

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;

use crate::programs::{new_enough, version_in, version_text};
use protocol::{Action, Answer, Effect, Facts, Failure, Kind, Probe, StepContext};
use wanted::{Tool, Wanted};

const GIB: f64 = (1_u64 << 30) as f64;

/// Checks tools and machine.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"tools": {"docker": "", "helm": "3.13"}, "disk_gib": 5}))]
pub(crate) struct Tools {
    /// Tool -> the oldest version that will do, empty for the oldest that xtask can work with:
    /// cargo, docker, helm, kind, kubectl, minikube. Any other is a table:
    /// `node = { least = "20", version = ["node", "--version"], install = "…" }`.
    #[serde(deserialize_with = "wanted::each")]
    #[schemars(with = "BTreeMap<String, wanted::Written>")]
    tools: BTreeMap<String, Wanted>,
    /// Processors that the machine must have.
    #[serde(default)]
    cpus: u64,
    /// Memory that the machine must have, in GiB.
    #[serde(default)]
    memory_gib: f64,
    /// Free disk that the machine must have, in GiB.
    #[serde(default)]
    disk_gib: f64,
    /// What the machine should have; with less it goes on and says so.
    #[serde(default)]
    recommended: Size,
}

/// A machine's size.
#[derive(Deserialize, schemars::JsonSchema, Default)]
#[serde(deny_unknown_fields, default)]
struct Size {
    /// Processors.
    cpus: u64,
    /// Memory, in GiB.
    memory_gib: f64,
}

/// What is wrong, and the line that fixes it.
type Trouble = (String, String);

impl Kind for Tools {
    fn probes(&self, context: &StepContext) -> Vec<Probe> {
        self.each()
            .flat_map(|tool| {
                [
                    Probe::Which(tool.version.argv[0].clone()),
                    tool.asked(context.before),
                ]
            })
            .chain([Probe::Machine])
            .collect()
    }

    fn assess(&self, _: &StepContext, answers: &[Answer]) -> Effect {
        let (mut found, mut troubles) = (Vec::new(), Vec::new());
        let mut known = Facts::new();
        for (tool, pair) in self.each().zip(answers.chunks(2)) {
            match check(&tool, pair) {
                Ok(version) => {
                    known.extend(tool.known(&version, pair));
                    found.push(format!("{} {version}", tool.name));
                }
                Err(trouble) => troubles.push(trouble),
            }
        }
        troubles.extend(
            answers
                .last()
                .into_iter()
                .flat_map(|machine| self.machine(machine)),
        );
        match troubles.as_slice() {
            [] => Effect::Present(
                format!("{}{}", found.join(", "), self.small(answers.last())),
                known,
            ),
            [(cause, fix)] => Effect::Broken(Failure::new(cause).fix(fix).prerequisite()),
            several => Effect::Broken(together(several)),
        }
    }

    fn actions(&self, _: &StepContext, _: &[Answer]) -> Result<Vec<Action>, Failure> {
        Ok(Vec::new())
    }
}

impl Tools {
    fn each(&self) -> impl Iterator<Item = Tool<'_>> {
        self.tools
            .iter()
            .map(|(name, wanted)| Tool::new(name, wanted))
    }

    fn machine(&self, answer: &Answer) -> Vec<Trouble> {
        let Answer::Machine(cpus, memory, disk) = answer else {
            return Vec::new();
        };
        let mut troubles = Vec::new();
        if *cpus < self.cpus {
            troubles.push((
                format!("this machine has {cpus} CPUs, {} are needed", self.cpus),
                "use a machine that has more, or lower the step's figure".to_string(),
            ));
        }
        for (what, has, needs) in [
            ("memory", *memory, self.memory_gib),
            ("free disk", *disk, self.disk_gib),
        ] {
            let has = has as f64 / GIB;
            if has < needs {
                let cause =
                    format!("this machine has {has:.1} GiB of {what}, {needs:.1} GiB are needed");
                troubles.push((
                    cause,
                    format!("make more {what} available, or lower the step's figure"),
                ));
            }
        }
        troubles
    }

    /// What to say of a machine that will do and has less than it should.
    fn small(&self, machine: Option<&Answer>) -> String {
        let (
            Some(Answer::Machine(cpus, memory, _)),
            Size {
                cpus: many,
                memory_gib: much,
            },
        ) = (machine, &self.recommended)
        else {
            return String::new();
        };
        let memory = *memory as f64 / GIB;
        if cpus >= many && memory >= *much {
            return String::new();
        }
        format!(
            "; small: {cpus} CPUs and {memory:.1} GiB of memory, {many} and {much:.1} GiB are recommended"
        )
    }
}

fn check(tool: &Tool, answers: &[Answer]) -> Result<String, Trouble> {
    let [Answer::Found(path, _), answer] = answers else {
        return Err((
            format!("{} is not on PATH", tool.name),
            tool.install.to_string(),
        ));
    };
    let Answer::Ran(output) = answer else {
        return Err((
            format!(
                "{} does not tell its version: {}",
                tool.name,
                answer.trouble()
            ),
            tool.install.to_string(),
        ));
    };
    if tool.name == "docker" && output.code != 0 {
        let words = output.last_words();
        let fix = match words.contains("permission denied") {
            true => "let yourself use it: `sudo usermod -aG docker $USER`, then log in again",
            false => {
                "start Docker (Linux: `sudo systemctl start docker`; otherwise open Docker Desktop)"
            }
        };
        let words = words
            .trim_end_matches(" Is the docker daemon running?")
            .trim_end_matches('.');
        let cause = format!("the docker daemon does not answer: {words}");
        return Err((cause, fix.to_string()));
    }
    let version = version_in(&output.stdout).or_else(|| version_in(&output.stderr));
    match version {
        Some(version) if new_enough(&version, tool.least) => Ok(version_text(&version)),
        Some(version) => {
            let cause = format!(
                "{} {} at {path} is too old, {} is the oldest that will do",
                tool.name,
                version_text(&version),
                tool.least
            );
            Err((cause, tool.install.to_string()))
        }
        None => Err((
            format!("{path} does not tell its version: {}", output.last_words()),
            tool.install.to_string(),
        )),
    }
}

fn together(troubles: &[Trouble]) -> Failure {
    let lines = troubles
        .iter()
        .map(|(cause, fix)| format!("{cause}: {fix}"));
    Failure::new(format!("{} things are missing on this machine", troubles.len()))
        .seen(lines)
        .fix("mend each line above and run the same command again; `cargo xtask doctor` shows them any time")
        .prerequisite()
}

#[cfg(test)]
mod tests;
