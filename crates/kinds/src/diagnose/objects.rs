//! Pods and their containers, as kubectl prints them in JSON.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

/// A text in an object; empty if there is none.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The object's name.
pub(super) fn name(item: &Value) -> &str {
    text(&item["metadata"]["name"])
}

/// Such as `deployment/web`.
pub(crate) fn object(item: &Value) -> String {
    format!("{}/{}", text(&item["kind"]).to_lowercase(), name(item))
}

/// The elements of a list in an object.
pub(super) fn list(value: &Value) -> impl Iterator<Item = &Value> + Clone {
    value.as_array().into_iter().flatten()
}

/// The condition of that type.
pub(crate) fn condition<'a>(item: &'a Value, kind: &str) -> Option<&'a Value> {
    list(&item["status"]["conditions"]).find(|condition| condition["type"] == *kind)
}

/// The object of that kind that controls this one.
pub(super) fn owner<'a>(item: &'a Value, kind: &str) -> Option<&'a str> {
    let mut owners = list(&item["metadata"]["ownerReferences"]);
    let owner = owners.find(|owner| owner["kind"] == *kind)?;
    owner["name"].as_str()
}

/// Whether a pod is ready.
pub(crate) fn is_ready(pod: &Value) -> bool {
    condition(pod, "Ready").is_some_and(|ready| ready["status"] == "True")
}

/// A pod.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pod<'a>(pub(super) &'a Value);

/// A container of a pod.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Container<'a> {
    pub(super) pod: Pod<'a>,
    status: &'a Value,
    /// It runs before the others.
    pub(super) init: bool,
}

impl<'a> Pod<'a> {
    pub(super) fn name(self) -> &'a str {
        name(self.0)
    }

    /// Such as `pod/web-1`.
    pub(super) fn object(self) -> String {
        object(self.0)
    }

    /// It is being deleted.
    pub(super) fn is_leaving(self) -> bool {
        !self.0["metadata"]["deletionTimestamp"].is_null()
    }

    /// It has run to its end.
    pub(super) fn is_over(self) -> bool {
        matches!(text(&self.0["status"]["phase"]), "Succeeded" | "Failed")
    }

    pub(super) fn is_ready(self) -> bool {
        is_ready(self.0)
    }

    /// What the scheduler says, and since when, if no node takes it.
    pub(super) fn unscheduled(self) -> Option<(&'a str, &'a str)> {
        let scheduled = condition(self.0, "PodScheduled")?;
        (scheduled["status"] == "False").then(|| {
            (
                text(&scheduled["message"]),
                text(&scheduled["lastTransitionTime"]),
            )
        })
    }

    /// Init containers first.
    pub(super) fn containers(self) -> impl Iterator<Item = Container<'a>> {
        let of = move |key: &str, init| {
            let status = list(&self.0["status"][key]);
            status.map(move |status| Container {
                pod: self,
                status,
                init,
            })
        };
        of("initContainerStatuses", true).chain(of("containerStatuses", false))
    }

    pub(super) fn component(self) -> String {
        component(self.0)
    }
}

/// The part of the chart's values that is about an object: `apiServer` for the component
/// `api-server`.
pub(super) fn component(item: &Value) -> String {
    let labels = &item["metadata"]["labels"];
    let named = ["component", "name"]
        .into_iter()
        .find_map(|label| labels[format!("app.kubernetes.io/{label}")].as_str());
    named.map_or("COMPONENT".to_string(), camel)
}

/// `api-server` -> `apiServer`.
fn camel(name: &str) -> String {
    let mut words = name.split('-');
    let first = words.next().unwrap_or_default().to_string();
    words.fold(first, |text, word| {
        let mut letters = word.chars();
        let head = letters.next().into_iter().flat_map(char::to_uppercase);
        text.chars().chain(head).chain(letters).collect()
    })
}

impl<'a> Container<'a> {
    pub(super) fn name(self) -> &'a str {
        text(&self.status["name"])
    }

    pub(super) fn image(self) -> &'a str {
        text(&self.status["image"])
    }

    /// Such as `pod/web-1 container web`.
    pub(super) fn object(self) -> String {
        let kind = if self.init {
            "init container"
        } else {
            "container"
        };
        format!("{} {kind} {}", self.pod.object(), self.name())
    }

    /// It runs before the others and goes on beside them.
    pub(super) fn is_sidecar(self) -> bool {
        self.init && self.spec()["restartPolicy"] == "Always"
    }

    pub(super) fn is_ready(self) -> bool {
        self.status["ready"] == true
    }

    /// Its startup probe has not succeeded yet.
    pub(super) fn is_starting(self) -> bool {
        self.status["started"] == false
    }

    pub(super) fn restarts(self) -> u64 {
        self.status["restartCount"].as_u64().unwrap_or(0)
    }

    /// Why it waits: reason and message.
    pub(super) fn waiting(self) -> Option<(&'a str, &'a str)> {
        let waiting = &self.status["state"]["waiting"];
        (!waiting.is_null()).then(|| (text(&waiting["reason"]), text(&waiting["message"])))
    }

    /// Since when it runs.
    pub(super) fn running_since(self) -> Option<&'a str> {
        self.status["state"]["running"]["startedAt"].as_str()
    }

    /// How its last run ended.
    pub(super) fn ended(self) -> Option<Ended<'a>> {
        let ends = [&self.status["state"], &self.status["lastState"]];
        let mut ends = ends.into_iter().map(|state| &state["terminated"]);
        ends.find(|end| !end.is_null()).map(Ended)
    }

    /// Whether it ran to an end that was no success, and is not running now.
    pub(super) fn is_down(self) -> bool {
        let failed = self.ended().is_some_and(|ended| ended.code() != 0);
        failed && self.running_since().is_none()
    }

    /// Whether it ran to its end, well.
    pub(super) fn has_succeeded(self) -> bool {
        self.status["state"]["terminated"]["exitCode"] == 0
    }

    /// What the pod's specification says of it.
    pub(super) fn spec(self) -> &'a Value {
        let specs = &self.pod.0["spec"];
        let mut all = list(&specs["initContainers"]).chain(list(&specs["containers"]));
        all.find(|spec| spec["name"] == *self.name())
            .unwrap_or(&Value::Null)
    }
}

/// How a run of a container ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended<'a>(&'a Value);

impl<'a> Ended<'a> {
    pub(super) fn reason(self) -> &'a str {
        text(&self.0["reason"])
    }

    pub(super) fn code(self) -> i64 {
        self.0["exitCode"].as_i64().unwrap_or(0)
    }

    /// The last lines that it left, oldest first.
    pub(super) fn words(self) -> Vec<String> {
        let mut last: Vec<String> = text(&self.0["message"])
            .lines()
            .rev()
            .filter(|line| !line.trim().is_empty())
            .take(5)
            .map(str::to_string)
            .collect();
        last.reverse();
        last
    }

    /// When the run had begun.
    pub(super) fn began(self) -> &'a str {
        text(&self.0["startedAt"])
    }
}
