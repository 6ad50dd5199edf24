//! Claims for storage that nobody fulfils.

use alloc::string::ToString;

use super::{Evidence, Finding};

/// A claim is pending and the cluster says that it will stay so.
pub(super) fn claim(evidence: &Evidence) -> Option<Finding> {
    const REASONS: [&str; 2] = ["ProvisioningFailed", "FailedBinding"];
    let pending = evidence
        .claims
        .iter()
        .filter(|(_, phase)| phase == "Pending");
    let failed = |name| {
        let event = evidence.event_about(name, &REASONS)?;
        (!is_conflict(&event.message)).then_some(event)
    };
    let (name, event) = pending
        .map(|(name, _)| name)
        .find_map(|name| Some((name, failed(name)?)))?;
    Some(Finding {
        id: "storage-claim",
        object: format!("persistentvolumeclaim/{name}"),
        cause: "gets no volume".to_string(),
        evidence: vec![format!("{}: {}", event.reason, event.message)],
        fix: "enable a StorageClass (`kubectl get storageclass`; on minikube the addon default-storageclass), or name one in the values"
            .to_string(),
    })
}

/// What the later of two writers is told; it tries again by itself.
fn is_conflict(message: &str) -> bool {
    message.contains("the object has been modified")
}
