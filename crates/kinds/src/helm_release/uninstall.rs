//! The calls that take a release away.

use crate::programs::{helm, kubectl, of_release};
use protocol::Cmd;

/// Ends only when the pods are gone too: what comes next may need their volumes, or remove their
/// images.
pub(super) fn uninstall(context: &str, namespace: &str, release: &str) -> Cmd {
    let wait = ["--wait", "--cascade", "foreground", "--timeout", "5m"];
    helm(["uninstall", release], context, namespace).args(wait)
}

/// Pods of the chart's tests: helm makes them and never removes them. Pods that somebody else made
/// carry no label of helm's.
pub(super) fn remove_tests(context: &str, namespace: &str, release: &str) -> Cmd {
    let selector = format!("{},app.kubernetes.io/managed-by=Helm", of_release(release));
    kubectl(context)
        .args(["-n", namespace, "delete", "pods", "-l", &selector])
        .args(["--timeout=2m"])
}
