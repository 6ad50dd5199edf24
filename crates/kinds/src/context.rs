//! `context`: an existing cluster, reached through its kubeconfig context. It is only asked;
//! nothing of it is ours.

mod leads;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;
use serde_json::Value;

use crate::diagnose::unreachable;
use crate::image_load::Near;
use crate::programs::{items, kubeconfig, kubectl, new_enough, version_in, version_text};
use leads::{AUTHORITY, Lead, SERVER};
use protocol::{Action, Answer, Effect, Facts, Failure, Kind, Probe, StepContext, facts};

/// Checks an existing cluster.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-facts" = {"context": "the kubeconfig context", "kubernetes": "the version of Kubernetes", "address": "nothing: who needs it asks `ingress`", "transport": "how images get into the nodes, for `image-build` and `image-load`", "pod_security": "the strictest Pod Security Standard that volumes allow: baseline or restricted", "volume_permissions": "whether volumes belong to root and must be given to the service"}))]
#[schemars(example = serde_json::json!({"context": "lab", "transport": "registry"}))]
pub(crate) struct Context {
    /// The context's name in the kubeconfig.
    context: String,
    /// How images get into the cluster: `command`, `registry`, or `auto`: what the context's name
    /// says, for kind, k3d and Docker Desktop, else `command`.
    #[serde(alias = "images")]
    transport: String,
    /// The registry through which images travel; overrides `transport` if it is not empty.
    #[serde(default)]
    registry: String,
    /// The oldest Kubernetes that will do.
    #[serde(default = "oldest")]
    kubernetes: String,
    /// The namespace in which things will be made: the first time, whether they may be is asked
    /// before anything is changed.
    #[serde(default)]
    namespace: String,
    /// Addresses of API servers that are not on this machine and yet may be deployed to, such as
    /// `https://k8s.example.com:6443`. Any other takes `--yes`, once: a context can have the right
    /// name and lead to the wrong cluster.
    #[serde(default)]
    allow: Vec<String>,
}

/// What every release needs to be allowed: helm keeps its records in Secrets.
const NEEDED: [[&str; 2]; 2] = [["create", "secrets"], ["create", "deployments.apps"]];

/// Asked for by its path: one request, where `kubectl get storageclasses` asks first what there is
/// to be had, five times if nobody answers.
const CLASSES: &str = "/apis/storage.k8s.io/v1/storageclasses";

fn oldest() -> String {
    "1.25".to_string()
}

impl Kind for Context {
    fn probes(&self, context: &StepContext) -> Vec<Probe> {
        let probe = |args: &[&str]| {
            let kubectl = kubectl(&self.context).args(["--request-timeout=10s"]);
            Probe::Run(kubectl.args(args.iter().copied()))
        };
        let mut probes = vec![
            probe(&["version", "-o", "json", "--client=false"]),
            probe(&["get", "--raw", CLASSES]),
            Probe::Run(kubeconfig(&self.context)),
        ];
        if context.before.is_none() && !self.namespace.is_empty() {
            let may = |[verb, what]: [&str; 2]| {
                probe(&["auth", "can-i", verb, what, "-n", &self.namespace])
            };
            probes.extend(NEEDED.map(may));
        }
        probes
    }

    fn assess(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        let lead = Lead::of(answers.get(2));
        if let Some(failure) = self.elsewhere(context, &lead) {
            return Effect::Broken(failure);
        }
        let version = answers
            .first()
            .and_then(Answer::json)
            .and_then(|json| version_in(json["serverVersion"]["gitVersion"].as_str()?));
        if let Some(failure) = self.lacking(answers) {
            return Effect::Broken(failure);
        }
        match version {
            Some(version) if new_enough(&version, &self.kubernetes) => {
                let version = version_text(&version);
                let classes = answers.get(1).and_then(Answer::json).unwrap_or_default();
                let another = match lead.is_another(context) {
                    true => ", another cluster than the last time",
                    false => "",
                };
                let name = &self.context;
                Effect::Present(
                    format!("Kubernetes {version} answers at context {name}{another}"),
                    self.facts(&version, &classes, lead),
                )
            }
            Some(version) => Effect::Broken(
                Failure::new(format!(
                    "Kubernetes {} is too old, {} is the oldest that will do",
                    version_text(&version),
                    self.kubernetes
                ))
                .fix("upgrade the cluster")
                .prerequisite(),
            ),
            None => {
                let words = answers.first().map_or(String::new(), Answer::trouble);
                unreachable(&self.context, &words)
            }
        }
    }

