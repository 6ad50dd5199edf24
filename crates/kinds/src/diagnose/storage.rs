//! Claims for storage that nobody fulfils.

use alloc::string::ToString;

use super::{Evidence, Finding};

/// A claim is pending and the cluster says that it will stay so.
pub(super) fn claim(evidence: &Evidence) -> Option<Finding> {
    const REASONS: [&str; 2] = ["ProvisioningFailed", "FailedBinding"];
    let (name, event) = evidence
        .claims
        .iter()
        .filter(|(_, phase)| phase == "Pending")
        .find_map(|(name, _)| Some((name, evidence.event_about(name, &REASONS)?)))?;
    Some(Finding {
        id: "storage-claim",
        object: format!("persistentvolumeclaim/{name}"),
        cause: "gets no volume".to_string(),
        evidence: vec![format!("{}: {}", event.reason, event.message)],
        fix: "enable a StorageClass (`kubectl get storageclass`; on minikube the addon default-storageclass), or name one in the values"
            .to_string(),
    })
}
