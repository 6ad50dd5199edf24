//! What is asked of helm and kubectl, and what kubectl is told to put right.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use super::Drift;
use super::compare::Difference;
use super::identity::{LISTED, argument};
use crate::programs::kubectl;
use crate::singly::with_list;
use protocol::Cmd;

/// Whose the fields are that are written: the next `helm upgrade` finds its own.
const MANAGER: &str = "--field-manager=helm";

impl Drift {
    /// Not helm's own, which hold whole releases.
    pub(super) fn secrets(&self) -> Cmd {
        let others = "type!=helm.sh/release.v1";
        let get = ["get", "secrets", "--field-selector", others, "-o", "json"];
        kubectl(&self.context)
            .args(["--request-timeout=5s", "-n", &self.namespace])
            .args(get)
    }

    /// Merges what differs into an object.
    pub(super) fn patch(&self, one: &Difference) -> Option<Cmd> {
        let own = one.wanted["metadata"]["namespace"].as_str();
        let namespace = own.unwrap_or(&self.namespace);
        let call = kubectl(&self.context).args(["-n", namespace, "patch", &argument(&one.wanted)]);
        Some(Cmd {
            stdin: one.patch.as_ref()?.to_string(),
            ..call.args(["--type=merge", "--patch-file=/dev/stdin", MANAGER])
        })
    }

    /// Makes objects of the release again.
    pub(super) fn apply(&self, objects: &[Value]) -> Cmd {
        let apply = ["apply", "--server-side", "--force-conflicts", MANAGER];
        let call = kubectl(&self.context).args(apply).args(["-f", "-"]);
        with_list(call, objects.to_vec())
    }

    pub(super) fn call(&self, args: &[&str]) -> Cmd {
        let kubectl = kubectl(&self.context).args(["-n", &self.namespace]);
        kubectl.args(args.iter().copied())
    }
}

/// What is listed, the pods of it, and what most charts have besides. Secrets are asked for alone,
/// since not everyone may read them.
pub(super) fn looked_at() -> String {
    let compared = LISTED.into_iter().filter(|kind| *kind != "Secret");
    let kinds: Vec<&str> = compared.chain(["Pod", "PodDisruptionBudget"]).collect();
    kinds.join(",").to_lowercase()
}
