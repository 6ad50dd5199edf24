//! What a helm that takes long waits for: the chart's hooks on the way up, and on the way down
//! objects that something keeps.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use super::HelmRelease;
use crate::diagnose::{Evidence, PODS, condition, diagnose, listed, object};
use crate::parts;
use crate::programs::{events, items, kubectl, last_lines, objects};
use protocol::{Answer, Effect, Failure, Probe, StepContext};

/// What makes an object a hook of its chart.
pub(crate) const HOOK: &str = "helm.sh/hook";
/// Helm deletes an older run of a hook before it begins: what failed longer ago is none of this
/// one's. In seconds.
const JUST_NOW: u64 = 30;
/// A label of every pod that a Job made.
const MADE_BY_A_JOB: &str = "job-name";
/// How the finalizers begin that Kubernetes itself sets, and takes off soon.
const OWN: [&str; 4] = [
    "foregroundDeletion",
    "orphan",
    "kubernetes.io/",
    "batch.kubernetes.io/",
];

impl HelmRelease {
    pub(super) fn look(&self, context: &StepContext) -> Vec<Probe> {
        let (cluster, namespace) = (&self.context, &self.namespace);
        let objects = objects(cluster, namespace);
        let more = [
            events(cluster, namespace),
            last_lines(cluster, namespace, MADE_BY_A_JOB),
        ];
        let more = more.into_iter().filter(|_| !context.undo);
        core::iter::once(objects)
            .chain(more)
            .map(Probe::Run)
            .collect()
    }

    pub(super) fn seen(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        match listed(&self.context, answers) {
            Ok(objects) if context.undo => self.kept(&objects),
            Ok(objects) => self.hooks(&objects, &answers[1..]),
            // Helm may get over it, or may do what we may not look at.
            Err(_) => Effect::Absent("what helm waits for can't be looked at".to_string()),
        }
    }

    /// What a hook waits for or fails over.
    fn hooks(&self, objects: &Value, more: &[Answer]) -> Effect {
        let happened = more.first().and_then(Answer::json).unwrap_or_default();
        let logs = more.get(1).and_then(Answer::stdout).unwrap_or_default();
        let now = Evidence::read(items(objects));
        let is_hook = |item: &Value| runs_now(item, &now);
        let concerned = parts::concerning(objects, &self.namespace, is_hook);
        let Some(hook) = concerned.iter().find(|item| is_hook(item)) else {
            return Effect::Absent("no hook of the chart runs".to_string());
        };
        let logs = said_by(&concerned, logs);
        let all = concerned.iter().copied().chain(items(&happened));
        match diagnose(&Evidence::read(all).with_logs(&logs), &[PODS]) {
            Some(finding) => finding.into_effect(&self.context, &self.namespace),
            None => Effect::Pending(format!("the chart's hook {} runs", object(hook))),
        }
    }

    /// What is to be removed and yet stays.
    fn kept(&self, objects: &Value) -> Effect {
        let is_leaving = |item: &&Value| {
            let is_ours = parts::is_of(item, &self.namespace, &self.release);
            is_ours && item["metadata"]["deletionTimestamp"].is_string()
        };
        let leaving: Vec<&Value> = items(objects).filter(is_leaving).collect();
        let held = leaving.iter().find_map(|item| Some((item, keeper(item)?)));
        match (held, leaving.first()) {
            (Some((item, keeper)), _) => self.held(item, keeper),
            (None, Some(item)) => Effect::Pending(format!("{} is being removed", object(item))),
            (None, None) => Effect::Absent("nothing is left of it".to_string()),
        }
    }

    /// Told for as long as helm waits: whoever set the finalizer may yet be at work.
    fn held(&self, item: &Value, keeper: &str) -> Effect {
        let name = object(item);
        let patch = ["patch", &name, "--type=merge", "-p"];
        let free = kubectl(&self.context)
            .args(["-n", &self.namespace])
            .args(patch)
            .args(["{\"metadata\":{\"finalizers\":null}}"]);
        let failure = Failure::new(format!("{name} is kept by its finalizer {keeper}"));
        let fix = format!("see why whoever set it does not take it off; if that is gone: `{free}`");
        Effect::Degraded(failure.fix(fix), core::time::Duration::from_secs(600))
    }
}

/// Whether it is a hook at work, or one that failed just now. Tests run when they are asked for.
fn runs_now(item: &Value, evidence: &Evidence) -> bool {
    let hook = item["metadata"]["annotations"][HOOK].as_str();
    let is_due = hook.is_some_and(|hook| !hook.contains("test"));
    let ends = |kind| condition(item, kind).filter(|ends| ends["status"] == "True");
    let is_at_work = match item["kind"].as_str() {
        Some("Job") => match ends("Failed") {
            Some(failed) => {
                let at = failed["lastTransitionTime"].as_str().unwrap_or_default();
                evidence.since(at) <= JUST_NOW
            }
            None => ends("Complete").is_none(),
        },
        Some("Pod") => item["status"]["phase"] == "Pending" || item["status"]["phase"] == "Running",
        _ => false,
    };
    is_due && is_at_work
}

