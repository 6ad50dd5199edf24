//! The calls that take a release away, and what stays.

use alloc::string::String;
use alloc::vec::Vec;

use super::{HelmRelease, is_ours};
use crate::programs::{helm, kubectl, of_release, pinned};
use protocol::{Answer, Cmd, StepContext};

impl HelmRelease {
    /// Where a chart has the CRDs that helm makes before anything else.
    pub(super) fn crds(&self) -> String {
        format!("{}/crds", self.chart)
    }

    /// Helm never removes a CRD, since all objects of that kind would go with it. What is in their
    /// folder is the last answer.
    pub(super) fn crds_left(&self, context: &StepContext, answers: &[Answer]) -> Option<String> {
        let found = self.listed(answers)?;
        let stays = !context.doomed && is_ours(&found, &self.release, answers, context);
        let files = answers.last().filter(|_| stays)?.stdout()?;
        let files: Vec<&str> = files.lines().collect();
        let crds = self.crds();
        let by_hand = format!("`kubectl delete -f {crds}`");
        let by_hand = pinned(&by_hand, &self.context, &self.namespace);
        (!files.is_empty()).then(|| {
            let files = files.join(", ");
            format!("the CRDs of {crds} ({files}): helm leaves them and what is of their kinds; {by_hand} removes both")
        })
    }
}

/// Ends only when the pods are gone too: what comes next may need their volumes, or remove their
/// images.
pub(super) fn uninstall(context: &str, namespace: &str, release: &str) -> Cmd {
    let wait = ["--wait", "--cascade", "foreground", "--timeout", "5m"];
    helm(["uninstall", release], context, namespace).args(wait)
}

/// The same, and helm says why it can't: else it says no more than that.
pub(super) fn uninstall_and_say_why(context: &str, namespace: &str, release: &str) -> Cmd {
    uninstall(context, namespace, release).args(["--debug"])
}

/// Pods of the chart's tests: helm makes them and never removes them. Pods that somebody else made
/// carry no label of helm's.
pub(super) fn remove_tests(context: &str, namespace: &str, release: &str) -> Cmd {
    let selector = format!("{},app.kubernetes.io/managed-by=Helm", of_release(release));
    kubectl(context)
        .args(["-n", namespace, "delete", "pods", "-l", &selector])
        .args(["--timeout=2m"])
}
