//! Images that a node can't get.

use alloc::string::String;

use super::{Container, Event, Evidence, Finding, Pod};

const REASONS: [&str; 5] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "ErrImageNeverPull",
    "InvalidImageName",
    "ImageInspectError",
];

/// What a registry that was not reached is told apart by from one that has no such image.
const NETWORK: [&str; 9] = [
    "no such host",
    "timeout",
    "deadline exceeded",
    "connection refused",
    "connection reset",
    "network is unreachable",
    "EOF",
    "toomanyrequests",
    "server misbehaving",
];
/// How often a registry may not be reached before that is the cause: the first pulls of a new node often fail once.
const TRIES: u64 = 2;

/// A container waits for an image that is not coming.
pub(super) fn pull(evidence: &Evidence) -> Option<Finding> {
    evidence
        .containers()
        .find_map(|(pod, container)| of(evidence, pod, container))
}

fn of(evidence: &Evidence, pod: &Pod, container: &Container) -> Option<Finding> {
    let (reason, message) = container.waiting.as_ref()?;
    if !REASONS.contains(&reason.as_str()) {
        return None;
    }
    let pulled = evidence
        .events_about(&pod.name)
        .find(|event| event.message.starts_with("Failed to pull image"));
    let told = pulled.map_or("", |event| &event.message);
    let network = NETWORK
        .iter()
        .any(|text| message.contains(text) || told.contains(text));
    if network && pulled.map_or(0, |event| event.count) < TRIES {
        return None;
    }
    let event = pulled.or_else(|| {
        evidence.event_about(&pod.name, &["Failed", "ErrImageNeverPull", "InspectFailed"])
    });
    let mut seen = vec![format!("{reason}: {message}")];
    seen.extend(event.map(shown));
    Some(Finding {
        id: "image-pull",
        object: format!("pod/{} container {}", pod.name, container.name),
        cause: format!("can't get the image {}", container.image),
        evidence: seen,
        fix: fix(&container.image, network),
    })
}

fn shown(event: &Event) -> String {
    format!("event {}: {}", event.reason, event.message)
}

fn fix(image: &str, network: bool) -> String {
    match network {
        true => format!(
            "check the node's way to the registry (network, DNS, proxy), or `docker pull {image}` here: an image that this machine has is handed over"
        ),
        false => format!(
            "load {image} into the cluster (the image-load step), or correct the tag in the release's values"
        ),
    }
}
