//! `rollout`: a release's pods, ready. Fails as soon as the cluster knows that they never will be, with the cause.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;
use serde_json::Value;

use crate::diagnose::{Evidence, diagnose};
use crate::programs::{items, objects};
use protocol::{Action, Answer, Effect, Facts, Failure, Kind, Probe, StepContext, listed};

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
    fn probes(&self, _: &StepContext) -> Vec<Probe> {
        vec![Probe::Run(objects(&self.context, &self.namespace))]
    }

    fn assess(&self, _: &StepContext, answers: &[Answer]) -> Effect {
        let objects = match listed(answers) {
            Ok(objects) => objects,
            Err(wait) => return wait,
        };
        let items: Vec<&Value> = items(&objects).filter(|item| self.concerns(item)).collect();
        let workloads: Vec<&Value> = items
            .iter()
            .copied()
            .filter(|item| is_workload(item))
            .collect();
        let waiting: Vec<String> = workloads.iter().filter_map(|item| unready(item)).collect();
        match waiting.as_slice() {
            [] if workloads.is_empty() => {
                Effect::Absent(format!("the release {} has no workloads", self.release))
            }
            [] => Effect::Present(ready(&workloads, &items), Facts::new()),
            [..] => self.cause(&items, &waiting),
        }
    }

    fn actions(&self, _: &StepContext, _: &[Answer]) -> Result<Vec<Action>, Failure> {
        Ok(Vec::new())
    }
}

impl Rollout {
    /// What the chart labels as the release's own, and what happened in the namespace.
    fn concerns(&self, item: &Value) -> bool {
        item["kind"] == "Event"
            || item["metadata"]["labels"]["app.kubernetes.io/instance"] == *self.release
    }

    fn cause(&self, items: &[&Value], waiting: &[String]) -> Effect {
        let evidence = Evidence::read(items.iter().copied());
        match diagnose(&evidence) {
            Some(finding) => {
                let failure = Failure::from(finding);
                let fix = failure.fix.clone().map(|fix| {
                    fix.replace(
                        "kubectl logs",
                        &format!(
                            "kubectl --context {} -n {} logs",
                            self.context, self.namespace
                        ),
                    )
                });
                Effect::Broken(Failure { fix, ..failure })
            }
            None => {
                let said = unready_because(&evidence).map(|words| format!("; {words}"));
                Effect::Pending(waiting.join(", ") + &said.unwrap_or_default())
            }
        }
    }
}

/// What the kubelet says of a container that runs and is not ready: it may still become so, so this is no cause yet.
fn unready_because(evidence: &Evidence) -> Option<String> {
    let mut waiting = evidence
        .containers()
        .filter(|(_, container)| !container.ready);
    waiting.find_map(|(pod, _)| {
        let event = evidence.event_about(&pod.name, &["Unhealthy"])?;
        let says = event.message.starts_with("Readiness probe failed");
        says.then(|| format!("pod/{}: {}", pod.name, event.message))
    })
}

fn is_workload(item: &Value) -> bool {
    matches!(
        item["kind"].as_str(),
        Some("Deployment" | "StatefulSet" | "Job")
    )
}

/// What a workload still lacks.
fn unready(item: &Value) -> Option<String> {
    let name = format!(
        "{}/{}",
        item["kind"].as_str().unwrap_or_default().to_lowercase(),
        item["metadata"]["name"].as_str().unwrap_or_default()
    );
    let (spec, status) = (&item["spec"], &item["status"]);
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    if item["kind"] == "Job" {
        return (count(&status["succeeded"]) < spec["completions"].as_u64().unwrap_or(1))
            .then(|| format!("{name} is not complete"));
    }
    let wanted = spec["replicas"].as_u64().unwrap_or(1);
    if count(&status["observedGeneration"]) < count(&item["metadata"]["generation"]) {
        return Some(format!("{name} is not seen by its controller yet"));
    }
    let ready = count(&status["readyReplicas"]).min(count(&status["updatedReplicas"]));
    let old = item["kind"] == "Deployment" && count(&status["replicas"]) > wanted;
    (ready < wanted || old).then(|| format!("{name} has {ready} of {wanted} ready"))
}

fn ready(workloads: &[&Value], items: &[&Value]) -> String {
    let restarts: u64 = items
        .iter()
        .filter(|item| item["kind"] == "Pod")
        .flat_map(|pod| {
            pod["status"]["containerStatuses"]
                .as_array()
                .cloned()
                .unwrap_or_default()
        })
        .map(|status| status["restartCount"].as_u64().unwrap_or(0))
        .sum();
    let counted = |count, what| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let workloads = counted(workloads.len() as u64, "workload");
    format!("{workloads} ready, {}", counted(restarts, "restart"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    use protocol::Output;
    use serde_json::json;

    #[test]
    fn what_belongs_to_another_release_does_not_count() {
        let of = |release: &str, ready: u32| {
            json!({"kind": "StatefulSet", "metadata": {"name": release, "labels": {"app.kubernetes.io/instance": release}},
                "spec": {"replicas": 1}, "status": {"readyReplicas": ready, "updatedReplicas": 1}})
        };
        let assessed = |ours: u32, theirs: u32| {
            let rollout = Rollout {
                context: "lab".to_string(),
                namespace: "app".to_string(),
                release: "ours".to_string(),
            };
            let items = json!({"items": [of("ours", ours), of("theirs", theirs)]});
            let stdout = items.to_string();
            let answer = Answer::Ran(Output {
                stdout,
                ..Output::default()
            });
            let context = StepContext {
                pipeline: "app",
                content: "0".to_string(),
                before: None,
                undo: false,
            };
            rollout.assess(&context, &[answer])
        };
        let stands = Effect::Present("1 workload ready, 0 restarts".to_string(), Facts::new());
        assert_eq!(assessed(1, 0), stands);
        let lacks = "statefulset/ours has 0 of 1 ready".to_string();
        assert_eq!(assessed(0, 1), Effect::Pending(lacks));
    }

    #[test]
    fn a_pod_that_runs_and_is_not_ready_says_why() {
        let pod = json!({"kind": "Pod", "metadata": {"name": "p"}, "spec": {},
            "status": {"phase": "Running", "containerStatuses": [{"name": "c", "ready": false, "restartCount": 0, "state": {"running": {}}}]}});
        let unhealthy = |words: &str| {
            let event = json!({"kind": "Event", "reason": "Unhealthy", "message": words,
                "involvedObject": {"kind": "Pod", "name": "p"}, "lastTimestamp": "2026-01-01T00:00:00Z"});
            unready_because(&Evidence::read([&pod, &event]))
        };
        let words = "Readiness probe failed: HTTP probe failed with statuscode: 404";
        assert_eq!(unhealthy(words), Some(format!("pod/p: {words}")));
        assert_eq!(unhealthy("Startup probe failed: connection refused"), None);
    }

    #[test]
    fn a_workload_says_what_it_lacks() {
        let mut item = json!({"kind": "Deployment", "metadata": {"name": "web", "generation": 2}, "spec": {"replicas": 2},
            "status": {"observedGeneration": 2, "replicas": 2, "readyReplicas": 2, "updatedReplicas": 1}});
        assert_eq!(unready(&item).unwrap(), "deployment/web has 1 of 2 ready");
        item["status"]["updatedReplicas"] = 2.into();
        assert_eq!(unready(&item), None);
        item["metadata"]["generation"] = 3.into();
        assert!(unready(&item).unwrap().contains("not seen"));
    }
}
