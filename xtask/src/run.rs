//! THE loop: one state per step, one place that changes it, appends to the journal and emits events.
//!
//! - Start what is ready and fits, longest remaining chain first.
//! - Take one message from a worker or from the signals; note it; see who is ready now.
//! - When nothing runs and nothing can start, it is over.
//!
//! Workers (see [`crate::attempt`]) only send messages. A step that fails takes its dependents with it and nothing else.

mod outcome;
mod room;

use std::collections::BinaryHeap;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::attempt::{self, Job, News, Outcome};
use crate::fingerprint::Settled;
use crate::graph::Graph;
use crate::journal::Journal;
use crate::plan::{Action, Plan, Planned, World};
use crate::progress::{Event, Progress};
use crate::report::{Report, Verdict};
use room::Room;

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
    /// When the command began: planning counts too.
    pub began: Instant,
}

/// A step is in exactly one of these.
#[derive(Debug, Clone, PartialEq)]
enum State {
    /// Waits for this many others.
    Waiting(usize),
    /// Could start.
    Ready,
    /// A worker has it.
    Running,
    /// Over.
    Over,
}

enum Message {
    News(usize, News),
    Finished(usize, Box<Outcome>),
    Signal(i32),
}

/// Runs the plan. A failed step is a value in the report; `Err` means that the runner itself could not go on.
pub fn run(
    world: &World,
    graph: &Graph,
    plan: &Plan,
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
    journal.open().context("can't open the journal")?;
    let (jobs, job_queue) = mpsc::channel::<Job>();
    let job_queue = std::sync::Mutex::new(job_queue);
    thread::scope(|scope| {
        for _ in 0..options.jobs.min(graph.order.len()).max(1) {
            scope.spawn(|| worker(world, &job_queue, &sender.clone()));
        }
        let mut run = Loop::new(world, graph, plan, journal, progress, options, jobs);
        run.begin()?;
        run.serve(&receiver)?;
        run.end()
    })
}

fn worker(world: &World, queue: &std::sync::Mutex<Receiver<Job>>, sender: &Sender<Message>) {
    loop {
        let job = queue.lock().unwrap().recv();
        let Ok(job) = job else { return };
        let step = job.step;
        let outcome = attempt::work(world, &job, &|news| {
            let _ = sender.send(Message::News(step, news));
        });
        let _ = sender.send(Message::Finished(step, Box::new(outcome)));
    }
}

struct Loop<'a> {
    world: &'a World,
    graph: &'a Graph,
    plan: &'a Plan,
    journal: &'a mut Journal,
    progress: &'a mut dyn Progress,
    options: &'a Options,
    jobs: Sender<Job>,
    states: Vec<State>,
    settled: Vec<Option<Settled>>,
    started: Vec<Option<(Instant, String)>>,
    attempts: Vec<u32>,
    ready: BinaryHeap<(u64, std::cmp::Reverse<usize>)>,
    /// Ready steps for which there was no room.
    remaining: Vec<u64>,
    room: Room,
    running: usize,
    failed: bool,
    report: Report,
}

impl<'a> Loop<'a> {
    fn new(
        world: &'a World,
        graph: &'a Graph,
        plan: &'a Plan,
        journal: &'a mut Journal,
        progress: &'a mut dyn Progress,
        options: &'a Options,
        jobs: Sender<Job>,
    ) -> Loop<'a> {
        let count = world.pipeline.steps.len();
        let duration = |step: usize| {
            journal
                .get(&world.pipeline.steps[step].id)
                .map_or(1000, |record| record.millis)
        };
        let remaining = graph.remaining(duration);
        Loop {
            states: (0..count)
                .map(|step| State::Waiting(graph.needs[step].len()))
                .collect(),
            settled: vec![None; count],
            started: vec![None; count],
            attempts: vec![1; count],
            ready: BinaryHeap::new(),
            room: Room::new(&world.pipeline, options.jobs),
            running: 0,
            failed: false,
            report: Report::new(options.undo, options.began),
            remaining,
            world,
            graph,
            plan,
            journal,
            progress,
            options,
            jobs,
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
        let skips = |planned: &&Planned| planned.action == Action::Skip && !self.options.undo;
        let skipped: Vec<&Planned> = self.plan.steps.iter().filter(skips).collect();
        // All of them are over before the first is told, or one would make another ready.
        for planned in &skipped {
            self.states[planned.step] = State::Over;
        }
        for planned in skipped {
            let settled = planned.settled.clone().unwrap_or_default();
            self.over(
                planned.step,
                Verdict::Skipped,
                planned.reason.clone(),
                settled,
            )?;
        }
        for &step in &self.graph.order {
            if self.states[step] == State::Waiting(0) {
                self.make_ready(step);
            }
        }
        Ok(())
    }

