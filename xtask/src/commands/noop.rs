//! The short way through `up` and `run`: what a run that had nothing to do said is said again while
//! nothing moved (see [`engine::noop`]).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::open::Opened;
use crate::cli::Global;
use engine::config;
use engine::exec::{self, Lookup};
use engine::files::{self, PathState};
use engine::noop::{self, Basis, Call, Part, Recalled, Said};
use engine::plan::World;
use engine::progress::{self, Event};
use engine::report::{Report, StepReport};
use engine::state::State;
use protocol::Kinds;

/// A call that may be answered from its seal, or sealed when it is over.
pub(super) struct Short {
    call: Call,
    root: PathBuf,
    state: State,
    /// What the engine reads before it has a pipeline.
    early: Vec<PathState>,
    /// What its seal still tells, if a few files moved.
    pub(super) part: Option<Part>,
}

impl Short {
    /// `None` if the call wants more than what is needed, or if the long way has to tell what is
    /// wrong.
    pub(super) fn of(global: &Global, wanted: &[String]) -> Option<Short> {
        if !global.force.is_empty() || global.dry_run || global.adopt {
            return None;
        }
        let root = config::folder(&global.file).ok()?;
        let state = State::at(&root);
        let early = [global.file.clone(), state.chosen()]
            .iter()
            .map(|path| nameable(path).map(|path| files::path_state(&path)))
            .collect::<Option<_>>()?;
        Some(Short {
            call: call(global, wanted)?,
            root,
            state,
            early,
            part: None,
        })
    }

    /// Says again what was said, if nothing moved; the report of it.
    pub(super) fn say(&mut self, global: &Global, began: Instant) -> Option<Report> {
        let locate = |lookup: &Lookup| exec::locate(lookup, &self.root, &self.state.dir);
        let said = match noop::recall(&self.call, &self.root, &self.state.dir, locate)? {
            Recalled::Whole(said) => said,
            Recalled::Part(part) => {
                self.part = Some(part);
                return None;
            }
        };
        let mut report = Report::new(false, began);
        report.steps = steps(&said, global.kinds)?;
        if !global.quiet {
            said.target.iter().for_each(|target| progress::say(target));
            warn(&said.warnings);
        }
        let mut progress = progress::to(global.progress, global.quiet, global.verbose);
        let total = report.steps.len();
        progress.event(&Event::Begin { total, to_run: 0 });
        for step in &report.steps {
            progress.event(&Event::Finished { step });
        }
        report.elapsed = began.elapsed();
        progress.event(&Event::End { report: &report });
        if !global.quiet {
            print_urls(&said.urls);
        }
        Some(report)
    }

    /// Seals a run that followed from files alone and had nothing to do.
    pub(super) fn remember(
        &self,
        global: &Global,
        opened: &Opened,
        report: &Report,
        urls: &[(String, String)],
    ) {
        let world = &opened.world;
        let journal = self.state.journal(&world.pipeline.target);
        world.files.look_at(&journal);
        let included = world.pipeline.source.included();
        let included = included.map(|(_, state)| state.clone());
        let early: Vec<PathState> = self.early.iter().cloned().chain(included).collect();
        let Some(mut path_states) = world.files.path_states(&early) else {
            return;
        };
        if let Some(part) = &self.part {
            path_states = part.with(path_states);
        }
        path_states.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let basis = Basis {
            call: self.call.name(),
            programs: programs(global, opened),
            variables: noop::variables(&variables(world), &world.key),
            journal: noop::journal(&journal),
            said: Said {
                target: opened.line(),
                warnings: world.exec.secrets().warnings(),
                steps: report.steps.iter().map(|step| told(step, world)).collect(),
                urls: urls.to_vec(),
            },
        };
        if let Err(err) = noop::write(&self.call, &self.state.dir, &basis, &path_states) {
            let dir = self.state.dir.display();
            progress::say(&format!(
                "warning: can't write into {dir}, so the next run can't be quick: {err}"
            ));
        }
    }
}

/// The addresses of what stands.
pub(super) fn print_urls(urls: &[(String, String)]) {
    for (name, url) in urls {
        progress::say(&format!("  {name:<12} {url}"));
    }
}

fn call(global: &Global, wanted: &[String]) -> Option<Call> {
    let profile = global.profile.as_deref().unwrap_or_default();
    let mut words = vec![global.file.to_str()?, &global.target, profile];
    for pair in &global.set {
        words.extend(["--set", pair]);
    }
    words.push("--");
    words.extend(wanted.iter().map(String::as_str));
    Call::new(&words).ok()
}

/// The absolute path, if it can be written down.
fn nameable(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    path.to_str().is_some().then_some(path)
}

/// Tells what is wrong and stops nothing.
pub(super) fn warn(warnings: &[String]) {
    warnings
        .iter()
        .for_each(|warning| progress::say(&format!("warning: {warning}")));
}

fn programs(global: &Global, opened: &Opened) -> Vec<(Lookup, Option<PathBuf>)> {
    let exec = &opened.world.exec;
    if global.target == "auto" {
        let programs = opened.world.pipeline.targets.programs();
        programs.for_each(|tool| drop(exec.which(tool)));
    }
    exec.looked_up()
}

/// The names of all that the environment decides: the secrets, and what their files are made of.
fn variables(world: &World) -> Vec<String> {
    let mut names = world.pipeline.secret_names();
    names.extend(world.exec.secrets().asked().cloned());
    names.sort_unstable();
    names.dedup();
    names
}

fn told(step: &StepReport, world: &World) -> (String, String, String) {
    let reason = world.exec.secrets().mask(&step.reason);
    (step.id.to_string(), step.kind.to_string(), reason)
}

fn steps(said: &Said, kinds: Kinds) -> Option<Vec<StepReport>> {
    let step = |(id, kind, reason): &(String, String, String)| {
        Some(StepReport::skipped(
            Arc::from(id.as_str()),
            kinds.find(kind)?,
            reason.clone(),
        ))
    };
    said.steps.iter().map(step).collect()
}
