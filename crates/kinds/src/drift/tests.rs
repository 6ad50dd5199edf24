//! Whole releases, as they are answered.

use super::*;
use crate::testing::{context, said};
use protocol::{Facts, Output};
use serde_json::json;

fn drift() -> Drift {
    toml::from_str("context = 'lab'\nnamespace = 'n'\nrelease = 'app'").unwrap()
}

fn answers(live: Value) -> [Answer; 3] {
    let object =
        |spec: Value| json!({"kind": "Deployment", "metadata": {"name": "web"}, "spec": spec});
    let items = json!({"items": [object(live)]});
    [
        said(&object(json!({"replicsa": 3, "paused": true})).to_string()),
        said(&items.to_string()),
        said("{\"items\":[]}"),
    ]
}

/// What the acts note.
fn noted(answers: &[Answer]) -> Facts {
    let actions = drift().actions(&context(), answers).unwrap();
    let note = |action: Action| match action {
        Action::Note(name, value) => Some((name, value.into())),
        _ => None,
    };
    actions.into_iter().filter_map(note).collect()
}

#[test]
fn what_is_made_again_is_the_releases() {
    let gone = [
        said("kind: Service\nmetadata: {name: web}\n---\nkind: Secret\nmetadata: {name: key}\n"),
        said("{\"items\":[]}"),
        said("{\"items\":[{\"kind\":\"Secret\",\"metadata\":{\"name\":\"key\"}}]}"),
    ];
    let actions = drift().actions(&context(), &gone).unwrap();
    let [Action::Say(says), Action::Run(apply), Action::Note(..)] = actions.as_slice() else {
        panic!("{actions:?}")
    };
    let reason = drift().assess(&context(), &gone);
    assert_eq!(reason, Effect::Absent(says.clone()), "so it is told once");
    assert!(
        apply
            .stdin
            .contains("\"meta.helm.sh/release-name\":\"app\"")
    );
    let made: Value = serde_json::from_str(&apply.stdin).unwrap();
    let names: Vec<&Value> = items(&made).map(|item| &item["metadata"]["name"]).collect();
    assert_eq!(names, ["web"], "and nothing beside");
}

/// A release with a listed object, and with those of other kinds and namespaces.
const WIDE: &str = "kind: Service\nmetadata: {name: web}\n---\n\
    apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: web}\nrules: [{verbs: [get]}]\n---\n\
    kind: Secret\nmetadata: {name: far, namespace: other}\n";

/// What is answered where so much of [`WIDE`] is found, beside the Service.
fn wide(code: i32, found: &[Value]) -> Vec<Answer> {
    let list = match found {
        [] => String::new(),
        found => json!({"kind": "List", "items": found}).to_string(),
    };
    let service = json!({"items": [{"kind": "Service", "metadata": {"name": "web"}}]});
    let asked = Output {
        code,
        stdout: list,
        ..Output::default()
    };
    let [first, listed, secrets] = [WIDE, &service.to_string(), "{\"items\":[]}"].map(said);
    vec![first, listed, secrets, Answer::Ran(asked)]
}

fn role(verb: &str) -> Value {
    json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "rules": [{"verbs": [verb]}],
        "metadata": {"name": "web", "namespace": "n"}})
}

fn far() -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "far", "namespace": "other"}})
}

#[test]
fn what_no_list_has_is_asked_for_at_once() {
    let probes = |manifest| drift().more_probes(&context(), &[said(manifest)]);
    let near = "kind: Service\nmetadata: {name: web}\n---\nkind: Secret\nmetadata: {name: s, namespace: n}";
    assert!(probes(near).is_empty(), "the lists have all");
    let asked = probes(WIDE);
    let [Probe::Run(get)] = asked.as_slice() else {
        panic!("{asked:?}")
    };
    assert!(
        !get.argv.contains(&"-n".to_string()),
        "or it takes none of others"
    );
    let list: Value = serde_json::from_str(&get.stdin).unwrap();
    let places: Vec<&Value> = items(&list)
        .map(|item| &item["metadata"]["namespace"])
        .collect();
    assert_eq!(places, ["n", "other"]);
    assert!(!get.stdin.contains("verbs"), "only what tells which");
}

#[test]
fn what_no_list_has_is_compared_too() {
    let says = |code, found: &[Value]| match drift().assess(&context(), &wide(code, found)) {
        Effect::Present(says, _) => says,
        Effect::Absent(says) => says,
        other => panic!("{other:?}"),
    };
    let stands = "the objects of app are as released";
    let widened = "role/web was changed by hand: rules[0].verbs[0] is *, the release has get";
    for (code, found, told) in [
        (0, vec![role("get"), far()], stands.to_string()),
        (0, vec![role("*"), far()], widened.to_string()),
        (0, vec![far()], "role/web is gone".to_string()),
        (
            0,
            vec![role("get")],
            "secret/far in other is gone".to_string(),
        ),
        (
            0,
            vec![],
            "role/web is gone; and secret/far in other".to_string(),
        ),
        (1, vec![role("*")], widened.to_string()),
        (1, vec![far()], format!("{stands}, not looked at role/web")),
        (
            1,
            vec![],
            format!("{stands}, not looked at role/web and 1 more"),
        ),
    ] {
        assert_eq!(says(code, &found), told);
    }
}

