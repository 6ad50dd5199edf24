//! `rollout`: a release's pods, ready. Fails as soon as the cluster knows that they never will be,
//! with the cause.

mod aside;
mod far;
#[cfg(test)]
mod tests;
mod unready;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::diagnose::{
    Evidence, Finding, PODS, STANDING, diagnose, listed, object, pods, restarts,
};
use crate::forbidden::forbidden;
use crate::parts;
use crate::programs::{
    BY_HELM, events, items, kubectl, last_lines, manifest, objects, of_release, states_of_pods,
};
use crate::singly::{placed, those};
use far::Far;
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
        let wanted = manifest(&self.release, &self.context, &self.namespace);
        let mut probes = vec![Probe::Run(objects), Probe::Run(events), wanted];
        if asks_logs(context) {
            let selectors = [of_release(&self.release), UNLABELLED.to_string()];
            let lines = selectors.map(|pods| last_lines(&self.context, &self.namespace, &pods));
            probes.extend(lines.map(Probe::Run));
        }
        probes
    }

    fn more_probes(&self, _: &StepContext, answers: &[Answer]) -> Vec<Probe> {
        let chart = chart(answers);
        let far = self.far(&chart);
        let asks = (!far.is_empty()).then(|| Probe::Run(those(&self.context, far)));
        asks.into_iter().collect()
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
        let (logs, far) = answers
            .get(3..)
            .unwrap_or_default()
            .split_at_checked(if asks_logs(context) { 2 } else { 0 })
            .unwrap_or_default();
        let asked = Asked {
            chart: manifest_in(answers).is_some(),
            logs: !logs.is_empty(),
        };
        let logs: String = logs.iter().filter_map(Answer::stdout).collect();
        let chart = chart(answers);
        let concerned = at_work(self.concerning(&objects), &chart);
        let all = concerned.iter().copied().chain(items(&events));
        let evidence = Evidence::read(all).with_logs(&logs).with_wanted(&chart);
        let of_kind = |item: &&&Value| is_workload(item);
        let workloads: Vec<&Value> = concerned.iter().filter(of_kind).copied().collect();
        let far = Far::new(self.far(&chart), far.first());
        let unseen = unseen(answers.get(1));
        let waiting = workloads.iter().filter_map(|item| unready(item, &evidence));
        let waiting: Vec<String> = waiting.chain(far.lacks()).collect();
        match waiting.as_slice() {
            [] if workloads.is_empty()
                && far.is_empty()
                && !items(&objects).any(|item| self.is_part(item)) =>
            {
                self.missing(context)
            }
            [] => match diagnose(&evidence, &[STANDING]) {
                Some(finding) => self.told(finding, &asked),
                None => stands(context, &evidence, &workloads, &far),
            },
            [..] => match self.cause(&evidence, &waiting, &asked) {
                Effect::Pending(why) => Effect::Pending(why + &unseen),
                effect => effect,
            },
        }
    }

    /// Nobody looks at the pods of workloads elsewhere.
    fn overdue(&self, failure: Failure, answers: &[Answer]) -> Failure {
        let chart = chart(answers);
        let late = |item: &&Value| failure.cause.contains(&format!("{} has ", placed(item)));
        let Some(far) = self.far(&chart).into_iter().find(late) else {
            return failure;
        };
        let elsewhere = far["metadata"]["namespace"].as_str().unwrap_or_default();
        let describe = kubectl(&self.context).args(["-n", elsewhere, "describe", "pods"]);
        let fix = format!(
            "pods in {elsewhere} are not looked at from here: `{describe}` tells why they are not ready"
        );
        failure.fix(fix)
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

    /// The workloads that the chart has in other namespaces.
    fn far<'a>(&self, chart: &'a [Value]) -> Vec<&'a Value> {
        let is_far = |item: &&Value| is_workload(item) && !parts::is_in(item, &self.namespace);
        chart.iter().filter(is_far).collect()
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

fn manifest_in(answers: &[Answer]) -> Option<&str> {
    answers.get(2).and_then(Answer::stdout)
}

/// The objects that the chart has; none if helm does not tell.
fn chart(answers: &[Answer]) -> Vec<Value> {
    parts::in_manifest(manifest_in(answers).unwrap_or_default()).unwrap_or_default()
}

/// What the containers wrote is worth a question once something is amiss.
fn asks_logs(context: &StepContext) -> bool {
    matches!(context.last, Some(Effect::Degraded(..)))
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

/// What is said of a wait whose cause would stand in events that nobody tells.
fn unseen(events: Option<&Answer>) -> String {
    let silent = events.filter(|answer| answer.stdout().is_none());
    let trouble = silent.map(Answer::trouble);
    let says = trouble.map(|trouble| match forbidden(&trouble) {
        Some(failure) => failure.cause,
        None => trouble,
    });
    says.map_or(String::new(), |says| {
        format!(" (why can't be seen without events: {says})")
    })
}

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

/// Without the workloads that the chart wants no pods of, and what leads to them.
fn at_work<'a>(concerned: Vec<&'a Value>, chart: &[Value]) -> Vec<&'a Value> {
    let rests: Vec<String> = chart
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
fn stands(context: &StepContext, evidence: &Evidence, workloads: &[&Value], far: &Far) -> Effect {
    let known = context.before.and_then(|before| before.get(RESTARTS));
    if let Some(again) = known.and_then(|known| restarts::since(evidence, known)) {
        return Effect::Absent(again);
    }
    if let Some(lately) = restarts::lately(evidence, context.now) {
        return Effect::Pending(lately);
    }
    let counted = restarts::counted(evidence);
    let times = counted.as_object().into_iter().flatten();
    let times: u64 = times.filter_map(|(_, times)| times.as_u64()).sum();
    let several = |count| if count == 1 { "" } else { "s" };
    let asides = aside::asides(workloads);
    let ready = workloads.len() + far.count() - asides.idle();
    let says = format!(
        "{ready} workload{} ready{asides}, {times} restart{}{far}",
        several(ready as u64),
        several(times)
    );
    Effect::Present(says, Facts::from([(RESTARTS.to_string(), counted)]))
}