    fn actions(&self, _: &StepContext, _: &[Answer]) -> Result<Vec<Action>, Failure> {
        Ok(Vec::new())
    }
}

impl Context {
    /// What the user may not do, in a word of the cluster's own.
    fn lacking(&self, answers: &[Answer]) -> Option<Failure> {
        let asked = NEEDED.iter().zip(answers.iter().skip(3));
        let denied = asked.filter(|(_, answer)| {
            matches!(answer, Answer::Ran(output) if output.stdout.trim_start().starts_with("no"))
        });
        let lacks: Vec<String> = denied.map(|(words, _)| words.join(" ")).collect();
        if lacks.is_empty() {
            return None;
        }
        let (context, namespace) = (&self.context, &self.namespace);
        let cause = format!(
            "the user of context {context} may not {} in the namespace {namespace}; nothing was changed",
            lacks.join(" and ")
        );
        let fix = format!(
            "ask whoever runs the cluster for the role `edit` there, or choose a namespace in which you have it: `kubectl --context {context} auth can-i --list -n {namespace}`"
        );
        Some(Failure::new(cause).fix(fix).prerequisite())
    }

    fn facts(&self, version: &str, classes: &Value, lead: Lead) -> Facts {
        // Volumes of the host-path provisioner belong to root: a service must be given its own by a
        // container that is root, and that fits the Baseline Pod Security Standard only.
        let root_volumes = default_provisioner(classes) == Some("kubernetes.io/host-path");
        let security = if root_volumes {
            "baseline"
        } else {
            "restricted"
        };
        let mut facts = facts([
            ("context", &self.context),
            ("address", ""),
            ("transport", self.transport()),
            ("kubernetes", version),
            ("pod_security", security),
        ]);
        facts.insert("volume_permissions".to_string(), root_volumes.into());
        facts.insert(SERVER.to_string(), lead.server.into());
        facts.insert(AUTHORITY.to_string(), lead.authority.into());
        facts
    }
}

impl Context {
    fn transport(&self) -> &str {
        match self.transport.as_str() {
            _ if !self.registry.is_empty() => "registry",
            "auto" => Near::of(&self.context).map_or("command", Near::transport),
            other => other,
        }
    }
}

fn default_provisioner(classes: &Value) -> Option<&str> {
    let default = |class: &&Value| {
        class["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true"
    };
    items(classes).find(default)?["provisioner"].as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{context, failed, said};

    #[test]
    fn what_a_user_may_not_do_is_told_before_anything_is_changed() {
        let step: Context =
            toml::from_str("context = 'lab'\ntransport = 'registry'\nnamespace = 'app'\n").unwrap();
        assert_eq!(step.probes(&context()).len(), 5);
        let known = facts([("context", "lab")]);
        let again = StepContext {
            before: Some(&known),
            ..context()
        };
        assert_eq!(step.probes(&again).len(), 3, "asked once");
        let no = || {
            let mut answer = failed("");
            if let Answer::Ran(output) = &mut answer {
                output.stdout = "no\n".to_string();
            }
            answer
        };
        let version = said(r#"{"serverVersion":{"gitVersion":"v1.34.4"}}"#);
        let here = said(r#"{"clusters":[{"cluster":{"server":"https://127.0.0.1:6443"}}]}"#);
        let answers = [version, said("{}"), here, no(), no()];
        let Effect::Broken(failure) = step.assess(&context(), &answers) else {
            panic!("a view-only user can't deploy")
        };
        let told = "may not create secrets and create deployments.apps in the namespace app";
        assert!(failure.cause.contains(told), "{}", failure.cause);
    }
}
