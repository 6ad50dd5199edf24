//! Services that lead nowhere.

use alloc::string::String;
use alloc::vec::Vec;

use super::objects::{Pod, object};
use super::{Cause, Family, Found, Heals};

pub(super) const FAMILY: Family = Family {
    name: "Services",
    causes: &[SELECTS_NOTHING],
};

const SELECTS_NOTHING: Cause = Cause {
    id: "service-selects-nothing",
    signs: "503 from the ingress, `connection refused` at a Service",
    says: "leads nowhere: no pod has the labels that it selects ({labels})",
    fix: "`cargo xtask up --force=release` puts its selector right; see both: `kubectl get {object} -o wide`, `kubectl get pods --show-labels`",
    step: "release",
    value: "",
    heals: Heals::Within(15),
    find: |evidence| {
        evidence.all("Service").find_map(|item| {
            let labels = item["spec"]["selector"].as_object()?;
            let fits = |pod: Pod| {
                labels
                    .iter()
                    .all(|(key, value)| pod.0["metadata"]["labels"][key] == *value)
            };
            let mut pods = evidence.pods().chain(evidence.outdated());
            if labels.is_empty() || pods.any(fits) {
                return None;
            }
            let labels = labels
                .iter()
                .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
            let labels = labels.collect::<Vec<String>>().join(",");
            let found = Found::at(object(item)).word("labels", labels);
            Some(found.word("object", object(item)))
        })
    },
};
