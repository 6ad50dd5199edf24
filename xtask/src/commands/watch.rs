//! `watch`: reaches a goal, and again whenever a file that its steps depend on changes. What runs
//! then is what `run` would run.
//!
//! What the steps declare as outputs is never a trigger. A file that changes during one run after
//! the other, even if there was a pause before the last, is most likely written by a step that does
//! not say so: it is named, and waits for a change that comes while nothing runs.

mod round;
mod streaks;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::json;
use signal_hook::consts::SIGTSTP;

use super::goal::{self, How};
use super::open;
use crate::cli::Global;
use engine::config::{ConfigError, included_by};
use engine::files::scope::{Scope, within};
use engine::files::{Files, normalized};
use engine::fingerprint::listed_inputs;
use engine::progress::{self, Form};
use engine::report::log::visible;
use engine::report::{Report, line};
use engine::signals::{self, Interrupted};
use engine::state::Held;
use engine::watch::{Moved, Watch};
use streaks::Streaks;

/// A change is acted on once nothing more has changed for so long,
const QUIET: Duration = Duration::from_millis(100);
/// or after this long at the latest.
const PATIENCE: Duration = Duration::from_secs(2);
/// Who edits pauses after so long,
const PAUSE: Duration = Duration::from_secs(1);
/// and what never pauses is not waited for longer than this.
const NO_PAUSE: Duration = Duration::from_secs(10);

/// Runs until a signal ends it.
pub(super) fn run(global: &Global, wanted: &[String]) -> Result<u8> {
    let wanted = &match wanted {
        [] => open::or_usual(&open::pipeline(global)?.0, &[]),
        named => named.to_vec(),
    };
    if global.dry_run {
        let goal: String = wanted.iter().map(|goal| format!(" {goal}")).collect();
        let message = format!(
            "`watch` has no dry run; `cargo xtask plan{goal}` tells what it would begin with"
        );
        return Err(ConfigError(message).into());
    }
    let signals = Signals::new()?;
    let mut watcher = Watcher::new(global, wanted)?;
    let mut streaks = Streaks::default();
    reach(global, wanted, &signals);
    // An edit after the other: a round is told in one line, unless somebody wants more, or it
    // fails.
    let is_brief = !global.quiet && !global.verbose && global.progress != Form::Json;
    let brief = Global {
        quiet: global.quiet || is_brief,
        ..global.clone()
    };
    loop {
        signals.forget_stop();
        let mut changed = streaks.trusted(watcher.moved(QUIET)?, &watcher.concern.pipeline);
        if streaks.wants_pause() {
            changed.extend(watcher.until_pause(&signals)?);
        }
        while changed.is_empty() && signals.ending().is_none() {
            signals.stop_if_asked();
            changed = watcher.moved(QUIET)?;
        }
        if let Some(code) = signals.ending() {
            return Ok(code);
        }
        watcher.tell(&changed);
        watcher.reread(&changed);
        let report = reach(&brief, wanted, &signals).filter(|_| is_brief);
        // One that failed has told all of it.
        if let Some(report) = report.filter(|report| report.exit_code() == 0) {
            progress::say(&round::told(&report));
        }
    }
}

/// Reaches the goal; while another run is at work, waits for that one to end.
fn reach(global: &Global, wanted: &[String], signals: &Signals) -> Option<Report> {
    let mut told = false;
    while signals.ending().is_none() {
        match goal::reach(global, wanted, How::default()) {
            Err(err) if err.is::<Held>() => {
                if !told {
                    progress::say(&format!("waiting: {err:#}"));
                }
                told = true;
                std::thread::sleep(QUIET);
            }
            // A goal that fails, or a pipeline.toml that can't be read, waits for the edit that
            // mends it.
            Err(err) if !err.is::<Interrupted>() => {
                super::tell_failed(global, "watch-failed", &err);
                return None;
            }
            ended => return ended.ok(),
        }
    }
    None
}

struct Watcher<'a> {
    global: &'a Global,
    wanted: &'a [String],
    watch: Watch,
    concern: Concern,
}

