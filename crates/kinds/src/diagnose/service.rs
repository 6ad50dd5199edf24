//! Services that lead nowhere.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use super::objects::{Pod, list, name, object, owner};
use super::{Cause, Evidence, Family, Found, Heals};

pub(super) const FAMILY: Family = Family {
    name: "Services",
    causes: &[SELECTS_NOTHING, CHART_SELECTS_NOTHING, NO_SUCH_PORT],
};

const SELECTS_NOTHING: Cause = Cause {
    id: "service-selects-nothing",
    signs: "503 from the ingress, `connection refused` at a Service",
    says: "leads nowhere: no pod has the labels that it selects ({labels})",
    fix: "`cargo xtask up --force=release` puts its selector right; see both: `kubectl get {object} -o wide`, `kubectl get pods --show-labels`",
    step: "release",
    value: "",
    heals: Heals::Within(15),
    find: |evidence| leads_nowhere(evidence, false),
};

const CHART_SELECTS_NOTHING: Cause = Cause {
    id: "chart-selects-nothing",
    signs: "the same, and the chart has it so",
    says: "leads nowhere: no pod has the labels that it selects ({labels}), and the chart has it so",
    fix: "correct its selector in the chart, or the labels of the pods: `kubectl get pods --show-labels`; if something gives pods these labels while they run, see that it does",
    step: "release",
    value: "",
    heals: Heals::Within(30),
    find: |evidence| leads_nowhere(evidence, true),
};

const NO_SUCH_PORT: Cause = Cause {
    id: "service-port-unknown",
    signs: "502 or 503 from the ingress, an EndpointSlice whose ports are unset",
    says: "leads nowhere: its targetPort {port} is the name of no port of its pods (there are: {ports})",
    fix: "correct `targetPort` of the Service in the chart, or the name of the container's port",
    step: "release",
    value: "",
    heals: Heals::Within(30),
    find: |evidence| {
        evidence
            .all("Service")
            .find_map(|item| unknown_port(evidence, item))
    },
};

/// That one of several ports leads nowhere may be meant so.
fn unknown_port(evidence: &Evidence, item: &Value) -> Option<Found> {
    // Those of Jobs may have the labels and no ports.
    let serves = |pod: &Pod| !pod.is_over() && owner(pod.0, "Job").is_none() && selects(item, pod);
    let pods: Vec<Pod> = evidence.pods().filter(serves).collect();
    let ports: BTreeSet<&str> = pods.iter().flat_map(port_names).collect();
    let mut wanted = list(&item["spec"]["ports"]).map(|port| port["targetPort"].as_str());
    let first = wanted.clone().next().flatten()?;
    let is_unknown = |port: Option<&str>| port.is_some_and(|port| !ports.contains(port));
    if pods.is_empty() || !wanted.all(is_unknown) {
        return None;
    }
    let there: Vec<&str> = ports.into_iter().collect();
    let there = match there.as_slice() {
        [] => "none with a name".to_string(),
        there => there.join(", "),
    };
    Some(
        Found::at(object(item))
            .word("port", first)
            .word("ports", there),
    )
}

fn port_names<'p>(pod: &Pod<'p>) -> impl Iterator<Item = &'p str> {
    let spec = &pod.0["spec"];
    let containers = list(&spec["containers"]).chain(list(&spec["initContainers"]));
    let ports = containers.flat_map(|container| list(&container["ports"]));
    ports.filter_map(|port| port["name"].as_str())
}

/// Whether a Service selects a pod; one without a selector has endpoints of its own.
fn selects(item: &Value, pod: &Pod) -> bool {
    let given = &pod.0["metadata"]["labels"];
    let labels = item["spec"]["selector"].as_object();
    labels.is_some_and(|labels| {
        !labels.is_empty() && labels.iter().all(|(key, value)| given[key] == *value)
    })
}

fn leads_nowhere(evidence: &Evidence, by_chart: bool) -> Option<Found> {
    evidence.all("Service").find_map(|item| {
        let labels = item["spec"]["selector"].as_object()?;
        let wanted = evidence.wanted("Service", name(item));
        let is_wanted =
            wanted.is_some_and(|one| one["spec"]["selector"] == item["spec"]["selector"]);
        let fits = |pod: Pod| selects(item, &pod);
        let mut pods = evidence.pods().chain(evidence.outdated());
        if is_wanted != by_chart || labels.is_empty() || pods.any(fits) {
            return None;
        }
        let labels = labels
            .iter()
            .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
        let labels = labels.collect::<Vec<String>>().join(",");
        let found = Found::at(object(item)).word("labels", labels);
        Some(found.word("object", object(item)))
    })
}
