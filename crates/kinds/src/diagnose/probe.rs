//! Containers that run and are not ready.

use alloc::string::String;

use super::container::last_answer;
use super::objects::{Container, Pod, condition, list, text};
use super::{Cause, Evidence, Family, Found, Heals};

pub(super) const FAMILY: Family = Family {
    name: "Readiness",
    causes: &[IN_VAIN, READINESS, STARTUP, GATE, INIT],
};

const IN_VAIN: Cause = Cause {
    id: "probe-in-vain",
    signs: "`Running` but `0/1`, a probe whose program or port is not there",
    says: "runs and never gets ready: its probe can't succeed ({answer})",
    fix: "correct the probe in the chart: its program has to be in the image, and its port one that the container names",
    step: "release",
    value: "",
    heals: Heals::Within(20),
    find: |evidence| {
        let says = |found: &Found, words: &str| found.seen.iter().any(|line| line.contains(words));
        let is_in_vain = |found: &Found| says(found, NO_SUCH_PROGRAM) || says(found, NO_SUCH_PORT);
        let ready = || unhealthy(evidence, "Readiness", false).filter(is_in_vain);
        let found = ready().or_else(|| unhealthy(evidence, "Startup", true).filter(is_in_vain))?;
        // A program may yet be put there; a port's name stays as it is.
        let is_port = says(&found, NO_SUCH_PORT);
        Some(found.settled(is_port))
    },
};

/// How a kubelet says that there is no such program in the image, and no port of that name.
const NO_SUCH_PROGRAM: &str = "unable to start container process: exec:";
const NO_SUCH_PORT: &str = "strconv.Atoi: parsing";

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

const GATE: Cause = Cause {
    id: "readiness-gate",
    signs: "`1/1` and not ready, `readinessGates`",
    says: "has all its containers ready and waits for its readiness gate {gate}, which nobody has set",
    fix: "see that the controller which sets that condition runs, or take `readinessGates` out of the chart",
    step: "rollout",
    value: "",
    heals: Heals::Within(60),
    find: |evidence| {
        let mut pods = evidence
            .pods()
            .filter(|pod| !pod.is_ready() && !pod.is_over());
        pods.find_map(|pod| {
            let ready = condition(pod.0, "ContainersReady")?;
            let since = text(&ready["lastTransitionTime"]);
            let gate = (ready["status"] == "True").then(|| closed_gate(pod))??;
            let found = Found::at(pod.object()).word("gate", gate);
            Some(found.lasting(evidence.since(since)))
        })
    },
};

/// What has to be true of a pod besides, and is not.
fn closed_gate(pod: Pod<'_>) -> Option<&str> {
    let gates = list(&pod.0["spec"]["readinessGates"]);
    let mut gates = gates.map(|gate| text(&gate["conditionType"]));
    gates.find(|gate| condition(pod.0, gate).is_none_or(|told| told["status"] != "True"))
}

/// It may have much to do: it is named, and the step's own patience ends it.
const INIT: Cause = Cause {
    id: "init-waits",
    signs: "`Init:0/1` for long",
    says: "is still at work, and its pod waits for it{line}",
    fix: "see what it waits for: `kubectl logs {pod} -c {container}`",
    step: "rollout",
    value: "",
    heals: Heals::Within(3600),
    find: |evidence| {
        let mut containers = evidence.containers();
        let runs = |one: &Container| {
            let since = one
                .running_since()
                .filter(|_| one.init && !one.is_sidecar());
            since.is_some_and(|since| evidence.since(since) >= MUCH)
        };
        let container = containers.find(runs)?;
        let here = format!("{}/{}", container.pod.name(), container.name());
        let last = evidence.logs().filter(|(from, _)| *from == here).last();
        let line = last.map_or(String::new(), |(_, line)| format!(": {line}"));
        let found = Found::at(container.object()).word("line", line);
        let found = found.word("pod", container.pod.name());
        Some(found.word("container", container.name()))
    },
};

/// For so many seconds it is nothing to speak of.
const MUCH: u64 = 15;

/// The kubelet's last word on a container that runs and is not ready.
fn unhealthy(evidence: &Evidence, probe: &str, starting: bool) -> Option<Found> {
    let runs = |container: &Container| {
        (!container.init || container.is_sidecar())
            && !container.is_ready()
            && container.is_starting() == starting
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
