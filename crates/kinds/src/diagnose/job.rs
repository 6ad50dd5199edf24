//! Jobs that the cluster has given up.

use alloc::string::ToString;

use super::{Evidence, Finding};

/// A Job failed so often, or took so long, that it is not tried again.
pub(super) fn failed(evidence: &Evidence) -> Option<Finding> {
    let (name, why) = evidence.failed_jobs.first()?;
    let of_job = |name: &str, pod: &str| {
        pod.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('-'))
    };
    let mut seen = vec![why.clone()];
    let ended = evidence
        .containers()
        .filter(|(pod, _)| of_job(name, &pod.name));
    let ended = ended.filter_map(|(_, container)| container.ended.as_ref());
    seen.extend(ended.last().map(|(reason, code, message)| {
        format!("{reason}, exit code {code} {}", message.trim())
            .trim()
            .to_string()
    }));
    Some(Finding {
        id: "job-failed",
        object: format!("job/{name}"),
        cause: "has failed for good".to_string(),
        evidence: seen,
        fix: format!("read its last words: `kubectl logs job/{name}`"),
    })
}
