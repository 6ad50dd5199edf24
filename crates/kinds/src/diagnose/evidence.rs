//! What is known of a release: its objects, and of what happened only that which still says
//! something.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::events::Event;
use super::objects::{Container, Pod, list, name, owner, text};
use super::time::seconds;
use protocol::readable;

/// Kinds whose objects are listed whenever events are: what happened to one that is not there is
/// past.
const LISTED: [&str; 10] = [
    "Deployment",
    "HorizontalPodAutoscaler",
    "Ingress",
    "Job",
    "PersistentVolumeClaim",
    "Pod",
    "ReplicaSet",
    "Service",
    "StatefulSet",
    "ConfigMap",
];

/// What is known of a release.
#[derive(Debug, Default)]
pub(crate) struct Evidence<'a> {
    objects: Vec<&'a Value>,
    /// A pod is being deleted.
    makes_room: bool,
    /// Oldest first.
    events: Vec<Event<'a>>,
    pods: Vec<Pod<'a>>,
    /// Pods of a revision that is no longer wanted.
    outdated: Vec<Pod<'a>>,
    /// The latest moment that anything tells of: now, or a little earlier.
    now: i64,
    /// The last lines of containers, each with `pod/container`.
    logs: Vec<(String, String)>,
    /// What the chart made of them, if it was asked.
    wanted: &'a [Value],
}

impl<'a> Evidence<'a> {
    /// Reads objects and events. What concerns objects that are gone, going or superseded is left
    /// out.
    pub(crate) fn read(items: impl IntoIterator<Item = &'a Value>) -> Evidence<'a> {
        let (events, objects): (Vec<_>, Vec<_>) =
            items.into_iter().partition(|item| item["kind"] == "Event");
        let now = objects
            .iter()
            .chain(&events)
            .filter_map(|item| latest(item))
            .max();
        let superseded = superseded(&objects);
        let is_former = |item: &Value| {
            superseded.contains(&name(item))
                || owner(item, "ReplicaSet").is_some_and(|set| superseded.contains(&set))
                || is_outdated(item, &objects)
        };
        let stays = |item: &&Value| item["metadata"]["deletionTimestamp"].is_null();
        let present = objects.iter().copied().filter(stays);
        let (former, current): (Vec<&Value>, Vec<&Value>) =
            present.partition(|item| is_former(item));
        let mut events: Vec<Event> = events.into_iter().map(Event::new).collect();
        let index = Index::new(&current);
        events.retain(|event| index.concerns(event.about()));
        events.sort_by_key(|event| seconds(event.last()));
        let is_pod = |item: &&Value| item["kind"] == "Pod";
        let pods = current.iter().copied().filter(is_pod);
        Evidence {
            pods: pods.map(Pod).collect(),
            outdated: former.into_iter().filter(is_pod).map(Pod).collect(),
            makes_room: objects.iter().any(is_leaving),
            objects: current,
            events,
            now: now.unwrap_or_default(),
            logs: Vec::new(),
            wanted: &[],
        }
    }

    /// Adds what containers wrote last, as `kubectl logs --prefix` prints it.
    pub(crate) fn with_logs(mut self, printed: &str) -> Evidence<'a> {
        let line = |line: &str| {
            let (source, words) = line.strip_prefix("[pod/")?.split_once("] ")?;
            Some((source.into(), readable(words)))
        };
        self.logs = printed.lines().filter_map(line).collect();
        self
    }

    /// Adds what the chart wants: the objects of the release's manifest.
    pub(crate) fn with_wanted(self, wanted: &'a [Value]) -> Evidence<'a> {
        Evidence { wanted, ..self }
    }

    /// What the chart wants of an object; nothing if it has none such.
    pub(super) fn wanted(&self, kind: &str, of: &str) -> Option<&'a Value> {
        let mut wanted = self.wanted.iter();
        wanted.find(|item| item["kind"] == *kind && name(item) == of)
    }

    /// Whether what the chart wants is known.
    pub(super) fn knows_chart(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// Only what is about objects whose names begin so.
    pub(crate) fn of(mut self, prefix: &str) -> Evidence<'a> {
        self.objects.retain(|item| name(item).starts_with(prefix));
        self.pods.retain(|pod| pod.name().starts_with(prefix));
        self.events
            .retain(|event| text(&event.about()["name"]).starts_with(prefix));
        self
    }

    /// The objects of that kind.
    pub(super) fn all(&self, kind: &'static str) -> impl Iterator<Item = &'a Value> {
        let objects = self.objects.iter().copied();
        objects.filter(move |item| item["kind"] == kind)
    }

    /// Whether objects of that kind were listed at all: they are not in the short list.
    pub(super) fn knows(&self, kind: &'static str) -> bool {
        self.all(kind).next().is_some()
    }

    /// Names of the objects of that kind, for a line of evidence.
    pub(super) fn names(&self, kind: &'static str) -> String {
        self.all(kind).map(name).collect::<Vec<_>>().join(", ")
    }

    /// Pods of the current revision that are not leaving.
    pub(super) fn pods(&self) -> impl Iterator<Item = Pod<'a>> {
        self.pods.iter().copied()
    }