/// What a change must be of to be of concern.
struct Concern {
    root: PathBuf,
    scope: Scope,
    outputs: Vec<String>,
    /// The files that say so: pipeline.toml and what it includes,
    pipeline: BTreeSet<String>,
    /// and those that name inputs.
    lists: BTreeSet<String>,
}

impl<'a> Watcher<'a> {
    fn new(global: &'a Global, wanted: &'a [String]) -> Result<Watcher<'a>> {
        let concern = Concern::read(global, wanted)?;
        let mut watch = Watch::new(&concern.root)?;
        watch.follow(concern.scope.folders())?;
        if !global.quiet {
            let folders = match watch.count() {
                1 => "1 folder".to_string(),
                count => format!("{count} folders"),
            };
            let goals = wanted.join(", ");
            progress::say(&format!("watching {folders} for {goals}; Ctrl-C ends it"));
        }
        Ok(Watcher {
            global,
            wanted,
            watch,
            concern,
        })
    }

    /// The files of concern that changed, once it is quiet; none if nothing changed for `limit`.
    fn moved(&mut self, limit: Duration) -> Result<BTreeSet<String>> {
        let (mut moved, began) = (self.watch.wait(limit)?, Instant::now());
        while !moved.is_nothing() && began.elapsed() < PATIENCE {
            let later = self.watch.wait(QUIET)?;
            if later.is_nothing() {
                break;
            }
            moved.and(later);
        }
        self.of_concern(moved)
    }

    /// What else changes until somebody who edits has paused.
    fn until_pause(&mut self, signals: &Signals) -> Result<BTreeSet<String>> {
        let (mut changed, began, mut last) = (BTreeSet::new(), Instant::now(), Instant::now());
        while last.elapsed() < PAUSE && began.elapsed() < NO_PAUSE && signals.ending().is_none() {
            signals.stop_if_asked();
            let more = self.moved(QUIET)?;
            if !more.is_empty() {
                last = Instant::now();
            }
            changed.extend(more);
        }
        Ok(changed)
    }

    fn of_concern(&mut self, moved: Moved) -> Result<BTreeSet<String>> {
        let (mut paths, mut gone) = (moved.paths, Vec::new());
        if moved.folders || moved.everything {
            let followed = self.watch.follow(self.concern.scope.folders())?;
            // What lies in a folder that has just come may have been there before it was watched.
            for folder in &followed.new {
                paths.extend(self.concern.files_in(folder));
            }
            gone = self.concern.topmost(followed.gone);
        }
        if moved.everything {
            paths.insert(name_of(self.global));
        }
        paths.retain(|path| self.concern.is_about(path));
        paths.extend(gone);
        Ok(paths)
    }

    fn tell(&self, changed: &BTreeSet<String>) {
        let names: Vec<&str> = changed.iter().map(String::as_str).collect();
        if self.global.progress == Form::Json {
            progress::emit(&json!({"event": "watch-triggered", "changed": names}));
        } else {
            let names = visible(&line::listed(&names, 4));
            progress::say(&format!("\nchanged: {names}"));
        }
    }

    /// What is of concern may be something else now; while that can't be read, what was watched
    /// before is watched on, and the files to be included that may be what is wrong.
    fn reread(&mut self, changed: &BTreeSet<String>) {
        if !self.concern.follows_from(changed) {
            return;
        }
        match Concern::read(self.global, self.wanted) {
            Ok(concern) => self.concern = concern,
            Err(_) => self.concern.include(included_by(&self.global.file)),
        }
        if let Err(err) = self.watch.follow(self.concern.scope.folders()) {
            progress::say(&format!("warning: {err:#}"));
        }
    }
}

