//! Where a kubeconfig context leads, and whether that may be deployed to: its name alone says
//! nothing.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::Context;
use crate::places::text_fact;
use protocol::{Answer, Failure, StepContext};

/// A fact: the address of the API server.
pub(super) const SERVER: &str = "server";
/// What kubectl is asked for: the context's cluster, without the user's keys.
pub(super) const TO: [&str; 6] = [
    "config",
    "view",
    "--minify",
    "--raw",
    "-o",
    "jsonpath={.clusters[0].cluster}",
];
/// Names under which this machine is known to what runs on it, beside its own addresses.
const HERE: [&str; 4] = ["localhost", "::1", "0.0.0.0", "host.minikube.internal"];

/// The address of the API server as the kubeconfig has it; empty if it can't be told. A minikube on
/// this machine has an address of its own and is known by what minikube notes beside it.
pub(super) fn server(answer: Option<&Answer>) -> String {
    let cluster = answer.and_then(Answer::json).unwrap_or_default();
    let notes = cluster["extensions"].as_array().into_iter().flatten();
    let by_minikube =
        |note: &serde_json::Value| note["extension"]["provider"] == "minikube.sigs.k8s.io";
    let is_minikube = notes.clone().any(by_minikube);
    let address = cluster["server"].as_str().unwrap_or_default();
    match is_minikube {
        true => format!("minikube at {address}"),
        false => address.to_string(),
    }
}

/// Whether an API server is on this machine.
fn is_here(server: &str) -> bool {
    let address = server
        .split_once("://")
        .map_or(server, |(_, address)| address);
    let address = address.split('/').next().unwrap_or_default();
    let host = match address.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => address.split(':').next().unwrap_or_default(),
    };
    let loops = host.starts_with("127.") && host.bytes().all(|b| b == b'.' || b.is_ascii_digit());
    server.starts_with("minikube at ")
        || loops
        || HERE.contains(&host)
        || host.ends_with(".localhost")
        || host.ends_with(".docker.internal")
}

impl Context {
    /// Why the cluster may not be deployed to: it is elsewhere, and nobody has agreed to that.
    pub(super) fn elsewhere(&self, context: &StepContext, server: &str) -> Option<Failure> {
        let before = text_fact(context.before, SERVER);
        let same = |allowed: &String| allowed.trim_end_matches('/') == server.trim_end_matches('/');
        let agreed =
            context.yes || context.undo || before == Some(server) || self.allow.iter().any(same);
        if server.is_empty() || is_here(server) || agreed {
            return None;
        }
        let name = &self.context;
        let cause = format!("the context {name} leads to {server}, which is not on this machine");
        let before = before.filter(|before| !before.is_empty());
        let evidence = before.map(|before| format!("the last time it led to {before}"));
        let fix = format!(
            "if that is the cluster you mean, add `--yes` once, or write `allow = [\"{server}\"]` below `with` of the step; nothing was changed"
        );
        let failure = Failure::new(cause).seen(evidence.into_iter().collect::<Vec<_>>());
        Some(failure.fix(fix).prerequisite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{context, said};
    use protocol::facts;

    #[test]
    fn what_is_on_this_machine_is_told_from_what_is_not() {
        for here in [
            "https://127.0.0.1:32768",
            "https://localhost:6443/",
            "https://[::1]:6443",
            "https://0.0.0.0:41233",
            "https://kubernetes.docker.internal:6443",
            "minikube at https://192.168.49.2:8443",
        ] {
            assert!(is_here(here), "{here}");
        }
        for elsewhere in [
            "https://10.0.0.5:6443",
            "https://127.evil.example:6443",
            "https://localhost.example.com",
            "https://k8s.example.com/clusters/127.0.0.1",
        ] {
            assert!(!is_here(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn a_minikube_is_known_by_its_note() {
        let note = r#"{"server":"https://192.168.49.2:8443","extensions":[{"extension":{"provider":"minikube.sigs.k8s.io"}}]}"#;
        assert!(is_here(&server(Some(&said(note)))));
        assert_eq!(
            server(Some(&said(r#"{"server":"https://a"}"#))),
            "https://a"
        );
        assert_eq!(server(Some(&said(""))), "");
    }

    #[test]
    fn a_cluster_elsewhere_takes_a_yes_and_a_name_alone_is_none() {
        let step: Context = toml::from_str(
            "context = 'prod'\ntransport = 'registry'\nallow = ['https://allowed:6443/']\n",
        )
        .unwrap();
        let known = facts([(SERVER, "https://known:6443")]);
        let again = StepContext {
            before: Some(&known),
            ..context()
        };
        let yes = StepContext {
            yes: true,
            ..context()
        };
        assert_eq!(step.elsewhere(&again, "https://known:6443"), None);
        assert_eq!(step.elsewhere(&yes, "https://other:6443"), None);
        assert_eq!(step.elsewhere(&context(), "https://allowed:6443"), None);
        let failure = step.elsewhere(&again, "https://other:6443").unwrap();
        assert!(
            failure
                .cause
                .contains("the context prod leads to https://other:6443")
        );
        assert_eq!(
            failure.evidence,
            ["the last time it led to https://known:6443"]
        );
    }
}
