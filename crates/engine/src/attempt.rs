//! One step from question to proof: looked at again, judged, acted on, proven; or undone.

mod asking;
mod discreet;
mod inputs;
mod logged;
mod meanwhile;
mod moves;
mod patience;
mod perform;
mod prove;
mod shown;
mod snapshot;
mod undo;
mod waiting;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::config::StepDef;
use crate::digest::Digest;
use crate::exec::Started;
use crate::fingerprint::{Fingerprint, Kinds, Upstream};
use crate::graph::StepId;
use crate::http::Saved;
use crate::journal::{Components, Record};
use crate::plan::{self, Inspected, NamedComponents, World};
use crate::report::log::Log;
use discreet::Discreet;
use protocol::{Action, Answer, Cmd, Effect, Facts, Failure, Nature, Probe};
use snapshot::Snapshot;
pub use undo::{Undoing, doomed, kept, shown, would_undo};
use waiting::backoff;

/// How often an effect that is still coming is asked for, at most and at least.
const ASK_AGAIN: Duration = Duration::from_millis(500);
const ASK_SOON: Duration = Duration::from_millis(100);
/// How long it may keep coming if the step names no timeout.
const PATIENCE: Duration = Duration::from_secs(300);

/// What a worker needs to know about one step.
pub struct Job {
    /// Its place in `pipeline.steps`.
    pub step: StepId,
    /// What the journal knows of it.
    pub record: Option<Record>,
    /// What it needs, settled.
    pub needs: Vec<(Arc<str>, Upstream)>,
    /// Remove the effect instead of making it.
    pub undo: bool,
    /// With `undo`: what holds the effect is removed too, so nothing is lost if the effect can't be
    /// looked at.
    pub doomed: bool,
    /// With `undo`: what others put into the effect goes too.
    pub all: bool,
    /// It is written down already that it acts.
    pub begun: bool,
}

/// What came of a step.
#[derive(Debug)]
pub enum AttemptResult {
    /// Its effect stood already; the reason says how we know.
    Skipped(String, Upstream),
    /// It ran and its effect is proven.
    Done(Record, Upstream),
    /// It changed nothing and waited until what it checks came to hold; the reason says what that
    /// is.
    Held(String, Record, Upstream),
    /// Its effect was removed; `false` if there was nothing to remove.
    Removed(bool, String),
    /// It could not be done.
    Failed(Failure),
}

/// Who a worker talks to, and whoever looks on beside it.
pub trait Tell: Sync {
    /// Whether every line that its children write is to be shown, and not only one now and then.
    fn wants_every_line(&self) -> bool;
    /// Takes what a worker tells.
    fn news(&self, news: News);
    /// The step begins to act, for this reason. Returns once that is written down; `false` if it
    /// never will be, and then nothing may be done.
    fn begins(&self, reason: String) -> bool;
    /// A fact that must be known even if this run is killed right now. Returns once it is written
    /// down.
    fn notes(&self, name: &str, value: &str);
    /// What came of the step: those that need it can go on.
    fn finished(&self, result: AttemptResult);
}

/// What a worker tells while it works.
pub enum News {
    /// Something to show beside the step's name.
    Line(String),
    /// Trouble that it may get over by itself, and how long that is waited for.
    Waiting(Failure, Duration),
    /// Something that is most likely a mistake in pipeline.toml.
    Warning(String),
    /// Its first attempt has this number: a run that was killed made those before.
    Attempt(u32),
    /// An attempt failed; another follows after the pause.
    Retry(Digest, u32, Failure, Duration),
}

/// Takes one step as far as it goes.
pub fn work(world: &World, job: &Job, tell: &dyn Tell) {
    let step = &world.pipeline.steps[job.step];
    let secrets = world.exec.secrets();
    let tell = &Discreet { tell, secrets };
    let record = job.record.as_ref();
    let looked_at = match job.undo {
        true => plan::inspect_to_undo(world, step, record, &job.needs)
            .map(|inspected| (inspected, NamedComponents::new())),
        false => plan::inspect_with_components(world, step, record, &job.needs),
    };
    let (inspected, components) = match looked_at {
        Ok(looked_at) => looked_at,
        Err(failure) => return tell.finished(unknown(world, step, job, failure)),
    };
    let worker = Worker::new((world, step, job), &inspected, tell);
    let result = match job.undo {
        true => worker.undo(),
        false => worker.make(components),
    };
    let is_done = matches!(result, Ok(AttemptResult::Done(..)));
    tell.finished(result.unwrap_or_else(AttemptResult::Failed));
    if is_done {
        worker.catch_up();
    }
}

