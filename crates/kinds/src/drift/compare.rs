//! Objects as they were wanted and as they are. What the cluster adds to an object is no
//! difference.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Map, Value};

use super::added::added;
use super::kept;
use super::quantity::quantity;
use crate::diagnose::object;
use crate::singly::{other_group, same_among};
use protocol::Hides;

/// An object that is not as it was wanted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// Such as `service/web`.
    pub(super) object: String,
    /// The whole of it, as the release has it.
    pub(super) wanted: Value,
    /// Where it is otherwise, and how: `spec.replicas is 0, the release has 1`; nothing if it is
    /// gone.
    pub(super) places: Vec<String>,
    /// What has to be merged into it; nothing if it is gone.
    pub(super) patch: Option<Value>,
}

impl Difference {
    /// Which object, and the first place where it is otherwise.
    pub(super) fn says(&self) -> String {
        let object = &self.object;
        self.places
            .first()
            .map_or(format!("{object} is gone"), |place| {
                format!("{object} was changed by hand: {place}")
            })
    }

    /// Whether more of it is otherwise than what is known to be; only that is told then.
    pub(super) fn is_left(&mut self, known: &[String]) -> bool {
        let object = &self.object;
        let is_new = |place: &String| !known.contains(&format!("{object}: {place}"));
        self.places.retain(is_new);
        self.patch.is_none() || !self.places.is_empty()
    }

    /// Each place by itself, as it is remembered.
    pub(super) fn told(&self) -> impl Iterator<Item = String> {
        self.places
            .iter()
            .map(|place| format!("{}: {place}", self.object))
    }
}

/// So many letters of a value are told.
const SHOWN: usize = 60;
/// What is told of a field that is not there.
const MISSING: &str = "missing";
/// What differs.
pub(super) fn differences(
    wanted: &[Value],
    live: &[&Value],
    secrets: &dyn Hides,
) -> Vec<Difference> {
    let compared = wanted.iter().filter_map(|item| {
        let same = same_among(item, live.iter().copied());
        difference(item, same, live, secrets)
    });
    compared.collect()
}

fn difference(
    item: &Value,
    same: Option<&Value>,
    live: &[&Value],
    secrets: &dyn Hides,
) -> Option<Difference> {
    let (places, patch) = match same {
        None if kept::goes_by_itself(item) => return None,
        None => (Vec::new(), None),
        Some(same) => {
            let wanted = &kept::as_kept(item, same, live);
            let same = &comparable(wanted, same);
            let patch = patch(wanted, same, String::new())?;
            let places = places(wanted, same, String::new()).into_iter();
            let told = places.map(|place| changed(item, place, secrets));
            (told.collect(), Some(patch))
        }
    };
    Some(Difference {
        object: object(item),
        wanted: item.clone(),
        places,
        patch,
    })
}

/// Of an object of other groups only what was wanted: its operator may fill in anything beside it.
fn comparable<'a>(wanted: &Value, live: &'a Value) -> Cow<'a, Value> {
    match other_group(live) {
        "" => Cow::Borrowed(live),
        _ => Cow::Owned(within(wanted, live)),
    }
}

fn within(wanted: &Value, live: &Value) -> Value {
    match (wanted, live) {
        (Value::Object(wanted), Value::Object(live)) => {
            let known = live.iter().filter_map(|(key, live)| {
                let inside = within(wanted.get(key)?, live);
                Some((key.clone(), inside))
            });
            Value::Object(known.collect())
        }
        (Value::Array(wanted), Value::Array(live)) if wanted.len() == live.len() => {
            let pairs = wanted.iter().zip(live);
            pairs.map(|(wanted, live)| within(wanted, live)).collect()
        }
        _ => live.clone(),
    }
}

/// What is told of a place that is otherwise; of a Secret never a value, nor where a secret stands on
/// either side: this goes into the journal, too.
fn changed(item: &Value, (place, was, is): Place, secrets: &dyn Hides) -> String {
    let is_hidden = item["kind"] == "Secret" || secrets.hides(&was) || secrets.hides(&is);
    let told = match is_hidden {
        true if is == MISSING => is,
        true => "not what the release has".to_string(),
        false => format!("{}, the release has {}", short(&is), short(&was)),
    };
    format!("{place} is {told}")
}

