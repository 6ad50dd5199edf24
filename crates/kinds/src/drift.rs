//! `drift`: the objects of a release as its own manifest has them, whatever was changed by hand
//! meanwhile.

mod added;
mod compare;
mod found;
mod kept;
mod leftover;
mod lost;
mod marks;
mod quantity;
mod stuck;

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::iter;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::diagnose::{listed, object};
use crate::parts;
use crate::places::text_fact;
use crate::programs::{helm, items, kubectl, objects_for};
use compare::{Difference, LISTED, differences, is_listed};
use found::Found;
use protocol::{Action, Answer, Cmd, Effect, Failure, Kind, Probe, StepContext, facts};

/// Has a release's objects as its manifest has them: those in its namespace of the kinds that
/// charts commonly have; the others are named. Keys that were added to the `data` of a ConfigMap or a
/// Secret stay, as helm leaves them: applications keep there what they remember.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"context": "${context}", "namespace": "app", "release": "app"}))]
pub(crate) struct Drift {
    /// The kubeconfig context.
    context: String,
    /// The release's namespace.
    namespace: String,
    /// The release's name.
    release: String,
}

/// Whose the fields are that are written: the next `helm upgrade` finds its own.
const MANAGER: &str = "--field-manager=helm";

impl Drift {
    fn manifest(&self) -> Cmd {
        let get = ["get", "manifest", &self.release];
        helm(get, &self.context, &self.namespace)
    }

    /// The objects of the manifest.
    fn wanted(&self, answer: Option<&Answer>) -> Result<Vec<Value>, String> {
        let trouble = || answer.map_or(String::new(), Answer::trouble);
        let manifest = answer.and_then(Answer::stdout).ok_or_else(trouble)?;
        parts::in_manifest(manifest)
    }

    /// Merges what differs into an object.
    fn patch(&self, object: &str, patch: &Value) -> Cmd {
        let merge = ["--type=merge", "--patch-file=/dev/stdin", MANAGER];
        Cmd {
            stdin: patch.to_string(),
            ..self.call(&["patch", object]).args(merge)
        }
    }

    /// Makes objects of the release again.
    fn apply(&self, objects: &[Value]) -> Cmd {
        let apply = ["apply", "--server-side", "--force-conflicts", MANAGER];
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        Cmd {
            stdin: list.to_string(),
            ..self.call(&apply).args(["-f", "-"])
        }
    }

    fn call(&self, args: &[&str]) -> Cmd {
        let kubectl = kubectl(&self.context).args(["-n", &self.namespace]);
        kubectl.args(args.iter().copied())
    }

    /// What differs, or why that can't be told.
    fn found(&self, context: &StepContext, answers: &[Answer]) -> Result<Found, Effect> {
        let wanted = self.wanted(answers.first()).map_err(|trouble| {
            Effect::Absent(format!("the release's manifest can't be read: {trouble}"))
        })?;
        let secrets = answers.get(2).and_then(Answer::json);
        let live = listed(&self.context, answers.get(1..).unwrap_or_default())?;
        let live: Vec<&Value> = items(&live).chain(secrets.iter().flat_map(items)).collect();
        // Not everyone may read Secrets.
        let is_looked_at = |item: &Value| {
            let is_readable = secrets.is_some() || item["kind"] != "Secret";
            is_readable && is_listed(item) && parts::is_in(item, &self.namespace)
        };
        let (mut wanted, beside): (Vec<_>, Vec<_>) = wanted.into_iter().partition(is_looked_at);
        let leftover = leftover::leftover(&wanted, &live, (&self.release, &self.namespace));
        let stuck = stuck::stuck(&wanted, &live);
        let stuck = stuck.map(|(pod, says)| (pod.to_string(), says)).collect();
        let written = self.written(context);
        let mut differences = differences(&wanted, &live, context.secrets);
        let told = differences.iter().flat_map(Difference::told);
        let kept = told.filter(|told| written.contains(told)).collect();
        // What somebody changed beside that is named, and not hidden by it.
        differences.retain_mut(|one| one.is_left(&written));
        let lost = lost::lost(&differences, &wanted, &live);
        let jobs = lost.jobs.iter().map(|job| format!("job/{job}"));
        let gone = differences.iter().filter(|one| one.patch.is_none());
        let gone: BTreeSet<String> = gone.map(|one| one.object.clone()).chain(jobs).collect();
        wanted.retain(|item| gone.contains(&object(item)));
        let marked = |object| marks::marked(object, &self.release, &self.namespace);
        Ok(Found {
            lost,
            gone: wanted.into_iter().map(marked).collect(),
            beside: beside.iter().map(object).collect(),
            leftover,
            differences,
            kept,
            stuck,
        })
    }

    /// What was written as the release has it, in this attempt or, without effect, before.
    fn written(&self, context: &StepContext) -> Vec<String> {
        let told = [(context.noted, WRITTEN), (context.before, KEPT)];
        let texts = told
            .into_iter()
            .filter_map(|(facts, name)| text_fact(facts, name));
        texts
            .flat_map(|text| serde_json::from_str::<Vec<String>>(text).unwrap_or_default())
            .collect()
    }

