//! `up`, `test-e2e`, `teardown` and `run`: goals, reached or undone.

mod beside;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use anyhow::{Context, Result};

use super::noop::{self, Short};
use super::open::{self, Opened};
use super::status;
use crate::cli::{Format, Global};
use engine::config::{ConfigError, Goal};
use engine::exec::{GRACE, machine};
use engine::graph::Graph;
use engine::live::Subject;
use engine::plan::{Plan, World};
use engine::progress::{self, Form};
use engine::report::files::{self, About};
use engine::report::{Outcome, Report, StepReport};
use engine::run::{self, Options};
use engine::secrets;
use engine::state::Lock;
use protocol::Nature;

/// Builds, deploys and verifies.
pub(super) fn up(global: &Global, plan: Option<&Path>) -> Result<u8> {
    let how = How {
        sticks: true,
        plan,
        ..How::default()
    };
    Ok(reach(global, &["up".to_string()], how)?.exit_code())
}

/// Verifies from end to end; with `only`, just these steps of the goal and what they need.
pub(super) fn test(global: &Global, only: &[String]) -> Result<u8> {
    if only.is_empty() {
        return run(global, &["test-e2e".to_string()], How::default());
    }
    let (pipeline, ..) = open::pipeline(global)?;
    let steps = match pipeline.goals.get("test-e2e") {
        Some(Goal::Reach(steps)) => steps.clone(),
        _ => Vec::new(),
    };
    if let Some(other) = only.iter().find(|name| !steps.contains(name)) {
        let message = format!(
            "--only {other}: the goal test-e2e has the steps {}",
            steps.join(", ")
        );
        return Err(ConfigError(message).into());
    }
    run(global, only, How::default())
}

/// Removes what `up` made.
pub(super) fn teardown(global: &Global, all: bool) -> Result<u8> {
    let how = How {
        all,
        ..How::default()
    };
    Ok(reach(global, &["teardown".to_string()], how)?.exit_code())
}

/// Reaches goals or steps.
pub(super) fn run(global: &Global, wanted: &[String], how: How) -> Result<u8> {
    Ok(reach(global, wanted, how)?.exit_code())
}

/// What is special about reaching goals or steps.
#[derive(Clone, Copy, Default)]
pub(super) struct How<'a> {
    /// The target is that of later calls.
    pub sticks: bool,
    /// What is to be kept is removed too, where a goal is undone.
    pub all: bool,
    /// Just these steps, beside other processes that do others.
    pub joined: bool,
    /// A folder of journals from elsewhere.
    pub from: Option<&'a Path>,
    /// A plan that was kept: this is done, or nothing.
    pub plan: Option<&'a Path>,
}

