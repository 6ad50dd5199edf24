//! What minikube tells of a profile: how it is, and what it was made with. Reads answers; asks
//! nothing.

use alloc::string::{String, ToString};

use serde_json::Value;

use crate::programs::{documents, new_enough, version_in};
use protocol::{Answer, Facts, facts};

/// The exit status of a question about a profile that there is not.
const NO_SUCH_PROFILE: i32 = 85;

/// How a profile is.
#[derive(Debug, PartialEq)]
pub(super) enum Condition {
    /// Everything in it runs.
    Running,
    /// It runs, but the kubeconfig's context of that name leads elsewhere or is gone.
    Astray,
    /// It was paused.
    Paused,
    /// It has to be started; the words say how it is.
    Down(String),
    /// Its disk is full, and starting does not help.
    Full,
    /// There is none.
    Missing,
    /// minikube does not tell.
    Unknown(String),
}

/// Reads `minikube status -o json`. Its exit status tells apart no more than an unknown profile:
/// half-states have all sorts of codes, and a profile whose container is gone is `null` with exit
/// status 0.
pub(super) fn condition(answer: Option<&Answer>) -> Condition {
    let output = match answer {
        Some(Answer::Ran(output)) => output,
        other => return Condition::Unknown(other.map_or(String::new(), Answer::trouble)),
    };
    if output.code == NO_SUCH_PROFILE {
        return Condition::Missing;
    }
    let status = |document: &Value| {
        document.is_null() || document.is_array() || document["Host"].is_string()
    };
    match documents(&output.stdout).find(status) {
        Some(Value::Null) => Condition::Down("has lost its node".to_string()),
        Some(Value::Array(nodes)) => of_nodes(&nodes),
        Some(one) => of_nodes(&[one]),
        None => Condition::Unknown(output.last_words()),
    }
}

fn of_nodes(nodes: &[Value]) -> Condition {
    let Some(first) = nodes.iter().find(|node| node["Worker"] != true) else {
        return Condition::Unknown("it lists no control plane".to_string());
    };
    let all = |key: &str| nodes.iter().all(|node| node[key] == "Running");
    let text = |key: &str| first[key].as_str().unwrap_or("unknown").to_lowercase();
    match () {
        () if nodes
            .iter()
            .any(|node| node["Host"] == "InsufficientStorage") =>
        {
            Condition::Full
        }
        () if first["APIServer"] == "Paused" => Condition::Paused,
        () if nodes.iter().all(|node| node["Host"] == "Stopped") => {
            Condition::Down("is stopped".to_string())
        }
        () if !all("Host") || !all("Kubelet") || first["APIServer"] != "Running" => {
            Condition::Down(format!(
                "is half up: host {}, kubelet {}, API server {}",
                text("Host"),
                text("Kubelet"),
                text("APIServer")
            ))
        }
        () if first["Kubeconfig"] == "Misconfigured" => Condition::Astray,
        () => Condition::Running,
    }
}

/// What `minikube profile list` tells of a profile.
pub(super) struct Profile {
    /// What its nodes are.
    pub driver: String,
    /// What runs its containers.
    pub runtime: String,
    kubernetes: String,
    address: String,
    nodes: usize,
    /// Processors and megabytes of a node; 0 if it does not tell.
    pub size: (u64, u64),
}

impl Profile {
    /// Reads `minikube profile list -o json`.
    pub(super) fn read(answer: &Answer, profile: &str) -> Option<Profile> {
        let list = documents(answer.stdout()?).find(|document| document["valid"].is_array())?;
        let named = |entry: &&Value| entry["Name"] == profile;
        let entry = list["valid"].as_array()?.iter().find(named)?;
        let (config, kubernetes) = (&entry["Config"], &entry["Config"]["KubernetesConfig"]);
        let text = |value: &Value, otherwise: &str| value.as_str().unwrap_or(otherwise).to_string();
        let number = |value: &Value| value.as_u64().unwrap_or_default();
        let version = text(&kubernetes["KubernetesVersion"], "");
        Some(Profile {
            driver: config["Driver"].as_str()?.to_string(),
            runtime: text(&kubernetes["ContainerRuntime"], "docker"),
            kubernetes: version.trim_start_matches('v').to_string(),
            address: text(&config["Nodes"][0]["IP"], ""),
            nodes: config["Nodes"]
                .as_array()
                .map_or(1, |nodes| nodes.len().max(1)),
            size: (number(&config["CPUs"]), number(&config["Memory"])),
        })
    }

    /// Its Kubernetes version if that is older than `least`.
    pub(super) fn too_old(&self, least: &str) -> Option<&str> {
        let version = version_in(&self.kubernetes)?;
        (!new_enough(&version, least)).then_some(&self.kubernetes)
    }

    /// What steps that need the cluster may ask for.
    pub(super) fn facts(&self, profile: &str, registry: &str) -> Facts {
        // Volumes are folders of the first node, open to all; on other nodes they are made for root
        // only.
        let root_volumes = self.nodes > 1;
        let security = if root_volumes {
            "baseline"
        } else {
            "restricted"
        };
        let mut facts = facts([
            ("context", profile),
            ("driver", &self.driver),
            ("runtime", &self.runtime),
            ("kubernetes", &self.kubernetes),
            ("address", &self.address),
            ("transport", self.transport(registry)),
            ("pod_security", security),
        ]);
        facts.insert("volume_permissions".to_string(), root_volumes.into());
        facts
    }

    /// How images get into the node. Several nodes, another runtime than docker, or no node of its
    /// own (driver `none`): there is no docker daemon in which to build.
    fn transport(&self, registry: &str) -> &'static str {
        match (self.runtime.as_str(), self.nodes, self.driver.as_str()) {
            _ if !registry.is_empty() => "registry",
            ("docker", 1, driver) if driver != "none" => "docker-env",
            _ => "minikube",
        }
    }
}
