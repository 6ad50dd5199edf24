//! Starts of healthy releases, snapshot by snapshot: no cause in any of them, and no trouble that
//! would have become one by the time that it passed.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::*;

/// Snapshots, oldest first, each taken so long after the first.
type Stream = Vec<(Duration, Vec<Value>)>;

/// What rollout would wait for at each look; fails where it would have given up.
#[track_caller]
fn no_cause(stream: &Stream) -> Vec<String> {
    let mut told: Option<(String, Duration)> = None;
    let mut waited = Vec::new();
    for (at, items) in stream {
        let finding = diagnose(&Evidence::read(items), &[PODS]);
        told = finding.map(|finding| {
            let patience = finding.patience;
            let cause = format!("{} {}", finding.object, finding.cause);
            let patience =
                patience.unwrap_or_else(|| panic!("{at:?}: {cause} ({:?})", finding.evidence));
            let known = told.take().filter(|(other, _)| *other == cause);
            let until = known.map_or(*at + patience, |(_, until)| until.min(*at + patience));
            assert!(until > *at, "{at:?}: {cause} would have been the cause");
            waited.push(cause.clone());
            (cause, until)
        });
    }
    waited
}

fn recorded(name: &str) -> Stream {
    let path = format!(
        "{}/tests/transcripts/cluster/{name}",
        env!("CARGO_MANIFEST_DIR")
    );
    let snapshots: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let items = |snapshot: &Value| snapshot["items"].as_array().unwrap().clone();
    let second = |number: usize, snapshot: &Value| {
        Duration::from_secs(snapshot["at"].as_u64().unwrap_or(number as u64))
    };
    let snapshots = snapshots.iter().enumerate();
    snapshots
        .map(|(number, snapshot)| (second(number, snapshot), items(snapshot)))
        .collect()
}

/// The same, every snapshot seen for so many seconds.
fn slower(stream: Stream, times: u32) -> Stream {
    stream
        .into_iter()
        .map(|(at, items)| (at * times, items))
        .collect()
}

/// The same, with that event for as long as the stream does not say that all is well.
fn with(stream: &Stream, event: &Value, snapshots: core::ops::Range<usize>) -> Stream {
    let mut event = event.clone();
    for key in ["firstTimestamp", "lastTimestamp"] {
        event[key] = "2026-11-25T21:14:35Z".into();
    }
    let add = |(number, (at, items)): (usize, &(Duration, Vec<Value>))| {
        let extra = snapshots.contains(&number).then(|| event.clone());
        (*at, items.iter().cloned().chain(extra).collect())
    };
    stream.iter().enumerate().map(add).collect()
}

/// The same, with the items of some snapshots changed.
fn changed(
    stream: &Stream,
    snapshots: core::ops::Range<usize>,
    change: impl Fn(&mut Value),
) -> Stream {
    let mut stream = stream.clone();
    let items = stream[snapshots].iter_mut().flat_map(|(_, items)| items);
    items.for_each(change);
    stream
}

fn each_container(item: &mut Value, change: impl Fn(&mut Value)) {
    for key in ["initContainerStatuses", "containerStatuses"] {
        let statuses = item["status"].get_mut(key).and_then(Value::as_array_mut);
        statuses.into_iter().flatten().for_each(&change);
    }
}

/// Another node of a cluster under load: a look took seconds, and two pods were late.
#[test]
fn a_first_start_on_the_lab() {
    let stream = recorded("lab-first-start.json");
    no_cause(&stream);
    no_cause(&slower(stream, 4));
}

/// A registry that is not reached at first, and then a mirror is.
#[test]
fn images_that_a_mirror_gives_late() {
    let stream = recorded("lab-first-start.json");
    let message = "failed to pull and unpack image: dial tcp: lookup registry: no such host";
    let unpulled = |status: &mut Value| {
        status["ready"] = false.into();
        status["state"] = json!({"waiting": {"reason": "ErrImagePull", "message": message}});
    };
    let late = changed(&stream, 1..8, |item| each_container(item, unpulled));
    let back_off = |status: &mut Value| {
        if status["state"]["waiting"]["reason"] == "ErrImagePull" {
            status["state"]["waiting"]["reason"] = "ImagePullBackOff".into();
        }
    };
    let late = changed(&late, 4..8, |item| each_container(item, back_off));
    let told = no_cause(&late);
    assert!(told[0].contains("its registry is not reached"), "{told:?}");
    no_cause(&slower(late, 3));
}

/// A policy engine that starts beside the release.
#[test]
fn a_webhook_that_does_not_answer_yet() {
    let mut stream = recorded("lab-first-start.json");
    let hooks = json!({
        "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "policy"},
        "webhooks": [{"name": "policy.example.com"}],
    });
    for (_, items) in &mut stream {
        items.push(hooks.clone());
    }
    let message = "Internal error occurred: failed calling webhook \"policy.example.com\": connection refused";
    let refused = |item: &mut Value| {
        if item["kind"] == "ReplicaSet" {
            let mut failure = condition("ReplicaFailure", "True", "FailedCreate", message);
            failure["lastTransitionTime"] = item["metadata"]["creationTimestamp"].clone();
            item["status"]["conditions"] = json!([failure]);
        }
    };
    let told = no_cause(&changed(&stream, 1..9, refused));
    assert!(
        told[0].contains("webhook policy.example.com") && told[0].contains("does not answer"),
        "{told:?}"
    );
}

#[test]
fn a_first_start_on_minikube() {
    let stream = recorded("minikube-first-start.json");
    no_cause(&stream);
    no_cause(&slower(stream, 5));
}

/// Passing trouble that was seen in other healthy starts.
#[test]
fn a_first_start_with_passing_trouble() {
    let stream = recorded("minikube-first-start.json");
    let claim = "PersistentVolumeClaim/data-shop-postgresql-0";
    let conflict = "Error saving claim: Operation cannot be fulfilled on persistentvolumeclaims: the object has been modified; please apply your changes to the latest version and try again";
    let troubles = [
        event(claim, "ProvisioningFailed", conflict),
        event("StatefulSet/shop-redis", "FailedUpdate", conflict),
        event(
            "Pod/shop-postgresql-0",
            "FailedScheduling",
            "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found",
        ),
        event(
            "HorizontalPodAutoscaler/shop-web",
            "FailedGetResourceMetric",
            "no metrics returned from resource metrics API",
        ),
        event(
            "Pod/shop-postgresql-0",
            "Unhealthy",
            "Startup probe failed: 127.0.0.1:5432 - no response",
        ),
        event(
            "Pod/shop-postgresql-0",
            "FailedMount",
            "failed to sync secret cache: timed out waiting for the condition",
        ),
        event(
            "Pod/shop-redis-0",
            "FailedCreatePodSandBox",
            "plugin not ready",
        ),
    ];
    for trouble in &troubles {
        no_cause(&with(&stream, trouble, 0..13));
        no_cause(&slower(with(&stream, trouble, 1..6), 4));
    }
}
