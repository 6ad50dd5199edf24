//! `minikube`: a cluster of the wanted size, driver and runtime, started, continued or created as its state asks for.

use serde::Deserialize;
use serde_json::Value;

use super::{Act, Answer, Ask, Cmd, Facts, Failure, Scene, Step, Verdict, facts};
use crate::tools::minikube;

/// Has a minikube cluster running.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"profile": "minikube", "cpus": 4, "memory": 8192, "driver": "docker", "runtime": "containerd"}))]
pub struct Minikube {
    /// The profile, which is also the name of its kubeconfig context.
    profile: String,
    /// Processors of the node.
    cpus: Count,
    /// Memory of the node, in MB.
    memory: Count,
    /// Such as `docker`.
    driver: String,
    /// `docker`, `containerd` or `cri-o`.
    runtime: String,
    /// Such as `v1.34.4`; empty for minikube's own choice.
    #[serde(default)]
    kubernetes: String,
    /// More arguments for `minikube start`.
    #[serde(default)]
    args: Vec<String>,
}

/// A number, also when it comes as text from `--set`.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
enum Count {
    Number(u32),
    Text(String),
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Count::Number(number) => write!(f, "{number}"),
            Count::Text(text) => f.write_str(text),
        }
    }
}

/// What `minikube status` tells.
#[derive(Debug, PartialEq)]
enum Condition {
    Running,
    Paused,
    Stopped,
    Missing,
}

impl Step for Minikube {
    fn asks(&self, _: &Scene) -> Vec<Ask> {
        vec![
            Ask::Run(minikube(&self.profile).args(["status", "-o", "json"])),
            Ask::Run(Cmd::new("minikube", ["profile", "list", "-o", "json"])),
            Ask::Run(Cmd::new("id", ["-u"])),
        ]
    }

    fn judge(&self, _: &Scene, answers: &[Answer]) -> Verdict {
        let profile = &self.profile;
        match (
            condition(answers.first()),
            answers.get(1).and_then(|answer| config(answer, profile)),
        ) {
            (Condition::Running, Some(found)) => {
                let why = format!(
                    "minikube profile {profile} runs on {} with {}",
                    found.driver, found.runtime
                );
                Verdict::Stands(why, found.facts(profile))
            }
            (Condition::Running, None) => {
                Verdict::Wait(format!("minikube does not list the profile {profile} yet"))
            }
            (Condition::Paused, _) => {
                Verdict::Gone(format!("minikube profile {profile} is paused"))
            }
            (Condition::Stopped, _) => {
                Verdict::Gone(format!("minikube profile {profile} is stopped"))
            }
            (Condition::Missing, _) => {
                Verdict::Gone(format!("there is no minikube profile {profile}"))
            }
        }
    }

    fn acts(&self, _: &Scene, answers: &[Answer]) -> Result<Vec<Act>, Failure> {
        let as_root = answers
            .get(2)
            .and_then(Answer::stdout)
            .is_some_and(|id| id.trim() == "0");
        Ok(match condition(answers.first()) {
            Condition::Running => Vec::new(),
            Condition::Paused => vec![Act::Run(minikube(&self.profile).args(["unpause"]))],
            Condition::Stopped | Condition::Missing => vec![Act::Run(self.start(as_root))],
        })
    }

    fn undo(&self, _: &Scene, answers: &[Answer]) -> Result<Vec<Act>, Failure> {
        Ok(match condition(answers.first()) {
            Condition::Missing => Vec::new(),
            _ => vec![Act::Run(minikube(&self.profile).args(["delete"]))],
        })
    }

    fn removed(&self, _: &Scene, answers: &[Answer]) -> Verdict {
        match condition(answers.first()) {
            Condition::Missing => Verdict::Gone("it is deleted".to_string()),
            _ => Verdict::Wait("minikube still lists it".to_string()),
        }
    }

    fn diagnose(&self, _: &Act, output: &str) -> Option<Failure> {
        let line = output
            .lines()
            .find(|line| line.contains("Exiting due to "))?;
        let (code, words) = line.split_once("Exiting due to ")?.1.split_once(':')?;
        let advice = output
            .lines()
            .find_map(|line| line.split_once("Suggestion:"))
            .map(|(_, advice)| advice.trim());
        let failure = Failure::new(format!("minikube can't start ({code}): {}", words.trim()));
        Some(failure.fix(
            advice.unwrap_or(
                "run `minikube logs` for the whole story; `minikube delete` starts afresh",
            ),
        ))
    }
}

impl Minikube {
    fn start(&self, as_root: bool) -> Cmd {
        let (cpus, memory) = (self.cpus.to_string(), self.memory.to_string());
        let mut cmd = minikube(&self.profile).args([
            "start",
            "--cpus",
            &cpus,
            "--memory",
            &memory,
            "--driver",
            &self.driver,
        ]);
        cmd = cmd.args(["--container-runtime", &self.runtime]);
        if !self.kubernetes.is_empty() {
            cmd = cmd.args(["--kubernetes-version", &self.kubernetes]);
        }
        // minikube refuses its container drivers to root unless it is told to.
        if as_root && matches!(self.driver.as_str(), "docker" | "podman") {
            cmd = cmd.args(["--force"]);
        }
        cmd.args(self.args.clone())
    }
}

/// `minikube status` ends with 85 for an unknown profile and other codes for every half-state, so the JSON is what counts.
fn condition(answer: Option<&Answer>) -> Condition {
    let Some(Answer::Ran(output)) = answer else {
        return Condition::Missing;
    };
    let Ok(status) = serde_json::from_str::<Value>(&output.stdout) else {
        return Condition::Missing;
    };
    let node = if status.is_array() {
        &status[0]
    } else {
        &status
    };
    match (node["Host"].as_str(), node["APIServer"].as_str()) {
        (Some("Running"), Some("Running")) => Condition::Running,
        (Some("Running"), Some("Paused")) => Condition::Paused,
        (Some(_), _) => Condition::Stopped,
        (None, _) => Condition::Missing,
    }
}

/// What `minikube profile list` tells of a profile.
struct Profile {
    driver: String,
    runtime: String,
    kubernetes: String,
    nodes: usize,
}

impl Profile {
    fn facts(&self, profile: &str) -> Facts {
        // Several nodes, or another runtime than docker, have no docker daemon that could build in their place.
        let images = if self.runtime == "docker" && self.nodes == 1 {
            "docker-env"
        } else {
            "minikube"
        };
        facts([
            ("context", profile),
            ("driver", &self.driver),
            ("runtime", &self.runtime),
            ("kubernetes", &self.kubernetes),
            ("images", images),
            ("volume_permissions", "false"),
            ("pod_security", "restricted"),
        ])
    }
}

fn config(answer: &Answer, profile: &str) -> Option<Profile> {
    let mut documents = serde_json::Deserializer::from_str(answer.stdout()?).into_iter::<Value>();
    let list = documents.next()?.ok()?;
    let entry = list["valid"]
        .as_array()?
        .iter()
        .find(|entry| entry["Name"] == profile)?;
    let (config, kubernetes) = (&entry["Config"], &entry["Config"]["KubernetesConfig"]);
    let text = |value: &Value, otherwise: &str| value.as_str().unwrap_or(otherwise).to_string();
    Some(Profile {
        driver: config["Driver"].as_str()?.to_string(),
        runtime: text(&kubernetes["ContainerRuntime"], "docker"),
        kubernetes: text(&kubernetes["KubernetesVersion"], "")
            .trim_start_matches('v')
            .to_string(),
        nodes: config["Nodes"]
            .as_array()
            .map_or(1, |nodes| nodes.len().max(1)),
    })
}
