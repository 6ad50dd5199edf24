//! `rollout`: a release's pods, ready. Fails as soon as the cluster knows that they never will be,
//! with the cause.

mod aside;
mod unready;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::diagnose::{
    Evidence, Finding, PODS, STANDING, diagnose, listed, object, pods, restarts,
};
use crate::parts;
use crate::programs::{
    BY_HELM, events, helm, items, last_lines, objects, of_release, states_of_pods,
};
use protocol::{Action, Answer, Cmd, Effect, Facts, Failure, Kind, Probe, StepContext, Table};
use unready::unready;

/// Waits for a release's pods.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"context": "${context}", "namespace": "app", "release": "app"}))]
pub(crate) struct Rollout {
    /// The kubeconfig context.
    context: String,
    /// The release's namespace.
    namespace: String,
    /// The release's name.
    release: String,
}

impl Kind for Rollout {
    fn probes(&self, context: &StepContext) -> Vec<Probe> {
        let objects = objects(&self.context, &self.namespace);
        let events = events(&self.context, &self.namespace);
        let wanted = ["get", "manifest", &self.release];
        let wanted = helm(wanted, &self.context, &self.namespace);
        let mut probes = vec![objects, events, wanted];
        // What the containers wrote is worth a question once something is amiss.
        if matches!(context.last, Some(Effect::Degraded(..))) {
            let selectors = [of_release(&self.release), UNLABELLED.to_string()];
            let lines = selectors.map(|pods| last_lines(&self.context, &self.namespace, &pods));
            probes.extend(lines);
        }
        probes.into_iter().map(Probe::Run).collect()
    }

    fn watch(&self) -> Option<Cmd> {
        Some(states_of_pods(
            &self.context,
            &self.namespace,
            &self.release,
        ))
    }

    fn assess(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        let objects = match listed(&self.context, answers) {
            Ok(objects) => objects,
            Err(effect) => return effect,
        };
        let events = answers.get(1).and_then(Answer::json).unwrap_or_default();
        let wanted = answers.get(2).and_then(Answer::stdout);
        let logs = answers.iter().skip(3).filter_map(Answer::stdout);
        let logs: String = logs.collect();
        let asked = Asked {
            chart: wanted.is_some(),
            logs: answers.len() > 3,
        };
        let concerned = at_work(self.concerning(&objects), wanted.unwrap_or_default());
        let all = concerned.iter().copied().chain(items(&events));
        let chart = parts::in_manifest(wanted.unwrap_or_default()).unwrap_or_default();
        let evidence = Evidence::read(all).with_logs(&logs).with_wanted(&chart);
        let of_kind = |item: &&&Value| is_workload(item);
        let workloads: Vec<&Value> = concerned.iter().filter(of_kind).copied().collect();
        let waiting: Vec<String> = workloads
            .iter()
            .filter_map(|item| unready(item, &evidence))
            .collect();
        match waiting.as_slice() {
            [] if workloads.is_empty() && !items(&objects).any(|item| self.is_part(item)) => {
                self.missing(context)
            }
            [] => match diagnose(&evidence, &[STANDING]) {
                Some(finding) => self.told(finding, &asked),
                None => stands(context, &evidence, &workloads),
            },
            [..] => self.cause(&evidence, &waiting, &asked),
        }
    }

    fn table(&self, answers: &[Answer]) -> Option<Table> {
        let objects = listed(&self.context, answers).ok()?;
        pods::table(&self.concerning(&objects))
    }

    fn actions(&self, _: &StepContext, _: &[Answer]) -> Result<Vec<Action>, Failure> {
        Ok(Vec::new())
    }
}