/// What comes of a step that can't be looked at.
fn unknown(world: &World, step: &StepDef, job: &Job, failure: Failure) -> AttemptResult {
    let is_nothing = || job.record.is_none() || undo::leaves_files_only(world, step);
    match job.undo {
        true if is_nothing() => AttemptResult::Removed(false, "nothing of it was made".to_string()),
        true => AttemptResult::Failed(undo::unknown(&failure.cause)),
        false => AttemptResult::Failed(failure),
    }
}

struct Worker<'a> {
    world: &'a World,
    step: &'a StepDef,
    job: &'a Job,
    inspected: &'a Inspected,
    /// As its record counts it; from an attempt on, as this version does.
    fingerprint: Cell<Fingerprint>,
    tell: &'a dyn Tell,
    /// What the exchanges of this attempt saved for later ones.
    saved: RefCell<Saved>,
    /// Facts that the acts of this attempt noted.
    notes: RefCell<Facts>,
    /// What it put off until it is done.
    later: RefCell<Vec<Cmd>>,
    /// Another attempt follows if this one fails.
    is_tried_again: Cell<bool>,
    /// It was told that somebody takes long to answer.
    said_slow: Cell<bool>,
    /// Why it acts, as it was told.
    reason: RefCell<String>,
    /// The service that its acts started.
    started: RefCell<Option<String>>,
    /// What need not be asked again.
    known: RefCell<HashMap<Probe, Answer>>,
}

impl<'a> Worker<'a> {
    fn new(
        (world, step, job): (&'a World, &'a StepDef, &'a Job),
        inspected: &'a Inspected,
        tell: &'a dyn Tell,
    ) -> Worker<'a> {
        Worker {
            world,
            step,
            job,
            inspected,
            fingerprint: Cell::new(inspected.fingerprint),
            tell,
            saved: RefCell::default(),
            notes: RefCell::default(),
            later: RefCell::default(),
            is_tried_again: Cell::default(),
            said_slow: Cell::default(),
            reason: RefCell::default(),
            started: RefCell::default(),
            known: RefCell::default(),
        }
    }

    fn make(&self, components: NamedComponents) -> Result<AttemptResult, Failure> {
        let stale = self.inspected.stale.as_ref();
        // Who acts whatever the answers are has begun when it asks.
        stale.map_or(Ok(()), |stale| self.begin(stale.reason.clone()))?;
        let snapshot = Snapshot {
            asked: self.world.exec.clock.start(),
            fingerprint: self.inspected.fingerprint.whole,
            seen: inputs::seen(self.world, &components),
            components,
            answers: self.ask_first(),
        };
        if stale.is_none() {
            match self.assess(&snapshot.answers) {
                Effect::Present(reason, facts) => {
                    let reason = plan::told(self.step, self.job.record.as_ref(), reason);
                    return self.skipped(reason, facts);
                }
                Effect::Absent(reason) | Effect::Pending(reason) => self.begin(reason)?,
                Effect::Degraded(failure, _) | Effect::Broken(failure) => {
                    self.begin(failure.cause)?;
                }
            }
        }
        // What an older record did not count is part of the new one.
        let all_counts = plan::counted(self.job.record.as_ref()) == Kinds::KNOWN;
        let made = self.attempts(Some(snapshot).filter(|_| all_counts));
        if made.is_err() {
            self.end_unwanted();
        }
        made
    }

