//! Containers that run and are not ready.

use super::container::last_answer;
use super::objects::Container;
use super::{Cause, Evidence, Family, Found, Heals};

pub(super) const FAMILY: Family = Family {
    name: "Readiness",
    causes: &[READINESS, STARTUP],
};

const READINESS: Cause = Cause {
    id: "not-ready",
    signs: "`Running` but `0/1`, `Readiness probe failed`",
    says: "runs and is not ready: its readiness probe fails ({answer})",
    fix: "ask it itself: `kubectl port-forward {pod} :PORT` and `curl` there; its log: `kubectl logs {pod} -c {container}`",
    step: "rollout",
    value: "",
    heals: Heals::Within(60),
    find: |evidence| unhealthy(evidence, "Readiness", false),
};

const STARTUP: Cause = Cause {
    id: "slow-start",
    signs: "`Running` but `0/1`, `Startup probe failed`",
    says: "runs and is not up yet: its startup probe fails ({answer})",
    fix: "see what it does: `kubectl logs {pod} -c {container}`; more processor time helps one that is only slow: {value}",
    step: "rollout",
    value: "{component}.resources.limits.cpu",
    heals: Heals::Within(120),
    find: |evidence| unhealthy(evidence, "Startup", true),
};

/// The kubelet's last word on a container that runs and is not ready.
fn unhealthy(evidence: &Evidence, probe: &str, starting: bool) -> Option<Found> {
    let runs = |container: &Container| {
        !container.init && !container.is_ready() && container.is_starting() == starting
    };
    evidence.containers().filter(runs).find_map(|container| {
        let since = container.running_since()?;
        let mut events = evidence.events(container.pod.name());
        let event = events.find(|event| {
            event.reason() == "Unhealthy"
                && event.message().starts_with(probe)
                && event.last() >= since
        })?;
        let found = Found::at(container.object())
            .word("answer", last_answer(event.message()))
            .word("pod", container.pod.name())
            .word("container", container.name())
            .word("component", container.pod.component());
        let lasts = evidence.since(event.first().max(since));
        Some(found.seen([event.line()]).lasting(lasts))
    })
}
