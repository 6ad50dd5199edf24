//! The containers of a release's pods, each followed from when it is seen: those of new pods, and
//! of new starts, too.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread::{self, Scope};
use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::Value;

use super::readable::Lines;
use crate::commands::open::Opened;
use crate::commands::release::Release;
use engine::exec::{Exec, Setting, Streams};
use engine::progress;
use kinds::parts;
use kinds::programs::{COMPONENT, kubectl};
use protocol::{Cmd, Probe};

/// How often the cluster is asked for pods.
const LOOK: Duration = Duration::from_millis(500);
/// How many of a container's last lines are shown when the following begins; of later ones all are.
const LAST: &str = "20";

/// One start of a container.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Started {
    service: String,
    pod: String,
    container: String,
    restarts: u64,
}

struct Follower<'a> {
    exec: &'a Exec,
    release: &'a Release,
    service: Option<&'a str>,
    lines: &'a Lines<'a>,
    followed: Mutex<BTreeSet<Started>>,
}

/// Prints what the containers write until a signal ends it.
pub(super) fn follow(
    opened: &Opened,
    release: &Release,
    service: Option<&str>,
    lines: &Lines,
) -> Result<()> {
    let follower = Follower {
        exec: &opened.world.exec,
        release,
        service,
        lines,
        followed: Mutex::default(),
    };
    let first = follower.started()?;
    if first.is_empty() {
        let of = service.map_or(String::new(), |service| format!(" of `{service}`"));
        let Release {
            name, namespace, ..
        } = release;
        progress::say(&format!(
            "the release {name} has no pods{of} in the namespace {namespace} yet; waiting for them"
        ));
    }
    thread::scope(|scope| follower.keep_up(scope, first));
    Ok(())
}

impl Follower<'_> {
    fn keep_up<'s>(&'s self, scope: &'s Scope<'s, '_>, first: Vec<Started>) {
        let mut tail = LAST;
        let mut started = first;
        while !self.exec.is_ending() {
            for one in started {
                if self.followed.lock().unwrap().insert(one.clone()) {
                    scope.spawn(move || self.print(&one, tail));
                }
            }
            thread::sleep(LOOK);
            tail = "-1";
            // A cluster that does not answer now may do so the next time.
            started = self.started().unwrap_or_default();
        }
    }

    /// The containers of the release that have been started.
    fn started(&self) -> Result<Vec<Started>> {
        let Release {
            context,
            namespace,
            name,
        } = self.release;
        let ask = Probe::Run(parts::listing(context, namespace));
        let answer = self.exec.ask(&ask, &Setting::default());
        let Some(objects) = answer.json() else {
            let words = answer.trouble();
            bail!("kubectl does not list pods: {words}; `cargo xtask status` looks at the cluster");
        };
        let wanted = |started: &Started| self.service.is_none_or(|name| name == started.service);
        let pods = parts::pods(&objects, namespace, name).into_iter();
        Ok(pods.flat_map(containers).filter(wanted).collect())
    }

    fn kubectl(&self) -> Cmd {
        kubectl(&self.release.context).args(["-n", &self.release.namespace])
    }

    fn print(&self, started: &Started, tail: &str) {
        let tail = format!("--tail={tail}");
        let (pod, container) = (&*started.pod, &*started.container);
        let logs = ["logs", "--follow", &tail, pod, "--container", container];
        let setting = Setting {
            streams: Streams::Together,
            ..Setting::default()
        };
        let whose = started.to_string();
        let mut sink = |line: &str| self.lines.print(&whose, line);
        // How it ended is in what it printed.
        let _ = self
            .exec
            .run(&self.kubectl().args(logs), &setting, &mut sink);
    }
}

impl std::fmt::Display for Started {
    /// `backend/x7k2p`, and the container where it is not the service itself.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let which = self.pod.rsplit('-').next().unwrap_or_default();
        write!(f, "{}/{which}", self.service)?;
        match self.container == self.service {
            true => Ok(()),
            false => write!(f, " {}", self.container),
        }
    }
}

/// The part of the release that a pod belongs to: as the chart labels it, else the workload that
/// made it.
fn service(pod: &Value) -> &str {
    let owner = &pod["metadata"]["ownerReferences"][0];
    let name = owner["name"].as_str().or(pod["metadata"]["name"].as_str());
    let name = name.unwrap_or_default();
    let maker = match owner["kind"] == "ReplicaSet" {
        true => name
            .rsplit_once('-')
            .map_or(name, |(deployment, _)| deployment),
        false => name,
    };
    let labelled = pod["metadata"]["labels"][COMPONENT].as_str();
    labelled.unwrap_or(maker)
}

fn containers(pod: &Value) -> impl Iterator<Item = Started> {
    let service = service(pod);
    let lists = ["initContainerStatuses", "containerStatuses"].into_iter();
    let statuses = lists.filter_map(|list| pod["status"][list].as_array());
    let is_started = |status: &&Value| status["state"].get("waiting").is_none();
    statuses.flatten().filter(is_started).map(move |status| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        Started {
            service: service.to_string(),
            pod: text(&pod["metadata"]["name"]),
            container: text(&status["name"]),
            restarts: status["restartCount"].as_u64().unwrap_or(0),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// As plain charts have them, which label nothing.
    #[test]
    fn pods_are_found_by_what_helm_made() {
        let made = |kind: &str, name: &str, owner: &str| {
            json!({"kind": kind, "metadata": {"name": name, "uid": name,
                "ownerReferences": [{"kind": "ReplicaSet", "name": owner, "uid": owner}]}})
        };
        let by_helm = json!({"meta.helm.sh/release-name": "app"});
        let web = json!({"kind": "Deployment", "metadata": {"name": "web", "uid": "web", "annotations": by_helm}});
        let objects = json!({"items": [web, made("ReplicaSet", "web-5d", "web"), made("Pod", "web-5d-x", "web-5d"), made("Pod", "other", "another")]});
        let pods = parts::pods(&objects, "n", "app");
        let services: Vec<&str> = pods.into_iter().map(service).collect();
        assert_eq!(services, ["web"]);
    }

    #[test]
    fn each_start_of_a_container_is_one_to_follow() {
        let pod = json!({"metadata": {"name": "app-backend-6c5d-x7k2p", "labels": {COMPONENT: "backend"}}, "status": {
            "initContainerStatuses": [{"name": "wait-schema", "restartCount": 0, "state": {"terminated": {}}}],
            "containerStatuses": [{"name": "backend", "restartCount": 2, "state": {"running": {}}},
                {"name": "late", "restartCount": 0, "state": {"waiting": {}}}]}});
        let found: Vec<Started> = containers(&pod).collect();
        let names: Vec<String> = found.iter().map(Started::to_string).collect();
        assert_eq!(names, ["backend/x7k2p wait-schema", "backend/x7k2p"]);
        assert_eq!(found[1].restarts, 2);
    }
}
