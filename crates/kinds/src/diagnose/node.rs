//! Nodes that can't run what is to run on them.

use alloc::string::ToString;

use serde_json::Value;

use super::objects::{condition, object, text};
use super::{Cause, Evidence, Family, Found, Heals};

pub(super) const FAMILY: Family = Family {
    name: "Nodes",
    causes: &[NOT_READY, DISK, MEMORY, SANDBOX, EVICTED],
};

const NOT_READY: Cause = Cause {
    id: "node-not-ready",
    signs: "node `NotReady`",
    says: "is not ready: {name}",
    fix: "see what it says: `kubectl describe node`; on minikube `minikube status` and `minikube start`",
    step: "cluster",
    value: "",
    heals: Heals::Within(60),
    find: |evidence| {
        node(evidence, |node| {
            condition(node, "Ready").filter(|ready| ready["status"] != "True")
        })
    },
};

const DISK: Cause = Cause {
    id: "disk-pressure",
    signs: "node with `DiskPressure`, pods `Evicted`",
    says: "has no disk space left: it evicts pods and takes no new ones",
    fix: "make room (minikube: `minikube ssh -- docker system prune`), or give it a bigger disk",
    step: "cluster",
    value: "",
    heals: Heals::Within(30),
    find: |evidence| node(evidence, |node| pressure(node, "DiskPressure")),
};

const MEMORY: Cause = Cause {
    id: "memory-pressure",
    signs: "node with `MemoryPressure`, pods `Evicted`",
    says: "has no memory left: it evicts pods",
    fix: "give the node more memory (`--set memory=…`), or lower the requests and limits",
    step: "cluster",
    value: "",
    heals: Heals::Within(30),
    find: |evidence| node(evidence, |node| pressure(node, "MemoryPressure")),
};

const SANDBOX: Cause = Cause {
    id: "pod-network",
    signs: "`ContainerCreating` for long, `FailedCreatePodSandBox`",
    says: "gets no network or sandbox on its node",
    fix: "see that the cluster's network plugin runs (`kubectl -n kube-system get pods`); on minikube `minikube stop` and `minikube start`",
    step: "cluster",
    value: "",
    heals: Heals::Within(45),
    find: |evidence| held_up(evidence, &["FailedCreatePodSandBox"]),
};

const EVICTED: Cause = Cause {
    id: "pod-evicted",
    signs: "pod `Evicted`",
    says: "was evicted from its node",
    fix: "give the node what the message names, or raise {value}: who uses more than it requests goes first",
    step: "cluster",
    value: "{component}.resources.requests",
    heals: Heals::Within(30),
    find: |evidence| {
        let mut pods = evidence.pods();
        let pod = pods.find(|pod| pod.0["status"]["reason"] == "Evicted")?;
        let message = text(&pod.0["status"]["message"]);
        Some(
            Found::at(pod.object())
                .word("component", pod.component())
                .seen([message]),
        )
    },
};

/// A pod whose containers are not begun for one of these reasons.
pub(super) fn held_up(evidence: &Evidence, reasons: &[&str]) -> Option<Found> {
    let mut waiting = evidence
        .pods()
        .filter(|pod| !pod.is_ready() && !pod.is_over());
    waiting.find_map(|pod| {
        let event = evidence.held_up(pod, reasons)?;
        let lasts = evidence.since(event.first());
        Some(Found::at(pod.object()).seen([event.line()]).lasting(lasts))
    })
}

fn pressure<'a>(node: &'a Value, kind: &str) -> Option<&'a Value> {
    condition(node, kind).filter(|pressure| pressure["status"] == "True")
}

fn node(evidence: &Evidence, of: impl Fn(&Value) -> Option<&Value>) -> Option<Found> {
    evidence.all("Node").find_map(|node| {
        let trouble = of(node)?;
        let message = text(&trouble["message"]).to_string();
        let lasts = evidence.since(text(&trouble["lastTransitionTime"]));
        Some(
            Found::at(object(node))
                .word("name", message.clone())
                .seen([message])
                .lasting(lasts),
        )
    })
}
