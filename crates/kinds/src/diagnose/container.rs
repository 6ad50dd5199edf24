//! Containers that do not come up or do not stay up.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Container, Evidence, Finding, Pod};

/// What the kubelet says while it has not caught up yet, on a node that was just started or is slow; it tries again by itself.
const PASSING: [&str; 4] = [
    "cache: timed out waiting for the condition",
    "context deadline exceeded",
    "is reserved for",
    "services have not yet been read at least once",
];
/// How often it may say that before it is the cause.
const PATIENCE: u64 = 10;

/// How often a container may restart before that is called a crash loop: a dependency that comes up late is normal.
const RESTARTS: u64 = 3;

/// A Secret, a ConfigMap or a key that a container is given does not exist, or it may not run as it is set up.
pub(super) fn config(evidence: &Evidence) -> Option<Finding> {
    const REASONS: [&str; 4] = [
        "CreateContainerConfigError",
        "CreateContainerError",
        "RunContainerError",
        "PreStartHookError",
    ];
    let (pod, container, reason, message) =
        evidence.containers().find_map(|(pod, container)| {
            let (reason, message) = container.waiting.as_ref()?;
            (REASONS.contains(&reason.as_str()) && !passes(evidence, pod, message))
                .then_some((pod, container, reason, message))
        })?;
    Some(Finding {
        id: "container-config",
        object: object(pod, container),
        cause: format!("can't be created: {message}"),
        evidence: vec![format!("{reason}: {message}")],
        fix: "create what is missing, or correct its name in the release's values".to_string(),
    })
}

fn passes(evidence: &Evidence, pod: &Pod, message: &str) -> bool {
    let mut about = evidence.events_about(&pod.name);
    let mut said = || about.find(|event| event.message.contains(message));
    let passing = PASSING.iter().any(|text| message.contains(text));
    passing && said().map_or(0, |event| event.count) < PATIENCE
}

/// A container was ended because it wanted more memory than its limit.
pub(super) fn out_of_memory(evidence: &Evidence) -> Option<Finding> {
    let (pod, container) = evidence.containers().find(|(_, container)| {
        !container.ready
            && container
                .ended
                .as_ref()
                .is_some_and(|(reason, ..)| reason == "OOMKilled")
    })?;
    Some(Finding {
        id: "out-of-memory",
        object: object(pod, container),
        cause: "was ended because it used more memory than its limit".to_string(),
        evidence: vec![format!("OOMKilled, {} restarts", container.restarts)],
        fix: format!(
            "raise resources.limits.memory of {} in the release's values",
            container.name
        ),
    })
}

/// A container ends again and again.
pub(super) fn crash(evidence: &Evidence) -> Option<Finding> {
    let (pod, container, ended) = evidence.containers().find_map(|(pod, container)| {
        let looping = container
            .waiting
            .as_ref()
            .is_some_and(|(reason, _)| reason == "CrashLoopBackOff");
        let crashed = looping
            && container.restarts
                >= if container.init {
                    RESTARTS
                } else {
                    RESTARTS - 1
                };
        (crashed && !container.ready).then_some((pod, container, container.ended.as_ref()?))
    })?;
    let (reason, code, message) = ended;
    let mut seen = vec![format!(
        "{reason}, exit code {code}, {} restarts",
        container.restarts
    )];
    seen.extend(
        message
            .lines()
            .rev()
            .take(5)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .map(str::to_string),
    );
    Some(Finding {
        id: "crash-loop",
        object: object(pod, container),
        cause: format!("ends with exit code {code} each time it is started"),
        evidence: seen,
        fix: format!(
            "read its last words: `kubectl logs {} -c {} --previous`",
            pod.name, container.name
        ),
    })
}

fn object(pod: &Pod, container: &Container) -> String {
    format!(
        "pod/{} {} {}",
        pod.name,
        if container.init {
            "init container"
        } else {
            "container"
        },
        container.name
    )
}
