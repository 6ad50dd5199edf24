//! THE loop: one state per step, one place that changes it, appends to the journal and emits
//! events.
//!
//! - Start what is ready and fits, longest remaining chain first.
//! - Take one message from a worker or from the signals; note it; see who is ready now.
//! - When nothing runs and nothing can start, it is over.
//!
//! Workers (see [`crate::attempt`]) only send messages. A step that fails takes its dependents with
//! it and nothing else.

mod beside;
mod capacity;
mod ended;
mod missed;
mod outcome;
mod ready;
mod workers;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::attempt::{self, Job};
use crate::fingerprint::Upstream;
use crate::graph::{Graph, StepId};
use crate::journal::Journal;
use crate::plan::{self, Plan, World};
use crate::progress::{self, Event, Progress};
use crate::report::{Outcome, Report};
use capacity::{Capacity, Fit};
use ready::Ready;
use workers::Message;

/// So many ready steps that do not fit are passed over in search of one that does.
const LOOK_AHEAD: usize = 64;

/// How a run goes about its work.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many steps at once.
    pub jobs: usize,
    /// After a failure, start what does not depend on it.
    pub keep_going: bool,
    /// Remove effects instead of making them.
    pub undo: bool,
    /// With `undo`: remove steps marked `keep` too.
    pub all: bool,
    /// Show every line that the steps' children write.
    pub every_line: bool,
    /// Other processes run other steps of the same state folder at the same time.
    pub joined: bool,
    /// When the command began: planning counts too.
    pub began: Instant,
}

/// A step is in exactly one of these.
#[derive(Debug, Clone, PartialEq)]
enum State {
    /// Waits for this many others, and for the verdict on itself.
    Waiting(usize),
    /// Could start.
    Ready,
    /// A worker has it.
    Running,
    /// Over.
    Over,
}

/// Runs the plan. A failed step is a value in the report; `Err` means that the runner itself could
/// not go on.
pub fn run(
    world: &World,
    graph: &Graph,
    plan: Plan,
    journal: &mut Journal,
    progress: &mut dyn Progress,
    options: &Options,
) -> Result<Report> {
    let (sender, receiver) = mpsc::channel();
    let signals = sender.clone();
    let _signals = crate::signals::serve(world.exec.clone(), move |signal| {
        // The loop may be over already.
        let _ = signals.send(Message::Signal(signal));
    })
    .context("can't listen for signals")?;
    journal.open(options.joined).with_context(|| {
        let dir = world.state.dir.display();
        format!("can't open the journal in {dir}; make room, or correct the folder's permissions")
    })?;
    let (jobs, job_queue) = mpsc::channel::<Job>();
    let job_queue = std::sync::Mutex::new(job_queue);
    let encloses = workers::is_worth_enclosing(world, &plan, journal);
    let with = (encloses, options.every_line);
    let report = thread::scope(|scope| {
        for count in 0..options.jobs.min(graph.order.len()).max(1) {
            let work = || workers::work(world, with, &job_queue, &sender.clone());
            match thread::Builder::new().spawn_scoped(scope, work) {
                // Fewer workers do the same work.
                Err(_) if count > 0 => break,
                spawned => drop(spawned.context("can't start a worker")?),
            }
        }
        let ways = (jobs, sender.clone());
        let mut run = Loop::new(world, graph, plan, journal, progress, options, ways);
        run.begin()?;
        run.serve(&receiver)?;
        run.end()
    });
    world.exec.dissolve();
    report
}

struct Loop<'a> {
    world: &'a World,
    graph: &'a Graph,
    plan: Plan,
    journal: &'a mut Journal,
    progress: &'a mut dyn Progress,
    options: &'a Options,
    jobs: Sender<Job>,
    /// To itself.
    messages: Sender<Message>,
    /// Tools have yet to answer what the plan asked.
    is_asking: bool,
    states: Vec<State>,
    upstream: Vec<Option<Upstream>>,
    /// Per step: why it acts, once it does.
    acts: Vec<Option<String>>,
    /// When each step was given to a worker: what it asks before it acts takes time, too.
    given: Vec<Instant>,
    attempts: Vec<u32>,
    ready: Ready,
    /// Per step: the longest chain that starts with it, in milliseconds.
    remaining: Vec<u64>,
    /// Per step: its place in the plan.
    planned: Vec<usize>,
    /// The steps that go with what holds them, of those that are undone.
    doomed: HashSet<StepId>,
    /// With `undo`: what stays, and why.
    kept: HashMap<StepId, String>,
    capacity: Capacity,
    running: usize,
    /// The steps that failed by themselves.
    failures: Vec<StepId>,
    /// The steps that can't be done on this machine and need not be.
    left_out: Vec<StepId>,
    report: Report,
}

