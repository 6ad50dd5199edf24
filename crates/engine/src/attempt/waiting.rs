//! Waiting: for others to be done with an effect, for patience to end, between two attempts.

use std::time::{Duration, Instant};

use super::{ASK_AGAIN, News, PATIENCE, Worker};
use crate::exec::Started;
use crate::report::log::Log;
use protocol::{Answer, Failure};

impl Worker<'_> {
    /// Asks until nobody else is changing the effect, or patience ends; what was answered last.
    pub(super) fn wait_for_others(
        &self,
        mut answers: Vec<Answer>,
        started: Started,
        log: &mut Log,
    ) -> Result<Vec<Answer>, Failure> {
        let kind = &self.inspected.resolved.kind;
        let mut said = false;
        while let Some(why) = kind.busy(&self.step_context(), &answers) {
            if self.world.exec.is_ending() || self.is_over(started) {
                return Err(self.fails(log, why));
            }
            if !said {
                let fix = why.fix.map_or(String::new(), |fix| format!("; {fix}"));
                let line = format!("waiting: {}{fix}", why.cause);
                self.note(log, &line);
                self.tell.news(News::Warning(line));
                said = true;
            }
            self.sleep(ASK_AGAIN);
            answers = self.ask();
        }
        Ok(answers)
    }

    /// Whether the step's time is over.
    pub(super) fn is_over(&self, started: Started) -> bool {
        let limit = self.step.timeout.unwrap_or(PATIENCE);
        self.world.exec.clock.since(started) >= limit
    }

    pub(super) fn not_ending(&self) -> Result<(), Failure> {
        match self.world.exec.is_ending() {
            true => Err(Failure::new("interrupted")),
            false => Ok(()),
        }
    }

    /// Whether there is time left for what the answers tell.
    pub(super) fn patience(
        &self,
        started: Started,
        why: &str,
        answers: &[Answer],
    ) -> Result<(), Failure> {
        self.not_ending()?;
        if !self.is_over(started) {
            return Ok(());
        }
        let limit = self.step.timeout.unwrap_or(PATIENCE);
        let failure = Failure::new(format!("after {} s still: {why}", limit.as_secs()))
            .fix("raise the step's `timeout` if it only needs longer");
        Err(self.inspected.resolved.kind.overdue(failure, answers))
    }

    /// Sleeps unless the run is being ended.
    pub(super) fn sleep(&self, pause: Duration) {
        let until = Instant::now() + pause;
        while Instant::now() < until && !self.world.exec.is_ending() {
            std::thread::sleep(Duration::from_millis(20).min(pause));
        }
    }
}

/// Up to a quarter more, so that several retries do not meet again.
pub(super) fn backoff(pause: Duration) -> Duration {
    let nanos = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |now| now.subsec_nanos());
    pause + pause.mul_f64(f64::from(nanos % 1000) / 4000.0)
}

/// It ended well, and yet what it was to make is not there.
pub(super) fn undelivered(path: &str) -> Failure {
    Failure::new(format!(
        "it ended well and yet its output {path} is not there"
    ))
    .fix("correct `outputs`, or make the command write it")
}
