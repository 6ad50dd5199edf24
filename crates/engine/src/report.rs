//! What came of a run, as values, and its summary for people.

pub mod chain;
pub mod files;
pub mod html;
pub(crate) mod json;
pub mod junit;
pub mod line;
pub mod log;
mod markdown;
mod otlp;
mod prometheus;
#[cfg(test)]
mod sample;
pub(crate) mod series;
pub mod trace;

use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use line::Paint;
use protocol::{Facts, Failure, KindEntry, Nature};

/// How a step ended, or where it is while the run goes on.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It has not begun: only while the run goes on.
    Waiting,
    /// It is at work: only while the run goes on.
    Running,
    /// It ran and its effect is proven.
    Done,
    /// Nothing had to be done.
    Skipped,
    /// It could not be done.
    Failed(Failure),
    /// It can't be done on this machine and need not be.
    LeftOut,
    /// It was ended by a signal.
    Interrupted,
    /// It never started.
    Cancelled,
}

/// One step's part of the report.
#[derive(Debug, Clone)]
pub struct StepReport {
    /// The step.
    pub id: Arc<str>,
    /// Its kind's name.
    pub kind: &'static str,
    /// Whether it makes or only checks.
    pub nature: Nature,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it ran, was skipped, failed or never started.
    pub reason: String,
    /// The steps it waited for.
    pub needs: Vec<Arc<str>>,
    /// What it published.
    pub facts: Facts,
    /// How many attempts it took.
    pub attempts: u32,
    /// When it began to act, from the start of the run; `None` if it did not.
    pub start: Option<Duration>,
    /// How long it acted.
    pub duration: Duration,
    /// Its effect was to be removed rather than made.
    pub undo: bool,
    /// Its last attempt's log, if it acted.
    pub log: Option<PathBuf>,
}

impl StepReport {
    /// A step for which nothing had to be done.
    pub fn skipped(id: Arc<str>, entry: &'static KindEntry, reason: String) -> StepReport {
        StepReport {
            id,
            kind: entry.name,
            nature: entry.nature,
            outcome: Outcome::Skipped,
            reason,
            needs: Vec::new(),
            facts: Facts::new(),
            attempts: 1,
            start: None,
            duration: Duration::ZERO,
            undo: false,
            log: None,
        }
    }

    /// The failure, if there is one.
    pub fn failure(&self) -> Option<&Failure> {
        if let Outcome::Failed(failure) = &self.outcome {
            Some(failure)
        } else {
            None
        }
    }

    /// Whether it is still to end.
    pub fn is_open(&self) -> bool {
        matches!(self.outcome, Outcome::Waiting | Outcome::Running)
    }

    /// Whether nothing had to be done.
    pub fn is_skip(&self) -> bool {
        self.outcome == Outcome::Skipped
    }

    /// Whether it is worth a line: what was not there to be removed is not.
    pub fn is_news(&self) -> bool {
        !(self.undo && self.is_skip())
    }

    /// The outcome in the word that people see; the glossary lists them.
    pub fn word(&self) -> &'static str {
        match self.outcome {
            Outcome::Waiting => "waiting",
            Outcome::Running => "running",
            Outcome::Done => "done",
            Outcome::Skipped if self.nature == Nature::Checks && !self.undo => "ok",
            Outcome::Skipped => "skipped",
            Outcome::Failed(_) => "failed",
            Outcome::LeftOut => "left out",
            Outcome::Interrupted => "interrupted",
            Outcome::Cancelled => "cancelled",
        }
    }

    /// The outcome in the word that programs see.
    pub fn outcome(&self) -> &'static str {
        match self.outcome {
            Outcome::Waiting => "waiting",
            Outcome::Running => "running",
            Outcome::Done => "ok",
            Outcome::Skipped => "skipped",
            Outcome::Failed(_) => "failed",
            Outcome::LeftOut => "left-out",
            Outcome::Interrupted | Outcome::Cancelled => "cancelled",
        }
    }
}

/// What came of a run.
pub struct Report {
    /// In the order in which they ended.
    pub steps: Vec<StepReport>,
    /// When the run began.
    pub began: Instant,
    /// How long it took.
    pub elapsed: Duration,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// The machine or the call is at fault rather than the work.
    pub prerequisite: bool,
    /// Effects were removed rather than made.
    pub undo: bool,
}

impl Default for Report {
    fn default() -> Report {
        Report::new(false, Instant::now())
    }
}

impl Report {
    /// A run that began then.
    pub fn new(undo: bool, began: Instant) -> Report {
        Report {
            steps: Vec::new(),
            began,
            elapsed: Duration::ZERO,
            signal: None,
            prerequisite: false,
            undo,
        }
    }

    /// The steps that failed.
    pub fn failed(&self) -> impl Iterator<Item = &StepReport> {
        self.steps.iter().filter(|step| step.failure().is_some())
    }

    /// How many steps ended with this outcome.
    pub fn count(&self, outcome: &str) -> usize {
        self.steps
            .iter()
            .filter(|step| step.outcome() == outcome)
            .count()
    }

    /// 0 done, 1 a step failed, 2 the machine or the call is wrong, 128 + N ended by signal N.
    pub fn exit_code(&self) -> u8 {
        match self.signal {
            Some(signal) => 128 + u8::try_from(signal).unwrap_or(0),
            None if self.failed().next().is_none() => 0,
            None if self.prerequisite => 2,
            None => 1,
        }
    }

    /// The last words of a run: failures with cause, evidence and fix, what they took with them,
    /// and the count.
    pub fn summary(&self, paint: Option<&Paint>) -> String {
        let mut text = String::new();
        for step in self.failed() {
            let _ = write!(text, "\n{}", line::failure(step, paint));
        }
        for step in &self.steps {
            if step.outcome == Outcome::LeftOut {
                let _ = write!(text, "\nLEFT OUT {}: {}\n", step.id, step.reason);
            }
        }
        let cancelled: Vec<&str> = self
            .steps
            .iter()
            .filter(|step| step.outcome == Outcome::Cancelled)
            .map(|step| &*step.id)
            .collect();
        if !cancelled.is_empty() {
            let _ = writeln!(text, "\ncancelled: {}", line::listed(&cancelled, 8));
        }
        let _ = writeln!(
            text,
            "{}{}",
            if text.is_empty() { "" } else { "\n" },
            self.count_line()
        );
        text
    }

    /// How many steps ended how, and in what time.
    pub fn count_line(&self) -> String {
        let verb = if self.undo { "removed" } else { "done" };
        let told = |word: &str| self.steps.iter().filter(|step| step.word() == word).count();
        let done = match told("done") {
            0 if self.undo && self.steps.iter().all(StepReport::is_skip) => {
                "nothing to remove".to_string()
            }
            count => format!("{count} {verb}"),
        };
        let mut parts = vec![done];
        for word in [
            "ok",
            "skipped",
            "failed",
            "left out",
            "interrupted",
            "cancelled",
            "running",
            "waiting",
        ] {
            match told(word) {
                0 if word != "skipped" => {}
                count => parts.push(format!("{count} {word}")),
            }
        }
        let interrupted = if self.signal.is_some() {
            "interrupted: "
        } else {
            ""
        };
        format!(
            "{interrupted}{} in {}",
            parts.join(", "),
            line::duration(self.elapsed)
        )
    }
}