    /// Pods that are there, and of a revision that is no longer wanted.
    pub(super) fn outdated(&self) -> impl Iterator<Item = Pod<'a>> {
        self.outdated.iter().copied()
    }

    /// Whether a pod is being deleted: it makes room.
    pub(super) fn makes_room(&self) -> bool {
        self.makes_room
    }

    /// Containers of pods that have not run to their end.
    pub(super) fn containers(&self) -> impl Iterator<Item = Container<'a>> {
        let pods = self.pods().filter(|pod| !pod.is_over());
        pods.flat_map(|pod| pod.containers())
    }

    /// Events about the object of that name, the last one first.
    pub(super) fn events(&self, name: &'a str) -> impl Iterator<Item = Event<'a>> {
        let about = move |event: &Event| event.about()["name"] == *name;
        self.events.iter().copied().rev().filter(about)
    }

    /// The last event about the object of that name with one of these reasons.
    pub(super) fn event(&self, name: &'a str, reasons: &[&str]) -> Option<Event<'a>> {
        self.events(name)
            .find(|event| reasons.contains(&event.reason()))
    }

    /// The last event with one of these reasons that kept a pod's containers from being begun; once
    /// their images are looked for, it is past. What comes after that is not asked for.
    pub(super) fn held_up(&self, pod: Pod<'a>, reasons: &[&str]) -> Option<Event<'a>> {
        let goes_on: &[&str] = &["Pulling", "Pulled"];
        let last = self.event(pod.name(), &[reasons, goes_on].concat())?;
        (!goes_on.contains(&last.reason())).then_some(last)
    }

    /// How many seconds ago that was, at least; 0 if nobody knows.
    pub(super) fn since(&self, time: &str) -> u64 {
        let ago = seconds(time).map_or(0, |time| self.now - time);
        u64::try_from(ago).unwrap_or_default()
    }

    /// What containers of the release wrote last: where, and the line.
    pub(super) fn logs(&self) -> impl Iterator<Item = (&str, &str)> {
        let logs = self.logs.iter();
        logs.map(|(source, line)| (source.as_str(), line.as_str()))
    }

    /// A pod whose image is on its way.
    pub(crate) fn pulls(&self) -> Option<String> {
        let waiting = self.pods().filter(|pod| !pod.is_ready() && !pod.is_over());
        let last = |pod: Pod<'a>| {
            let reasons = ["Pulling", "Pulled", "Failed", "BackOff"];
            self.event(pod.name(), &reasons)
        };
        let mut pulling = waiting.filter_map(last);
        let event = pulling.find(|event| event.reason() == "Pulling")?;
        Some(event.message().into())
    }
}

fn is_leaving(item: &&Value) -> bool {
    item["kind"] == "Pod" && Pod(item).is_leaving()
}

/// Which objects there are, by kind and name.
struct Index<'a>(BTreeMap<(&'a str, &'a str), &'a str>);

impl<'a> Index<'a> {
    fn new(objects: &[&'a Value]) -> Index<'a> {
        let entry = |item: &&'a Value| {
            let key = (text(&item["kind"]), name(item));
            (key, text(&item["metadata"]["uid"]))
        };
        Index(objects.iter().map(entry).collect())
    }

    fn concerns(&self, about: &Value) -> bool {
        let kind = text(&about["kind"]);
        match self.0.get(&(kind, text(&about["name"]))) {
            Some(uid) => about["uid"]
                .as_str()
                .is_none_or(|other| uid.is_empty() || other == *uid),
            None => !LISTED.contains(&kind),
        }
    }
}

/// Whether it is a pod of a revision that its StatefulSet no longer wants. A StatefulSet can own
/// claims too, which have no revision.
pub(crate) fn is_outdated(item: &Value, objects: &[&Value]) -> bool {
    let owner = owner(item, "StatefulSet");
    let Some(owner) = owner.filter(|_| item["kind"] == "Pod") else {
        return false;
    };
    let mut sets = objects.iter().filter(|set| set["kind"] == "StatefulSet");
    let set = sets.find(|set| name(set) == owner);
    let wanted = set.map_or("", |set| text(&set["status"]["updateRevision"]));
    let is = text(&item["metadata"]["labels"]["controller-revision-hash"]);
    !wanted.is_empty() && is != wanted
}

/// Names of the ReplicaSets that are no longer what their Deployment wants.
fn superseded<'a>(objects: &[&'a Value]) -> Vec<&'a str> {
    let sets = objects.iter().filter(|item| item["kind"] == "ReplicaSet");
    let is_past = |set: &&&Value| {
        let mut deployments = objects.iter().filter(|item| item["kind"] == "Deployment");
        let owner = owner(set, "Deployment");
        let deployment = deployments.find(|item| Some(name(item)) == owner);
        deployment.is_some_and(|deployment| !is_of(set, deployment))
    };
    sets.filter(is_past).map(|set| name(set)).collect()
}

/// Whether a ReplicaSet is what its Deployment wants now, as far as the controller has seen that.
fn is_of(set: &Value, deployment: &Value) -> bool {
    let (meta, status) = (&deployment["metadata"], &deployment["status"]);
    let seen = status["observedGeneration"].as_u64() >= meta["generation"].as_u64();
    seen && (revision(set).is_none() || revision(set) == revision(deployment))
}

fn revision(item: &Value) -> Option<&str> {
    item["metadata"]["annotations"]["deployment.kubernetes.io/revision"].as_str()
}

/// The latest moment that an object tells of.
fn latest(item: &Value) -> Option<i64> {
    let keys = ["lastTransitionTime", "lastHeartbeatTime", "lastUpdateTime"];
    let conditions = list(&item["status"]["conditions"]);
    let told = conditions.flat_map(|condition| keys.map(|key| text(&condition[key])));
    let event = Event::new(item).last();
    let made = text(&item["metadata"]["creationTimestamp"]);
    let runs = Pod(item).containers().filter_map(Container::running_since);
    told.chain([event, made])
        .chain(runs)
        .filter_map(seconds)
        .max()
}
