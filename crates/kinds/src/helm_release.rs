//! `helm-release`: a release at the revision we made. Its pods are not waited for here: the
//! `rollout` kind does that, and keeps the evidence that helm's own `--wait` and `--atomic` throw
//! away.
//!
//! A release is ours if it carries our label, or if it is exactly what the journal says that we
//! made. Any other is neither upgraded, healed nor uninstalled, unless the user adopts it.

mod changes;
mod claims;
mod given;
mod heal;
mod preview;
mod record;
mod refused;
#[cfg(test)]
mod tests;
mod underway;
mod uninstall;

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use serde::Deserialize;

use crate::chart;
use crate::forbidden::forbidden;
use crate::namespace::OWNER;
use crate::pattern;
use crate::places::{self, AT, EARLIER, Place, carried, place, text_fact};
use crate::programs::{helm, pinned};
use crate::values::{Singles, set_args};
use protocol::{Action, Answer, Cmd, Effect, Failure, Kind, Probe, StepContext, answered, facts};
use record::{Listed, is_missing_in};
use uninstall::{remove_tests, uninstall, uninstall_and_say_why};

/// Has a release deployed.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-facts" = {"revision": "the revision that is deployed", "deployed_at": "when it was deployed, as helm tells it", "release": "the name of the release"}))]
#[schemars(example = serde_json::json!({"context": "${context}", "namespace": "app", "release": "app", "chart": "helm/app", "set": {"image.tag": "${build.tag}"}}))]
pub(crate) struct HelmRelease {
    /// The kubeconfig context that every call is pinned to.
    context: String,
    /// The namespace; it must exist.
    namespace: String,
    /// The release's name.
    release: String,
    /// The chart's folder, relative to pipeline.toml.
    chart: String,
    /// Values files; later ones win.
    #[serde(default)]
    values: Vec<String>,
    /// Single values; they win over the files. A text stays a text, whatever it looks like;
    /// `{ json = "${step.fact}" }` is read as JSON.
    #[serde(default)]
    set: Singles,
    /// Value path -> name of a secret of this step. Secrets travel through standard input: never
    /// argv, never a file.
    #[serde(default)]
    secret_values: BTreeMap<String, String>,
    /// `${template.shape}` of a `helm-template` step that renders the same: helm need not fetch the
    /// cluster's OpenAPI document and validate again what differs only in texts, such as an image's
    /// name, from what it has validated here before. Without it, it always does.
    #[serde(default)]
    shape: String,
    /// How many revisions helm keeps.
    #[serde(default = "ten")]
    history_max: u32,
}

fn ten() -> u32 {
    10
}

/// A label of a release, and a fact: the run that made its last revision. Other clones and people
/// have others.
const RUN: &str = "pipeline.local/run";
/// A fact of its own: when the release that the last run began with was deployed, if it was.
const AFTER: &str = ".after";

/// A note: the run that began to uninstall it.
const UNINSTALLS: &str = "uninstalls";

/// A fact: the shape that was validated against the cluster, and where.
const VALIDATED: &str = "validated";

/// Where releases are asked for: the answers come in threes.
const ANSWERS: usize = 3;

impl HelmRelease {
    fn helm<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Cmd {
        helm(args, &self.context, &self.namespace)
    }

    fn place(&self) -> Place {
        place([&self.context, &self.namespace, &self.release])
    }

    /// The release as `helm list` shows it.
    fn listed(&self, answers: &[Answer]) -> Option<Listed> {
        Listed::find(answers.first(), &self.release)
    }

    /// The release under the names that it had before, too.
    fn each(&self, context: &StepContext) -> Vec<[String; 3]> {
        places::each(context, self.place())
    }

    fn upgrade(&self, context: &StepContext) -> Cmd {
        let max = self.history_max.to_string();
        let labels = format!("{OWNER}={},{RUN}={}", context.pipeline, run(context));
        let mut cmd = self.helm([
            "upgrade",
            "--install",
            &self.release,
            &self.chart,
            "--history-max",
            &max,
            "--labels",
            &labels,
            // Without any value helm would take those of the last release.
            "--reset-values",
        ]);
        for file in &self.values {
            cmd = cmd.args(["-f", file]);
        }
        if !self.secret_values.is_empty() {
            cmd = cmd.args(["-f", "-"]);
            cmd.secret_stdin = self
                .secret_values
                .iter()
                .map(|(path, name)| (path.clone(), name.clone()))
                .collect();
        }
        let known = text_fact(context.before, VALIDATED);
        let is_known = !self.shape.is_empty() && known == Some(&self.validated());
        cmd.args(is_known.then_some("--disable-openapi-validation"))
            .args(set_args(&self.set))
    }

