//! Where a pipeline deploys to, and how `auto` decides. Knows tool names, nothing of steps.

use std::fmt;
use std::str::FromStr;

use crate::config::suggest;
use crate::vars::{Vars, text_of};

/// The names that `when`, goals and `[target.NAME]` may use.
pub const FAMILIES: [&str; 4] = ["local", "minikube", "kind", "context"];

/// Where a pipeline deploys to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Target {
    /// Supervised processes on this machine.
    #[default]
    Local,
    /// A minikube profile.
    Minikube,
    /// A kind cluster.
    Kind,
    /// An existing cluster, by its kubeconfig context.
    Context(String),
}

impl Target {
    /// The name without its argument, one of [`FAMILIES`].
    pub fn family(&self) -> &'static str {
        match self {
            Target::Local => "local",
            Target::Minikube => "minikube",
            Target::Kind => "kind",
            Target::Context(_) => "context",
        }
    }

    /// The kubeconfig context that every helm and kubectl call is pinned to; empty on `local`.
    pub fn context(&self, vars: &Vars) -> String {
        let var = |name: &str| {
            vars.get(name)
                .and_then(text_of)
                .filter(|value| !value.is_empty())
        };
        match self {
            Target::Local => String::new(),
            Target::Minikube => var("minikube_profile").unwrap_or_else(|| "minikube".to_string()),
            Target::Kind => format!(
                "kind-{}",
                var("kind_cluster").unwrap_or_else(|| "kind".to_string())
            ),
            Target::Context(name) => name.clone(),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Context(name) => write!(f, "context:{name}"),
            other => f.write_str(other.family()),
        }
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Target, String> {
        match text.split_once(':') {
            Some(("context", name)) if !name.is_empty() => Ok(Target::Context(name.to_string())),
            Some(_) => Err(format!(
                "unknown target `{text}`; a cluster of your own is `context:NAME`"
            )),
            None if text == "context" => {
                Err("the target `context` needs a name: `context:NAME`".to_string())
            }
            None => match text {
                "local" => Ok(Target::Local),
                "minikube" => Ok(Target::Minikube),
                "kind" => Ok(Target::Kind),
                other => {
                    let hint = suggest(other, FAMILIES.into_iter().chain(["auto"]));
                    Err(format!(
                        "unknown target `{other}`{hint}; there are auto, local, minikube, kind and context:NAME"
                    ))
                }
            },
        }
    }
}

/// The tools that `auto` looks for.
pub const TOOLS: [&str; 3] = ["docker", "minikube", "helm"];

/// What `auto` takes, and why, from which tools are found on PATH.
pub fn automatic(found: impl Fn(&str) -> bool) -> (Target, String) {
    let missing: Vec<&str> = TOOLS.into_iter().filter(|tool| !found(tool)).collect();
    match missing.as_slice() {
        [] => (
            Target::Minikube,
            "docker, minikube and helm are on PATH".to_string(),
        ),
        [one] => (Target::Local, format!("{one} is not on PATH")),
        [first @ .., last] => (
            Target::Local,
            format!("{} and {last} are not on PATH", first.join(", ")),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_names_what_is_missing() {
        let (target, why) = automatic(|tool| tool == "docker");
        assert_eq!(
            (target, why.as_str()),
            (Target::Local, "minikube and helm are not on PATH")
        );
        assert_eq!(automatic(|_| true).0, Target::Minikube);
    }

    #[test]
    fn names_round_trip() {
        for text in ["local", "minikube", "kind", "context:lab"] {
            assert_eq!(text.parse::<Target>().unwrap().to_string(), text);
        }
        assert!(
            "minikub"
                .parse::<Target>()
                .unwrap_err()
                .contains("did you mean `minikube`")
        );
        assert!("context:".parse::<Target>().is_err());
    }
}
