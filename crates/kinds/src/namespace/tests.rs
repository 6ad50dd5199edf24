//! Whose a namespace is, what else is in it, and which of its labels are changed.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use protocol::{Action, Answer, Effect, Facts, Kind, StepContext, facts};
use serde_json::{Value, json};

use super::Namespace;
use crate::testing::{context, failed, said};

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

fn namespace(labels: &str) -> Namespace {
    let text = format!("context = 'lab'\nnamespace = 'n'\nreleases = ['app']\n[labels]\n{labels}");
    toml::from_str(&text).unwrap()
}

fn found(labels: Value) -> Answer {
    let object =
        json!({"metadata": {"name": "n", "labels": labels}, "status": {"phase": "Active"}});
    said(&object.to_string())
}

fn ours() -> Answer {
    found(json!({"pipeline.local/owner": "app"}))
}

fn object(kind: &str, name: &str, labels: Value) -> Value {
    json!({"kind": kind, "metadata": {"name": name, "labels": labels}})
}

/// What every namespace holds, and what our release leaves in it.
fn usual() -> Vec<Value> {
    let mut of_pod = object("ReplicaSet", "app-1", json!({}));
    of_pod["metadata"]["ownerReferences"] = json!([{"kind": "Deployment"}]);
    let mut config = object("ConfigMap", "app", json!({}));
    config["metadata"]["annotations"] = json!({"meta.helm.sh/release-name": "app"});
    let mut record = object(
        "Secret",
        "sh.helm.release.v1.app.v1",
        json!({"owner": "helm", "name": "app", "pipeline.local/owner": "app"}),
    );
    record["type"] = "helm.sh/release.v1".into();
    vec![
        object("ConfigMap", "kube-root-ca.crt", json!({})),
        object("ServiceAccount", "default", json!({})),
        object("Event", "x", json!({})),
        object(
            "PersistentVolumeClaim",
            "data-app-0",
            json!({"app.kubernetes.io/instance": "app"}),
        ),
        object("Job", "mine", json!({"pipeline.local/owner": "app"})),
        of_pod,
        config,
        record,
    ]
}

fn holding(more: &[Value]) -> Vec<Answer> {
    let items = [usual(), more.to_vec()].concat();
    vec![
        ours(),
        said("{\"items\":[]}"),
        said(&json!({"items": items}).to_string()),
    ]
}

fn undo(all: bool, answers: &[Answer]) -> (String, String) {
    let context = StepContext {
        undo: true,
        all,
        ..context()
    };
    let calls = namespace("").undo(&context, answers).unwrap();
    let calls: Vec<String> = calls.iter().map(Action::to_string).collect();
    (
        calls.join("; "),
        namespace("").left(&context, answers).join("; "),
    )
}

const DELETE: &str = "kubectl --context lab delete namespace n --wait=false";

#[test]
fn a_namespace_of_ours_is_deleted_with_what_is_ours_in_it() {
    assert_eq!(
        undo(false, &holding(&[])),
        (DELETE.to_string(), String::new())
    );
}

/// Helm writes no release's name on a hook.
#[test]
fn a_hook_of_a_chart_goes_with_the_namespace_unless_another_release_may_have_made_it() {
    let mut hook = object("Job", "migrate", json!({}));
    hook["metadata"]["annotations"] = json!({"helm.sh/hook": "pre-install"});
    let (calls, left) = undo(false, &holding(&[hook.clone()]));
    assert_eq!((calls.as_str(), left.as_str()), (DELETE, ""));
    let labels = json!({"owner": "helm", "name": "other"});
    let other = object("Secret", "sh.helm.release.v1.other.v1", labels);
    let (calls, left) = undo(false, &holding(&[hook, other]));
    assert!(!calls.contains("delete namespace"), "{calls}");
    assert!(left.contains("Job migrate"), "{left}");
}

