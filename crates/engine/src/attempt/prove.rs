//! Whether an effect stands: by what was answered already, or asked until it does.

use std::time::Instant;

use super::moves::Moves;
use super::patience::Suspects;
use super::{ASK_AGAIN, ASK_SOON, News, Worker};
use crate::exec::Started;
use crate::report::log::Log;
use protocol::{Answer, Effect, Facts, Failure, Nature, StepContext};

impl Worker<'_> {
    /// Nothing had to be done and nothing was: what was answered just now is proof enough, if it
    /// is an answer.
    pub(super) fn stood(&self, answers: &[Answer]) -> Option<Result<(String, Facts), Failure>> {
        self.show(answers);
        let kind = &self.inspected.resolved.kind;
        match kind.assess(&self.proof_context(), answers) {
            Effect::Present(reason, facts) => Some(Ok((reason, facts))),
            Effect::Broken(failure) if !answers.is_empty() => Some(Err(failure)),
            _ => None,
        }
    }

    /// Asks until the effect is there, is broken, or patience ends. What is there then, in words
    /// and in facts. A check has done nothing since it was answered, so that is its first answer.
    pub(super) fn prove(
        &self,
        started: Started,
        log: &mut Log,
        known: &[Answer],
    ) -> Result<(String, Facts), Failure> {
        let is_check = self.step.entry.nature == Nature::Checks;
        let known = (is_check && !known.is_empty()).then(|| known.to_vec());
        self.watching(started, |moves| {
            self.prove_watching(started, log, moves, known)
        })
    }

    fn prove_watching(
        &self,
        started: Started,
        log: &mut Log,
        moves: &mut Moves,
        mut known: Option<Vec<Answer>>,
    ) -> Result<(String, Facts), Failure> {
        let mut said = String::new();
        let mut suspects = Suspects::default();
        let mut last = None;
        let noted = self.notes.borrow().clone();
        loop {
            let asked = Instant::now();
            let step_context = StepContext {
                last: last.as_ref(),
                noted: Some(&noted),
                ..self.proof_context()
            };
            let ask = || self.ask_in(&step_context, started);
            let answers = known.take().unwrap_or_else(ask);
            // What was not answered then is nobody's fault.
            self.not_ending()?;
            self.show(&answers);
            let effect = self.inspected.resolved.kind.assess(&step_context, &answers);
            let why = match &effect {
                Effect::Present(reason, facts) => return Ok((reason.clone(), facts.clone())),
                Effect::Broken(failure) => return Err(failure.clone()),
                Effect::Absent(why) if self.step.entry.nature == Nature::Makes => {
                    return Err(unproven(why));
                }
                Effect::Degraded(failure, patience) => {
                    suspects.tell(failure, *patience, asked)?;
                    &failure.cause
                }
                Effect::Pending(why) | Effect::Absent(why) => {
                    suspects.clear();
                    why
                }
            };
            // The first look at trouble may show a consequence only: the next one asks for more.
            let is_trouble = |effect: &Effect| matches!(effect, Effect::Degraded(..));
            let is_new = is_trouble(&effect) && !last.as_ref().is_some_and(is_trouble);
            if *why != said && !is_new {
                said = why.clone();
                self.note(log, &format!("waiting: {said}"));
                self.tell.news(waiting(&effect, &self.masked(&said)));
            }
            self.patience(started, why, &answers)
                .map_err(|failure| with_fix_of(&effect, failure))?;
            last = Some(effect);
            match is_new {
                true => self.sleep(ASK_SOON),
                false => {
                    let pause = asked.elapsed().clamp(ASK_SOON, ASK_AGAIN);
                    self.sleep_until_moved(moves, pause);
                }
            }
        }
    }
}

/// What was seen knows better what to do than the clock.
fn with_fix_of(effect: &Effect, over: Failure) -> Failure {
    match effect {
        Effect::Degraded(seen, _) => Failure {
            cause: over.cause,
            ..seen.clone()
        },
        _ => over,
    }
}

fn waiting(effect: &Effect, why: &str) -> News {
    match effect {
        Effect::Degraded(failure, patience) => News::Waiting(failure.clone(), *patience),
        _ => News::Line(why.to_string()),
    }
}

fn unproven(why: &str) -> Failure {
    Failure::new(format!("every command succeeded and yet {why}"))
        .fix("the step's log has what the tools printed")
}
