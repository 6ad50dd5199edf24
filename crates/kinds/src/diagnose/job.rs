//! Jobs that the cluster has given up.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use super::objects::{Container, Pod, component, condition, list, name, object, text};
use super::restarts::times;
use super::{Cause, Evidence, Family, Found, Heals};
use crate::programs::BY_HELM;
use protocol::readable;

pub(super) const FAMILY: Family = Family {
    name: "Jobs",
    causes: &[DEADLINE, FAILED, POD],
};

const DEADLINE: Cause = Cause {
    id: "job-deadline",
    signs: "Job `DeadlineExceeded`",
    says: "was ended: it took longer than its deadline",
    fix: "read what it waited for: `kubectl logs job/{job}`; raise {value} if it only needs longer, then `cargo xtask up --force=release`",
    step: "rollout",
    value: "{component}.activeDeadlineSeconds",
    heals: Heals::Never,
    find: |evidence| failed(evidence, true),
};

const FAILED: Cause = Cause {
    id: "job-failed",
    signs: "Job `BackoffLimitExceeded` (a migration that fails)",
    says: "has failed for good: {last}",
    fix: "read its last words: `kubectl logs job/{job}`; mend it and `cargo xtask up --force=release`, or go back to the version that still serves, if there is one: `cargo xtask rollback`",
    step: "rollout",
    value: "{component}.backoffLimit",
    heals: Heals::Never,
    find: |evidence| failed(evidence, false),
};

/// A pod that nobody makes again.
const POD: Cause = Cause {
    id: "pod-failed",
    signs: "a pod without a controller, `Failed`",
    says: "has failed for good, and nobody makes it again: {last}",
    fix: "read its last words: `kubectl logs {pod} --all-containers`; mend it, delete it (`kubectl delete pod {pod}`) and `cargo xtask up`",
    step: "rollout",
    value: "",
    heals: Heals::Never,
    find: |evidence| {
        let is_bare = |item: &Value| {
            item["metadata"]["ownerReferences"].is_null()
                && item["metadata"]["annotations"][BY_HELM].is_string()
        };
        let mut pods = evidence.pods();
        let pod = pods.find(|pod| pod.0["status"]["phase"] == "Failed" && is_bare(pod.0))?;
        let words = words_of(evidence, &format!("{}/", pod.name()), |one| {
            one.name() == pod.name()
        });
        let last = words.last().cloned();
        let last = last.unwrap_or_else(|| text(&pod.0["status"]["message"]).to_string());
        let found = Found::at(pod.object()).word("pod", pod.name());
        Some(found.word("last", last).seen(words))
    },
};

/// A Job that is not tried again.
fn failed(evidence: &Evidence, deadline: bool) -> Option<Found> {
    evidence.all("Job").find_map(|job| {
        let failed = condition(job, "Failed").filter(|failed| failed["status"] == "True")?;
        if (failed["reason"] == "DeadlineExceeded") != deadline {
            return None;
        }
        let words = last_words(evidence, job);
        let why = format!("{}: {}", text(&failed["reason"]), text(&failed["message"]));
        let last = words
            .last()
            .cloned()
            .unwrap_or_else(|| text(&failed["message"]).to_string());
        let found = Found::at(object(job))
            .word("job", name(job))
            .word("component", component(job));
        Some(found.word("last", last).seen([why]).seen(words))
    })
}

/// How often a Job has failed so far, and the last words of the pod that did; nothing while another
/// pod is at work.
pub(crate) fn failures(evidence: &Evidence, job: &Value) -> Option<String> {
    let failed = job["status"]["failed"]
        .as_u64()
        .filter(|failed| *failed > 0)?;
    let prefix = prefix(job);
    let pods = evidence
        .pods()
        .filter(|pod| pod.name().starts_with(&prefix));
    let pods: Vec<Pod> = pods.collect();
    let is = |pod: &Pod, phase: &str| pod.0["status"]["phase"] == phase;
    if pods.iter().any(|pod| is(pod, "Running")) {
        return None;
    }
    let last = pods.into_iter().rfind(|pod| is(pod, "Failed"));
    let last = last.and_then(|pod| {
        let lines = format!("{}/", pod.name());
        words_of(evidence, &lines, |one| one.name() == pod.name()).pop()
    });
    let last = last.map_or(String::new(), |words| format!(": {words}"));
    Some(format!("has failed {}{last}", times(failed)))
}

/// What the names of a Job's pods begin with.
fn prefix(job: &Value) -> String {
    format!("{}-", name(job))
}

/// What the pods of a Job wrote last; how they ended, if nobody knows.
fn last_words(evidence: &Evidence, job: &Value) -> Vec<String> {
    let prefix = prefix(job);
    words_of(evidence, &prefix, |pod| pod.name().starts_with(&prefix))
}

/// What is known of the end of some pods, whose logs are told with that before their lines.
fn words_of(evidence: &Evidence, source: &str, is_one: impl Fn(&Pod) -> bool) -> Vec<String> {
    let logs = evidence.logs().filter(|(from, _)| from.starts_with(source));
    let words: Vec<String> = logs.map(|(_, line)| line.to_string()).collect();
    let ended = evidence
        .pods()
        .filter(is_one)
        .flat_map(|pod| pod.containers())
        .filter_map(|container| container.ended());
    match ended.filter(|ended| ended.code() != 0).last() {
        Some(ended) if words.is_empty() => {
            let end = format!("{}, exit code {}", ended.reason(), ended.code());
            let words = ended.words();
            let words = words.iter().map(|line| readable(line));
            core::iter::once(end).chain(words).collect()
        }
        _ => words,
    }
}

/// How much sooner than its deadline a Job's pods must have ended, in seconds, so that the Job can't
/// be ended by it in the moments until it has counted them.
const MARGIN: u64 = 30;

/// How many pods of a Job have done its work: their containers say so some seconds before the Job
/// counts them.
pub(crate) fn ended_well(evidence: &Evidence, job: &Value) -> u64 {
    let ran = evidence.since(text(&job["status"]["startTime"]));
    let limit = job["spec"]["activeDeadlineSeconds"].as_u64();
    if limit.is_some_and(|limit| limit < ran + MARGIN) {
        return 0;
    }
    // A Job that was made again has its name, and not its pods.
    let uid = &job["metadata"]["uid"];
    let is_own = |pod: &Pod| {
        let mut owners = list(&pod.0["metadata"]["ownerReferences"]);
        owners.any(|owner| owner["uid"] == *uid)
    };
    let has_ended = |pod: &Pod| {
        let mut containers = pod.containers().peekable();
        containers.peek().is_some() && containers.all(Container::has_succeeded)
    };
    evidence.pods().filter(is_own).filter(has_ended).count() as u64
}