    fn serve(&mut self, messages: &Receiver<Message>) -> Result<()> {
        loop {
            self.start_what_fits()?;
            if self.running == 0 && (self.ready.is_empty() || self.report.signal.is_some()) {
                return Ok(());
            }
            match messages.recv_timeout(std::time::Duration::from_millis(100)) {
                Ok(Message::News(step, news)) => self.news(step, news)?,
                Ok(Message::Finished(step, outcome)) => self.finished(step, *outcome)?,
                Ok(Message::Signal(signal)) => self.report.signal = Some(signal),
                Err(_) => self.progress.event(&Event::Tick),
            }
            self.journal
                .sync(false)
                .context("can't write the journal")?;
        }
    }

    fn end(&mut self) -> Result<Report> {
        self.journal.sync(true).context("can't write the journal")?;
        self.world
            .files
            .save()
            .context("can't write the file cache")?;
        for &step in &self.graph.order {
            if self.states[step] != State::Over {
                self.cancelled(step);
            }
        }
        let mut report = std::mem::take(&mut self.report);
        report.elapsed = report.began.elapsed();
        self.progress.event(&Event::End { report: &report });
        Ok(report)
    }

    fn make_ready(&mut self, step: usize) {
        self.states[step] = State::Ready;
        self.ready
            .push((self.remaining[step], std::cmp::Reverse(step)));
    }

    fn start_what_fits(&mut self) -> Result<()> {
        if self.report.signal.is_some() || (self.failed && !self.options.keep_going) {
            self.ready.clear();
            return Ok(());
        }
        let mut no_room = Vec::new();
        while let Some((remaining, std::cmp::Reverse(step))) = self.ready.pop() {
            if self.options.undo && self.world.pipeline.steps[step].keep && !self.options.all {
                self.kept(step)?;
            } else if self
                .room
                .take(&self.world.pipeline.steps[step], self.running)
            {
                self.start(step)?;
            } else {
                no_room.push((remaining, std::cmp::Reverse(step)));
            }
        }
        self.ready.extend(no_room);
        Ok(())
    }

    fn kept(&mut self, step: usize) -> Result<()> {
        self.states[step] = State::Over;
        self.over(
            step,
            Verdict::Skipped,
            "kept; `--all` removes it too".to_string(),
            Settled::default(),
        )
    }

    fn start(&mut self, step: usize) -> Result<()> {
        self.states[step] = State::Running;
        self.running += 1;
        let id = &self.world.pipeline.steps[step].id;
        let needs = self.needs_of(step);
        let job = Job {
            step,
            record: self.journal.get(id).cloned(),
            needs,
            undo: self.options.undo,
        };
        self.jobs
            .send(job)
            .map_err(|_| anyhow::anyhow!("the workers have ended"))
    }

    /// What a step needs, settled. When effects are removed, needs are what they were when the effect was made.
    fn needs_of(&self, step: usize) -> Vec<(Arc<str>, Settled)> {
        let needs = if self.options.undo {
            &self.graph.needed_by[step]
        } else {
            &self.graph.needs[step]
        };
        let id = |need: usize| self.world.pipeline.steps[need].id.clone();
        let planned = |need: usize| {
            self.plan
                .steps
                .iter()
                .find(|planned| planned.step == need)?
                .settled
                .clone()
        };
        let settled = |need: usize| {
            if self.options.undo {
                planned(need)
            } else {
                self.settled[need].clone()
            }
        };
        needs
            .iter()
            .map(|&need| (id(need), settled(need).unwrap_or_default()))
            .collect()
    }
}