#[test]
fn what_others_put_into_a_namespace_keeps_it_and_is_named() {
    let mut release = object(
        "Secret",
        "sh.helm.release.v1.other.v1",
        json!({"owner": "helm", "name": "other"}),
    );
    release["type"] = "helm.sh/release.v1".into();
    let mut of_release = object("Service", "other", json!({}));
    of_release["metadata"]["annotations"] = json!({"meta.helm.sh/release-name": "other"});
    for (foreign, name) in [
        (object("ConfigMap", "notes", json!({})), "ConfigMap notes"),
        (object("Certificate", "tls", json!({})), "Certificate tls"),
        (
            object("Job", "theirs", json!({"pipeline.local/owner": "another"})),
            "Job theirs",
        ),
        (
            object(
                "PersistentVolumeClaim",
                "db",
                json!({"app.kubernetes.io/instance": "db"}),
            ),
            "PersistentVolumeClaim db",
        ),
        (release, "the release other"),
        (of_release, "Service other"),
    ] {
        let answers = holding(&[foreign]);
        let (calls, left) = undo(false, &answers);
        assert_eq!(
            calls,
            "kubectl --context lab -n n delete persistentvolumeclaims --wait=false data-app-0",
            "{name}"
        );
        let told = format!(
            "the namespace n, because it holds what nothing says we made: {name}; `teardown --all`"
        );
        assert!(left.starts_with(&told), "{left}");
        let (calls, left) = undo(true, &answers);
        assert_eq!(calls, DELETE);
        assert!(left.contains(name), "{left}");
    }
}

#[test]
fn what_can_not_be_listed_is_not_believed_to_be_nothing() {
    let mut answers = holding(&[]);
    answers[2] = failed("Error from server (Forbidden): widgets is forbidden");
    let (calls, left) = undo(false, &answers);
    assert_eq!(calls, "");
    assert!(left.contains("something that we may not list"), "{left}");
}

#[test]
fn a_namespace_without_our_mark_is_left_and_named() {
    let answers = [
        found(json!({})),
        said("{\"items\":[]}"),
        said("{\"items\":[]}"),
    ];
    let (calls, left) = undo(true, &answers);
    assert_eq!(
        (calls.as_str(), left.as_str()),
        ("", "the namespace n: nothing says that it is ours")
    );
    let adopting = StepContext {
        adopt: true,
        ..context()
    };
    let effect = namespace("").assess(&adopting, &answers[..1]);
    assert_eq!(
        effect,
        Effect::Absent("the namespace n is to become ours".to_string())
    );
    let calls = namespace("").actions(&adopting, &answers[..1]).unwrap();
    let last = calls.last().unwrap().to_string();
    assert_eq!(
        last,
        "kubectl --context lab label --overwrite namespace n pipeline.local/owner=app"
    );
}

/// The labels that are set on a namespace of ours.
fn labelled(live: Value, wanted: &str, before: Option<&Facts>) -> String {
    let mut labels = live;
    labels["pipeline.local/owner"] = "app".into();
    let context = StepContext {
        before,
        ..context()
    };
    let step = namespace(&format!("'{ENFORCE}' = '{wanted}'\n"));
    let answers = [found(labels)];
    let calls = step.actions(&context, &answers).unwrap();
    let call = calls
        .iter()
        .filter(|action| matches!(action, Action::Run(_)));
    let call = call.map(Action::to_string).collect::<String>();
    let stands = matches!(step.assess(&context, &answers), Effect::Present(..));
    assert_eq!(stands, call.is_empty(), "{call}");
    call.rsplit(' ').next().unwrap_or_default().to_string()
}

#[test]
fn labels_of_others_and_stricter_ones_are_left() {
    let set = |level: &str| facts([("labels", &*json!({ENFORCE: level}).to_string())]);
    let (baseline, restricted) = (set("baseline"), set("restricted"));
    let at = |level: &str| json!({ENFORCE: level});
    assert_eq!(
        labelled(json!({}), "restricted", None),
        format!("{ENFORCE}=restricted")
    );
    assert_eq!(labelled(at("restricted"), "restricted", None), "");
    assert_eq!(labelled(at("baseline"), "restricted", None), "");
    assert_eq!(
        labelled(at("baseline"), "restricted", Some(&baseline)),
        format!("{ENFORCE}=restricted")
    );
    assert_eq!(
        labelled(at("privileged"), "restricted", Some(&baseline)),
        ""
    );
    assert_eq!(
        labelled(at("restricted"), "baseline", Some(&restricted)),
        ""
    );
}

#[test]
fn who_may_not_do_something_is_told_which_verb_and_resource() {
    let words = "Error from server (Forbidden): namespaces is forbidden: User \"view\" cannot create resource \"namespaces\" in API group \"\" at the cluster scope";
    let failure = namespace("")
        .diagnose(&Action::Stop(String::new()), words)
        .unwrap();
    assert_eq!(
        failure.cause,
        "view may not create namespaces at the cluster scope"
    );
}