impl Rollout {
    fn concerning<'a>(&self, objects: &'a Value) -> Vec<&'a Value> {
        parts::concerning(objects, &self.namespace, |item| self.is_part(item))
    }

    fn is_part(&self, item: &Value) -> bool {
        parts::is_of(item, &self.namespace, &self.release)
    }

    /// What was there a moment ago does not come back by itself.
    fn missing(&self, context: &StepContext) -> Effect {
        let release = &self.release;
        match context.last {
            Some(Effect::Pending(_) | Effect::Degraded(..)) => {
                let cause = format!(
                    "the release {release} is gone: somebody removed it, or its namespace, meanwhile"
                );
                Effect::Broken(Failure::new(cause).fix("`cargo xtask up` makes it again"))
            }
            _ => Effect::Absent(format!("nothing here belongs to the release {release}")),
        }
    }

    /// Why the workloads are not ready; what they lack, as long as that is only a matter of time.
    fn cause(&self, evidence: &Evidence, waiting: &[String], asked: &Asked) -> Effect {
        let lacks = waiting.join(", ");
        // While an image is on its way, whoever needs that pod is not ready either, however long.
        match (diagnose(evidence, &[PODS, STANDING]), evidence.pulls()) {
            (Some(finding), Some(pulls)) if finding.patience.is_some() => Effect::Pending(format!(
                "{pulls}; meanwhile {} {}",
                finding.object, finding.cause
            )),
            (Some(finding), _) => self.told(finding, asked),
            (None, Some(pulls)) => Effect::Pending(format!("{lacks}: {pulls}")),
            (None, None) => Effect::Pending(lacks),
        }
    }

    /// A chart can want a workload without pods: before that is the cause, the chart is asked; and
    /// what ended badly may have said why.
    fn told(&self, finding: Finding, asked: &Asked) -> Effect {
        let asks = finding.id == SCALED_TO_ZERO && !asked.chart
            || LAST_WORDS.contains(&finding.id) && !asked.logs;
        match finding.into_effect(&self.context, &self.namespace) {
            Effect::Broken(failure) if asks => Effect::Degraded(failure, ANOTHER_LOOK),
            effect => effect,
        }
    }
}

/// The fact that holds how often each container was started again.
const RESTARTS: &str = "restarts";

/// Selects pods of charts that do not say to which release they belong.
const UNLABELLED: &str = "!app.kubernetes.io/instance";
/// What was asked besides, before something is called the cause.
struct Asked {
    chart: bool,
    logs: bool,
}

/// Causes that quote what containers wrote last.
const LAST_WORDS: [&str; 5] = [
    "crash-loop",
    "init-failed",
    "init-waits",
    "job-failed",
    "pod-failed",
];
const SCALED_TO_ZERO: &str = "scaled-to-zero";
const ANOTHER_LOOK: Duration = Duration::from_secs(5);

fn is_idle(item: &Value) -> bool {
    item["spec"]["replicas"] == 0
}

/// Whether it is a Service that selects a workload's pods.
fn leads_to(item: &Value, workload: &Value) -> bool {
    let labels = &workload["spec"]["template"]["metadata"]["labels"];
    let selector = item["spec"]["selector"].as_object();
    item["kind"] == "Service"
        && selector
            .is_some_and(|selector| selector.iter().all(|(key, value)| labels[key] == *value))
}

/// Without the workloads that the chart's manifest wants no pods of, and what leads to them.
fn at_work<'a>(concerned: Vec<&'a Value>, manifest: &str) -> Vec<&'a Value> {
    let wanted = parts::in_manifest(manifest).unwrap_or_default();
    let rests: Vec<String> = wanted
        .iter()
        .filter(|item| is_idle(item))
        .map(object)
        .collect();
    let (idle, mut others): (Vec<&Value>, Vec<&Value>) = concerned
        .into_iter()
        .partition(|item| is_idle(item) && rests.contains(&object(item)));
    others.retain(|item| !idle.iter().any(|workload| leads_to(item, workload)));
    others
}

/// Pods of tests and other hooks come and go; those that somebody runs beside are nobody's.
fn is_workload(item: &Value) -> bool {
    match item["kind"].as_str() {
        Some("DaemonSet" | "Deployment" | "StatefulSet" | "Job") => true,
        Some("Pod") => item["metadata"]["annotations"][BY_HELM].is_string(),
        _ => false,
    }
}

