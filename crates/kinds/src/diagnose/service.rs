//! Services that lead nowhere.

use alloc::string::String;
use alloc::vec::Vec;

use super::objects::{Pod, name, object};
use super::{Cause, Evidence, Family, Found, Heals};

pub(super) const FAMILY: Family = Family {
    name: "Services",
    causes: &[SELECTS_NOTHING, CHART_SELECTS_NOTHING],
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

fn leads_nowhere(evidence: &Evidence, by_chart: bool) -> Option<Found> {
    evidence.all("Service").find_map(|item| {
        let labels = item["spec"]["selector"].as_object()?;
        let wanted = evidence.wanted("Service", name(item));
        let is_wanted =
            wanted.is_some_and(|one| one["spec"]["selector"] == item["spec"]["selector"]);
        let fits = |pod: Pod| {
            let given = &pod.0["metadata"]["labels"];
            labels.iter().all(|(key, value)| given[key] == *value)
        };
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
