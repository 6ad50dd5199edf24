//! Pods that no node takes.

use alloc::string::{String, ToString};

use super::objects::{Pod, condition, list, name, text};
use super::{Cause, Evidence, Family, Found, Heals};

pub(super) const FAMILY: Family = Family {
    name: "Scheduling",
    causes: &[
        GATED,
        NO_NODE,
        NO_SCHEDULER,
        CORDON,
        TAINT,
        ROOM,
        SELECTOR,
        VOLUME_ELSEWHERE,
        NO_CLAIM,
        FULL,
        LATE,
        OTHER,
    ],
};

/// What the scheduler says of a pod whose claims are not bound yet.
const UNBOUND: &str = "unbound immediate PersistentVolumeClaims";

/// Nothing of this is the scheduler's last word: a claim is being bound, or a node comes up.
const PASSING: [&str; 4] = [
    UNBOUND,
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
    "node.cloudprovider.kubernetes.io/uninitialized",
];

const GATED: Cause = Cause {
    id: "scheduling-gate",
    signs: "pod `SchedulingGated`",
    says: "is kept from every node by its scheduling gate {gate}",
    fix: "see that what takes that gate away runs, or take `schedulingGates` out of the chart",
    step: "rollout",
    value: "",
    heals: Heals::Within(60),
    find: |evidence| {
        held(evidence, |pod| {
            let gate = &pod.0["spec"]["schedulingGates"][0]["name"];
            Some(("gate", gate.as_str()?.to_string()))
        })
    },
};

const NO_NODE: Cause = Cause {
    id: "node-missing",
    signs: "`Pending`, `nodeName` of a node that is not there",
    says: "is bound to a node that is not there: {node}",
    fix: "correct `nodeName` in the chart (there are: `kubectl get nodes`), or take it out: the scheduler finds a node",
    step: "release",
    value: "{component}.nodeName",
    heals: Heals::Within(10),
    find: |evidence| {
        held(evidence, |pod| {
            let node = pod.0["spec"]["nodeName"].as_str()?;
            let mut nodes = evidence.all("Node");
            let is_gone = evidence.knows("Node") && !nodes.any(|item| name(item) == node);
            is_gone.then(|| ("node", node.to_string()))
        })
    },
};

const NO_SCHEDULER: Cause = Cause {
    id: "scheduler-missing",
    signs: "`Pending` without a word of a scheduler, `schedulerName`",
    says: "waits for the scheduler {scheduler}, which has not looked at it",
    fix: "install that scheduler or see that it runs, or take `schedulerName` out of the chart",
    step: "release",
    value: "{component}.schedulerName",
    heals: Heals::Within(20),
    find: |evidence| {
        held(evidence, |pod| {
            let scheduler = pod.0["spec"]["schedulerName"].as_str()?;
            let is_seen =
                pod.0["spec"]["nodeName"].is_string() || condition(pod.0, "PodScheduled").is_some();
            (scheduler != "default-scheduler" && !is_seen)
                .then(|| ("scheduler", scheduler.to_string()))
        })
    },
};