/// Reaches goals or steps, or undoes them.
pub(super) fn reach(global: &Global, wanted: &[String], how: How) -> Result<Report> {
    let began = Instant::now();
    // Whoever wants to look wants to see all steps.
    let is_short = global.live.is_none() && !how.joined && how.from.or(how.plan).is_none();
    let short = is_short.then(|| Short::of(global, wanted));
    let mut short = short.flatten();
    if let Some(report) = short.as_mut().and_then(|short| short.say(global, began)) {
        memory(global);
        return Ok(report);
    }
    let (mut pipeline, state, why) = open::pipeline(global)?;
    let (graph, undo) = open::graph(&pipeline, wanted)?;
    if !undo {
        open::check_force(global, &pipeline, &graph, wanted)?;
    }
    if global.dry_run {
        dry_run(global, wanted, undo, how.all)?;
        return Ok(Report::default());
    }
    let mut lock = match how.joined {
        true => beside::join(&state, &mut pipeline, wanted)?,
        false => state.lock()?,
    };
    let alone = how.joined.then(|| state.alone()).transpose()?;
    state.claim(&global.file)?;
    if let Some(file) = how.plan {
        super::plan::still_holds(file, global, wanted)?;
    }
    let mut opened = begin(global, (pipeline, state, why), &mut lock)?;
    drop(alone);
    let subject = Subject {
        wanted: wanted.to_vec(),
        began,
        undo,
    };
    if how.joined {
        return beside::run(global, &mut opened, &graph, subject, how);
    }
    let state = &opened.world.state;
    let is_first = how.sticks && state.target().is_none();
    if how.sticks {
        state.set_target(Some(&opened.world.pipeline.target))?;
    }
    end_strays(&opened.world)?;
    if let Some(folder) = how.from {
        opened.journal.take_in(&journals(folder)?);
    }
    let secretive = opened.world.pipeline.secretive();
    opened.journal.resume(&wanted.join(" "), &secretive);
    let part = short.as_ref().and_then(|short| short.part.as_ref());
    let (world, journal) = (&opened.world, &opened.journal);
    let plan = match part {
        _ if undo => Plan::to_undo(world, &graph.turned(), journal)?,
        Some(part) => Plan::since(world, &graph, journal, part)?,
        None => Plan::begin(world, &graph, journal)?,
    };
    let from_files = plan.from_files;
    // Known only as long as what other steps make in their place is.
    let lost = match undo {
        true => opened.of_lost_steps(),
        false => Vec::new(),
    };
    let mut report = execute(global, &mut opened, (&graph, plan), subject, how)?;
    write_reports(&opened, &mut report, wanted);
    memory(global);
    match (report.exit_code(), undo) {
        (0, true) => {
            let left = opened.left().into_iter().chain(lost);
            left.for_each(|line| progress::say(&line));
            opened.forget_lost_steps()?;
            opened.world.state.set_target(None)?;
        }
        (0, false) => farewell(global, &opened, &report, short.filter(|_| from_files)),
        // Nobody has to take away what was never begun, so the next `up` may choose again.
        _ if is_first && only_checked(&report) => opened.world.state.set_target(None)?,
        _ => {}
    }
    Ok(report)
}

/// Whether a run made nothing, and nothing that it makes stood before.
fn only_checked(report: &Report) -> bool {
    let is_idle = |step: &StepReport| matches!(step.outcome, Outcome::Cancelled | Outcome::LeftOut);
    let mut made = report
        .steps
        .iter()
        .filter(|step| step.nature == Nature::Makes);
    made.all(is_idle)
}

/// From here on this run holds the lock, and nothing of an earlier one is left running.
fn begin(global: &Global, read: open::Read, lock: &mut Lock) -> Result<Opened> {
    let (pipeline, state, ..) = &read;
    secrets::generate(
        &pipeline.generate_secrets,
        &pipeline.source.dir.join(&pipeline.env_file),
        &state.secrets(),
    )?;
    let mut opened = open::surround(global, read)?;
    if let (false, Some(line)) = (global.quiet, opened.line()) {
        progress::say(&line);
    }
    if !global.quiet {
        noop::warn(&opened.world.exec.secrets().warnings());
    }
    // It is this run that is at work now.
    opened.world.under_way = false;
    opened.world.exec.begin(&lock.run);
    reap(&opened.world, lock)?;
    Ok(opened)
}

/// Says where to go now; `short` is there if the run may be sealed.
fn farewell(global: &Global, opened: &Opened, report: &Report, short: Option<Short>) {
    let urls = urls(&opened.world, report);
    if !global.quiet {
        noop::print_urls(&urls);
    }
    if let (Some(short), true) = (short, report.steps.iter().all(StepReport::is_skip)) {
        short.remember(global, opened, report, &urls);
    }
}

/// Ends the processes that killed runs left behind.
pub(super) fn reap(world: &World, lock: &mut Lock) -> Result<()> {
    let exec = &world.exec;
    let orphans: usize = lock.killed.iter().map(|run| exec.reap_orphans(run)).sum();
    if orphans > 0 {
        progress::say(&format!(
            "ended {} that a killed run had left behind",
            counted(orphans, "process", "processes")
        ));
    }
    if !lock.killed.is_empty() {
        lock.reaped()?;
    }
    Ok(())
}