/// What has to be merged into an object so that it is as it was wanted (RFC 7396). A list is given
/// whole, since merging lists by key leaves what was added to them: a Service whose port was
/// changed would have both, under one name.
fn patch(wanted: &Value, live: &Value, place: String) -> Option<Value> {
    match (wanted, live) {
        (Value::Object(wanted), Value::Object(live)) => {
            let inside = |(key, value): (&String, &Value)| {
                let live = live.get(key).unwrap_or(&Value::Null);
                Some((key.clone(), patch(value, live, below(&place, key))?))
            };
            let added = added(&place, wanted, live);
            let removed = added.map(|key| (key.clone(), Value::Null));
            let parts: Map<_, _> = wanted.iter().filter_map(inside).chain(removed).collect();
            (!parts.is_empty()).then_some(Value::Object(parts))
        }
        (wanted, live) => (!places(wanted, live, place).is_empty()).then(|| wanted.clone()),
    }
}

/// A place that is otherwise: where, what was wanted, what is.
type Place = (String, String, String);

/// The places where something that was wanted is otherwise.
fn places(wanted: &Value, live: &Value, place: String) -> Vec<Place> {
    match (wanted, live) {
        (Value::Object(wanted), Value::Object(live)) => {
            let inside = wanted.iter().flat_map(|(key, value)| {
                let live = live.get(key).unwrap_or(&Value::Null);
                places(value, live, below(&place, key))
            });
            let added = added(&place, wanted, live);
            let added = added.map(|key| (below(&place, key), "none".into(), "there".into()));
            inside.chain(added).collect()
        }
        (Value::Array(wanted), Value::Array(live)) if wanted.len() == live.len() => {
            let pairs = wanted.iter().zip(live).enumerate();
            let inside = pairs.flat_map(|(index, (wanted, live))| {
                let name = wanted["name"].as_str();
                let name = name.map_or(index.to_string(), str::to_string);
                places(wanted, live, format!("{place}[{name}]"))
            });
            inside.collect()
        }
        (wanted, live) if is_same(wanted, live) => Vec::new(),
        (wanted, live) => vec![(place, shown(wanted), shown(live))],
    }
}

fn below(place: &str, key: &str) -> String {
    match place {
        "" => key.to_string(),
        place => format!("{place}.{key}"),
    }
}

pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.values().all(Value::is_null),
        Value::Number(number) => number.as_f64() == Some(0.0),
    }
}