#[test]
fn what_is_put_right_is_the_object_meant() {
    let actions = drift().actions(&context(), &wide(0, &[role("*")])).unwrap();
    let [_, Action::Run(patch), Action::Run(apply), _] = actions.as_slice() else {
        panic!("{actions:?}")
    };
    let told = patch.to_string();
    assert!(
        told.contains("-n n patch Role.v1.rbac.authorization.k8s.io/web"),
        "{told}"
    );
    assert!(apply.stdin.contains("\"namespace\":\"other\""));
    assert!(!apply.argv.contains(&"-n".to_string()));
    let actions = drift().actions(&context(), &wide(1, &[far()])).unwrap();
    let [Action::Say(says)] = actions.as_slice() else {
        panic!("{actions:?}")
    };
    assert!(says.starts_with("not looked at role/web: "), "{says}");
}

#[test]
fn what_is_not_kept_hides_nothing_that_was_changed_beside_it() {
    let known = facts([(
        KEPT,
        "[\"deployment/web: spec.replicsa is missing, the release has 3\"]",
    )]);
    let later = StepContext {
        before: Some(&known),
        ..context()
    };
    let told = drift().assess(&later, &answers(json!({"paused": false})));
    let says = "deployment/web was changed by hand: spec.paused is false, the release has true";
    assert_eq!(told, Effect::Absent(says.to_string()));
}

/// What is put right and stays as it was is nobody's doing: it is told, and not tried again.
/// What somebody changes again and again is put right again and again.
#[test]
fn what_the_cluster_does_not_keep_is_no_drift() {
    let unknown = answers(json!({"paused": true}));
    let by_hand = answers(json!({"replicsa": 3}));
    assert!(matches!(
        drift().assess(&context(), &unknown),
        Effect::Absent(_)
    ));
    let noted_now = noted(&unknown);
    let after = StepContext {
        noted: Some(&noted_now),
        ..context()
    };
    let told = drift().tidy(&after, &unknown);
    assert!(matches!(told.as_slice(), [Action::Say(_)]));
    let Effect::Present(says, facts) = drift().assess(&after, &unknown) else {
        panic!("it is no drift");
    };
    let told =
        "does not know or keep what the chart writes: deployment/web: spec.replicsa is missing";
    assert!(says.contains(told), "{says}");
    let later = StepContext {
        before: Some(&facts),
        ..context()
    };
    assert!(matches!(
        drift().assess(&later, &unknown),
        Effect::Present(..)
    ));
    // After another release it acts anew, and its proof knows nothing of the time before.
    let again = drift().actions(&later, &unknown).unwrap();
    assert!(matches!(again.as_slice(), [Action::Note(name, told)]
        if name == WRITTEN && told.contains("replicsa")));
    let noted_now = noted(&by_hand);
    let right = answers(json!({"replicsa": 3, "paused": true}));
    let nothing_to_do = drift().actions(&context(), &right).unwrap();
    assert!(nothing_to_do.is_empty(), "what was answered is the proof");
    let after = StepContext {
        noted: Some(&noted_now),
        ..context()
    };
    let Effect::Present(_, facts) = drift().assess(&after, &right) else {
        panic!("it is put right");
    };
    let later = StepContext {
        before: Some(&facts),
        ..context()
    };
    assert!(matches!(
        drift().assess(&later, &by_hand),
        Effect::Absent(_)
    ));
}

/// Others look at budgets with the rest; whoever may not list them asks for each.
#[test]
fn what_was_listed_for_others_is_not_asked_for_again() {
    let budget = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"}, "spec": {"minAvailable": 1}});
    let forbidden = "Error from server (Forbidden): poddisruptionbudgets.policy is forbidden: User \"u\" cannot list resource \"poddisruptionbudgets\" in API group \"policy\" in the namespace \"n\"";
    let listed = |items: Value, code, stderr: &str| {
        let stdout = json!({"items": items}).to_string();
        let stderr = stderr.to_string();
        [
            said(&budget.to_string()),
            Answer::Ran(Output {
                code,
                stdout,
                stderr,
            }),
            said("{\"items\":[]}"),
        ]
    };
    let there = listed(json!([budget]), 0, "");
    assert!(drift().more_probes(&context(), &there).is_empty());
    let told = |answers: &[Answer]| match drift().assess(&context(), answers) {
        Effect::Present(says, _) => says,
        other => panic!("{other:?}"),
    };
    assert_eq!(told(&there), "the objects of app are as released");
    let withheld = listed(json!([]), 1, forbidden);
    assert_eq!(drift().more_probes(&context(), &withheld).len(), 1);
    let asked = [&withheld[..], &[said(&budget.to_string())]].concat();
    assert_eq!(told(&asked), "the objects of app are as released");
}
