//! Services that were ready once and ended before the run was over: what it says stands would not.

use anyhow::Result;

use super::Loop;
use crate::attempt::AttemptResult;
use crate::graph::StepId;
use crate::plan;
use crate::report::{Outcome, StepReport, line};
use crate::service;
use protocol::Failure;

impl Loop<'_> {
    /// Steps whose service has ended have failed.
    pub(super) fn tell_ended(&mut self) -> Result<()> {
        if self.options.undo || self.report.signal.is_some() {
            return Ok(());
        }
        for (service, keeper) in self.world.exec.services().ended() {
            let counts = |step: &StepReport| {
                let is_well = matches!(step.outcome, Outcome::Done | Outcome::Skipped);
                *step.id == *keeper && is_well
            };
            let Some(place) = self.report.steps.iter().position(counts) else {
                continue;
            };
            let steps = &self.world.pipeline.steps;
            let mut order = self.graph.order.iter();
            let Some(&step) = order.find(|&&step| *steps[step].id == *keeper) else {
                continue;
            };
            // One that runs again meanwhile stands.
            let Err(failure) = plan::holds(self.world, &steps[step], &self.needs_of(step)) else {
                continue;
            };
            self.report.steps.remove(place);
            self.has_ended(step, &service, failure)?;
        }
        Ok(())
    }

    fn has_ended(&mut self, step: StepId, service: &str, failure: Failure) -> Result<()> {
        let cause = format!("{service} was ready and did not stay: {}", failure.cause);
        let log = line::shown(&service::log(&self.world.state.dir, service));
        let see = format!("see all that it said in {log}; the next run starts it again");
        let fix = failure.fix.or(Some(see));
        let failure = Failure {
            cause,
            fix,
            ..failure
        };
        self.finished(step, AttemptResult::Failed(failure))
    }
}
