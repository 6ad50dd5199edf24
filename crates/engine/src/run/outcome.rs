//! What the loop does with what workers tell: states change, the journal grows, events are emitted,
//! dependents become ready.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use anyhow::{Context, Result};

use super::{Loop, State};
use crate::attempt::{AttemptResult, News};
use crate::fingerprint::Upstream;
use crate::graph::StepId;
use crate::journal::LEFT_OUT;
use crate::progress::Event;
use crate::report::{Outcome, StepReport};
use protocol::{Facts, Failure, Nature};
use serde_json::Value;
use signal_hook::consts::SIGINT;

impl Loop<'_> {
    /// Steps that never started say whose fault that is.
    pub(super) fn cancel_the_rest(&mut self) {
        let mut culprits: Vec<Option<StepId>> = vec![None; self.states.len()];
        for &step in self.failures.iter().chain(&self.left_out) {
            culprits[step] = Some(step);
        }
        for &step in &self.graph.order {
            if self.states[step] != State::Over {
                culprits[step] = self.graph.needs[step]
                    .iter()
                    .find_map(|&need| culprits[need]);
                self.cancelled(step, culprits[step]);
            }
        }
    }

    fn cancelled(&mut self, step: StepId, culprit: Option<StepId>) {
        let reason = match (culprit, self.report.signal) {
            (Some(culprit), _) => {
                let what = match self.left_out.contains(&culprit) {
                    true => "was left out",
                    false => "failed",
                };
                let id = &self.world.pipeline.steps[culprit].id;
                format!("needs {id}, which {what}")
            }
            (None, Some(_)) => "interrupted".to_string(),
            (None, None) => "another step failed; --keep-going goes on".to_string(),
        };
        self.note(step, Outcome::Cancelled, reason, None);
    }

    /// The run is being ended. What is at work may take its time over that.
    pub(super) fn interrupted(&mut self, signal: i32) {
        let is_first = self.report.signal.replace(signal).is_none();
        let steps = self.world.pipeline.steps.iter().zip(&self.states);
        let running = steps.filter(|(_, state)| **state == State::Running);
        let ids: Vec<&str> = running.map(|(step, _)| &*step.id).collect();
        if is_first && !ids.is_empty() {
            let key = (signal == SIGINT).then_some("Ctrl-C");
            self.progress
                .event(&Event::Interrupted { steps: &ids, key });
        }
    }

    /// A worker tells something.
    pub(super) fn news(&mut self, step: StepId, news: News) -> Result<()> {
        let id = self.world.pipeline.steps[step].id.clone();
        match news {
            News::Line(line) => self.progress.event(&Event::Line {
                step: &id,
                line: &line,
            }),
            News::Waiting(failure, patience) => self.progress.event(&Event::Waiting {
                step: &id,
                failure: &failure,
                patience,
            }),
            News::Warning(sentence) => self.progress.event(&Event::Warning {
                step: &id,
                sentence: &sentence,
            }),
            News::Attempt(attempt) => self.attempts[step] = attempt,
            News::Retry(fingerprint, attempt, failure, pause) => {
                self.attempts[step] = attempt + 1;
                self.progress.event(&Event::Retry {
                    step: &id,
                    attempt,
                    failure: &failure,
                    pause,
                });
                self.journal
                    .attempt_failed(&id, fingerprint, attempt)
                    .context("can't write the journal")?;
            }
        }
        Ok(())
    }

    /// A step wants to act.
    pub(super) fn begins(
        &mut self,
        step: StepId,
        reason: String,
        noted: &Sender<()>,
    ) -> Result<()> {
        self.begun(step, reason)?;
        // A worker that has gone away acts on nothing.
        let _ = noted.send(());
        Ok(())
    }

    /// Before a step acts the journal says that what was done of it no longer counts.
    pub(super) fn begun(&mut self, step: StepId, reason: String) -> Result<()> {
        let definition = &self.world.pipeline.steps[step];
        let id = &definition.id;
        let was_done = self
            .journal
            .get(id)
            .is_some_and(|record| record.done.is_some());
        self.journal
            .step_begun(id)
            .context("can't write the journal")?;
        // What can't be looked at is believed by the journal alone, so this must be on disk before
        // the step acts.
        if was_done && definition.outputs.is_empty() {
            self.journal.sync(true).context("can't write the journal")?;
        }
        self.progress.event(&Event::Started {
            step: id,
            reason: &reason,
        });
        self.acts[step] = Some(reason);
        Ok(())
    }

    /// A step notes what it is about to do: if it is killed meanwhile, it must be known whose work
    /// that was.
    pub(super) fn notes(
        &mut self,
        step: StepId,
        (name, value): (String, String),
        noted: &Sender<()>,
    ) -> Result<()> {
        let id = &self.world.pipeline.steps[step].id;
        self.journal
            .step_noted(id, (name, value.into()))
            .context("can't write the journal")?;
        // A worker that has gone away acts on nothing.
        let _ = noted.send(());
        Ok(())
    }

    /// A worker is done with a step.
    pub(super) fn finished(&mut self, step: StepId, outcome: AttemptResult) -> Result<()> {
        self.states[step] = State::Over;
        let id = self.world.pipeline.steps[step].id.clone();
        match outcome {
            AttemptResult::Skipped(reason, upstream) => {
                self.over(step, Outcome::Skipped, reason, upstream)
            }
            AttemptResult::Done(record, upstream) => {
                self.journal
                    .step_done(&id, record)
                    .context("can't write the journal")?;
                let reason = self.acts[step].clone().unwrap_or_default();
                self.over(step, Outcome::Done, reason, upstream)
            }
            AttemptResult::Held(reason, record, upstream) => {
                self.journal
                    .step_done(&id, record)
                    .context("can't write the journal")?;
                self.over(step, Outcome::Skipped, reason, upstream)
            }
            AttemptResult::Removed(removed, what) => {
                // What leaves files behind is still true; everything else must be made again.
                if self.world.pipeline.steps[step].outputs.is_empty() {
                    self.journal
                        .step_gone(&id)
                        .context("can't write the journal")?;
                }
                self.over(
                    step,
                    if removed {
                        Outcome::Done
                    } else {
                        Outcome::Skipped
                    },
                    what,
                    Upstream::default(),
                )
            }
            AttemptResult::Failed(failure) => {
                let interrupted = self.world.exec.is_ending();
                self.came_to_its_end(&id)?;
                if !interrupted {
                    self.ended(step, &failure)?;
                }
                self.report.prerequisite |= failure.prerequisite;
                let outcome = if interrupted {
                    Outcome::Interrupted
                } else if failure.left_out {
                    self.left_out.push(step);
                    Outcome::LeftOut
                } else {
                    self.failures.push(step);
                    Outcome::Failed(failure.clone())
                };
                // How a tool takes a signal is no reason.
                let reason = match interrupted {
                    true => "interrupted".to_string(),
                    false => failure.cause,
                };
                self.note(step, outcome, reason, None);
                Ok(())
            }
        }
    }

    /// Its worker takes another step.
    pub(super) fn free(&mut self, step: StepId) {
        self.running -= 1;
        let definition = &self.world.pipeline.steps[step];
        self.capacity.give_back(definition);
        if let Some(pool) = &definition.pool {
            self.ready.freed(pool);
        }
    }

    /// The attempts that failed count against a run that takes up one that was killed. Of a step
    /// that came to its end, well or not or by an interrupt, nothing is taken up: whoever wants it
    /// next has them all.
    fn came_to_its_end(&mut self, id: &Arc<str>) -> Result<()> {
        let failed = self.journal.get(id).and_then(|record| record.failed);
        let Some((fingerprint, _)) = failed else {
            return Ok(());
        };
        self.journal
            .attempt_failed(id, fingerprint, 0)
            .context("can't write the journal")
    }

    /// Whoever asks why it runs again is told how it ended.
    fn ended(&mut self, step: StepId, failure: &Failure) -> Result<()> {
        let definition = &self.world.pipeline.steps[step];
        if self.options.undo || definition.entry.nature == Nature::Checks {
            return Ok(());
        }
        let what = if failure.left_out { LEFT_OUT } else { "failed" };
        self.journal
            .step_ended(
                &definition.id,
                format!("{what} last time: {}", failure.cause),
            )
            .context("can't write the journal")
    }

    /// What a check told is asked anew each time. It is kept because the next plan guesses from it
    /// what else to ask, and so need not wait for one answer before it asks the next question.
    fn told(&mut self, step: StepId, facts: &Facts) -> Result<()> {
        let definition = &self.world.pipeline.steps[step];
        if definition.entry.nature == Nature::Makes {
            return Ok(());
        }
        let known = self.journal.get(&definition.id);
        let is_known = |name: &str, value: &Value| {
            known.is_some_and(|record| record.facts.get(name) == Some(value))
        };
        let news = facts.iter().filter(|(name, value)| !is_known(name, value));
        let news: Vec<(String, Value)> = news.map(|(n, v)| (n.clone(), v.clone())).collect();
        for fact in news {
            self.journal
                .step_noted(&definition.id, fact)
                .context("can't write the journal")?;
        }
        Ok(())
    }

    /// A step ended well: those that waited for it are looked at.
    pub(super) fn over(
        &mut self,
        step: StepId,
        outcome: Outcome,
        reason: String,
        upstream: Upstream,
    ) -> Result<()> {
        self.told(step, &upstream.facts)?;
        self.came_to_its_end(&self.world.pipeline.steps[step].id)?;
        self.note(step, outcome, reason, Some(upstream.facts.clone()));
        self.upstream[step] = Some(upstream);
        for &next in &self.graph.needed_by[step] {
            self.waits_less(next);
        }
        Ok(())
    }

    fn note(&mut self, step: StepId, outcome: Outcome, reason: String, facts: Option<Facts>) {
        let definition = &self.world.pipeline.steps[step];
        let started = self.acts[step].is_some().then_some(self.given[step]);
        let attempts = self.attempts[step];
        let log = started.map(|_| self.world.state.log(&definition.id, attempts));
        // What fails before it acts has none.
        let log = log.filter(|log| !matches!(outcome, Outcome::Failed(_)) || log.exists());
        let entry = StepReport {
            id: definition.id.clone(),
            kind: definition.entry.name,
            nature: definition.entry.nature,
            outcome,
            reason,
            needs: self.graph.needs[step]
                .iter()
                .map(|&need| self.world.pipeline.steps[need].id.clone())
                .collect(),
            facts: facts.unwrap_or_default(),
            attempts,
            start: started.map(|at| at - self.report.began),
            duration: started.map(|at| at.elapsed()).unwrap_or_default(),
            undo: self.options.undo,
            log,
        };
        self.progress.event(&Event::Finished { step: &entry });
        self.report.steps.push(entry);
    }
}
