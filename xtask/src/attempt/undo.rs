//! An effect removed again: what that takes, done, and looked at until it is gone. Knows nothing of how effects are made.

use super::{ASK_AGAIN, Job, News, Outcome, Tell, Worker};
use crate::exec::Started;
use crate::plan::{self, Looked, World};
use crate::step::{Act, Failure, Verdict};
use std::cell::{Cell, RefCell};

/// What undoing a step would do; nothing is done.
pub fn would_undo(world: &World, job: &Job) -> Result<Vec<Act>, Failure> {
    let step = &world.pipeline.steps[job.step];
    let looked = match plan::look(world, step, job.record.as_ref(), &job.needs) {
        Err(_) if job.record.is_none() => return Ok(Vec::new()),
        other => other?,
    };
    let (saved, notes) = (RefCell::default(), RefCell::default());
    Worker {
        world,
        step,
        job,
        looked: &looked,
        fingerprint: Cell::new(looked.fingerprint),
        tell: &Nobody,
        saved,
        notes,
    }
    .to_undo(&looked)
}

/// Nobody: for looking without doing.
struct Nobody;

impl Tell for Nobody {
    fn news(&self, _: News) {}

    fn begins(&self, _: String) -> bool {
        false
    }
}

impl Worker<'_> {
    /// The acts that remove the effect. What was never made needs no answer.
    fn to_undo(&self, looked: &Looked) -> Result<Vec<Act>, Failure> {
        match looked.resolved.kind.undo(&self.scene(), &self.ask()) {
            Err(_) if self.job.record.is_none() => Ok(Vec::new()),
            other => other,
        }
    }

    pub(super) fn undo(&self) -> Result<Outcome, Failure> {
        let acts = self.to_undo(self.looked)?;
        if acts.is_empty() {
            return Ok(Outcome::Removed(
                false,
                "nothing of ours is there".to_string(),
            ));
        }
        let names: Vec<String> = acts
            .iter()
            .map(|act| self.world.exec.secrets().mask(&act.to_string()))
            .collect();
        self.begin(names.join("; "))?;
        let started = self.world.exec.clock.start();
        let mut log = self.log(1);
        for act in &acts {
            self.perform(act, started, &mut log)
                .map_err(|failure| log.failed(failure))?;
        }
        self.wait_until_gone(started)
            .map_err(|failure| log.failed(failure))?;
        Ok(Outcome::Removed(true, names.join("; ")))
    }

    fn wait_until_gone(&self, started: Started) -> Result<(), Failure> {
        loop {
            match self
                .looked
                .resolved
                .kind
                .removed(&self.scene(), &self.ask())
            {
                Verdict::Wait(why) => {
                    self.patience(started, &why)?;
                    self.sleep(ASK_AGAIN);
                }
                Verdict::Broken(failure) => return Err(failure),
                Verdict::Gone(_) | Verdict::Stands(..) => return Ok(()),
            }
        }
    }
}

pub(super) fn unknown(why: &str) -> Failure {
    Failure::new(format!(
        "can't tell what is there, so nothing was removed: {why}"
    ))
    .fix("make the cluster answer (`cargo xtask status`) and run the same command again")
}