impl<'a> Loop<'a> {
    fn new(
        world: &'a World,
        graph: &'a Graph,
        plan: Plan,
        journal: &'a mut Journal,
        progress: &'a mut dyn Progress,
        options: &'a Options,
        (jobs, messages): (Sender<Job>, Sender<Message>),
    ) -> Loop<'a> {
        let count = world.pipeline.steps.len();
        let duration = |step: StepId| {
            journal
                .get(&world.pipeline.steps[step].id)
                .map_or(1000, |record| record.millis)
        };
        let remaining = graph.remaining(duration);
        let kept = match options.undo {
            true => attempt::kept(world, graph, options.all),
            false => HashMap::new(),
        };
        let doomed = match options.undo && options.all {
            true => attempt::doomed(world, graph, |id| journal.get(id)),
            false => HashSet::new(),
        };
        Loop {
            states: (0..count)
                .map(|step| State::Waiting(graph.needs[step].len() + 1))
                .collect(),
            upstream: vec![None; count],
            acts: vec![None; count],
            given: vec![options.began; count],
            attempts: vec![1; count],
            ready: Ready::default(),
            planned: slots(&plan, count),
            doomed,
            kept,
            capacity: Capacity::new(&world.pipeline, options.jobs),
            running: 0,
            failures: Vec::new(),
            left_out: Vec::new(),
            report: Report::new(options.undo, options.began),
            remaining,
            world,
            graph,
            plan,
            journal,
            progress,
            options,
            jobs,
            messages,
            is_asking: false,
        }
    }

    fn begin(&mut self) -> Result<()> {
        let to_run = if self.options.undo {
            self.plan.steps.len()
        } else {
            self.plan.to_run()
        };
        self.progress.event(&Event::Begin {
            total: self.plan.steps.len(),
            to_run,
        });
        let told = self.plan.steps.iter().filter(|planned| !planned.open);
        self.settle(told.cloned().collect())?;
        self.ask();
        Ok(())
    }

    fn serve(&mut self, messages: &Receiver<Message>) -> Result<()> {
        loop {
            self.start_what_fits()?;
            let is_idle = self.running == 0 && !self.is_asking;
            if is_idle && (self.ready.is_empty() || self.report.signal.is_some()) {
                return Ok(());
            }
            match messages.recv_timeout(std::time::Duration::from_millis(100)) {
                Ok(Message::News(step, news)) => self.news(step, news)?,
                Ok(Message::AllShown(noted)) => drop(noted),
                Ok(Message::Begins(step, reason, noted)) => self.begins(step, reason, &noted)?,
                Ok(Message::Notes(step, fact, noted)) => self.notes(step, fact, &noted)?,
                Ok(Message::Finished(step, outcome)) => self.finished(step, *outcome)?,
                Ok(Message::Free(step)) => self.free(step),
                Ok(Message::Answered(asked)) => self.answered(asked)?,
                Ok(Message::Slow(step, line)) => self.slow(step, &line),
                Ok(Message::Signal(signal)) => self.interrupted(signal),
                Err(_) => self.progress.event(&Event::Tick),
            }
            self.journal
                .sync(false)
                .context("can't write the journal")?;
        }
    }

    fn end(&mut self) -> Result<Report> {
        if self.report.signal.is_none() && !self.options.joined {
            let ended = self.journal.run_ended();
            ended.context("can't write the journal")?;
        }
        self.journal.sync(true).context("can't write the journal")?;
        let saved = match self.options.joined {
            true => Ok(()), // of several caches the last would win
            false => self.world.files.save(),
        };
        self.cancel_the_rest();
        self.tell_ended()?;
        self.tell_missed();
        let mut report = std::mem::take(&mut self.report);
        report.elapsed = report.began.elapsed();
        self.progress.event(&Event::End { report: &report });
        if let Err(err) = saved {
            let dir = self.world.state.dir.display();
            progress::say(&format!(
                "warning: can't write into {dir}, so the next run reads its files again: {err}"
            ));
        }
        Ok(report)
    }

    fn make_ready(&mut self, step: StepId) {
        self.states[step] = State::Ready;
        self.ready.push(self.remaining[step], step);
    }

    fn start_what_fits(&mut self) -> Result<()> {
        if self.report.signal.is_some() || (!self.failures.is_empty() && !self.options.keep_going) {
            self.ready.clear();
            return Ok(());
        }
        let mut not_yet = Vec::new();
        while !self.capacity.is_full() && not_yet.len() < LOOK_AHEAD {
            let Some(step) = self.ready.pop() else { break };
            let definition = &self.world.pipeline.steps[step];
            if let Some(why) = self.kept.remove(&step) {
                self.leave(step, why)?;
                continue;
            }
            match self.capacity.take(definition, false) {
                Fit::Yes => self.start(step)?,
                Fit::NotYet => {
                    not_yet.push(step);
                    // Another step of the same pool may fit.
                    self.ready
                        .freed(definition.pool.as_deref().unwrap_or_default());
                }
                Fit::FullPool => {
                    let pool = definition.pool.as_deref().unwrap_or_default();
                    self.ready.park(pool, self.remaining[step], step);
                }
            }
        }
        if self.running == 0 && !self.is_asking && !not_yet.is_empty() {
            let step = not_yet.remove(0);
            match self.capacity.take(&self.world.pipeline.steps[step], true) {
                Fit::Yes => {
                    self.progress.event(&Event::Warning {
                        step: &self.world.pipeline.steps[step].id,
                        sentence: "starts with less memory free than its `min_free_mem`: nothing runs whose end would free any",
                    });
                    self.start(step)?;
                }
                _ => not_yet.push(step),
            }
        }
        for step in not_yet {
            self.ready.push(self.remaining[step], step);
        }
        Ok(())
    }

    fn leave(&mut self, step: StepId, why: String) -> Result<()> {
        self.states[step] = State::Over;
        self.over(step, Outcome::Skipped, why, Upstream::default())
    }

    fn start(&mut self, step: StepId) -> Result<()> {
        self.states[step] = State::Running;
        self.given[step] = Instant::now();
        self.running += 1;
        let definition = &self.world.pipeline.steps[step];
        let needs = self.needs_of(step);
        let record = self.journal.get(&definition.id).cloned();
        // What runs whatever a closer look tells need not wait for leave to act.
        let certain = plan::runs_anyway(self.world, definition, record.as_ref());
        let certain = certain.filter(|_| !self.options.undo);
        let begun = certain.is_some();
        if let Some(reason) = certain {
            self.begun(step, reason.into_owned())?;
        }
        let job = Job {
            step,
            begun,
            record,
            needs,
            undo: self.options.undo,
            all: self.options.all,
            doomed: self.doomed.contains(&step),
        };
        self.jobs
            .send(job)
            .map_err(|_| anyhow::anyhow!("the workers have ended"))
    }

    /// What a step needs, settled. When effects are removed, needs are what they were when the
    /// effect was made.
    fn needs_of(&self, step: StepId) -> Vec<(Arc<str>, Upstream)> {
        let needs = if self.options.undo {
            &self.graph.needed_by[step]
        } else {
            &self.graph.needs[step]
        };
        let id = |need: StepId| self.world.pipeline.steps[need].id.clone();
        let planned = |need: StepId| self.plan.steps.get(self.planned[need])?.upstream.clone();
        let upstream = |need: StepId| {
            if self.options.undo {
                planned(need)
            } else {
                self.upstream[need].clone()
            }
        };
        needs
            .iter()
            .map(|&need| (id(need), upstream(need).unwrap_or_default()))
            .collect()
    }
}

/// Per step: its place in the plan; beyond its end if it is not in it.
fn slots(plan: &Plan, count: usize) -> Vec<usize> {
    let mut slots = vec![usize::MAX; count];
    for (index, planned) in plan.steps.iter().enumerate() {
        slots[planned.step] = index;
    }
    slots
}
