//! Containers that were started again, counted from one look to the next.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};

use serde_json::{Value, json};

use super::Evidence;
use super::objects::Container;
use super::time::seconds;

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
    let again = Some(more(container)).filter(|again| *again > 0)?;
    Some(format!(
        "{} was started again {} since the last look{}",
        container.object(),
        times(again),
        end(container)
    ))
}

/// A container that was started again so lately, by this machine's clock in seconds since 1970, that
/// nobody knows whether it stays.
pub(crate) fn lately(evidence: &Evidence, now: u64) -> Option<String> {
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let is_late = |container: &Container| {
        let began = container.running_since().and_then(seconds);
        let runs = began.is_some_and(|began| (0..STAYS).contains(&(now - began)));
        runs && container.restarts() > 0 && (!container.init || container.is_sidecar())
    };
    let container = evidence.containers().find(is_late)?;
    Some(format!(
        "{} was just started again{}: it has to stay up for {STAYS} s",
        container.object(),
        end(container)
    ))
}

/// How long, in seconds.
const STAYS: i64 = 10;

/// How its last run ended.
fn end(container: Container) -> String {
    container.ended().map_or(String::new(), |ended| {
        format!(" ({}, exit code {})", ended.reason(), ended.code())
    })
}

/// `once`, `3 times`.
pub(super) fn times(count: u64) -> String {
    match count {
        1 => "once".to_string(),
        count => format!("{count} times"),
    }
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

    #[test]
    fn what_was_just_started_again_has_to_stay_up() {
        let told = |restarts: u64, began: &str| {
            let mut pod = pod(restarts);
            pod["status"]["containerStatuses"][0]["state"] =
                json!({"running": {"startedAt": began}});
            let now = seconds("2026-01-01T00:01:00Z").unwrap();
            lately(&Evidence::read([&pod]), now.unsigned_abs())
        };
        let lately = told(1, "2026-01-01T00:00:55Z").unwrap();
        assert!(
            lately.contains("was just started again (OOMKilled, exit code 137)"),
            "{lately}"
        );
        assert_eq!(told(1, "2026-01-01T00:00:45Z"), None);
        assert_eq!(told(0, "2026-01-01T00:00:55Z"), None);
        assert_eq!(told(1, "2026-01-01T00:20:00Z"), None, "a clock is ahead");
    }
}
