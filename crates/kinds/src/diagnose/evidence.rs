//! Pods and events as kubectl prints them in JSON, read into what diagnoses look at.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

/// What is known of a namespace.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// Its pods.
    pub pods: Vec<Pod>,
    /// Its events.
    pub events: Vec<Event>,
    /// Its claims for storage: name and phase.
    pub claims: Vec<(String, String)>,
    /// Jobs that are not tried again, with the reason.
    pub failed_jobs: Vec<(String, String)>,
}

/// A pod.
#[derive(Debug, Default)]
pub(crate) struct Pod {
    /// Its name.
    pub name: String,
    /// The message of the condition PodScheduled if that is false.
    pub unschedulable: Option<String>,
    /// Init containers first.
    pub containers: Vec<Container>,
    /// Being deleted.
    pub leaving: bool,
}

/// A container of a pod.
#[derive(Debug, Default)]
pub(crate) struct Container {
    /// Its name.
    pub name: String,
    /// The image it is to run.
    pub image: String,
    /// It runs before the others.
    pub init: bool,
    /// Ready to serve.
    pub ready: bool,
    /// How often it was restarted.
    pub restarts: u64,
    /// Why it waits: reason and message.
    pub waiting: Option<(String, String)>,
    /// How it ended last: reason, exit code, message.
    pub ended: Option<(String, i64, String)>,
    /// When the run that ended last had begun, as Kubernetes writes times.
    pub began: String,
}

/// An event.
#[derive(Debug, Default)]
pub(crate) struct Event {
    /// The object, such as `Pod/backend-5d4`.
    pub object: String,
    /// Such as `FailedScheduling`.
    pub reason: String,
    /// In words.
    pub message: String,
    /// How often it happened.
    pub count: u64,
    /// When it happened last, as Kubernetes writes times.
    pub last: String,
}

impl Evidence {
    /// Reads pods, events, jobs and claims; other objects are passed over.
    pub(crate) fn read<'a>(objects: impl IntoIterator<Item = &'a Value>) -> Evidence {
        let mut evidence = Evidence::default();
        for item in objects {
            match text(&item["kind"]) {
                "Pod" => evidence.pods.push(pod(item)),
                "Event" => evidence.events.push(event(item)),
                "Job" => evidence.failed_jobs.extend(failed_job(item)),
                "PersistentVolumeClaim" => evidence.claims.push((
                    owned(&item["metadata"]["name"]),
                    owned(&item["status"]["phase"]),
                )),
                _ => {}
            }
        }
        evidence
    }

    /// Only what is about objects whose names begin so.
    pub(crate) fn of(mut self, prefix: &str) -> Evidence {
        let named = |object: &str| {
            object
                .rsplit('/')
                .next()
                .is_some_and(|name| name.starts_with(prefix))
        };
        self.pods.retain(|pod| named(&pod.name));
        self.events.retain(|event| named(&event.object));
        self.claims.retain(|(name, _)| named(name));
        self.failed_jobs.retain(|(name, _)| named(name));
        self
    }

    /// The last message of an event with one of these reasons about an object of that name.
    pub(crate) fn event_about(&self, name: &str, reasons: &[&str]) -> Option<&Event> {
        self.events_about(name)
            .find(|event| reasons.contains(&event.reason.as_str()))
    }

    /// Events about an object of that name, the last one first.
    pub(crate) fn events_about(&self, name: &str) -> impl Iterator<Item = &Event> {
        let about = move |event: &&Event| {
            event
                .object
                .split_once('/')
                .is_some_and(|(_, other)| other == name)
        };
        self.events.iter().rev().filter(about)
    }

    /// Whether a controller (`Kind/name`) has pods: theirs are named after it.
    pub(crate) fn has_pods_of(&self, controller: &str) -> bool {
        let name = controller
            .split_once('/')
            .map_or(controller, |(_, name)| name);
        self.pods.iter().any(|pod| {
            pod.name
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('-'))
        })
    }

    /// Every container with its pod, pods that are leaving left out.
    pub(crate) fn containers(&self) -> impl Iterator<Item = (&Pod, &Container)> {
        self.pods
            .iter()
            .filter(|pod| !pod.leaving)
            .flat_map(|pod| pod.containers.iter().map(move |container| (pod, container)))
    }
}

fn failed_job(item: &Value) -> Option<(String, String)> {
    let mut conditions = item["status"]["conditions"].as_array()?.iter();
    let is_failed =
        |condition: &&Value| condition["type"] == "Failed" && condition["status"] == "True";
    let failed = conditions.find(is_failed)?;
    let why = format!("{}: {}", text(&failed["reason"]), text(&failed["message"]));
    Some((owned(&item["metadata"]["name"]), why))
}

fn pod(item: &Value) -> Pod {
    let status = &item["status"];
    let conditions = status["conditions"].as_array().into_iter().flatten();
    let scheduled = conditions
        .filter(|condition| condition["type"] == "PodScheduled" && condition["status"] == "False");
    let statuses = |key: &str, init: bool| {
        status[key]
            .as_array()
            .into_iter()
            .flatten()
            .map(move |item| container(item, init))
    };
    Pod {
        name: owned(&item["metadata"]["name"]),
        unschedulable: scheduled
            .map(|condition| owned(&condition["message"]))
            .next(),
        containers: statuses("initContainerStatuses", true)
            .chain(statuses("containerStatuses", false))
            .collect(),
        leaving: !item["metadata"]["deletionTimestamp"].is_null(),
    }
}

fn container(item: &Value, init: bool) -> Container {
    let (state, last) = (&item["state"], &item["lastState"]["terminated"]);
    let waiting = &state["waiting"];
    let ended = if state["terminated"].is_null() {
        last
    } else {
        &state["terminated"]
    };
    Container {
        name: owned(&item["name"]),
        image: owned(&item["image"]),
        init,
        ready: item["ready"] == true,
        restarts: item["restartCount"].as_u64().unwrap_or(0),
        waiting: (!waiting.is_null())
            .then(|| (owned(&waiting["reason"]), owned(&waiting["message"]))),
        ended: (!ended.is_null()).then(|| {
            (
                owned(&ended["reason"]),
                ended["exitCode"].as_i64().unwrap_or(0),
                owned(&ended["message"]),
            )
        }),
        began: owned(&ended["startedAt"]),
    }
}

fn event(item: &Value) -> Event {
    let about = if item["involvedObject"].is_null() {
        &item["regarding"]
    } else {
        &item["involvedObject"]
    };
    let message = if item["message"].is_null() {
        &item["note"]
    } else {
        &item["message"]
    };
    let times = [
        &item["series"]["lastObservedTime"],
        &item["lastTimestamp"],
        &item["eventTime"],
    ];
    let counts = [&item["series"]["count"], &item["count"]];
    Event {
        count: counts.into_iter().find_map(Value::as_u64).unwrap_or(1),
        last: times
            .into_iter()
            .find_map(Value::as_str)
            .unwrap_or_default()
            .to_string(),
        object: format!("{}/{}", text(&about["kind"]), text(&about["name"])),
        reason: owned(&item["reason"]),
        message: owned(message),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn owned(value: &Value) -> String {
    text(value).to_string()
}