    fn validated(&self) -> String {
        format!("{} {}", self.shape, self.place().join("/"))
    }

    fn rollback(&self) -> Cmd {
        self.helm(["rollback", &self.release])
    }

    fn foreign(&self, found: &Listed) -> Failure {
        Failure::new(format!(
            "there is a release {} in the namespace {} already ({found}), and nothing says that it is ours",
            self.release, self.namespace
        ))
        .fix("choose another name or namespace; `--adopt` takes it over, and `teardown` then uninstalls it")
    }
}

/// All releases of a namespace.
fn list(cluster: &str, namespace: &str) -> Cmd {
    let all = [
        "list",
        "-o",
        "json",
        "--max",
        "0",
        "--deployed",
        "--failed",
        "--pending",
        "--superseded",
        "--uninstalling",
    ];
    helm(all, cluster, namespace)
}

/// Those that are not ours, and those that another run made: they tell whose a release is.
fn others(context: &StepContext, cluster: &str, namespace: &str) -> [Probe; 2] {
    let before = text_fact(context.before, RUN).unwrap_or("none");
    let selectors = [
        format!("{OWNER}!={}", context.pipeline),
        format!("{RUN}!={before}"),
    ];
    selectors.map(|selector| {
        let selected = ["--selector".to_string(), selector];
        Probe::Run(list(cluster, namespace).args(selected))
    })
}

/// This run, as a label.
fn run(context: &StepContext) -> String {
    format!("{}-{}", context.clone, context.now)
}

/// Whether a release is proven to be ours; the answers are those to [`list`] and [`others`].
fn is_ours(found: &Listed, release: &str, answers: &[Answer], context: &StepContext) -> bool {
    is_missing_in(answers.get(1), release) || found.is_as_made(context.before)
}

impl Kind for HelmRelease {
    fn inputs(&self) -> Vec<String> {
        pattern::chart(&self.chart, &self.values)
    }

    fn programs(&self) -> Vec<&str> {
        vec!["helm"]
    }

    fn probes(&self, context: &StepContext) -> Vec<Probe> {
        let all = |cluster: &str, namespace: &str| Probe::Run(list(cluster, namespace));
        if !context.undo {
            return vec![all(&self.context, &self.namespace)];
        }
        let ask = |[cluster, namespace, _]: &[String; 3]| {
            let others = || others(context, cluster, namespace);
            let others = context.acting.then(others).into_iter().flatten();
            core::iter::once(all(cluster, namespace)).chain(others)
        };
        // Behind the answers of all places.
        let crds = Probe::Read(self.crds());
        let places = self.each(context);
        places.iter().flat_map(ask).chain([crds]).collect()
    }

    /// Whose it is, unless it is known to be as we made it.
    fn more_probes(&self, context: &StepContext, answers: &[Answer]) -> Vec<Probe> {
        let is_open = |found: &Listed| found.is_changing() || !found.is_as_made(context.before);
        match self.listed(answers) {
            Some(found) if context.acting && !context.undo && is_open(&found) => {
                let others = others(context, &self.context, &self.namespace).into_iter();
                let claims = found.is_uninstalled_first().then(|| self.claims());
                others.chain(claims).collect()
            }
            _ => Vec::new(),
        }
    }

    fn assess(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        if answers.first().and_then(Answer::json).is_none() {
            let trouble = answers.first().map_or(String::new(), Answer::trouble);
            let why = format!("helm does not list releases: {trouble}");
            // Whoever may not look is not told that there is nothing.
            return forbidden(&trouble).map_or(Effect::Absent(why), Effect::Broken);
        }
        let Some(found) = self.listed(answers) else {
            return Effect::Absent(format!("the release {} is not deployed", self.release));
        };
        let revision = &found.revision;
        if found.status != "deployed" {
            return Effect::Absent(format!("the release {} is {}", self.release, found.status));
        }
        match text_fact(context.before, "revision") {
            Some(ours) if ours != revision => Effect::Absent(format!(
                "the release is at revision {revision}, ours was {ours}"
            )),
            _ => {
                let mut facts = facts([
                    ("revision", revision),
                    ("deployed_at", &found.updated),
                    ("release", &self.release),
                ]);
                facts.extend(carried(context, [AT, EARLIER, RUN, AFTER, VALIDATED]));
                let earlier = places::said(context, &self.place());
                let said = format!(
                    "the release {} is deployed at revision {revision}{earlier}",
                    self.release
                );
                Effect::Present(said, facts)
            }
        }
    }

