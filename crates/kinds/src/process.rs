//! `process`: a program that keeps running in the background, on the port it wants or the next free one.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;

use crate::programs::call_list;
use protocol::{Act, Answer, Ask, Cmd, Daemon, Facts, Failure, Scene, Step, Verdict};

/// Keeps a program running.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"name": "backend", "argv": ["target/debug/backend", "--port", "{port}"], "port": 8000, "health": "/readyz"}))]
pub(crate) struct Process {
    /// Its name, unique within the pipeline.
    name: String,
    /// The program and its arguments; `{port}` becomes its port.
    #[serde(deserialize_with = "protocol::argv")]
    argv: Vec<String>,
    /// Variables; `{port}` becomes its port.
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// The port it should have; if that is taken, the next free one.
    #[serde(default)]
    port: u16,
    /// A path that answers 2xx once it can serve.
    #[serde(default)]
    health: String,
}

impl Process {
    fn daemon(&self) -> Daemon {
        let env = self
            .env
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Daemon {
            name: self.name.clone(),
            cmd: Cmd {
                env,
                ..call_list(&self.argv)
            },
            port: self.port,
        }
    }
}

impl Step for Process {
    fn programs(&self) -> Vec<&str> {
        self.argv.first().map(String::as_str).into_iter().collect()
    }

    fn asks(&self, _: &Scene) -> Vec<Ask> {
        vec![Ask::Process(self.daemon(), self.health.clone())]
    }

    fn judge(&self, _: &Scene, answers: &[Answer]) -> Verdict {
        match answers {
            [Answer::Alive { current: false, .. }] => {
                Verdict::Gone(format!("{} runs with other settings", self.name))
            }
            [
                Answer::Alive {
                    silent: Some(why), ..
                },
            ] => Verdict::Wait(format!("{} is not ready: {why}", self.name)),
            [Answer::Alive { pid, port, .. }] => {
                Verdict::Stands(standing(*pid, *port), facts(*pid, *port))
            }
            other => Verdict::Gone(other.first().map_or(String::new(), Answer::trouble)),
        }
    }

    fn acts(&self, _: &Scene, _: &[Answer]) -> Result<Vec<Act>, Failure> {
        Ok(vec![
            Act::Stop(self.name.clone()),
            Act::Start(self.daemon()),
        ])
    }

    fn undo(&self, _: &Scene, answers: &[Answer]) -> Result<Vec<Act>, Failure> {
        Ok(match answers {
            [Answer::Alive { .. }] => vec![Act::Stop(self.name.clone())],
            _ => Vec::new(),
        })
    }

    fn removed(&self, _: &Scene, answers: &[Answer]) -> Verdict {
        match answers {
            [Answer::Alive { pid, .. }] => Verdict::Wait(format!("process {pid} is still there")),
            _ => Verdict::Gone("it is not running".to_string()),
        }
    }
}

fn standing(pid: u32, port: u16) -> String {
    if port == 0 {
        format!("runs as process {pid}")
    } else {
        format!("runs as process {pid} on port {port}")
    }
}

fn facts(pid: u32, port: u16) -> Facts {
    let url = ("url".to_string(), format!("http://127.0.0.1:{port}"));
    let mut facts = Facts::from([
        ("pid".to_string(), pid.to_string()),
        ("port".to_string(), port.to_string()),
    ]);
    facts.extend((port != 0).then_some(url));
    facts
}
