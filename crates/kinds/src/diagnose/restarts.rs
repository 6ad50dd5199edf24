//! Containers that were started again, counted from one look to the next.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};

use serde_json::{Value, json};

use super::Evidence;
use super::objects::Container;

/// How often each container was started again: of those that were, `pod/container` -> times.
pub(crate) fn counted(evidence: &Evidence) -> Value {
    let restarted = evidence.containers().filter(|each| each.restarts() > 0);
    let count = |container: Container| (key(container), container.restarts());
    json!(restarted.map(count).collect::<BTreeMap<_, _>>())
}

/// The container that was started again most often since that was counted, and how it had ended.
pub(crate) fn since(evidence: &Evidence, before: &Value) -> Option<String> {
    let more = |container: Container| {
        let known = before[&key(container)].as_u64().unwrap_or(0);
        container.restarts().saturating_sub(known)
    };
    let container = evidence.containers().max_by_key(|each| more(*each))?;
    let times = match more(container) {
        0 => return None,
        1 => "once".to_string(),
        times => format!("{times} times"),
    };
    let end = container.ended().map_or(String::new(), |ended| {
        let (reason, code) = (ended.reason(), ended.code());
        format!(" ({reason}, exit code {code})")
    });
    let object = container.object();
    Some(format!(
        "{object} was started again {times} since the last look{end}"
    ))
}

fn key(container: Container) -> String {
    format!("{}/{}", container.pod.name(), container.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(restarts: u64) -> Value {
        json!({"kind": "Pod", "metadata": {"name": "web-1"}, "status": {"containerStatuses": [{"name": "web", "restartCount": restarts,
            "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}]}})
    }

    #[test]
    fn only_restarts_since_the_last_look_are_told() {
        let told = |before: u64, now: u64| {
            let (before, now) = ([pod(before)], [pod(now)]);
            since(&Evidence::read(&now), &counted(&Evidence::read(&before)))
        };
        let says = |times| {
            let end = "since the last look (OOMKilled, exit code 137)";
            Some(format!(
                "pod/web-1 container web was started again {times} {end}"
            ))
        };
        assert_eq!(told(0, 0), None);
        assert_eq!(told(3, 3), None);
        assert_eq!(told(0, 1), says("once"));
        assert_eq!(told(1, 4), says("3 times"));
        assert_eq!(told(4, 0), None, "another pod of the same name");
    }
}
