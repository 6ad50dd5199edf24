//! Controllers that do not bring their pods about.

use serde_json::Value;

use super::objects::{Pod, component, condition, name, object, owner, text};
use super::{Cause, Evidence, Family, Found, Heals};

pub(super) const FAMILY: Family = Family {
    name: "Workloads",
    causes: &[PAUSED, CHART_PAUSED, STUCK, CONFLICT, DEADLINE],
};

/// What counts although every pod that there is is ready.
pub(super) const STANDING: Family = Family {
    name: "Workloads without pods",
    causes: &[ZERO],
};

const ZERO: Cause = Cause {
    id: "scaled-to-zero",
    signs: "`0/0` pods",
    says: "has 0 pods: it was scaled to 0",
    fix: "`cargo xtask up --force=release` puts it right, or `kubectl scale --replicas=1 {object}`",
    step: "release",
    value: "{component}.replicas",
    heals: Heals::Never,
    find: |evidence| {
        workloads(evidence)
            .find(|item| item["spec"]["replicas"] == 0)
            .map(|item| found(item).seen(["spec.replicas is 0"]))
    },
};

const PAUSED: Cause = Cause {
    id: "rollout-paused",
    signs: "Deployment `DeploymentPaused`",
    says: "does not roll out: it is paused",
    fix: "`kubectl rollout resume {object}`",
    step: "rollout",
    value: "",
    heals: Heals::Never,
    find: |evidence| paused(evidence, false),
};

const CHART_PAUSED: Cause = Cause {
    id: "chart-paused",
    signs: "the same, and the chart has `paused: true`",
    says: "does not roll out: the chart pauses it",
    fix: "take `paused: true` out of the chart: what resumes it by hand is put back with the next `up`",
    step: "release",
    value: "",
    heals: Heals::Never,
    find: |evidence| paused(evidence, true),
};

fn paused(evidence: &Evidence, by_chart: bool) -> Option<Found> {
    let is_paused = |item: &Value| item["spec"]["paused"] == true;
    let by = |item: &Value| {
        evidence
            .wanted("Deployment", name(item))
            .is_some_and(is_paused)
    };
    workloads(evidence)
        .find(|item| is_paused(item) && by(item) == by_chart)
        .map(|item| found(item).seen(["spec.paused is true"]))
}

const STUCK: Cause = Cause {
    id: "statefulset-stuck",
    signs: "a StatefulSet's pod of an older revision that is never ready",
    says: "does not get its new revision: it waits for a pod of the old one, which is not ready",
    fix: "delete the pod, its StatefulSet makes it anew: `kubectl delete pod {pod}`",
    step: "rollout",
    value: "",
    heals: Heals::Within(20),
    find: |evidence| {
        evidence.all("StatefulSet").find_map(|item| {
            let waits = |pod: &Pod| owner(pod.0, "StatefulSet") == Some(name(item));
            let mut pods = evidence.outdated().filter(|pod| !pod.is_ready());
            let pod = pods.find(waits)?;
            let update = text(&item["status"]["updateRevision"]);
            let seen = [format!(
                "{} is not ready, its revision is not {update}",
                pod.object()
            )];
            Some(found(item).word("pod", pod.name()).seen(seen))
        })
    },
};

const CONFLICT: Cause = Cause {
    id: "controller-conflict",
    signs: "`FailedUpdate`, `FailedCreate` with `the object has been modified`",
    says: "is being changed by two at once, and tries again by itself",
    fix: "see who else changes it: `kubectl get {object} -o yaml --show-managed-fields`",
    step: "rollout",
    value: "",
    heals: Heals::Within(90),
    find: |evidence| {
        workloads(evidence)
            .filter(|item| lacks(item))
            .find_map(|item| {
                let event = evidence.events(name(item)).next()?;
                let conflict = event.message().contains("the object has been modified");
                let is_past = evidence.since(event.last()) > PAST;
                (conflict && !is_past).then(|| {
                    found(item)
                        .seen([event.line()])
                        .lasting(evidence.since(event.first()))
                })
            })
    },
};

/// Nobody says that what failed once went well when it was tried again: it would have failed again
/// within so many seconds.
const PAST: u64 = 30;

const DEADLINE: Cause = Cause {
    id: "progress-deadline",
    signs: "Deployment `ProgressDeadlineExceeded`",
    says: "has made no progress for longer than its deadline",
    fix: "see what its pods say: `kubectl describe {object}`",
    step: "rollout",
    value: "",
    heals: Heals::Within(30),
    find: |evidence| {
        evidence.all("Deployment").find_map(|item| {
            let progress = condition(item, "Progressing")?;
            let late = progress["reason"] == "ProgressDeadlineExceeded";
            late.then(|| found(item).seen([text(&progress["message"])]))
        })
    },
};

fn workloads<'a>(evidence: &'a Evidence<'a>) -> impl Iterator<Item = &'a Value> {
    let kinds = ["StatefulSet", "Deployment"];
    kinds.into_iter().flat_map(|kind| evidence.all(kind))
}

fn lacks(item: &Value) -> bool {
    item["status"]["readyReplicas"].as_u64().unwrap_or(0)
        < item["spec"]["replicas"].as_u64().unwrap_or(1)
}

fn found(item: &Value) -> Found {
    let object = object(item);
    Found::at(object.clone())
        .word("object", object)
        .word("component", component(item))
}