    /// Not helm's own, which hold whole releases.
    fn secrets(&self) -> Cmd {
        let others = "type!=helm.sh/release.v1";
        let get = ["get", "secrets", "--field-selector", others, "-o", "json"];
        kubectl(&self.context)
            .args(["--request-timeout=5s", "-n", &self.namespace])
            .args(get)
    }
}

/// A note: what was written as the release has it, in the words in which it was told.
const WRITTEN: &str = "written";
/// A fact: what of that the cluster does not know, or keeps otherwise.
const KEPT: &str = "kept";

/// What is compared, and the pods of it; Secrets are asked for alone, since not everyone may read
/// them.
fn looked_at() -> String {
    let compared = LISTED.into_iter().filter(|kind| *kind != "Secret");
    let kinds: Vec<&str> = compared.chain(["Pod"]).collect();
    kinds.join(",").to_lowercase()
}

impl Kind for Drift {
    fn probes(&self, context: &StepContext) -> Vec<Probe> {
        let live = objects_for(context, &looked_at(), &self.context, &self.namespace);
        [self.manifest(), live, self.secrets()]
            .map(Probe::Run)
            .into()
    }

    fn assess(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        let found = match self.found(context, answers) {
            Ok(found) => found,
            Err(effect) => return effect,
        };
        if let Some(says) = found.in_short() {
            return Effect::Absent(says);
        }
        let but = found
            .not_kept()
            .map_or(String::new(), |told| format!(", but {told}"));
        let more = found.not_looked_at() + &found.left_over() + &but;
        let says = format!("the objects of {} are as released{more}", self.release);
        let kept = Value::from(found.kept.clone()).to_string();
        Effect::Present(says, facts([(KEPT, kept.as_str())]))
    }

    /// Only what differs is written again: a Job that has done its work and is gone stays gone.
    fn actions(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let found = self.found(context, answers).unwrap_or_default();
        // The proof knows only what was noted now.
        let note = |written: Vec<String>| {
            Action::Note(WRITTEN.to_string(), Value::from(written).to_string())
        };
        let Some(says) = found.in_short() else {
            let known = (!found.kept.is_empty()).then(|| note(found.kept));
            return Ok(known.into_iter().collect());
        };
        let changed = &found.differences;
        let written = changed.iter().flat_map(Difference::told);
        let written: Vec<String> = self.written(context).into_iter().chain(written).collect();
        let patch = changed
            .iter()
            .filter_map(|one| Some(self.patch(&one.object, one.patch.as_ref()?)));
        let pods = found.stuck.iter();
        let pods = pods.map(|(pod, _)| self.call(&["delete", "pod", pod, "--wait=false"]));
        let leaving = found.lost.pods.iter();
        let leaving =
            leaving.map(|pod| self.call(&["wait", "--for=delete", "pod", pod, "--timeout=60s"]));
        let jobs = found.lost.jobs.iter();
        let jobs = jobs.map(|job| self.call(&["delete", "job", job, "--ignore-not-found"]));
        let again = (!found.gone.is_empty()).then(|| self.apply(&found.gone));
        // After another release that is the reason, and not what somebody did beside it.
        let says = iter::once(Action::Say(says));
        let first = says.chain(patch.chain(pods).map(Action::Run));
        let leaving = leaving.map(Action::Try);
        let then = jobs.chain(again).map(Action::Run);
        let written = note(written);
        Ok(first.chain(leaving).chain(then).chain([written]).collect())
    }

    /// Once it was written, what of it is not there is known.
    fn tidy_probes(&self, context: &StepContext) -> Vec<Probe> {
        let has_written = context.noted.is_some_and(|noted| !noted.is_empty());
        if has_written {
            self.probes(context)
        } else {
            Vec::new()
        }
    }

    fn tidy(&self, context: &StepContext, answers: &[Answer]) -> Vec<Action> {
        let found = self.found(context, answers).unwrap_or_default();
        found.not_kept().map(Action::Say).into_iter().collect()
    }

    fn diagnose(&self, _: &Action, output: &str) -> Option<Failure> {
        let immutable = output
            .lines()
            .find(|line| line.contains("immutable") || line.contains("Forbidden: updates"))?;
        let fix = format!(
            "delete what the message names, and run the same command again: `kubectl --context {} -n {} delete …`",
            self.context, self.namespace
        );
        Some(
            Failure::new("what was changed by hand can't be changed back")
                .seen([immutable.trim()])
                .fix(fix),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{context, said};
    use protocol::Facts;

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
            said(
                "kind: Service\nmetadata: {name: web}\n---\nkind: Secret\nmetadata: {name: key}\n",
            ),
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

    #[test]
    fn what_is_not_looked_at_is_named() {
        let answers = [
            said(
                "kind: ClusterRole\nmetadata: {name: all}\n---\nkind: Secret\nmetadata: {name: far, namespace: other}\n",
            ),
            said("{\"items\":[]}"),
            said("{\"items\":[]}"),
        ];
        let Effect::Present(told, _) = drift().assess(&context(), &answers) else {
            panic!("nothing of it is otherwise");
        };
        let says = "the objects of app are as released, not looked at clusterrole/all and 1 more";
        assert_eq!(told, says);
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
}
