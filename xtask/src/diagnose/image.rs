//! Images that a node can't get.

use super::{Evidence, Finding};

const REASONS: [&str; 5] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "ErrImageNeverPull",
    "InvalidImageName",
    "ImageInspectError",
];

/// A container waits for an image that is not coming.
pub fn pull(evidence: &Evidence) -> Option<Finding> {
    let (pod, container, reason, message) =
        evidence.containers().find_map(|(pod, container)| {
            let (reason, message) = container.waiting.as_ref()?;
            REASONS
                .contains(&reason.as_str())
                .then_some((pod, container, reason, message))
        })?;
    let mut seen = vec![format!("{reason}: {message}")];
    let event = evidence.event_about(&pod.name, &["Failed", "ErrImageNeverPull", "InspectFailed"]);
    seen.extend(event.map(|event| format!("event {}: {}", event.reason, event.message)));
    Some(Finding {
        id: "image-pull",
        object: format!("pod/{} container {}", pod.name, container.name),
        cause: format!("can't get the image {}", container.image),
        evidence: seen,
        fix: format!(
            "load {} into the cluster (the image-load step), or correct the tag in the release's values",
            container.image
        ),
    })
}