/// It is not made either: what is there may be all that is needed.
#[test]
fn a_namespace_that_may_not_be_looked_at_may_be_there() {
    let words = "Error from server (Forbidden): namespaces \"n\" is forbidden: User \"view\" cannot get resource \"namespaces\" in API group \"\" in the namespace \"n\"";
    let failure = namespace("").actions(&context(), &[failed(words)]);
    let failure = failure.unwrap_err();
    assert_eq!(
        failure.cause,
        "view may not get namespaces in the namespace n, so it is not known whether n is there already"
    );
    assert!(
        failure
            .fix
            .unwrap()
            .contains("right to `get` the namespace n")
    );
}

/// What was there before it was adopted has no label of ours.
#[test]
fn older_records_of_an_adopted_release_are_ours_too() {
    let record = |name: &str, labels: Value| {
        let mut record = object("Secret", name, labels);
        record["type"] = "helm.sh/release.v1".into();
        record
    };
    let adopted = [
        record(
            "sh.helm.release.v1.app.v1",
            json!({"owner": "helm", "name": "app"}),
        ),
        record(
            "sh.helm.release.v1.app.v2",
            json!({"owner": "helm", "name": "app", "pipeline.local/owner": "app"}),
        ),
    ];
    let left = |items: &[Value]| {
        let list = json!({"items": items}).to_string();
        namespace("").left(&context(), &[ours(), said(""), said(&list)])
    };
    assert_eq!(left(&adopted), [""; 0]);
    assert!(left(&adopted[..1])[0].contains("the release app"));
}

/// Silence is no proof that it is gone, and what keeps it is told in the cluster's words.
#[test]
fn a_namespace_is_gone_only_once_the_cluster_says_so() {
    let removed = |first: Answer| {
        namespace("").removed(&context(), &[first, said("{\"items\":[]}"), said("")])
    };
    assert_eq!(
        removed(said("")),
        Effect::Absent("it is deleted with its volumes".to_string())
    );
    assert!(matches!(
        removed(failed("connection refused")),
        Effect::Pending(_)
    ));
    let message = "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances";
    let going = json!({"metadata": {"name": "n", "labels": {"pipeline.local/owner": "app"}}, "status": {"phase": "Terminating",
        "conditions": [{"type": "NamespaceFinalizersRemaining", "status": "True", "message": message}]}});
    let Effect::Pending(why) = removed(said(&going.to_string())) else {
        panic!("it is still there");
    };
    assert!(why.ends_with(message), "{why}");
}

#[test]
fn what_the_chart_says_to_keep_keeps_the_namespace() {
    let policy = |mut object: Value| {
        object["metadata"]["annotations"] =
            json!({"helm.sh/resource-policy": "keep", "meta.helm.sh/release-name": "app"});
        object
    };
    let claim = policy(object("PersistentVolumeClaim", "data", json!({})));
    let conf = policy(object("ConfigMap", "conf", json!({})));
    let (calls, left) = undo(false, &holding(&[claim.clone(), conf.clone()]));
    let app_only =
        "kubectl --context lab -n n delete persistentvolumeclaims --wait=false data-app-0";
    assert_eq!(calls, app_only);
    let keeps = "what the chart says to keep: PersistentVolumeClaim data, ConfigMap conf";
    assert!(left.contains(keeps), "{left}");
    let (calls, left) = undo(true, &holding(&[claim, conf]));
    assert_eq!(calls, DELETE);
    assert!(left.contains(keeps), "{left}");
}

/// The cluster knows what it waits for.
#[test]
fn a_namespace_that_can_not_go_is_told_with_its_conditions() {
    let condition = json!({"type": "NamespaceFinalizersRemaining", "status": "True", "message": "example.com/hold in 1 resource instances"});
    let leaving = |conditions: Value| {
        let object = json!({"metadata": {"name": "n", "labels": {"pipeline.local/owner": "app"}},
            "status": {"phase": "Terminating", "conditions": conditions}});
        said(&object.to_string())
    };
    let told = |answer: Answer| namespace("").underway(&context(), Default::default(), &[answer]);
    let Effect::Degraded(failure, _) = told(leaving(json!([condition]))) else {
        panic!("it is stuck")
    };
    assert!(
        failure
            .cause
            .ends_with("still being deleted: example.com/hold in 1 resource instances")
    );
    assert!(matches!(told(leaving(json!([]))), Effect::Pending(_)));
    assert!(matches!(told(ours()), Effect::Absent(_)));
    // Nobody keeps what goes already.
    let mut answers = holding(&[object("ConfigMap", "theirs", json!({}))]);
    answers[0] = leaving(json!([condition]));
    assert_eq!(undo(false, &answers), (DELETE.to_string(), String::new()));
}
