//! Whose a release is, and what follows from that.

mod previews;
mod whose;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use protocol::{Action, Answer, Effect, Facts, Kind, StepContext, facts};

use super::HelmRelease;
use crate::testing::{context, failed, said};

fn release() -> HelmRelease {
    let text = "context = 'lab'\nnamespace = 'n'\nrelease = 'app'\nchart = 'helm/app'\n[set]\na = 'C:\\x'\n";
    toml::from_str(text).unwrap()
}

/// A list with the release `app` among 300 others.
fn list(status: &str, revision: u32, updated: &str) -> Answer {
    let one = |name: &str| serde_json::json!({"name": name, "revision": revision.to_string(), "updated": updated, "status": status, "chart": "app-1.0.0"});
    let mut all: Vec<_> = (0..300).map(|at| one(&format!("other-{at}"))).collect();
    all.push(one("app"));
    said(&serde_json::Value::from(all).to_string())
}

fn none() -> Answer {
    said("[]")
}

/// 1000 seconds before the tests' now.
const OLD: &str = "2026-11-25 23:23:20.5 +0000 UTC";
/// 60 seconds before it.
const NEW: &str = "2026-11-25 23:39:00.5 +0000 UTC";

/// All that is listed, what of it is not ours, what of it another run made.
fn answers(all: &Answer, not_ours: bool, of_another_run: bool) -> Vec<Answer> {
    let selected = |is: bool| if is { all.clone() } else { none() };
    vec![all.clone(), selected(not_ours), selected(of_another_run)]
}