/// A pod that waits for what its own specification names; a word for that.
fn held(
    evidence: &Evidence,
    named: impl Fn(Pod) -> Option<(&'static str, String)>,
) -> Option<Found> {
    let mut waiting = evidence
        .pods()
        .filter(|pod| !pod.is_ready() && !pod.is_over());
    waiting.find_map(|pod| {
        let (word, value) = named(pod)?;
        let found = Found::at(pod.object()).word("component", pod.component());
        let made = text(&pod.0["metadata"]["creationTimestamp"]);
        Some(found.word(word, value).lasting(evidence.since(made)))
    })
}

const CORDON: Cause = Cause {
    id: "node-cordoned",
    signs: "`Pending`, `FailedScheduling` with `were unschedulable`",
    says: "fits on no node: {nodes} cordoned, which takes no new pods",
    fix: "`kubectl uncordon {node}`",
    step: "cluster",
    value: "",
    heals: Heals::Within(15),
    find: |evidence| {
        let found = unscheduled(evidence, "were unschedulable")?;
        let mut nodes = evidence.all("Node");
        let node = nodes
            .find(|node| node["spec"]["unschedulable"] == true)
            .map(name);
        let says = node.map_or("a node is".to_string(), |node| {
            format!("the node {node} is")
        });
        Some(
            found
                .word("nodes", says)
                .word("node", node.unwrap_or("NODE")),
        )
    },
};

const TAINT: Cause = Cause {
    id: "node-tainted",
    signs: "`Pending`, `FailedScheduling` with `untolerated taint`",
    says: "fits on no node: a taint keeps it away ({taint})",
    fix: "`kubectl taint nodes --all {key}-`, or let the pods tolerate it in {value}",
    step: "cluster",
    value: "{component}.tolerations",
    heals: Heals::Within(15),
    find: |evidence| {
        let found = unscheduled(evidence, "untolerated taint")?;
        let (taint, key) = taint(evidence).or_else(|| told_taint(found.seen.first()?))?;
        Some(found.word("taint", taint).word("key", key))
    },
};

/// A taint of a node that keeps pods away, and its key. Those of Kubernetes itself come and go with
/// what they tell of.
fn taint(evidence: &Evidence) -> Option<(String, String)> {
    let taints = evidence
        .all("Node")
        .flat_map(|node| list(&node["spec"]["taints"]));
    let mut foreign =
        taints.filter(|taint| !text(&taint["key"]).starts_with("node.kubernetes.io/"));
    let taint = foreign.find(|taint| taint["effect"] != "PreferNoSchedule")?;
    let key = text(&taint["key"]);
    let value = match text(&taint["value"]) {
        "" => String::new(),
        value => format!("={value}"),
    };
    let told = format!("{key}{value}:{}", text(&taint["effect"]));
    Some((told, key.to_string()))
}

/// The same from the scheduler's words, up to Kubernetes 1.33: `untolerated taint {disk: gold}`.
fn told_taint(message: &str) -> Option<(String, String)> {
    let (_, rest) = message.split_once("untolerated taint {")?;
    let taint = rest.split('}').next()?;
    let key = taint.split(':').next().unwrap_or(taint);
    Some((taint.to_string(), key.to_string()))
}

const ROOM: Cause = Cause {
    id: "no-room",
    signs: "`Pending`, `FailedScheduling` with `Insufficient cpu` or `memory`",
    says: "fits on no node: there is not enough {resource} for what it requests ({asks})",
    fix: "give the cluster more {resource} (`--set cpus=…`, `--set memory=…` where pipeline.toml has these), deploy a smaller profile, or lower {value}",
    step: "cluster",
    value: "{component}.resources.requests",
    heals: Heals::Within(15),
    find: |evidence| {
        let found = unscheduled(evidence, "Insufficient ")?;
        let (_, rest) = found.seen.first()?.split_once("Insufficient ")?;
        let resource = rest
            .split(['.', ',', ' '])
            .next()
            .unwrap_or(rest)
            .to_string();
        let mut pods = evidence.pods().filter(|pod| found.object == pod.object());
        let specs = pods.next().map(|pod| &pod.0["spec"]["containers"]);
        let asked = specs
            .into_iter()
            .flat_map(list)
            .map(|spec| &spec["resources"]["requests"][resource.as_str()]);
        let asks = asked.map(text).collect::<alloc::vec::Vec<_>>().join(" + ");
        Some(found.word("resource", resource).word("asks", asks))
    },
};

const SELECTOR: Cause = Cause {
    id: "node-selector",
    signs: "`Pending`, `FailedScheduling` with `didn't match Pod's node affinity/selector`",
    says: "fits on no node: none has the labels that it asks for",
    fix: "correct {value} or affinity, or label a node",
    step: "release",
    value: "{component}.nodeSelector",
    heals: Heals::Within(15),
    find: |evidence| unscheduled(evidence, "node affinity/selector"),
};

const VOLUME_ELSEWHERE: Cause = Cause {
    id: "volume-elsewhere",
    signs: "`Pending`, `FailedScheduling` with `volume node affinity conflict`",
    says: "fits on no node: its volume is bound to another node",
    fix: "bring that node back (`kubectl get nodes`), or delete the claim and what is in it",
    step: "cluster",
    value: "",
    heals: Heals::Within(15),
    find: |evidence| unscheduled(evidence, "volume node affinity conflict"),
};

const NO_CLAIM: Cause = Cause {
    id: "claim-missing",
    signs: "`Pending`, `FailedScheduling` with `persistentvolumeclaim … not found`",
    says: "fits on no node: a claim that it names does not exist",
    fix: "create the claim, or delete the pod: its StatefulSet makes both again",
    step: "release",
    value: "",
    heals: Heals::Within(15),
    find: |evidence| unscheduled(evidence, "persistentvolumeclaim \""),
};

const FULL: Cause = Cause {
    id: "too-many-pods",
    signs: "`Pending`, `FailedScheduling` with `Too many pods`",
    says: "fits on no node: each has as many pods as it may",
    fix: "remove what is not needed, or add a node",
    step: "cluster",
    value: "",
    heals: Heals::Within(15),
    find: |evidence| unscheduled(evidence, "Too many pods"),
};

/// It can miss that a claim was bound, and then looks again only at what has waited for five minutes
/// (kubernetes/pkg/scheduler/backend/queue, `DefaultPodMaxInUnschedulablePodsDuration`).
const LATE: Cause = Cause {
    id: "scheduler-late",
    signs: "`Pending`, `FailedScheduling` with `unbound immediate PersistentVolumeClaims`, and its claims are bound",
    says: "waits for the scheduler, which missed that its claim was bound, and looks at it again within six minutes",
    fix: "`kubectl delete pod {pod}`: its controller makes it anew, and the scheduler looks at that at once",
    step: "rollout",
    value: "",
    heals: Heals::Within(360),
    find: |evidence| {
        evidence.pods().find_map(|pod| {
            let (why, _) = pod.unscheduled()?;
            let is_late = why.contains(UNBOUND) && has_its_claims(evidence, &pod);
            is_late.then(|| Found::at(pod.object()).word("pod", pod.name()).seen([why]))
        })
    },
};

fn has_its_claims(evidence: &Evidence, pod: &Pod) -> bool {
    let is_bound = |claim: &str| {
        let mut claims = evidence.all("PersistentVolumeClaim");
        claims.any(|item| name(item) == claim && item["status"]["phase"] == "Bound")
    };
    let volumes = list(&pod.0["spec"]["volumes"]);
    if volumes
        .clone()
        .any(|volume| volume["ephemeral"].is_object())
    {
        return false; // their claims have names of their own
    }
    let claims = volumes.filter_map(|volume| volume["persistentVolumeClaim"]["claimName"].as_str());
    let mut claims = claims.peekable();
    claims.peek().is_some() && claims.all(is_bound)
}

const OTHER: Cause = Cause {
    id: "unschedulable",
    signs: "`Pending`, `FailedScheduling` with other words",
    says: "fits on no node",
    fix: "make a node fit what the pod asks for",
    step: "cluster",
    value: "",
    heals: Heals::Within(60),
    find: |evidence| unscheduled(evidence, " nodes are available"),
};

/// A pod that no node takes for a reason with this word; while another leaves, it may yet fit.
fn unscheduled(evidence: &Evidence, word: &str) -> Option<Found> {
    if evidence.makes_room() {
        return None;
    }
    evidence.pods().find_map(|pod| {
        let (message, since) = pod.unscheduled()?;
        let passing = PASSING.iter().any(|passing| message.contains(passing));
        (message.contains(word) && !passing).then(|| {
            let found = Found::at(pod.object()).word("component", pod.component());
            found.seen([message]).lasting(evidence.since(since))
        })
    })
}
