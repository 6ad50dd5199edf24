//! What a helm that takes long waits for: the chart's hooks on the way up, and on the way down
//! objects that something keeps.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use serde_json::Value;

use super::HelmRelease;
use crate::diagnose::{
    Evidence, PODS, condition, diagnose, failures, is_ready, listed, object, seconds,
};
use crate::parts;
use crate::programs::{HOOK, INSTANCE, events, items, kubectl, last_lines, objects};
use protocol::{Answer, Effect, Failure, Probe, StepContext};

/// By so many seconds the cluster's clock may be behind.
const SLACK: u64 = 2;
/// A label of every pod that a Job made.
const MADE_BY_A_JOB: &str = "job-name";
/// What foreground deletion itself sets, and waits for.
const OWN: [&str; 2] = ["foregroundDeletion", "orphan"];

impl HelmRelease {
    /// Of what is removed in several places nobody knows which is waited for.
    pub(super) fn look(&self, context: &StepContext) -> Vec<Probe> {
        let (cluster, namespace) = (&self.context, &self.namespace);
        let objects = objects(cluster, namespace);
        let events = events(cluster, namespace);
        let logs = last_lines(cluster, namespace, MADE_BY_A_JOB);
        let questions = match context.undo {
            false => vec![objects, events, logs],
            true if self.each(context).len() == 1 => vec![objects],
            true => Vec::new(),
        };
        questions.into_iter().map(Probe::Run).collect()
    }

    pub(super) fn seen(&self, context: &StepContext, lasted: Duration, said: &[Answer]) -> Effect {
        match listed(&self.context, said) {
            Ok(objects) if context.undo => self.kept(&objects),
            Ok(objects) => {
                let began = context.now.saturating_sub(lasted.as_secs() + SLACK);
                self.hooks(
                    &objects,
                    i64::try_from(began).unwrap_or_default(),
                    &said[1..],
                )
            }
            // Helm may get over it, or may do what we may not look at.
            Err(_) => Effect::Absent("what helm waits for can't be looked at".to_string()),
        }
    }

    /// What a hook that was made since then waits for or fails over.
    fn hooks(&self, objects: &Value, since: i64, more: &[Answer]) -> Effect {
        let happened = more.first().and_then(Answer::json).unwrap_or_default();
        let logs = more.get(1).and_then(Answer::stdout).unwrap_or_default();
        let is_hook = |item: &Value| self.is_hook(item) && made(item) >= since;
        let mut concerned = parts::concerning(objects, &self.namespace, is_hook);
        let Some(hook) = concerned.iter().copied().find(|item| is_hook(item)) else {
            return Effect::Absent("no hook of the chart runs".to_string());
        };
        let is_pod = |item: &&&Value| item["kind"] == "Pod";
        let pods: Vec<&Value> = concerned.iter().filter(is_pod).copied().collect();
        concerned.retain(|item| item["kind"] != "Node" || is_home(item, &pods));
        let logs = said_by(&pods, logs);
        let all = concerned.iter().copied().chain(items(&happened));
        let evidence = Evidence::read(all).with_logs(&logs);
        // One that runs as it should is not asked what else may be wrong in the cluster.
        let is_well = !pods.is_empty() && pods.iter().all(|pod| is_ready(pod));
        match diagnose(&evidence, &[PODS]).filter(|_| !is_well) {
            Some(finding) => finding.into_effect(&self.context, &self.namespace),
            None => {
                let last = logs
                    .lines()
                    .next_back()
                    .and_then(|line| line.split_once("] "));
                let last = last.map_or(String::new(), |(_, words)| format!(": {words}"));
                let does = failures(&evidence, hook);
                let does = does.unwrap_or_else(|| format!("runs{last}"));
                Effect::Pending(format!("the chart's hook {} {does}", object(hook)))
            }
        }
    }