/// What is done by these answers; if they do not tell the volume claims, there are none.
fn acts(context: &StepContext, answers: &[Answer]) -> String {
    let no_claims = [said(r#"{"items": []}"#)];
    let answers: Vec<Answer> = answers.iter().chain(&no_claims).cloned().collect();
    match release().actions(context, &answers) {
        Ok(actions) => {
            let is_call = |action: &&Action| matches!(action, Action::Run(_) | Action::Try(_));
            let calls: Vec<String> = actions
                .iter()
                .filter(is_call)
                .map(Action::to_string)
                .collect();
            let words = |call: &String| call.split(' ').take(2).collect::<Vec<_>>().join(" ");
            calls.iter().map(words).collect::<Vec<_>>().join(", ")
        }
        Err(failure) => failure.cause,
    }
}

#[test]
fn a_release_that_nothing_says_is_ours_is_not_touched() {
    let foreign = answers(&list("deployed", 7, OLD), true, true);
    let told = acts(&context(), &foreign);
    assert!(
        told.contains("release app in the namespace n already (chart app-1.0.0, revision 7)"),
        "{told}"
    );
    assert_eq!(release().undo(&context(), &foreign), Ok(Vec::new()));
    let left = release().left(&context(), &foreign);
    assert!(left[0].contains("nothing says that it is ours"), "{left:?}");
    let adopting = StepContext {
        adopt: true,
        ..context()
    };
    assert_eq!(acts(&adopting, &foreign), "helm upgrade");
}

/// The mark, or the journal if everything is still as we made it.
#[test]
fn a_release_is_ours_by_its_label_or_by_the_journal() {
    let undone = |before: Option<&Facts>, not_ours: bool, revision: u32, updated: &str| {
        let context = StepContext {
            before,
            undo: true,
            ..context()
        };
        let answers = answers(&list("deployed", revision, updated), not_ours, true);
        release().undo(&context, &answers).unwrap().len()
    };
    let made = facts([("revision", "3"), ("deployed_at", OLD)]);
    for (before, not_ours, revision, updated, ours) in [
        (None, false, 3, OLD, true),
        (None, true, 3, OLD, false),
        (Some(&made), true, 3, OLD, true),
        (Some(&made), true, 4, OLD, false),
        (Some(&made), true, 3, NEW, false),
        (Some(&made), false, 9, NEW, true),
    ] {
        let calls = undone(before, not_ours, revision, updated);
        assert_eq!(
            calls > 0,
            ours,
            "{before:?} {not_ours} {revision} {updated}"
        );
    }
}

/// A storage of helm's that knows no labels lists everything for each selector.
#[test]
fn a_list_that_does_not_select_proves_nothing() {
    let all = list("deployed", 3, OLD);
    let undone = |answers: &[Answer]| release().undo(&context(), answers);
    assert_eq!(
        undone(&[all.clone(), all.clone(), all.clone()]),
        Ok(Vec::new())
    );
    let silent = [all.clone(), failed("no such flag"), failed("no such flag")];
    assert_eq!(undone(&silent), Ok(Vec::new()));
    assert!(undone(&[failed("no cluster"), none(), none()]).is_err());
    assert_eq!(undone(&[none(), none(), none()]), Ok(Vec::new()));
}

#[test]
fn another_helm_at_work_is_waited_for_and_a_dead_one_is_put_right() {
    // It said that it begins a second before.
    let begun = facts([("pipeline.local/run", "c10000000000-1795649939")]);
    let context = StepContext {
        before: Some(&begun),
        ..context()
    };
    let changing = |status: &str, updated: &str, of_another_run: bool| {
        let answers = answers(&list(status, 8, updated), false, of_another_run);
        (
            release()
                .busy(&context, &answers)
                .map(|failure| failure.fix.unwrap()),
            acts(&context, &answers),
        )
    };
    let (told, _) = changing("pending-upgrade", NEW, true);
    assert!(
        told.unwrap()
            .contains("`helm rollback app --kube-context lab --namespace n`")
    );
    let (told, _) = changing("pending-install", NEW, true);
    assert!(
        told.unwrap()
            .contains("`helm uninstall app --kube-context lab --namespace n")
    );
    for (status, acts) in [
        ("pending-upgrade", "helm rollback, helm upgrade"),
        ("pending-rollback", "helm rollback, helm upgrade"),
        ("pending-install", "helm uninstall, helm upgrade"),
        ("uninstalling", "helm uninstall, helm upgrade"),
        ("failed", "helm upgrade"),
        ("superseded", "helm upgrade"),
    ] {
        // Too old to be alive, or our own earlier run's, whose lock we hold.
        assert_eq!(
            changing(status, OLD, true),
            (None, acts.to_string()),
            "{status}"
        );
        assert_eq!(
            changing(status, NEW, false),
            (None, acts.to_string()),
            "{status}"
        );
    }
}

/// An upgrade runs no hooks of an install.
#[test]
fn what_failed_when_it_was_installed_is_installed_anew() {
    let acts = |revision: u32, foreign: bool| {
        let adopting = StepContext {
            adopt: foreign,
            ..context()
        };
        acts(
            &adopting,
            &answers(&list("failed", revision, OLD), foreign, true),
        )
    };
    assert_eq!(acts(1, false), "helm uninstall, helm upgrade");
    assert_eq!(acts(2, false), "helm upgrade");
    assert_eq!(acts(1, true), "helm upgrade", "it may hold somebody's data");
    let failed = answers(&list("failed", 1, OLD), false, true);
    let claims = said(r#"{"items": []}"#);
    let answers: Vec<Answer> = failed.into_iter().chain([claims]).collect();
    let actions = release().actions(&context(), &answers).unwrap();
    let says = actions
        .iter()
        .any(|action| matches!(action, Action::Say(_)));
    assert!(says, "{actions:?}");
}

/// An uninstall takes the claims that a chart makes, and what was written into them.
#[test]
fn data_is_not_deleted_unless_the_user_agrees() {
    let claim = |release: &str, policy: &str| {
        let annotations = serde_json::json!({"meta.helm.sh/release-name": release, "helm.sh/resource-policy": policy});
        let item = serde_json::json!({"kind": "PersistentVolumeClaim", "metadata": {"name": "data", "annotations": annotations}});
        said(&serde_json::json!({"items": [item]}).to_string())
    };
    let acts = |status: &str, claims: Answer, yes: bool| {
        let agreeing = StepContext { yes, ..context() };
        let mut answers = answers(&list(status, 1, OLD), false, false);
        answers.push(claims);
        acts(&agreeing, &answers)
    };
    let anew = "helm uninstall, helm upgrade";
    for status in ["failed", "pending-install"] {
        let refused = acts(status, claim("app", ""), false);
        let says = "deletes persistentvolumeclaim/data and the data in it";
        assert!(refused.contains(says), "{refused}");
        assert_eq!(acts(status, claim("app", ""), true), anew);
        assert_eq!(acts(status, claim("app", "keep"), false), anew);
        assert_eq!(acts(status, claim("other", ""), false), anew);
        assert_eq!(acts(status, said(r#"{"items": []}"#), false), anew);
        let unknown = acts(status, failed("forbidden"), false);
        assert!(unknown.contains("can't be listed: "), "{unknown}");
    }
    // Somebody wanted it gone.
    assert_eq!(acts("uninstalling", claim("app", ""), false), anew);
}

/// `--set namespace=…` changes where a step makes its release; what it made before is still known.
#[test]
fn what_was_made_under_other_names_is_still_removed() {
    let before = facts([("at", r#"["lab","old","app"]"#), ("revision", "1")]);
    let known = StepContext {
        before: Some(&before),
        ..context()
    };
    let notes = release()
        .actions(&known, &answers(&none(), false, false))
        .unwrap();
    let note = Action::Note(
        "earlier".to_string(),
        r#"[["lab","old","app"]]"#.to_string(),
    );
    assert!(notes.contains(&note), "{notes:?}");
    let before = facts([
        ("at", r#"["lab","n","app"]"#),
        ("earlier", r#"[["lab","old","app"]]"#),
    ]);
    let undo = StepContext {
        before: Some(&before),
        undo: true,
        ..context()
    };
    assert_eq!(release().probes(&undo).len(), 7);
    let all = list("deployed", 3, OLD);
    let both = [answers(&none(), false, false), answers(&all, false, true)].concat();
    let calls = release().undo(&undo, &both).unwrap();
    assert!(
        calls[1]
            .to_string()
            .starts_with("helm uninstall app --kube-context lab --namespace old")
    );
    let Effect::Present(told, _) = release().assess(&undo, &answers(&all, false, false)) else {
        panic!("it is deployed")
    };
    assert!(
        told.ends_with("; made before and not removed: lab/old/app"),
        "{told}"
    );
}

/// Without any value helm goes on with those of the last release; and a plan shows what is done.
#[test]
fn values_that_were_taken_out_are_gone_in_the_release_and_in_the_plan() {
    let bare = HelmRelease {
        set: Default::default(),
        ..release()
    };
    let acts = bare.actions(&context(), &answers(&none(), false, false));
    let probes = bare.preview_probes(&context());
    for told in [format!("{acts:?}"), format!("{probes:?}")] {
        assert_eq!(told.matches("--reset-values").count(), 1, "{told}");
    }
}

#[test]
fn a_plan_asks_helm_once_and_for_the_whole_list() {
    let planning = StepContext {
        acting: false,
        ..context()
    };
    let probes = release().probes(&planning);
    assert_eq!(probes.len(), 1);
    assert!(format!("{probes:?}").contains(r#""--max", "0""#));
    let deployed = release().assess(&planning, &[list("deployed", 3, OLD)]);
    assert!(
        matches!(deployed, Effect::Present(..)),
        "the 301st of a list is seen"
    );
}

#[test]
fn whose_a_release_is_is_asked_only_where_it_is_open() {
    let made = facts([("revision", "3"), ("deployed_at", OLD)]);
    let asked = |before: Option<&Facts>, found: Answer| {
        let acting = StepContext {
            acting: true,
            before,
            ..context()
        };
        release().more_probes(&acting, &[found]).len()
    };
    assert_eq!(asked(Some(&made), list("deployed", 3, OLD)), 0);
    assert_eq!(asked(Some(&made), list("deployed", 4, NEW)), 2);
    assert_eq!(asked(Some(&made), list("uninstalling", 3, OLD)), 3);
    assert_eq!(asked(None, list("deployed", 3, OLD)), 2);
    assert_eq!(asked(None, none()), 0);
}

/// Only what helm validated itself, on this cluster, need not be validated again.
#[test]
fn what_helm_has_validated_here_is_not_validated_again() {
    let call = |shape: &str, validated: Option<&str>| {
        let shaped = HelmRelease {
            shape: shape.to_string(),
            ..release()
        };
        let known = validated.map(|validated| facts([("validated", validated)]));
        let context = StepContext {
            before: known.as_ref(),
            ..context()
        };
        let actions = shaped.actions(&context, &answers(&none(), false, false));
        actions
            .unwrap()
            .iter()
            .map(Action::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let flag = "--disable-openapi-validation";
    assert!(call("s1", Some("s1 lab/n/app")).contains(flag));
    for (shape, validated) in [
        ("s1", None),
        ("s2", Some("s1 lab/n/app")),
        ("s1", Some("s1 other/n/app")),
        ("", Some(" lab/n/app")),
    ] {
        assert!(
            !call(shape, validated).contains(flag),
            "{shape} {validated:?}"
        );
    }
}
