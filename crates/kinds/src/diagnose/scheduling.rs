//! Pods that no node takes.

use alloc::string::ToString;

use super::{Evidence, Finding};

/// No node has room for a pod, or none fits what it asks for.
pub(super) fn unschedulable(evidence: &Evidence) -> Option<Finding> {
    let (pod, message) = evidence
        .pods
        .iter()
        .filter(|pod| !pod.leaving)
        .find_map(|pod| Some((pod, pod.unschedulable.as_ref()?)))?;
    // A claim that is still being bound, a node that comes up, or a pod that makes room: not the scheduler's last word.
    let passing = [
        "unbound immediate PersistentVolumeClaims",
        "not found",
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable",
    ];
    let leaving = evidence.pods.iter().any(|pod| pod.leaving);
    if leaving || passing.iter().any(|text| message.contains(text)) {
        return None;
    }
    let short = ["cpu", "memory"]
        .into_iter()
        .find(|resource| message.contains(&format!("Insufficient {resource}")));
    let fix = match short {
        Some(resource) => {
            format!(
                "give the cluster more {resource}, or lower resources.requests.{resource} in the release's values"
            )
        }
        None => "make a node fit what the pod asks for (selectors, taints, volumes)".to_string(),
    };
    Some(Finding {
        id: "unschedulable",
        object: format!("pod/{}", pod.name),
        cause: "fits on no node".to_string(),
        evidence: vec![message.clone()],
        fix,
    })
}
