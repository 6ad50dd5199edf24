//! `minikube`: a cluster of the wanted size, driver and runtime, started, continued or created as
//! its state asks for.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

mod profile;
#[cfg(test)]
mod tests;

use serde::Deserialize;

use crate::places::{self, AT, EARLIER, MADE, Place, carried, place};
use crate::programs::{call, minikube};
use profile::{Condition, Profile, condition};
use protocol::{Action, Answer, Cmd, Effect, Facts, Failure, Kind, Probe, StepContext};

/// Has a minikube cluster running. One that exists is taken as it is.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-facts" = {"context": "the kubeconfig context", "driver": "the driver", "runtime": "the container runtime", "kubernetes": "the version of Kubernetes", "address": "the address of the first node", "transport": "how images get into the nodes, for `image-build` and `image-load`", "pod_security": "the strictest Pod Security Standard that volumes allow: baseline or restricted", "volume_permissions": "whether volumes belong to root and must be given to the service"}))]
#[schemars(example = serde_json::json!({"profile": "minikube", "cpus": 4, "memory": 8192, "driver": "docker", "runtime": "containerd"}))]
pub(crate) struct Minikube {
    /// The profile, which is also the name of its kubeconfig context.
    profile: String,
    /// Processors of the node; with the docker driver no more than docker has.
    cpus: Count,
    /// Memory of the node, in MB; with the docker driver at least 1 GB less than docker has, if it
    /// has no more than this.
    memory: Count,
    /// Such as `docker`.
    driver: String,
    /// `docker`, `containerd` or `cri-o`.
    runtime: String,
    /// Such as `v1.34.4`; empty for minikube's own choice.
    #[serde(default)]
    kubernetes: String,
    /// The registry through which images travel; empty to put them into the node directly.
    #[serde(default)]
    registry: String,
    /// More arguments for `minikube start`.
    #[serde(default)]
    args: Vec<String>,
}

/// A number, also when it comes as text from `--set`.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
enum Count {
    Number(u32),
    Text(String),
}

impl Count {
    /// The number, unless `has` is less than it: then `most`. A text that is no number, such as
    /// `max`, is minikube's business.
    fn within(&self, has: Option<u32>, most: impl Fn(u32) -> u32) -> String {
        let wanted = match self {
            Count::Number(number) => Ok(*number),
            Count::Text(text) => text.parse::<u32>().map_err(|_| text.clone()),
        };
        match (wanted, has) {
            (Err(text), _) => text,
            (Ok(wanted), Some(has)) if has < wanted => most(has).to_string(),
            (Ok(wanted), _) => wanted.to_string(),
        }
    }
}

/// The oldest Kubernetes that will do.
const KUBERNETES: &str = "1.25";
/// What minikube, or docker in its place, says of a node that does not fit.
const TOO_LARGE: [&str; 4] = [
    "Exiting due to RSRC_INSUFFICIENT",
    "Exiting due to RSRC_OVER_ALLOC",
    "Range of CPUs is",
    "range of CPUs is",
];
/// Megabytes that are left to the machine itself.
const LEFT: u32 = 1024;

impl Kind for Minikube {
    fn probes(&self, context: &StepContext) -> Vec<Probe> {
        let mut probes = vec![
            Probe::Run(status(&self.profile)),
            Probe::Run(call("minikube", ["profile", "list", "-o", "json"])),
            Probe::Run(call("id", ["-u"])),
        ];
        if self.driver == "docker" {
            let size = ["info", "--format", "{{.NCPU}} {{.MemTotal}}"];
            probes.push(Probe::Run(call("docker", size)));
        }
        if context.undo {
            let earlier = self.earlier(context);
            probes.extend(earlier.iter().map(|profile| Probe::Run(status(profile))));
        }
        probes
    }

    fn assess(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        let profile = &self.profile;
        match condition(answers.first()) {
            Condition::Running if context.adopt && !self.is_made(context) => {
                Effect::Absent(format!("the minikube profile {profile} is to become ours"))
            }
            Condition::Running => self.running(context, answers),
            Condition::Astray => Effect::Absent(format!(
                "the kubeconfig has no context that leads to minikube profile {profile}"
            )),
            Condition::Paused => Effect::Absent(format!("minikube profile {profile} is paused")),
            Condition::Down(how) => Effect::Absent(format!("minikube profile {profile} {how}")),
            Condition::Missing => Effect::Absent(format!("there is no minikube profile {profile}")),
            Condition::Unknown(words) => Effect::Absent(format!(
                "minikube does not tell how profile {profile} is: {words}"
            )),
            Condition::Full => Effect::Broken(
                Failure::new(format!("the disk of minikube profile {profile} is full")).fix(
                    format!("free some: `minikube -p {profile} ssh -- docker system prune`"),
                ),
            ),
        }
    }

