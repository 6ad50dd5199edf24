//! Containers that run and are not ready.

use super::{Evidence, Finding};

/// A startup or liveness probe failed so often that the container is restarted.
pub fn failing(evidence: &Evidence) -> Option<Finding> {
    let (pod, container, event) = evidence.containers().find_map(|(pod, container)| {
        let waits = !container.ready && container.restarts > 0;
        let event = evidence
            .event_about(&pod.name, &["Unhealthy"])
            .filter(|_| waits)?;
        event
            .message
            .contains("probe failed")
            .then_some((pod, container, event))
    })?;
    Some(Finding {
        id: "probe-failing",
        object: format!("pod/{} container {}", pod.name, container.name),
        cause: "is restarted because its probe fails".to_string(),
        evidence: vec![
            event.message.clone(),
            format!("{} restarts", container.restarts),
        ],
        fix: format!(
            "see why it does not answer: `kubectl logs {} -c {}`",
            pod.name, container.name
        ),
    })
}