    /// Whether it is a hook that helm waits for, and no other release's. Tests run when they are
    /// asked for.
    fn is_hook(&self, item: &Value) -> bool {
        let metadata = &item["metadata"];
        let instance = metadata["labels"][INSTANCE].as_str();
        let ends_well = condition(item, "Complete").is_some_and(|ends| ends["status"] == "True");
        let waits = matches!(item["kind"].as_str(), Some("Job" | "Pod")) && !ends_well;
        let hook = metadata["annotations"][HOOK].as_str();
        let is_due = hook.is_some_and(|hook| hook.contains("pre-") || hook.contains("post-"));
        waits && is_due && instance.is_none_or(|instance| instance == self.release)
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
    fn held(&self, item: &Value, (at, keeper): (usize, &str)) -> Effect {
        let name = object(item);
        let remove = format!(r#"[{{"op":"remove","path":"/metadata/finalizers/{at}"}}]"#);
        let free = kubectl(&self.context).args(["-n", &self.namespace]).args([
            "patch",
            &name,
            "--type=json",
            "-p",
            &remove,
        ]);
        let failure = Failure::new(format!("{name} is kept by its finalizer {keeper}"));
        let fix = format!("see why whoever set it does not take it off; if that is gone: `{free}`");
        Effect::Degraded(failure.fix(fix), Duration::from_secs(600))
    }
}

/// When it was made, in seconds since 1970.
fn made(item: &Value) -> i64 {
    let made = item["metadata"]["creationTimestamp"].as_str();
    made.and_then(seconds).unwrap_or_default()
}

/// Whether a node is where one of these pods is, or may be the one that has no room for them.
fn is_home(node: &Value, pods: &[&Value]) -> bool {
    let name = &node["metadata"]["name"];
    let home = |pod: &&Value| pod["spec"]["nodeName"] == *name || pod["spec"]["nodeName"].is_null();
    pods.iter().any(home)
}

/// What these pods wrote; other Jobs run beside.
fn said_by(pods: &[&Value], lines: &str) -> String {
    let mark = |pod: &&Value| format!("[pod/{}/", pod["metadata"]["name"].as_str().unwrap_or("?"));
    let marks: Vec<String> = pods.iter().map(mark).collect();
    let is_theirs = |line: &&str| marks.iter().any(|mark| line.starts_with(mark.as_str()));
    let lines: Vec<&str> = lines.lines().filter(is_theirs).collect();
    lines.join("\n")
}

/// The finalizer that keeps an object that is to go, and its place; Kubernetes takes off its own.
fn keeper(item: &Value) -> Option<(usize, &str)> {
    let finalizers = item["metadata"]["finalizers"].as_array()?;
    let is_own = |name: &str| {
        let domain = name.split('/').next().unwrap_or_default();
        OWN.contains(&name) || domain.ends_with("kubernetes.io")
    };
    let names = finalizers.iter().filter_map(Value::as_str).enumerate();
    names.into_iter().find(|(_, name)| !is_own(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{context, said};
    use serde_json::json;

    fn release() -> HelmRelease {
        toml::from_str("context = 'lab'\nnamespace = 'n'\nrelease = 'app'\nchart = 'c'").unwrap()
    }

    /// What is seen when helm began at half past.
    fn seen(undo: bool, items: Vec<Value>) -> Effect {
        let answers = [
            said(&json!({"items": items}).to_string()),
            said(r#"{"items":[]}"#),
            said(""),
        ];
        let now = seconds("2026-01-01T00:31:00Z").unwrap() as u64;
        let context = StepContext {
            undo,
            now,
            ..context()
        };
        release().seen(&context, Duration::from_secs(60), &answers)
    }

    fn hook(phase: &str, made: &str, conditions: Value) -> Value {
        json!({"kind": "Job", "metadata": {"name": "migrate", "uid": "1", "creationTimestamp": made, "annotations": {HOOK: phase}},
            "status": {"conditions": conditions}})
    }

    /// A pod of the hook whose image is not there.
    fn pod() -> Value {
        let waiting = json!({"reason": "InvalidImageName", "message": "couldn't parse it"});
        json!({"kind": "Pod", "metadata": {"name": "migrate-1", "ownerReferences": [{"uid": "1"}]}, "spec": {"containers": [{"name": "m"}], "nodeName": "a"},
            "status": {"containerStatuses": [{"name": "m", "image": "Web:1", "state": {"waiting": waiting}}]}})
    }

    const NOW: &str = "2026-01-01T00:30:05Z";
    const BEFORE: &str = "2026-01-01T00:29:00Z";

    #[test]
    fn a_hook_that_runs_is_told_with_what_it_waits_for() {
        let ends = |kind: &str| json!([{"type": kind, "status": "True"}]);
        let runs = || Effect::Pending("the chart's hook job/migrate runs".to_string());
        assert_eq!(
            seen(false, vec![hook("pre-install,pre-upgrade", NOW, json!([]))]),
            runs()
        );
        let told = seen(false, vec![hook("pre-upgrade", NOW, json!([])), pod()]);
        let Effect::Broken(failure) = told else {
            panic!("{told:?}");
        };
        assert!(failure.cause.starts_with("pod/migrate-1"), "{failure:?}");
        let told = seen(false, vec![hook("post-install", NOW, ends("Failed"))]);
        assert!(matches!(told, Effect::Broken(_)), "{told:?}");
        // Of the chart's tests, of what is over, of an earlier run and of another release nobody waits for.
        let mut other = hook("pre-upgrade", NOW, json!([]));
        other["metadata"]["labels"] = json!({INSTANCE: "other"});
        for past in [
            hook("test", NOW, json!([])),
            hook("post-install", NOW, ends("Complete")),
            hook("post-install", BEFORE, ends("Failed")),
            hook("post-upgrade", BEFORE, json!([])),
            other,
        ] {
            let told = seen(false, vec![past, pod()]);
            assert!(matches!(told, Effect::Absent(_)), "{told:?}");
        }
    }

    #[test]
    fn a_hook_that_is_tried_again_says_why_it_failed() {
        let mut job = hook("pre-upgrade", NOW, json!([]));
        job["status"]["failed"] = 2.into();
        let ended = json!({"exitCode": 128, "reason": "StartError", "message": "exec: \"/nope\": no such file"});
        let mut pod = pod();
        pod["status"] = json!({"phase": "Failed", "containerStatuses": [{"name": "m", "state": {"terminated": ended}}]});
        let told = "the chart's hook job/migrate has failed 2 times: exec: \"/nope\": no such file";
        assert_eq!(
            seen(false, vec![job, pod]),
            Effect::Pending(told.to_string())
        );
    }

    #[test]
    fn a_hook_that_runs_as_it_should_is_not_ended_over_what_else_is_wrong() {
        let ready = json!([{"type": "Ready", "status": "True"}]);
        let mut pod = pod();
        pod["status"] = json!({"phase": "Running", "conditions": ready});
        let down = json!([{"type": "Ready", "status": "False", "reason": "KubeletNotReady", "lastTransitionTime": "2025-01-01T00:00:00Z"}]);
        let node = |name: &str| json!({"kind": "Node", "metadata": {"name": name}, "status": {"conditions": down}});
        let told = seen(
            false,
            vec![hook("pre-upgrade", NOW, json!([])), pod.clone(), node("b")],
        );
        assert!(matches!(told, Effect::Pending(_)), "{told:?}");
        pod["status"] = json!({"phase": "Running"});
        let told = seen(
            false,
            vec![hook("pre-upgrade", NOW, json!([])), pod, node("b")],
        );
        assert!(matches!(told, Effect::Pending(_)), "{told:?}");
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
                json!([
                    "service.kubernetes.io/load-balancer-cleanup",
                    "example.com/hold"
                ]),
            )],
        );
        let Effect::Degraded(failure, _) = told else {
            panic!("{told:?}");
        };
        assert!(
            failure.cause.ends_with("its finalizer example.com/hold"),
            "{failure:?}"
        );
        assert!(failure.fix.unwrap().contains("/metadata/finalizers/1"));
        let refused = [said("The connection was refused")];
        let silent = release().seen(&context(), Duration::ZERO, &refused);
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