    fn attempts(&self, mut snapshot: Option<Snapshot>) -> Result<AttemptResult, Failure> {
        let attempts = self.step.retry.attempts;
        let mut attempt = 1 + self.failed_before().min(attempts - 1);
        if attempt > 1 {
            self.tell.news(News::Attempt(attempt));
        }
        loop {
            let snapshot = snapshot.take();
            let asked = snapshot.as_ref().map(|snapshot| snapshot.asked);
            let started = asked.unwrap_or_else(|| self.world.exec.clock.start());
            self.is_tried_again.set(attempt < attempts);
            match self.attempt(attempt, started, snapshot) {
                Ok(outcome) => return Ok(outcome),
                Err(failure)
                    if attempt < attempts && !failure.left_out && !self.world.exec.is_ending() =>
                {
                    let pause = backoff(self.step.retry.pause(attempt));
                    self.tell.news(News::Retry(
                        self.fingerprint.get().whole,
                        attempt,
                        failure,
                        pause,
                    ));
                    self.sleep(pause);
                    attempt += 1;
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    fn begin(&self, reason: String) -> Result<(), Failure> {
        self.reason.replace(reason.clone());
        match self.job.begun || self.tell.begins(reason) {
            true => Ok(()),
            false => Err(Failure::new("interrupted")),
        }
    }

    /// Attempts that a killed run had already used up for the same work.
    fn failed_before(&self) -> u32 {
        let failed = self.job.record.as_ref().and_then(|record| record.failed);
        failed
            .filter(|(fingerprint, _)| *fingerprint == self.inspected.fingerprint.whole)
            .map_or(0, |(_, attempts)| attempts)
    }

    fn attempt(
        &self,
        attempt: u32,
        started: Started,
        snapshot: Option<Snapshot>,
    ) -> Result<AttemptResult, Failure> {
        self.with_log(attempt, |log| self.attempt_with(log, started, snapshot))
    }

    fn attempt_with(
        &self,
        log: &mut Log,
        mut started: Started,
        snapshot: Option<Snapshot>,
    ) -> Result<AttemptResult, Failure> {
        self.saved.replace(self.given());
        self.later.take();
        let mut snapshot = snapshot.map_or_else(|| self.snapshot(), Ok)?;
        snapshot.answers = self.wait_for_others(snapshot.answers, started, log)?;
        self.warn_of_patterns(log);
        let kind = &self.inspected.resolved.kind;
        let acts = kind.actions(&self.step_context(), &snapshot.answers);
        let acts = acts.and_then(|acts| self.check_folders(&acts).map(|()| acts));
        let acts = acts.map_err(|failure| self.fails(log, failure))?;
        if !acts.is_empty() {
            // Who was slow to answer must not leave less time for them.
            started = self.world.exec.clock.start();
        }
        for act in &acts {
            self.act(act, &mut started, log)?;
        }
        self.world.files.forget_globs();
        self.tidy(started, log);
        let stood = acts.is_empty().then(|| self.stood(&snapshot.answers));
        let stood = stood.flatten();
        let stood = stood.unwrap_or_else(|| self.prove(started, log, &snapshot.answers));
        let (reason, mut facts) = stood.map_err(|failure| self.fails(log, failure))?;
        facts.extend(self.notes.take());
        let outputs = match plan::outputs(self.world, self.step)? {
            Ok(outputs) => outputs,
            Err(missing) => return Err(self.fails(log, waiting::undelivered(&missing))),
        };
        if !acts.is_empty() {
            self.disbelieve_moved(&mut snapshot);
        }
        let (record, upstream) = self.done(snapshot, facts, outputs, started);
        let waited = acts.is_empty() && self.step.entry.nature == Nature::Checks;
        Ok(match waited {
            true => AttemptResult::Held(reason, record, upstream),
            false => AttemptResult::Done(record, upstream),
        })
    }

    fn act(&self, act: &Action, started: &mut Started, log: &mut Log) -> Result<(), Failure> {
        self.perform(act, *started, log)
            .map_err(|failure| self.fails(log, failure))?;
        if matches!(act, Action::Stop(_)) {
            // What was slow to end must not leave less time for what comes after it.
            *started = self.world.exec.clock.start();
        }
        Ok(())
    }

    /// What its requests may name from the beginning: the step's secrets, too.
    fn given(&self) -> Saved {
        let secrets = self.world.exec.secrets();
        let value = |name: &String| Some((name.clone(), secrets.get(name)?.into()));
        let given = self.step.secrets.iter().filter_map(value);
        given
            .chain([("unique".to_string(), perform::unique().into())])
            .collect()
    }

    fn done(
        &self,
        snapshot: Snapshot,
        facts: Facts,
        outputs: Digest,
        started: Started,
    ) -> (Record, Upstream) {
        let upstream = Upstream::new(self.step, facts.clone(), outputs, snapshot.fingerprint);
        let millis = self.world.exec.clock.since(started).as_millis() as u64;
        let record = Record {
            done: Some(snapshot.fingerprint),
            facts,
            outputs,
            components: Components::new(&snapshot.components),
            kinds: Kinds::KNOWN,
            millis,
            ..Record::default()
        };
        (record, upstream)
    }

    fn skipped(&self, reason: String, facts: Facts) -> Result<AttemptResult, Failure> {
        let outputs = self
            .job
            .record
            .as_ref()
            .map(|record| record.outputs)
            .unwrap_or_default();
        Ok(AttemptResult::Skipped(
            reason,
            Upstream::new(self.step, facts, outputs, self.inspected.fingerprint.whole),
        ))
    }
}