    /// Our lock says nothing about other clones, people or CI, so what is not provably dead is left
    /// to whoever does it.
    fn busy(&self, context: &StepContext, answers: &[Answer]) -> Option<Failure> {
        let found = self.listed(answers).filter(Listed::is_changing)?;
        let dead =
            self.is_ours_and_dead(context, &found, answers) || found.is_given_up(context.now);
        if dead || !(context.adopt || is_ours(&found, &self.release, answers, context)) {
            return None;
        }
        let by_hand = match found.status.as_str() {
            "pending-upgrade" | "pending-rollback" => self.rollback(),
            _ => uninstall(&self.context, &self.namespace, &self.release),
        };
        let age = found.age(context.now).unwrap_or_default();
        let cause = format!(
            "a helm that is not ours has been changing the release {} for {age} s ({}, revision {})",
            self.release, found.status, found.revision
        );
        Some(Failure::new(cause).fix(format!(
            "if you know that it is dead, `{by_hand}` puts the release right at once"
        )))
    }

    fn actions(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let found = self.listed(answers);
        if let Some(found) = &found
            && !context.adopt
            && !is_ours(found, &self.release, answers, context)
        {
            return Err(self.foreign(found));
        }
        let heal = found.as_ref().and_then(|found| {
            let ours = is_ours(found, &self.release, answers, context);
            self.heal(found, ours)
        });
        if let (Some(found), Some(_)) = (&found, &heal)
            && let Some(failure) = self.would_lose(context, found, answers.get(3))
        {
            return Err(failure);
        }
        let mut actions = places::remember(context, &self.place());
        // Before helm begins: a run that is killed meanwhile must know afterwards that it was its
        // own.
        actions.push(Action::Note(RUN.to_string(), run(context)));
        let deployed = text_fact(context.before, "deployed_at").unwrap_or_default();
        actions.push(Action::Note(AFTER.to_string(), deployed.to_string()));
        actions.extend(heal.into_iter().flatten());
        actions.push(Action::Run(self.upgrade(context)));
        actions.push(Action::Note(VALIDATED.to_string(), self.validated()));
        Ok(actions)
    }

    fn meanwhile(&self, context: &StepContext) -> Vec<Probe> {
        self.look(context)
    }

    fn underway(&self, context: &StepContext, lasted: Duration, answers: &[Answer]) -> Effect {
        self.seen(context, lasted, answers)
    }

    fn preview_probes(&self, context: &StepContext) -> Vec<Probe> {
        self.preview_questions(context)
    }

    fn preview(&self, context: &StepContext, answers: &[Answer]) -> Vec<String> {
        self.previewed(context, answers)
    }

    fn undo(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let mut actions = Vec::new();
        for ([cluster, namespace, release], answers) in
            self.each(context).iter().zip(answers.chunks(ANSWERS))
        {
            answered(answers)?;
            let found = Listed::find(answers.first(), release);
            if found.is_some_and(|found| is_ours(&found, release, answers, context)) {
                actions.push(Action::Note(UNINSTALLS.to_string(), run(context)));
                let uninstall = uninstall_and_say_why(cluster, namespace, release);
                actions.push(Action::Run(uninstall));
                actions.push(Action::Run(remove_tests(cluster, namespace, release)));
            }
        }
        Ok(actions)
    }

    fn left(&self, context: &StepContext, answers: &[Answer]) -> Vec<String> {
        let foreign = |([_, namespace, release], answers): (&[String; 3], &[Answer])| {
            let found = Listed::find(answers.first(), release)?;
            let ours = is_ours(&found, release, answers, context);
            let text = format!(
                "the release {release} in the namespace {namespace} ({found}): nothing says that it is ours"
            );
            (!ours).then_some(text)
        };
        let places = self.each(context);
        let found = places.iter().zip(answers.chunks(ANSWERS));
        let crds = self.crds_left(context, answers);
        found.filter_map(foreign).chain(crds).collect()
    }

    fn removed(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        let there = format!("helm still lists {}", self.release);
        places::removed(self.undo(context, answers), "it is uninstalled", there)
    }

    fn diagnose(&self, _: &Action, output: &str) -> Option<Failure> {
        let missing = chart::missing(output, &self.chart, &self.values);
        let failure = missing.or_else(|| refused::read(output, &self.release, &self.chart))?;
        let fix = failure.fix.as_deref();
        Some(Failure {
            fix: fix.map(|fix| pinned(fix, &self.context, &self.namespace)),
            ..failure
        })
    }
}
