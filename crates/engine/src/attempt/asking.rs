//! What a step's kind asks before, while and after it acts, and with which limits of time.

use std::time::Duration;

use super::{News, Worker};
use crate::exec::{Setting, Started};
use crate::plan;
use crate::report::series;
use protocol::{Answer, Effect, Probe, StepContext};

/// Who is asked has at least so long, even where the step's time is almost up.
pub(super) const ANSWER_TIME: Duration = Duration::from_secs(5);

impl Worker<'_> {
    /// What is there before anything is done. Who is to be waited for in any case, and watched, is
    /// asked while that is watched.
    pub(super) fn ask_first(&self) -> Vec<Answer> {
        let is_watched = || self.inspected.resolved.kind.watch().is_some();
        match self.inspected.stale.is_some() && is_watched() {
            true => Vec::new(),
            false => self.ask(),
        }
    }

    pub(super) fn ask(&self) -> Vec<Answer> {
        self.ask_in(&self.step_context(), self.world.exec.clock.start())
    }

    /// Asks within what is left of the time since then.
    pub(super) fn ask_in(&self, step_context: &StepContext, started: Started) -> Vec<Answer> {
        let setting = self.setting(started);
        let least = self
            .step
            .timeout
            .map_or(ANSWER_TIME, |all| all.min(ANSWER_TIME));
        let timeout = setting.timeout.map(|left| left.max(least));
        let setting = Setting { timeout, ..setting };
        let kind = &self.inspected.resolved.kind;
        let ask = |probes| self.answers(probes, &setting);
        plan::with_more(&**kind, step_context, kind.probes(step_context), ask)
    }

    /// What is not known yet is asked; who keeps it waiting is named once.
    fn answers(&self, probes: Vec<Probe>, setting: &Setting) -> Vec<Answer> {
        let mut known = self.known.borrow_mut();
        let mut open = probes.clone();
        open.retain(|probe| !known.contains_key(probe));
        let asked = self.world.exec.ask_each(&open, setting, |line| {
            if !self.said_slow.replace(true) {
                self.tell.news(News::Warning(line.to_string()));
            }
        });
        let lasts = |(probe, answer): &(&Probe, &Answer)| {
            matches!(probe, Probe::Once(_)) && answer.stdout().is_some()
        };
        let mut asked = asked.into_iter();
        let answer = |probe| known.get(probe).cloned().or_else(|| asked.next());
        let answers: Vec<Answer> = probes.iter().filter_map(answer).collect();
        let lasting = probes.iter().zip(&answers).filter(lasts);
        known.extend(lasting.map(|(probe, answer)| (probe.clone(), answer.clone())));
        answers
    }

    pub(super) fn assess(&self, answers: &[Answer]) -> Effect {
        self.inspected
            .resolved
            .kind
            .assess(&self.step_context(), answers)
    }

    /// Gives the report what the answers show. Trouble with a report is none of the step's.
    pub(super) fn show(&self, answers: &[Answer]) {
        if let Some(table) = self.inspected.resolved.kind.table(answers) {
            let _ = series::show(&self.world.state.dir, &self.step.id, table);
        }
    }

    pub(super) fn step_context(&self) -> StepContext<'_> {
        let record = self.job.record.as_ref();
        StepContext {
            acting: true,
            undo: self.job.undo,
            doomed: self.job.doomed,
            all: self.job.all,
            ..plan::step_context(self.world, record, self.fingerprint.get())
        }
    }

    /// For whether the effect stands now: what was published before says nothing about what was
    /// made just now.
    pub(super) fn proof_context(&self) -> StepContext<'_> {
        StepContext {
            before: None,
            acting: false,
            adopt: false,
            ..self.step_context()
        }
    }

    pub(super) fn setting(&self, started: Started) -> Setting<'_> {
        let setting = plan::setting(self.step, &self.inspected.resolved);
        let timeout = setting
            .timeout
            .map(|limit| limit.saturating_sub(self.world.exec.clock.since(started)));
        Setting { timeout, ..setting }
    }
}