/// What these pods wrote; other Jobs run beside.
fn said_by(pods: &[&Value], lines: &str) -> String {
    let mark = |pod: &&Value| format!("[pod/{}/", pod["metadata"]["name"].as_str().unwrap_or("?"));
    let marks: Vec<String> = pods.iter().map(mark).collect();
    let is_theirs = |line: &&str| marks.iter().any(|mark| line.starts_with(mark.as_str()));
    let lines: Vec<&str> = lines.lines().filter(is_theirs).collect();
    lines.join("\n")
}

/// The finalizer that keeps an object that is to go.
fn keeper(item: &Value) -> Option<&str> {
    let finalizers = item["metadata"]["finalizers"].as_array()?;
    let mut names = finalizers.iter().filter_map(Value::as_str);
    names.find(|name| !OWN.iter().any(|own| name.starts_with(own)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{context, said};
    use serde_json::json;

    fn release() -> HelmRelease {
        toml::from_str("context = 'lab'\nnamespace = 'n'\nrelease = 'app'\nchart = 'c'").unwrap()
    }

    fn seen(undo: bool, items: Vec<Value>) -> Effect {
        let answers = [
            said(&json!({"items": items}).to_string()),
            said(r#"{"items":[]}"#),
            said(""),
        ];
        let context = StepContext { undo, ..context() };
        release().seen(&context, &answers)
    }

    fn hook(phase: &str, conditions: Value) -> Value {
        json!({"kind": "Job", "metadata": {"name": "migrate", "uid": "1", "annotations": {HOOK: phase}}, "status": {"conditions": conditions}})
    }

    /// A pod of the hook whose image is not there.
    fn pod() -> Value {
        let waiting = json!({"reason": "InvalidImageName", "message": "couldn't parse it"});
        json!({"kind": "Pod", "metadata": {"name": "migrate-1", "ownerReferences": [{"uid": "1"}]}, "spec": {"containers": [{"name": "m"}]},
            "status": {"containerStatuses": [{"name": "m", "image": "Web:1", "state": {"waiting": waiting}}]}})
    }

    #[test]
    fn a_hook_that_runs_is_told_with_what_it_waits_for() {
        let ends = |kind: &str, at: &str| json!([{"type": kind, "status": "True", "lastTransitionTime": at}]);
        let runs = "the chart's hook job/migrate runs".to_string();
        let told = seen(false, vec![hook("pre-install,pre-upgrade", json!([]))]);
        assert_eq!(told, Effect::Pending(runs));
        let told = seen(false, vec![hook("pre-upgrade", json!([])), pod()]);
        let Effect::Broken(failure) = told else {
            panic!("{told:?}");
        };
        assert!(failure.cause.starts_with("pod/migrate-1"), "{failure:?}");
        // Of the chart's tests, of what is over and of what failed long ago nobody waits for.
        let now =
            json!({"kind": "Node", "metadata": {"creationTimestamp": "2026-01-01T00:10:00Z"}});
        for past in [
            hook("test", json!([])),
            hook("post-install", ends("Complete", "2026-01-01T00:10:00Z")),
            hook("post-install", ends("Failed", "2026-01-01T00:09:00Z")),
        ] {
            let told = seen(false, vec![past, pod(), now.clone()]);
            assert!(matches!(told, Effect::Absent(_)), "{told:?}");
        }
        let told = seen(
            false,
            vec![
                hook("post-install", ends("Failed", "2026-01-01T00:09:50Z")),
                now,
            ],
        );
        assert!(matches!(told, Effect::Broken(_)), "{told:?}");
    }

    #[test]
    fn on_the_way_down_what_is_kept_is_told_with_who_keeps_it() {
        let deployment = |release: &str, finalizers: Value| {
            json!({"kind": "Deployment", "metadata": {"name": "web", "annotations": {crate::programs::BY_HELM: release},
                "deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": finalizers}})
        };
        let own = json!(["foregroundDeletion"]);
        let told = seen(true, vec![deployment("app", own.clone())]);
        assert_eq!(
            told,
            Effect::Pending("deployment/web is being removed".into())
        );
        let told = seen(
            true,
            vec![deployment(
                "app",
                json!(["foregroundDeletion", "example.com/hold"]),
            )],
        );
        let Effect::Degraded(failure, _) = told else {
            panic!("{told:?}");
        };
        assert!(
            failure.cause.ends_with("its finalizer example.com/hold"),
            "{failure:?}"
        );
        assert!(failure.fix.unwrap().contains("patch deployment/web"));
        let silent = release().seen(&context(), &[said("The connection was refused")]);
        assert!(
            matches!(silent, Effect::Absent(_)),
            "helm goes on: {silent:?}"
        );
        let told = seen(
            true,
            vec![deployment("theirs", json!(["example.com/hold"]))],
        );
        assert!(matches!(told, Effect::Absent(_)), "{told:?}");
    }
}