fn is_same(wanted: &Value, live: &Value) -> bool {
    let quantities = || Some(quantity(wanted)? == quantity(live)?);
    wanted == live
        || wanted.is_null()
        || is_empty(wanted) && is_empty(live)
        || quantities() == Some(true)
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => MISSING.to_string(),
        Value::Array(list) => format!("a list of {}", list.len()),
        Value::Object(_) => "there".to_string(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn short(value: &str) -> String {
    value.chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(wanted: Value, live: Value, says: Option<&str>) {
        let object =
            |spec: Value| json!({"kind": "Deployment", "metadata": {"name": "web"}, "spec": spec});
        let found = differences(&[object(wanted)], &[&object(live)], &());
        let found = found.first().map(Difference::says);
        assert_eq!(found.as_deref(), says);
    }

    #[test]
    fn what_was_changed_by_hand_is_named() {
        check(
            json!({"replicas": 1}),
            json!({"replicas": 0}),
            Some("deployment/web was changed by hand: spec.replicas is 0, the release has 1"),
        );
        let probe = |path: &str| json!({"containers": [{"name": "web", "livenessProbe": {"httpGet": {"path": path, "port": "http"}}}]});
        check(
            probe("/livez"),
            probe("/nope"),
            Some(
                "deployment/web was changed by hand: spec.containers[web].livenessProbe.httpGet.path is /nope, the release has /livez",
            ),
        );
        let added = json!({"selector": {"app": "web", "x": "y"}});
        check(
            json!({"selector": {"app": "web"}}),
            added,
            Some(
                "deployment/web was changed by hand: spec.selector.x is there, the release has none",
            ),
        );
        let pod = |container: Value| json!({"template": {"spec": {"containers": [container]}}});
        check(
            pod(json!({"name": "web"})),
            pod(
                json!({"name": "web", "env": [{"name": "A"}], "terminationMessagePath": "/dev/x", "args": []}),
            ),
            Some(
                "deployment/web was changed by hand: spec.template.spec.containers[web].env is there, the release has none",
            ),
        );
        check(
            json!({"args": ["a"]}),
            json!({"args": []}),
            Some(
                "deployment/web was changed by hand: spec.args is a list of 0, the release has a list of 1",
            ),
        );
    }

    #[test]
    fn of_a_secret_no_value_is_told() {
        let secret =
            |data: Value| json!({"kind": "Secret", "metadata": {"name": "web"}, "data": data});
        let told = |live: Value| {
            differences(&[secret(json!({"KEY": "b2xk"}))], &[&secret(live)], &()).remove(0)
        };
        assert_eq!(
            told(json!({"KEY": "bmV3"})).says(),
            "secret/web was changed by hand: data.KEY is not what the release has"
        );
        assert_eq!(
            told(json!({"OTHER": "bmV3"})).says(),
            "secret/web was changed by hand: data.KEY is missing"
        );
        let patch = Some(json!({"data": {"KEY": "b2xk"}}));
        assert_eq!(told(json!({})).patch, patch);
    }

    /// Cut short or not, and whoever's secret the other side has.
    #[test]
    fn a_secret_hides_both_sides() {
        struct Ours;
        impl Hides for Ours {
            fn hides(&self, text: &str) -> bool {
                text.contains("new-password")
            }
        }
        let conf = |dsn: String| json!({"kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"dsn": dsn}});
        let long = format!("{}new-password", "x".repeat(52));
        for (wanted, live) in [
            ("u:new-password", "u:old-password"),
            ("u:old-password", "u:new-password"),
            (long.as_str(), "y"),
        ] {
            let (wanted, live) = (conf(wanted.to_string()), conf(live.to_string()));
            let found = differences(core::slice::from_ref(&wanted), &[&live], &Ours).remove(0);
            assert_eq!(
                found.says(),
                "configmap/c was changed by hand: data.dsn is not what the release has"
            );
            assert_eq!(found.patch, Some(json!({"data": wanted["data"]})));
        }
    }

    #[track_caller]
    fn check_patch(wanted: Value, live: Value, patch: Value) {
        let object =
            |spec: Value| json!({"kind": "Service", "metadata": {"name": "web"}, "spec": spec});
        let found = differences(&[object(wanted)], &[&object(live)], &());
        assert_eq!(found[0].patch, Some(json!({"spec": patch})));
    }

    #[test]
    fn only_what_differs_is_put_right_and_lists_are_given_whole() {
        check_patch(
            json!({"replicas": 1, "paused": false}),
            json!({"replicas": 0, "more": 1}),
            json!({"replicas": 1}),
        );
        check_patch(
            json!({"selector": {"app": "web"}}),
            json!({"selector": {"app": "web", "x": "y", "z": "y"}}),
            json!({"selector": {"x": null, "z": null}}),
        );
        let port =
            |number: u16| json!([{"name": "http", "port": number}, {"name": "more", "port": 9000}]);
        check_patch(
            json!({"ports": port(80), "type": "ClusterIP"}),
            json!({"ports": port(81), "type": "ClusterIP"}),
            json!({"ports": port(80)}),
        );
    }

    #[test]
    fn what_the_cluster_adds_or_writes_otherwise_is_no_difference() {
        check(
            json!({"cpu": "1000m", "memory": "1024Mi"}),
            json!({"cpu": "1", "memory": "1Gi", "more": 1}),
            None,
        );
        check(
            json!({"annotations": {}, "enabled": false, "name": "", "initialDelaySeconds": 0, "unset": null}),
            json!({"unset": 1}),
            None,
        );
        check(
            json!({"cpu": 0.05, "memory": "1.5Gi"}),
            json!({"cpu": "50m", "memory": "1536Mi"}),
            None,
        );
        check(
            json!({"cpu": "1"}),
            json!({"cpu": "2"}),
            Some("deployment/web was changed by hand: spec.cpu is 2, the release has 1"),
        );
    }

    #[test]
    fn what_is_gone_is_missed_unless_it_was_to_go() {
        let object = |kind: &str| json!({"kind": kind, "metadata": {"name": "web"}});
        let found = differences(&[object("Job"), object("Service")], &[], &());
        let says: Vec<String> = found.iter().map(Difference::says).collect();
        assert_eq!(says, ["service/web is gone"]);
    }
}