/// Ends the background processes that no step keeps any more.
fn end_strays(world: &World) -> Result<()> {
    for stray in world.strays() {
        let ended = world.exec.services().end(&stray.name, GRACE);
        ended.with_context(|| format!("can't end {}", status::stray(&stray)))?;
        progress::say(&format!("ended {}", status::stray(&stray)));
    }
    Ok(())
}

fn memory(global: &Global) {
    if let Some(peak) = global.verbose.then(machine::peak_memory).flatten() {
        progress::say(&format!("xtask itself needed {peak} MiB of memory at most"));
    }
}

/// The journals in a folder, by name.
fn journals(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder);
    let entries = entries.with_context(|| format!("--from: can't read {}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let is_journal = |path: &PathBuf| path.extension().is_some_and(|end| end == "journal");
    let mut paths: Vec<PathBuf> = paths.filter(is_journal).collect();
    paths.sort();
    Ok(paths)
}

fn execute(
    global: &Global,
    opened: &mut Opened,
    (graph, plan): (&Graph, Plan),
    subject: Subject,
    how: How,
) -> Result<Report> {
    let world = &opened.world;
    if global.verbose {
        let (looked, all) = (plan.looked(), plan.steps.len());
        progress::say(&format!("looked at {looked} of {all} steps"));
    }
    let jobs = jobs(global);
    world.exec.share(jobs);
    let options = Options {
        jobs,
        keep_going: global.keep_going,
        undo: subject.undo,
        all: how.all,
        // A program can't tell that lines are missing.
        every_line: global.verbose || global.progress == Form::Json,
        joined: how.joined,
        began: subject.began,
    };
    let mut progress = progress::to(global.progress, global.quiet, global.verbose);
    if let Some(live) = &global.live {
        progress = live.follow(world, graph, subject, progress);
    }
    let journal = &mut opened.journal;
    run::run(world, graph, plan, journal, progress.as_mut(), &options)
}

/// What was asked for, or the processors; fewer where fewer files may be open.
fn jobs(global: &Global) -> usize {
    let processors = || std::thread::available_parallelism().map_or(2, usize::from);
    let (wanted, most) = (
        global.jobs.unwrap_or_else(processors),
        machine::most_steps(),
    );
    if wanted > most && !global.quiet {
        progress::say(&format!(
            "warning: only {} at once, since no more files may be open here; `ulimit -n` raises that",
            counted(most, "step", "steps")
        ));
    }
    wanted.min(most)
}

fn counted(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

fn dry_run(global: &Global, wanted: &[String], undo: bool, all: bool) -> Result<u8> {
    let format = match global.progress {
        Form::Json => Format::Json,
        _ => Format::Text,
    };
    match undo {
        true => super::plan::print_undo(global, wanted, all, format),
        false => super::plan::print(global, wanted, format),
    }
}

/// Reports tell of the work and are no part of it: trouble with them is a warning.
fn write_reports(opened: &Opened, report: &mut Report, wanted: &[String]) {
    let world = &opened.world;
    let about = About {
        pipeline: &world.pipeline.name,
        target: world.pipeline.target.to_string(),
        wanted,
        at: SystemTime::now(),
        mask: &|text| world.exec.secrets().mask(text),
        serves_logs: false,
    };
    if let Err(err) = files::write(&world.state.dir, report, &about) {
        let dir = world.state.dir.display();
        progress::say(&format!(
            "warning: can't write the reports of this run into {dir}: {err}"
        ));
    }
}

/// Where to go now.
fn urls(world: &World, report: &Report) -> Vec<(String, String)> {
    let facts = report.steps.iter().map(|step| (&*step.id, &step.facts));
    let urls = status::urls(&world.pipeline, &facts.collect());
    urls.into_iter().collect()
}
