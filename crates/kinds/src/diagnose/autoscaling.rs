//! Autoscalers that can't tell how much is used.

use serde_json::Value;

use super::objects::{component, condition, name, object, text};
use super::{Cause, Evidence, Family, Found, Heals};

pub(super) const FAMILY: Family = Family {
    name: "Autoscaling",
    causes: &[NO_REQUESTS, NO_TARGET, NO_METRICS],
};

const NO_REQUESTS: Cause = Cause {
    id: "autoscaler-without-requests",
    signs: "`TARGETS <unknown>`, `missing request for cpu`",
    says: "can't scale: a container has no request to measure its use against",
    fix: "set {value}",
    step: "release",
    value: "{component}.resources.requests",
    heals: Heals::Within(60),
    find: |evidence| inactive(evidence, |message| message.contains("missing request")),
};

const NO_TARGET: Cause = Cause {
    id: "autoscaler-without-target",
    signs: "`FailedGetScale`",
    says: "can't scale: what it is to scale does not exist",
    fix: "`cargo xtask up --force=release` makes it again",
    step: "release",
    value: "",
    heals: Heals::Within(20),
    find: |evidence| {
        evidence.all("HorizontalPodAutoscaler").find_map(|item| {
            let able =
                condition(item, "AbleToScale").filter(|able| able["reason"] == "FailedGetScale")?;
            Some(found(evidence, item, able))
        })
    },
};

const NO_METRICS: Cause = Cause {
    id: "autoscaler-without-metrics",
    signs: "`TARGETS <unknown>`, `FailedGetResourceMetric`",
    says: "can't scale any more: the metrics API does not answer",
    fix: "see that metrics-server runs (`kubectl top pods`; minikube: `minikube addons enable metrics-server`); the first figures take about a minute",
    step: "metrics-addon",
    value: "{component}.autoscaling.enabled",
    heals: Heals::Within(30),
    find: |evidence| {
        inactive(evidence, |message| {
            API_SILENT.iter().any(|words| message.contains(words))
        })
    },
};

/// What an autoscaler says when nobody serves metrics at all. That those of new pods are not there
/// yet is normal.
const API_SILENT: [&str; 3] = [
    "unable to fetch metrics",
    "unable to handle the request",
    "could not find the requested resource",
];
/// An autoscaler that has had no metrics from the first minute on runs where there are none: not a
/// fault.
const FIRST_MINUTE: u64 = 60;

/// An autoscaler that has worked and does not any more.
fn inactive(evidence: &Evidence, is: impl Fn(&str) -> bool) -> Option<Found> {
    evidence.all("HorizontalPodAutoscaler").find_map(|item| {
        let active = condition(item, "ScalingActive").filter(|active| {
            active["status"] == "False" && active["reason"] != "ScalingDisabled"
        })?;
        let since = |time: &Value| evidence.since(text(time));
        let made = since(&item["metadata"]["creationTimestamp"]);
        let worked = made.saturating_sub(since(&active["lastTransitionTime"])) >= FIRST_MINUTE;
        (worked && is(text(&active["message"]))).then(|| found(evidence, item, active))
    })
}

fn found(evidence: &Evidence, item: &Value, condition: &Value) -> Found {
    let event = evidence.events(name(item)).next();
    Found::at(object(item))
        .word("component", component(item))
        .seen([text(&condition["message"])])
        .seen(event.map(|event| event.line()))
        .lasting(evidence.since(text(&condition["lastTransitionTime"])))
}
