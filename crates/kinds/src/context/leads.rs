//! Where a kubeconfig context leads, and whether that may be deployed to: its name alone says
//! nothing.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use super::Context;
use crate::places::text_fact;
use protocol::{Answer, Failure, StepContext};

/// A fact: the address of the API server.
pub(super) const SERVER: &str = "server";
/// A fact: the end of the signature on the certificate of the authority that vouches for it. Who
/// makes a cluster anew, or leads a port of this machine to another one, changes it.
pub(super) const AUTHORITY: &str = "authority";
/// Of a certificate in PEM, again in base64: characters that hold its last line, which is always
/// the same (RFC 7468), and those before it that tell it from any other.
const LAST_LINE: usize = 40;
const SIGNATURE: usize = 32;
/// Names under which this machine is known to what runs on it, beside its own addresses.
const HERE: [&str; 4] = ["localhost", "::1", "0.0.0.0", "host.minikube.internal"];

/// Where a context leads.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Lead {
    pub(super) server: String,
    pub(super) authority: String,
}

impl Lead {
    /// As the kubeconfig has it; empty if it can't be told.
    pub(super) fn of(answer: Option<&Answer>) -> Lead {
        let kubeconfig = answer.and_then(Answer::json).unwrap_or_default();
        let cluster = &kubeconfig["clusters"][0]["cluster"];
        let certificate = cluster["certificate-authority-data"].as_str();
        let certificate = certificate.unwrap_or_default();
        let end = certificate.len().saturating_sub(LAST_LINE);
        let signature = certificate.get(end.saturating_sub(SIGNATURE)..end);
        Lead {
            server: server(cluster),
            authority: signature.unwrap_or_default().to_string(),
        }
    }

    /// Whether another cluster answers there than the last time.
    pub(super) fn is_another(&self, context: &StepContext) -> bool {
        let before = text_fact(context.before, AUTHORITY).unwrap_or_default();
        ![before, &self.authority].contains(&"") && before != self.authority
    }
}

/// A minikube on this machine has an address of its own and is known by what minikube notes beside
/// it.
fn server(cluster: &Value) -> String {
    let notes = cluster["extensions"].as_array().into_iter().flatten();
    let by_minikube = |note: &Value| note["extension"]["provider"] == "minikube.sigs.k8s.io";
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
    pub(super) fn elsewhere(&self, context: &StepContext, lead: &Lead) -> Option<Failure> {
        let (server, is_another) = (lead.server.as_str(), lead.is_another(context));
        let before = text_fact(context.before, SERVER).unwrap_or_default();
        let same = |allowed: &String| allowed.trim_end_matches('/') == server.trim_end_matches('/');
        let known = before == server && !is_another;
        let agreed = context.yes || context.undo || known || self.allow.iter().any(same);
        if server.is_empty() || is_here(server) || agreed {
            return None;
        }
        let name = &self.context;
        let cause = format!("the context {name} leads to {server}, which is not on this machine");
        let evidence = match before {
            "" => None,
            _ if before == server => Some("another cluster answers there than the last time: its certificate authority is a different one".to_string()),
            _ => Some(format!("the last time it led to {before}")),
        };
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

    fn to(server: &str, authority: &str) -> Lead {
        Lead {
            server: server.to_string(),
            authority: authority.to_string(),
        }
    }

    /// A kubeconfig of this cluster.
    fn cluster(cluster: &str) -> Answer {
        said(&format!(r#"{{"clusters":[{{"cluster":{cluster}}}]}}"#))
    }

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
        assert!(is_here(&Lead::of(Some(&cluster(note))).server));
        let plain = cluster(r#"{"server":"https://a"}"#);
        assert_eq!(Lead::of(Some(&plain)), to("https://a", ""));
        assert_eq!(Lead::of(Some(&said(""))), Lead::default());
    }

    #[test]
    fn two_authorities_are_told_apart_by_what_is_signed() {
        let head = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSURCVENDQWUyZ0F3SUJBZ0lJ";
        let foot = "Ci0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0K";
        let of = |signature: &str| {
            let kept = format!(r#"{{"certificate-authority-data":"{head}{signature}{foot}"}}"#);
            Lead::of(Some(&cluster(&kept))).authority
        };
        let (one, other) = ("TFkzUm9qK0Zz".repeat(4), "TFkzUm9qK0ZA".repeat(4));
        assert_eq!(of(&one).len(), SIGNATURE);
        assert_ne!(of(&one), of(&other));
    }

    #[test]
    fn a_cluster_elsewhere_takes_a_yes_and_a_name_alone_is_none() {
        let step: Context = toml::from_str(
            "context = 'prod'\ntransport = 'registry'\nallow = ['https://allowed:6443/']\n",
        )
        .unwrap();
        let known = facts([(SERVER, "https://known:6443"), (AUTHORITY, "mine")]);
        let again = StepContext {
            before: Some(&known),
            ..context()
        };
        let yes = StepContext {
            yes: true,
            ..context()
        };
        let refused = |context: &StepContext, lead| step.elsewhere(context, &lead);
        assert_eq!(refused(&again, to("https://known:6443", "mine")), None);
        assert_eq!(refused(&yes, to("https://other:6443", "")), None);
        assert_eq!(refused(&context(), to("https://allowed:6443", "")), None);
        let anew = refused(&again, to("https://known:6443", "theirs")).unwrap();
        assert!(anew.evidence[0].contains("another cluster answers there"));
        let failure = refused(&again, to("https://other:6443", "mine")).unwrap();
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
