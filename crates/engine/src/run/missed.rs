//! What was read before it was made, since nobody could tell that it would be: it is said, and the
//! next run knows.

use std::collections::HashSet;

use super::Loop;
use crate::config::{StepDef, reads};
use crate::progress::Event;
use crate::report::{Outcome, StepReport};

impl Loop<'_> {
    /// Warns of steps that did not wait for what this run has made.
    pub(super) fn tell_missed(&mut self) {
        let pipeline = &self.world.pipeline;
        let root = &pipeline.source.dir;
        let is_done = |step: &&StepReport| matches!(step.outcome, Outcome::Done);
        let done = self.report.steps.iter().filter(is_done);
        let done: HashSet<&str> = done.map(|step| &*step.id).collect();
        let mut steps = pipeline.steps.iter();
        let makes_folders = |step: &StepDef| {
            let mut outputs = step.outputs.iter();
            done.contains(&*step.id) && outputs.any(|path| root.join(path).is_dir())
        };
        if self.options.undo || !steps.any(makes_folders) {
            return;
        }
        for (reader, maker) in reads::missed(&pipeline.source, &pipeline.steps) {
            if self.was_too_early(reader, maker) {
                let (step, made) = (&pipeline.steps[reader].id, &pipeline.steps[maker].id);
                let sentence = format!(
                    "it reads what `{made}` has made and did not wait for it: the next run does; so that the first one does, add \"{made}\" to its `needs`"
                );
                self.progress.event(&Event::Warning {
                    step,
                    sentence: &sentence,
                });
            }
        }
    }

    fn was_too_early(&self, reader: usize, maker: usize) -> bool {
        let of = |step: usize| {
            let id = &self.world.pipeline.steps[step].id;
            self.report.steps.iter().find(|report| report.id == *id)
        };
        let (Some(reader), Some(maker)) = (of(reader), of(maker)) else {
            return false;
        };
        let made = maker.start.map(|start| start + maker.duration);
        let is_made = matches!(maker.outcome, Outcome::Done);
        let is_over = matches!(reader.outcome, Outcome::Done | Outcome::Skipped);
        is_made && is_over && reader.start.is_none_or(|start| Some(start) < made)
    }
}