impl Concern {
    fn read(global: &Global, wanted: &[String]) -> Result<Concern> {
        let (pipeline, state, ..) = open::pipeline(global)?;
        let (graph, undo) = open::graph(&pipeline, wanted)?;
        if undo {
            let message = format!(
                "watch {}: nothing is watched to be removed",
                wanted.join(" ")
            );
            return Err(ConfigError(message).into());
        }
        let mut scope = Scope::new(&pipeline.source.dir, &state.dir);
        let files = Files::open(&pipeline.source.dir, &state.dir);
        let root = pipeline.source.dir.to_string_lossy();
        let included = pipeline.source.included();
        let included = included.map(|(name, _)| normalized(name, &root));
        let own: BTreeSet<String> = included.chain([name_of(global)]).collect();
        let (mut outputs, mut lists) = (Vec::new(), BTreeSet::new());
        scope.add(vec![pipeline.env_file.clone()]);
        scope.add(own.iter().cloned().collect());
        for &step in &graph.order {
            let step = &pipeline.steps[step];
            let mut inputs = step.inputs.clone();
            inputs.extend(step.kind.inputs());
            inputs.extend(listed_inputs(&*step.kind, |path| files.text(path)));
            let named = step.kind.input_lists().into_iter();
            lists.extend(named.map(|list| normalized(&list, &root)));
            // What only a fact names is not known before the run.
            inputs.retain(|pattern| !pattern.contains("${"));
            scope.add(inputs);
            let programs = step.kind.programs().into_iter();
            let own = programs.filter(|program| program.contains('/') && !program.starts_with('/'));
            own.for_each(|program| {
                scope.add(vec![program.trim_start_matches("./").to_string()]);
            });
            outputs.extend(
                step.outputs
                    .iter()
                    .map(|path| path.trim_end_matches('/').to_string()),
            );
        }
        let root = pipeline.source.dir.clone();
        Ok(Concern {
            root,
            scope,
            outputs,
            pipeline: own,
            lists,
        })
    }

    /// Files that pipeline.toml includes.
    fn include(&mut self, names: Vec<String>) {
        let root = self.root.to_string_lossy();
        let names = names.iter().map(|name| normalized(name, &root));
        let names: Vec<String> = names.collect();
        self.scope.add(names.clone());
        self.pipeline.extend(names);
    }

    /// Whether it was made from one of these files, or from what was in one of these folders.
    fn follows_from(&self, changed: &BTreeSet<String>) -> bool {
        let is_changed = |source: &String| changed.iter().any(|path| within(source, path));
        self.pipeline.iter().chain(&self.lists).any(is_changed)
    }

    fn is_about(&self, path: &str) -> bool {
        let is_output = |output: &String| within(path, output);
        self.scope.names(path) && !self.outputs.iter().any(is_output)
    }

    /// Of folders that went away with all that was in them, those that lie in no other. Where a
    /// step has its outputs, it also makes and removes folders.
    fn topmost(&self, gone: Vec<String>) -> Vec<String> {
        let apart = |one: &str, other: &str| !within(one, other) && !within(other, one);
        let is_made = |path: &String| !self.outputs.iter().all(|output| apart(path, output));
        let inner = |path: &String| {
            gone.iter()
                .any(|other| other != path && within(path, other))
        };
        let whole = gone.iter().filter(|path| !inner(path) && !is_made(path));
        whole.cloned().collect()
    }

    fn files_in(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.root.join(folder));
        let names = entries.into_iter().flatten().flatten();
        names
            .filter_map(|entry| entry.file_name().into_string().ok())
            .map(|name| engine::files::scope::joined(folder, &name))
            .collect()
    }
}

/// The pipeline's file, as seen from its folder.
fn name_of(global: &Global) -> String {
    let name = global.file.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Signals between runs. During a run the run itself serves them too, so a stop that it has seen is
/// forgotten.
struct Signals {
    ending: Arc<AtomicUsize>,
    stop: Arc<AtomicUsize>,
}

impl Signals {
    fn new() -> Result<Signals> {
        let (ending, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        for signal in signals::heeded() {
            match signal {
                SIGTSTP => signal_hook::flag::register_usize(signal, stop.clone(), 1)?,
                _ => signal_hook::flag::register_usize(signal, ending.clone(), signal as usize)?,
            };
        }
        Ok(Signals { ending, stop })
    }

    /// The exit code, if it is time to end.
    fn ending(&self) -> Option<u8> {
        let signal = u8::try_from(self.ending.load(Ordering::SeqCst)).ok()?;
        (signal != 0).then(|| 128 + signal)
    }

    fn forget_stop(&self) {
        self.stop.store(0, Ordering::SeqCst);
    }

    fn stop_if_asked(&self) {
        if self.stop.swap(0, Ordering::SeqCst) != 0 {
            // It only fails for signals that can't be caught.
            let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
        }
    }
}
