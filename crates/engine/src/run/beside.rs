//! A run that begins before every tool has answered: what is still open of its plan is asked beside
//! the work that has to be done in any case, and steps wait for their verdict as for their needs.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::thread;

use anyhow::Result;

use super::workers::Message;
use super::{Loop, State};
use crate::graph::StepId;
use crate::plan::{Asked, Decision, Planned};
use crate::progress::Event;
use crate::report::Outcome;

impl Loop<'_> {
    /// Asks what is open, if anything is.
    pub(super) fn ask(&mut self) {
        if self.plan.asked.is_settled() {
            return;
        }
        let asked = Arc::new(Mutex::new(std::mem::take(&mut self.plan.asked)));
        let (exec, messages) = (self.world.exec.clone(), self.messages.clone());
        let ask = move || {
            // The loop may be over already.
            let slow = |step, line: &str| drop(messages.send(Message::Slow(step, line.into())));
            let mut asked = asked.lock().unwrap();
            asked.ask(&exec, &HashSet::new(), slow);
            let _ = messages.send(Message::Answered(std::mem::take(&mut asked)));
        };
        self.is_asking = true;
        // Where no thread is to be had, the work waits.
        if thread::Builder::new().spawn(ask.clone()).is_err() {
            ask();
        }
    }

    /// Everybody has answered.
    pub(super) fn answered(&mut self, asked: Asked) -> Result<()> {
        self.is_asking = false;
        // What was not answered then is nobody's fault.
        if self.world.exec.is_ending() {
            return Ok(());
        }
        self.plan.asked = asked;
        let plan = std::mem::take(&mut self.plan);
        let was_open: Vec<bool> = plan.steps.iter().map(|planned| planned.open).collect();
        self.plan = plan.go_on(self.world, self.graph, self.journal);
        let told = self.plan.steps.iter().zip(was_open);
        let told = told.filter(|(planned, was_open)| *was_open && !planned.open);
        self.settle(told.map(|(planned, _)| planned.clone()).collect())?;
        if self.failures.is_empty() || self.options.keep_going {
            self.ask();
        }
        Ok(())
    }

    /// Somebody keeps a step waiting.
    pub(super) fn slow(&mut self, step: StepId, line: &str) {
        self.progress.event(&Event::Warning {
            step: &self.world.pipeline.steps[step].id,
            sentence: line,
        });
    }

    /// The verdict on these steps is final: those that stand are over, the others wait for no more
    /// than their needs.
    pub(super) fn settle(&mut self, told: Vec<Planned>) -> Result<()> {
        let undo = self.options.undo;
        let stands = |planned: &Planned| planned.action == Decision::Skip && !undo;
        let (stand, run): (Vec<Planned>, Vec<Planned>) = told.into_iter().partition(stands);
        // All of them are over before the first is told, or one would make another ready.
        for planned in &stand {
            self.states[planned.step] = State::Over;
        }
        for planned in stand {
            let upstream = planned.upstream.unwrap_or_default();
            self.over(planned.step, Outcome::Skipped, planned.reason, upstream)?;
        }
        for planned in run {
            self.waits_less(planned.step);
        }
        Ok(())
    }

    /// What the step waited for is there; if it was the last, it could start.
    pub(super) fn waits_less(&mut self, step: StepId) {
        if let State::Waiting(count) = &mut self.states[step] {
            *count -= 1;
            if *count == 0 {
                self.make_ready(step);
            }
        }
    }
}