    fn actions(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let condition = condition(answers.first());
        let mut actions = Vec::new();
        // Before it is started: a run that is killed meanwhile must know afterwards that it was its
        // own.
        if self.is_made(context) || context.adopt || condition == Condition::Missing {
            actions.push(places::made());
            actions.extend(places::remember(context, &self.place()));
        } else {
            // The profiles of earlier settings are still ours.
            let kept = carried(context, [MADE, AT, EARLIER]).into_iter();
            actions
                .extend(kept.map(|(name, value)| Action::Note(name, protocol::fact_text(&value))));
        }
        actions.extend(self.size_kept(answers).map(Action::Say));
        let cmd = match condition {
            Condition::Running | Condition::Full => None,
            Condition::Astray => Some(minikube(&self.profile).args(["update-context"])),
            Condition::Paused => Some(minikube(&self.profile).args(["unpause"])),
            Condition::Down(_) | Condition::Missing | Condition::Unknown(_) => {
                Some(self.start(answers))
            }
        };
        actions.extend(cmd.map(Action::Run));
        Ok(actions)
    }

    /// A profile that was there before us is left: what else is in it is not ours.
    fn undo(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let delete = |profile: &str| Action::Run(minikube(profile).args(["delete"]));
        let is_there = |answer| condition(answer) != Condition::Missing;
        let now = self.is_made(context) && is_there(answers.first());
        let now = now.then(|| delete(&self.profile));
        let earlier = self.earlier(context);
        let first = answers.len().saturating_sub(earlier.len());
        let earlier = earlier.iter().zip(answers.iter().skip(first));
        let earlier = earlier.filter(|(_, answer)| is_there(Some(answer)));
        Ok(now
            .into_iter()
            .chain(earlier.map(|(profile, _)| delete(profile)))
            .collect())
    }

    fn left(&self, context: &StepContext, answers: &[Answer]) -> Vec<String> {
        if self.is_made(context) || condition(answers.first()) == Condition::Missing {
            return Vec::new();
        }
        let text = format!(
            "the minikube profile {}: it was there before us",
            self.profile
        );
        vec![text]
    }

    fn removed(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        match (condition(answers.first()), self.undo(context, answers)) {
            (Condition::Missing, Ok(actions)) if actions.is_empty() => {
                Effect::Absent("it is deleted".to_string())
            }
            (_, Ok(actions)) if actions.is_empty() => {
                Effect::Present("it is left".to_string(), Facts::new())
            }
            _ => Effect::Pending("minikube still lists it".to_string()),
        }
    }

    fn hosts_dependents(&self) -> bool {
        true
    }

    fn diagnose(&self, _: &Action, output: &str) -> Option<Failure> {
        let told = |texts: &[&str]| {
            let said = |line: &&str| texts.iter().any(|text| line.contains(text));
            output.lines().find(said)
        };
        if let Some(line) = told(&TOO_LARGE) {
            let failure = Failure::new("the cluster is to be larger than this machine allows");
            return Some(failure.seen([line.trim()]).fix(
                "make it smaller: --set cpus=2 --set memory=4096; what there is: `cargo xtask doctor`",
            ));
        }
        let (code, words) = told(&["Exiting due to "])?
            .split_once("Exiting due to ")?
            .1
            .split_once(':')?;
        let advice = told(&["Suggestion:"]).and_then(|line| line.split_once("Suggestion:"));
        let advice = advice.map(|(_, advice)| advice.trim().to_string());
        let failure = Failure::new(format!("minikube can't start ({code}): {}", words.trim()));
        Some(failure.fix(advice.unwrap_or_else(|| {
            format!(
                "run `minikube -p {0} logs` for the whole story; `minikube -p {0} delete` starts afresh",
                self.profile
            )
        })))
    }
}

fn status(profile: &str) -> Cmd {
    minikube(profile).args(["status", "-o", "json"])
}

