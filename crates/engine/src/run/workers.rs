//! The threads that take one step after the other, and what they tell the loop.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};

use crate::attempt::{self, AttemptResult, Job, News};
use crate::graph::StepId;
use crate::journal::Journal;
use crate::plan::{Asked, Decision, Plan, Planned, World};

/// A run that took less, in milliseconds of all its steps, is not enclosed.
const WORTH_ENCLOSING: u64 = 100;
/// A step whose lines are all shown is never further ahead of the terminal than this.
const AHEAD: usize = 1000;

/// What the loop is told.
pub(super) enum Message {
    /// A step tells something.
    News(StepId, News),
    /// A step waits until all that it has told so far is shown: then this is dropped.
    AllShown(Sender<()>),
    /// A step wants to act; it waits for the answer.
    Begins(StepId, String, Sender<()>),
    /// A step notes a fact; it waits for the answer.
    Notes(StepId, (String, String), Sender<()>),
    /// A step is over.
    Finished(StepId, Box<AttemptResult>),
    /// The worker that had a step has nothing more to do for it.
    Free(StepId),
    /// What was open of the plan is answered.
    Answered(Asked),
    /// Somebody keeps a step waiting for an answer.
    Slow(StepId, String),
    /// The run is being ended.
    Signal(i32),
}

/// To enter a cgroup takes some 10 ms of waiting, so what is known to take a moment goes without.
pub(super) fn is_worth_enclosing(world: &World, plan: &Plan, journal: &Journal) -> bool {
    // Of what is open nobody knows yet.
    let may_run = |step: &&Planned| step.action == Decision::Run || step.open;
    let runs = plan.steps.iter().filter(may_run);
    let millis = |planned: &Planned| {
        let record = journal.get(&world.pipeline.steps[planned.step].id);
        let known = record.filter(|record| record.done.is_some());
        known.map_or(WORTH_ENCLOSING, |record| record.millis)
    };
    runs.map(millis).sum::<u64>() >= WORTH_ENCLOSING
}

/// Takes steps until there are no more; the first one, when it is worth it, in a cgroup of this
/// thread's own.
pub(super) fn work(
    world: &World,
    (encloses, every_line): (bool, bool),
    queue: &Mutex<Receiver<Job>>,
    sender: &Sender<Message>,
) {
    let mut enclosed = false;
    loop {
        let job = queue.lock().unwrap().recv();
        let Ok(job) = job else { return };
        if encloses && !std::mem::replace(&mut enclosed, true) {
            world.exec.enclose();
        }
        let wire = Wire {
            step: job.step,
            sender,
            every_line,
            lines: AtomicUsize::new(0),
        };
        attempt::work(world, &job, &wire);
        let _ = sender.send(Message::Free(job.step));
    }
}

/// A worker's way to the loop.
struct Wire<'a> {
    step: StepId,
    sender: &'a Sender<Message>,
    every_line: bool,
    /// How many lines were told since all were shown.
    lines: AtomicUsize,
}

impl attempt::Tell for Wire<'_> {
    fn wants_every_line(&self) -> bool {
        self.every_line
    }

    fn news(&self, news: News) {
        let is_line = matches!(news, News::Line(_));
        // The loop may be over already.
        let _ = self.sender.send(Message::News(self.step, news));
        if is_line {
            self.keep_pace();
        }
    }

    /// What acts before the journal says so would be believed undone after a kill, and so a step
    /// waits for its record.
    fn begins(&self, reason: String) -> bool {
        let (noted, answer) = mpsc::channel();
        let asked = self.sender.send(Message::Begins(self.step, reason, noted));
        asked.is_ok() && answer.recv().is_ok()
    }

    fn notes(&self, name: &str, value: &str) {
        let (noted, answer) = mpsc::channel();
        let fact = (name.to_string(), value.to_string());
        if self
            .sender
            .send(Message::Notes(self.step, fact, noted))
            .is_ok()
        {
            // The loop may be over already.
            let _ = answer.recv();
        }
    }

    fn finished(&self, result: AttemptResult) {
        let finished = Message::Finished(self.step, Box::new(result));
        let _ = self.sender.send(finished);
    }
}

impl Wire<'_> {
    /// What a child writes faster than it can be shown would pile up in memory.
    fn keep_pace(&self) {
        if self.lines.fetch_add(1, Ordering::Relaxed) + 1 < AHEAD {
            return;
        }
        self.lines.store(0, Ordering::Relaxed);
        let (noted, shown) = mpsc::channel();
        if self.sender.send(Message::AllShown(noted)).is_ok() {
            // It is never answered, only dropped.
            let _ = shown.recv();
        }
    }
}
