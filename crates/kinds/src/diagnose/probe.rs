//! Containers that run and are not ready.

use alloc::string::ToString;

use super::{Container, Event, Evidence, Finding, Pod};

/// The kubelet ended a container because its startup or liveness probe failed. A probe that fails while a container comes up is
/// normal, and so is a restart of the whole node: only the kubelet's own word in the run that ended last counts.
pub(super) fn failing(evidence: &Evidence) -> Option<Finding> {
    let (pod, container, killed) = evidence
        .containers()
        .filter(|(_, container)| !container.ready && container.restarts > 0)
        .find_map(|(pod, container)| Some((pod, container, killed(evidence, pod, container)?)))?;
    let mut seen = vec![killed.message.clone()];
    let probe = evidence.event_about(&pod.name, &["Unhealthy"]);
    seen.extend(probe.map(|event| event.message.clone()));
    seen.push(format!("{} restarts", container.restarts));
    Some(Finding {
        id: "probe-failing",
        object: format!("pod/{} container {}", pod.name, container.name),
        cause: "is restarted because its probe fails".to_string(),
        evidence: seen,
        fix: format!(
            "see why it does not answer: `kubectl logs {} -c {}`",
            pod.name, container.name
        ),
    })
}

fn killed<'a>(evidence: &'a Evidence, pod: &Pod, container: &Container) -> Option<&'a Event> {
    let event = evidence.event_about(&pod.name, &["Killing"])?;
    let words =
        ["startup", "liveness"].map(|probe| format!("{} failed {probe} probe", container.name));
    let says = words.iter().any(|words| event.message.contains(words));
    (says && event.last >= container.began).then_some(event)
}