/// Everything is ready; what was started again since the last look is worth another.
fn stands(context: &StepContext, evidence: &Evidence, workloads: &[&Value]) -> Effect {
    let known = context.before.and_then(|before| before.get(RESTARTS));
    if let Some(again) = known.and_then(|known| restarts::since(evidence, known)) {
        return Effect::Absent(again);
    }
    let counted = restarts::counted(evidence);
    let times = counted.as_object().into_iter().flatten();
    let times: u64 = times.filter_map(|(_, times)| times.as_u64()).sum();
    let several = |count| if count == 1 { "" } else { "s" };
    let asides = aside::asides(workloads);
    let ready = workloads.len() - asides.suspended;
    let says = format!(
        "{ready} workload{} ready{asides}, {times} restart{}",
        several(ready as u64),
        several(times)
    );
    Effect::Present(says, Facts::from([(RESTARTS.to_string(), counted)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{context, said};
    use serde_json::json;

    fn rollout() -> Rollout {
        Rollout {
            context: "lab".to_string(),
            namespace: "app".to_string(),
            release: "ours".to_string(),
        }
    }

    #[test]
    fn what_belongs_to_another_release_does_not_count() {
        let of = |release: &str, ready: u32| {
            json!({"kind": "StatefulSet", "metadata": {"name": release, "labels": {"app.kubernetes.io/instance": release}},
                "spec": {"replicas": 1}, "status": {"readyReplicas": ready, "updatedReplicas": 1}})
        };
        let assessed = |ours: u32, theirs: u32| {
            let items = json!({"items": [of("ours", ours), of("theirs", theirs)]});
            rollout().assess(&context(), &[said(&items.to_string())])
        };
        let none = Facts::from([(RESTARTS.to_string(), json!({}))]);
        let stands = Effect::Present("1 workload ready, 0 restarts".to_string(), none);
        assert_eq!(assessed(1, 0), stands);
        let lacks = "statefulset/ours has 0 of 1 ready".to_string();
        assert_eq!(assessed(0, 1), Effect::Pending(lacks));
    }

    /// Charts of other people label their objects in other ways; helm marks all of them.
    #[test]
    fn what_helm_made_counts_with_all_that_it_made_whatever_its_labels() {
        let by_helm = |kind: &str, status: Value| json!({"kind": kind, "metadata": {"name": "web", "uid": kind, "annotations": {BY_HELM: "ours"}}, "spec": {}, "status": status});
        let told = |items: &[Value]| {
            let list = json!({"items": items}).to_string();
            match rollout().assess(&context(), &[said(&list)]) {
                Effect::Present(says, _) | Effect::Absent(says) | Effect::Pending(says) => says,
                Effect::Degraded(failure, _) | Effect::Broken(failure) => failure.cause,
            }
        };
        let agents = |ready: u8| {
            by_helm(
                "DaemonSet",
                json!({"desiredNumberScheduled": 2, "numberReady": ready, "updatedNumberScheduled": 2}),
            )
        };
        assert_eq!(told(&[agents(1)]), "daemonset/web has 1 of 2 ready");
        assert_eq!(told(&[agents(2)]), "1 workload ready, 0 restarts");
        let owned = |kind: &str, owner: &str| {
            json!({"kind": kind, "metadata": {"name": "web-1", "uid": kind, "ownerReferences": [{"uid": owner}]}, "spec": {"containers": [{"name": "web"}]},
                "status": {"containerStatuses": [{"name": "web", "image": "web:1", "state": {"waiting": {"reason": "InvalidImageName"}}}]}})
        };
        let deployment = by_helm("Deployment", json!({}));
        let pod = told(&[
            owned("Pod", "ReplicaSet"),
            owned("ReplicaSet", "Deployment"),
            deployment,
        ]);
        assert!(pod.contains("web:1"), "{pod}");
        assert_eq!(
            told(&[by_helm("Pod", json!({"phase": "Pending"}))]),
            "pod/web is not ready"
        );
        let over = told(&[by_helm("Pod", json!({"phase": "Failed"}))]);
        assert!(over.contains("has failed for good"), "{over}");
        assert_eq!(
            told(&[by_helm("ConfigMap", Value::Null)]),
            "0 workloads ready, 0 restarts"
        );
        assert_eq!(told(&[]), "nothing here belongs to the release ours");
    }

    #[test]
    fn what_the_chart_wants_is_asked_with_the_first_look() {
        let asked = rollout().probes(&context());
        let wanted = helm(["get", "manifest", "ours"], "lab", "app");
        assert_eq!(asked.last(), Some(&Probe::Run(wanted)));
    }

    #[test]
    fn a_release_that_goes_while_it_is_waited_for_ends_the_wait() {
        let nothing = [said(r#"{"items":[]}"#)];
        let first = rollout().assess(&context(), &nothing);
        assert!(matches!(first, Effect::Absent(_)));
        let waited = Effect::Pending("statefulset/ours has 0 of 1 ready".to_string());
        let after = StepContext {
            last: Some(&waited),
            ..context()
        };
        let Effect::Broken(failure) = rollout().assess(&after, &nothing) else {
            panic!("it does not come back");
        };
        assert!(failure.cause.starts_with("the release ours is gone"));
    }

    #[test]
    fn a_workload_without_pods_is_a_cause_unless_the_chart_wants_it_so() {
        let web = json!({"kind": "Deployment", "metadata": {"name": "web", "labels": {"app.kubernetes.io/instance": "ours"}}, "spec": {"replicas": 0}});
        let objects = json!({"items": [web]}).to_string();
        let told = |manifest: &[&str]| {
            let texts = [objects.as_str(), r#"{"items":[]}"#].into_iter();
            let answers: Vec<Answer> = texts.chain(manifest.iter().copied()).map(said).collect();
            rollout().assess(&context(), &answers)
        };
        assert!(matches!(told(&[]), Effect::Degraded(..)));
        let wanted = |replicas: u8| {
            format!("kind: Deployment\nmetadata: {{name: web}}\nspec: {{replicas: {replicas}}}\n")
        };
        assert!(matches!(told(&[&wanted(1)]), Effect::Broken(_)));
        assert!(matches!(told(&[&wanted(0)]), Effect::Present(..)));
    }

    /// A run of a CronJob may be under way, or have failed last night.
    #[test]
    fn what_runs_by_the_clock_is_not_waited_for() {
        let ours = json!({"app.kubernetes.io/instance": "ours"});
        let owned = |kind: &str, uid: &str, owner: Value| {
            json!({"kind": kind, "metadata": {"name": uid, "uid": uid, "labels": ours, "ownerReferences": [owner]},
            "spec": {"containers": [{"name": "c"}]}, "status": {"conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}]}})
        };
        let told = |owner: &str| {
            let run = owned("Job", "nightly-1", json!({"kind": owner, "uid": "nightly"}));
            let pod = owned(
                "Pod",
                "nightly-1-x",
                json!({"kind": "Job", "uid": "nightly-1"}),
            );
            let web = json!({"kind": "ConfigMap", "metadata": {"name": "web", "labels": ours}});
            let list = json!({"items": [run, pod, web]}).to_string();
            rollout().assess(&context(), &[said(&list)])
        };
        assert!(matches!(told("CronJob"), Effect::Present(..)));
        assert!(
            matches!(told("Workflow"), Effect::Degraded(..)),
            "its last words are asked for"
        );
    }

    /// What others made decides about a release too, whatever its labels say.
    #[test]
    fn a_webhook_of_another_release_is_known() {
        let ours = json!({"name": "web", "labels": {"app.kubernetes.io/instance": "ours"}});
        let message = "failed calling webhook \"policy.example.com\": no endpoints";
        let failure = json!({"type": "ReplicaFailure", "status": "True", "message": message});
        let deployment = json!({"kind": "Deployment", "metadata": ours, "spec": {"replicas": 1}});
        let set =
            json!({"kind": "ReplicaSet", "metadata": ours, "status": {"conditions": [failure]}});
        let node = json!({"kind": "Node", "metadata": {"name": "n"}});
        let theirs = json!({"name": "policy", "labels": {"app.kubernetes.io/instance": "theirs"}});
        let hook = json!({"kind": "ValidatingWebhookConfiguration", "metadata": theirs,
            "webhooks": [{"name": "policy.example.com"}]});
        let told = |items: &[&Value]| {
            let list = json!({"items": items}).to_string();
            match rollout().assess(&context(), &[said(&list)]) {
                Effect::Degraded(failure, _) => failure.cause,
                other => panic!("{other:?}"),
            }
        };
        let there = told(&[&deployment, &set, &node, &hook]);
        assert!(there.contains("policy.example.com"), "{there}");
        let gone = told(&[&deployment, &set, &node]);
        assert!(gone.contains("a reason that is gone"), "{gone}");
    }
}
