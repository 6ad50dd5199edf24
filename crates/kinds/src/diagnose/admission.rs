//! Pods that the cluster refuses to create.

use alloc::string::ToString;

use super::{Evidence, Finding};

/// A controller is not allowed to create its pods: by a Pod Security Standard, a quota or an admission webhook.
pub(super) fn refused(evidence: &Evidence) -> Option<Finding> {
    let event = evidence.events.iter().rev().find(|event| {
        let refused = event.reason == "FailedCreate" && event.message.contains("forbidden");
        refused && !evidence.has_pods_of(&event.object)
    })?;
    let says = |text: &str| event.message.contains(text);
    let (why, fix) = if says("violates PodSecurity") {
        (
            "the namespace's Pod Security Standard",
            "make the pod fit it, or lower the label pod-security.kubernetes.io/enforce of the namespace",
        )
    } else if says("exceeded quota") {
        (
            "the namespace's quota",
            "raise the quota, or lower the requests in the release's values",
        )
    } else {
        ("the cluster's admission", "change what the message names")
    };
    Some(Finding {
        id: "pod-refused",
        object: event.object.to_lowercase(),
        cause: format!("may not create its pod because of {why}"),
        evidence: vec![event.message.clone()],
        fix: fix.to_string(),
    })
}
