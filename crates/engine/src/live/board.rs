//! What is known of the run now, as the report that it would leave if it ended here.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::graph::{Graph, StepId};
use crate::plan::World;
use crate::progress::Event;
use crate::report::files::{self, About};
use crate::report::{Outcome, Report, StepReport};
use crate::secrets::Secrets;
use crate::state::State;

/// What a run is about.
pub struct Subject {
    /// What was asked for.
    pub wanted: Vec<String>,
    /// When the command began.
    pub began: Instant,
    /// Effects are removed.
    pub undo: bool,
}

/// The run that is shown, and who has seen it.
#[derive(Default)]
pub(super) struct Board {
    /// Counts what happened.
    pub version: u64,
    run: Option<Run>,
    /// The version that was last shown, and when.
    shown: Option<(u64, Instant)>,
}

struct Run {
    subject: Subject,
    pipeline: String,
    target: String,
    state: State,
    secrets: Secrets,
    since: SystemTime,
    steps: Vec<StepReport>,
    places: HashMap<Arc<str>, usize>,
    /// How long it took, and the signal that ended it.
    over: Option<(Duration, Option<i32>)>,
}

impl Board {
    /// Another run begins.
    pub(super) fn begin(&mut self, world: &World, graph: &Graph, subject: Subject) {
        self.version += 1;
        self.run = Some(Run::new(world, graph, subject));
    }

    /// Takes an event; false if there is nothing new to see.
    pub(super) fn note(&mut self, event: &Event) -> bool {
        let moved = self.run.as_mut().is_some_and(|run| run.note(event));
        self.version += u64::from(moved);
        moved
    }

    /// Whether something is at work, so that times move by themselves.
    pub(super) fn is_moving(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.over.is_none())
    }

    /// The page as it is now; `nonce` is what its script is known by.
    pub(super) fn page(&self, nonce: &str) -> String {
        match &self.run {
            Some(run) => run.page(nonce),
            None => files::live(&PathBuf::new(), &Report::default(), &nothing(), nonce),
        }
    }

    /// The state folder of the run that is shown.
    pub(super) fn state(&self) -> Option<&State> {
        self.run.as_ref().map(|run| &run.state)
    }

    /// The whole log of the step at this place.
    pub(super) fn log(&self, place: usize) -> Option<String> {
        let run = self.run.as_ref()?;
        let path = run.steps.get(place)?.log.as_ref()?;
        let text = String::from_utf8_lossy(&std::fs::read(path).ok()?).into_owned();
        Some(run.secrets.mask(&text))
    }

    /// Somebody was shown this version.
    pub(super) fn was_shown(&mut self, version: u64) {
        self.shown = Some((version, Instant::now()));
    }

    /// Whether somebody looks who has not seen the newest yet.
    pub(super) fn is_looked_at(&self, within: Duration) -> bool {
        let stale = |(version, at): (u64, Instant)| version < self.version && at.elapsed() < within;
        self.shown.is_some_and(stale)
    }
}

/// Before the first run there is nothing to tell.
fn nothing() -> About<'static> {
    About {
        pipeline: "",
        target: String::new(),
        wanted: &[],
        at: SystemTime::now(),
        mask: &str::to_string,
        serves_logs: false,
    }
}

impl Run {
    fn new(world: &World, graph: &Graph, subject: Subject) -> Run {
        let name = |need: &StepId| world.pipeline.steps[*need].id.clone();
        let waiting = |&index: &StepId| {
            let step = &world.pipeline.steps[index];
            let entry = StepReport::skipped(step.id.clone(), step.entry, String::new());
            StepReport {
                outcome: Outcome::Waiting,
                needs: graph.needs[index].iter().map(name).collect(),
                undo: subject.undo,
                ..entry
            }
        };
        let steps: Vec<StepReport> = graph.order.iter().map(waiting).collect();
        let ids = steps.iter().enumerate();
        Run {
            places: ids.map(|(place, step)| (step.id.clone(), place)).collect(),
            pipeline: world.pipeline.name.clone(),
            target: world.pipeline.target.to_string(),
            state: world.state.clone(),
            secrets: world.exec.secrets().clone(),
            since: SystemTime::now(),
            steps,
            subject,
            over: None,
        }
    }

    fn note(&mut self, event: &Event) -> bool {
        match event {
            Event::Started { step, reason } => self.started(step, reason),
            Event::Retry {
                step,
                attempt,
                failure,
                ..
            } => self.retried(step, *attempt, &failure.cause),
            Event::Waiting { step, failure, .. } => self.told(step, &failure.cause),
            Event::Warning { step, sentence } => self.told(step, sentence),
            Event::Line { step, .. } => self.places.contains_key(*step),
            Event::Finished { step } => self.finished(step),
            Event::End { report } => {
                self.over = Some((report.elapsed, report.signal));
                true
            }
            Event::Begin { .. } => true,
            Event::Interrupted { .. } | Event::Tick => false,
        }
    }

    /// Changes what is known of a step.
    fn change(&mut self, step: &str, change: impl FnOnce(&mut StepReport)) -> bool {
        let place = self.places.get(step).copied();
        place.map(|place| change(&mut self.steps[place])).is_some()
    }

    fn started(&mut self, step: &str, reason: &str) -> bool {
        let (reason, log) = (self.secrets.mask(reason), self.state.log(step, 1));
        let start = self.subject.began.elapsed();
        self.change(step, |step| {
            (step.outcome, step.reason) = (Outcome::Running, reason);
            (step.start, step.log) = (Some(start), Some(log));
        })
    }

    fn retried(&mut self, step: &str, attempt: u32, cause: &str) -> bool {
        let log = self.state.log(step, attempt + 1);
        self.change(step, |step| {
            (step.attempts, step.log) = (attempt + 1, Some(log));
        });
        self.told(step, &format!("attempt {attempt} failed: {cause}"))
    }

    fn told(&mut self, step: &str, what: &str) -> bool {
        let what = self.secrets.mask(what);
        self.change(step, |step| step.reason = what)
    }

    fn finished(&mut self, step: &StepReport) -> bool {
        let mut known = step.clone();
        files::hide(&mut known, &|text| self.secrets.mask(text));
        self.change(&step.id, |step| *step = known)
    }

    fn page(&self, nonce: &str) -> String {
        let about = About {
            pipeline: &self.pipeline,
            target: self.target.clone(),
            wanted: &self.subject.wanted,
            at: SystemTime::now(),
            mask: &|text| self.secrets.mask(text),
            serves_logs: true,
        };
        files::live(&self.state.dir, &self.report(), &about, nonce)
    }

    /// A log is emptied with the first line that is written into it.
    fn is_of_this_run(&self, log: &Path) -> bool {
        let written = log.metadata().and_then(|known| known.modified());
        written.is_ok_and(|written| written >= self.since)
    }

    /// What is known now, with the times that have gone by.
    fn report(&self) -> Report {
        let now = self.subject.began.elapsed();
        let mut report = Report::new(self.subject.undo, self.subject.began);
        report.steps = self.steps.clone();
        let open = report.steps.iter_mut().filter(|step| step.is_open());
        for step in open {
            step.duration = step.start.map(|start| now - start).unwrap_or_default();
            step.log = step.log.take().filter(|log| self.is_of_this_run(log));
        }
        (report.elapsed, report.signal) = self.over.unwrap_or((now, None));
        report
    }
}