impl Minikube {
    fn place(&self) -> Place {
        place([&self.profile])
    }

    /// Whether the profile is ours.
    fn is_made(&self, context: &StepContext) -> bool {
        places::is_made(context, &self.place())
    }

    /// Profiles that are ours under the settings of earlier runs.
    fn earlier(&self, context: &StepContext) -> Vec<String> {
        places::earlier(context, &self.place()).concat()
    }

    /// What the user should know of a node that has another size than is asked for now: it keeps
    /// it.
    fn size_kept(&self, answers: &[Answer]) -> Option<String> {
        let (cpus, memory) = self.found(answers)?.size;
        let (wanted_cpus, wanted_memory) = self.size(answers.get(3));
        let differs = |has: u64, wanted: &str| {
            has > 0 && wanted.parse().is_ok_and(|wanted: u64| wanted != has)
        };
        (differs(cpus, &wanted_cpus) || differs(memory, &wanted_memory)).then(|| {
            format!(
                "the node keeps its size, {cpus} CPUs and {memory} MB; {wanted_cpus} and {wanted_memory} were asked for: `minikube -p {} delete` and the same command again make it anew, `--set cpus={cpus} --set memory={memory}` says what it has",
                self.profile
            )
        })
    }

    fn found(&self, answers: &[Answer]) -> Option<Profile> {
        Profile::read(answers.get(1)?, &self.profile)
    }

    fn running(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        let name = &self.profile;
        let Some(found) = self.found(answers) else {
            return Effect::Pending(format!("minikube does not list the profile {name} yet"));
        };
        if let Some(version) = found.too_old(KUBERNETES) {
            let failure = Failure::new(format!(
                "minikube profile {name} runs Kubernetes {version}, {KUBERNETES} is the oldest that will do"
            ));
            return Effect::Broken(
                failure
                    .fix("leave it and take another: --set minikube_profile=NAME")
                    .prerequisite(),
            );
        }
        let (driver, runtime) = (&found.driver, &found.runtime);
        let mut facts = found.facts(name, &self.registry);
        facts.extend(carried(context, [MADE, AT, EARLIER]));
        let size = self
            .size_kept(answers)
            .map_or(String::new(), |text| format!("; {text}"));
        let earlier = places::said(context, &self.place());
        Effect::Present(
            format!("minikube profile {name} runs on {driver} with {runtime}{size}{earlier}"),
            facts,
        )
    }

    /// A profile that exists keeps its driver and runtime: minikube refuses another driver, and
    /// another runtime loses its images.
    fn start(&self, answers: &[Answer]) -> Cmd {
        let found = self.found(answers);
        let (driver, runtime) = match &found {
            Some(found) => (&found.driver, &found.runtime),
            None => (&self.driver, &self.runtime),
        };
        let (cpus, memory) = self.size(answers.get(3));
        let mut cmd = minikube(&self.profile).args([
            "start", "--cpus", &cpus, "--memory", &memory, "--driver", driver,
        ]);
        cmd = cmd.args(["--container-runtime", runtime]);
        if !self.kubernetes.is_empty() {
            cmd = cmd.args(["--kubernetes-version", &self.kubernetes]);
        }
        let id = answers.get(2).and_then(Answer::stdout).map(str::trim);
        // minikube refuses its container drivers to root unless it is told to.
        if id == Some("0") && matches!(driver.as_str(), "docker" | "podman") {
            cmd = cmd.args(["--force"]);
        }
        cmd.args(self.args.clone())
    }

    /// CPUs and megabytes. Docker starts no node with more CPUs than it has, and minikube wants
    /// some memory left.
    fn size(&self, docker: Option<&Answer>) -> (String, String) {
        let told = docker.and_then(Answer::stdout).unwrap_or_default();
        let mut numbers = told.split_whitespace().map(str::parse::<u64>);
        let mut next = || numbers.next()?.ok();
        let cpus = next().and_then(|cpus| u32::try_from(cpus).ok());
        let memory = next().and_then(|bytes| u32::try_from(bytes >> 20).ok());
        // In steps, so that a few bytes more or less are no difference.
        let most = |has: u32| has.saturating_sub(LEFT) / 256 * 256;
        (
            self.cpus.within(cpus, |has| has),
            self.memory.within(memory, most),
        )
    }
}
