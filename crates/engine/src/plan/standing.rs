//! What a seal still vouches for when a few files moved: the steps that look at none of them, and of
//! which the journal tells nothing new. When in doubt a step is looked at.

use std::collections::{HashMap, HashSet};

use super::{Decision, Plan, Planned, World};
use crate::config::StepDef;
use crate::files;
use crate::graph::StepId;
use crate::journal::Journal;
use crate::noop::Part;
use protocol::Nature;

/// What was said of steps that need not be looked at.
pub(super) struct Standing<'p> {
    reasons: Vec<Option<&'p str>>,
    renewed: Vec<bool>,
}

impl<'p> Standing<'p> {
    /// `None` if the seal says nothing any more.
    pub(super) fn new(world: &World, journal: &'p Journal, part: &'p Part) -> Option<Standing<'p>> {
        let (renewed, said) = (part.renewed()?, part.steps().collect());
        let vouch = Vouch {
            moved: part.moved.iter().map(String::as_str).collect(),
            root: world.pipeline.source.dir.to_string_lossy().into_owned(),
            journal,
            renewed,
            said,
        };
        let steps = world.pipeline.steps.iter();
        Some(Standing {
            reasons: steps.clone().map(|step| vouch.reason(step)).collect(),
            renewed: steps.map(|step| vouch.is_renewed(step)).collect(),
        })
    }

    /// Why it is skipped, as far as it does not depend on what it needs.
    pub(super) fn reason(&self, step: StepId) -> Option<&'p str> {
        self.reasons[step]
    }

    /// Whether it was done since: those that need it depend on something new.
    pub(super) fn is_renewed(&self, step: StepId) -> bool {
        self.renewed[step]
    }
}

struct Vouch<'p> {
    moved: Vec<&'p str>,
    root: String,
    journal: &'p Journal,
    /// The steps that were done since.
    renewed: HashSet<String>,
    said: HashMap<&'p str, &'p str>,
}

impl<'p> Vouch<'p> {
    fn reason(&self, step: &StepDef) -> Option<&'p str> {
        let is_open = self.is_renewed(step) || self.looks_elsewhere(step) || !self.is_plain(step);
        let reason = self.said.get(&*step.id).filter(|_| !is_open)?;
        (!files::look_at(&patterns(step), &self.moved, &self.root)).then_some(reason)
    }

    fn is_renewed(&self, step: &StepDef) -> bool {
        self.renewed.contains(&*step.id)
    }

    /// Its kind reads files that other files name, or that depend on what it needs; or it is a
    /// program of the pipeline's own.
    fn looks_elsewhere(&self, step: &StepDef) -> bool {
        let own = |program: &&str| program.contains('/');
        let depends = |pattern: &String| pattern.contains("${");
        !step.kind.input_lists().is_empty()
            || step.kind.programs().iter().any(own)
            || step.kind.inputs().iter().any(depends)
    }

    /// What it means to those that need it follows from its record alone.
    fn is_plain(&self, step: &StepDef) -> bool {
        match self.journal.get(&step.id) {
            Some(record) => record.done.is_some() && record.facts.is_empty(),
            None => step.entry.nature == Nature::Checks,
        }
    }
}

/// Whether somebody looked at a path, or will: a step that runs is not looked at any closer.
pub(super) fn is_somebodys(world: &World, plan: &Plan, path: &str) -> bool {
    let root = world.pipeline.source.dir.to_string_lossy();
    let runs = |planned: &&Planned| planned.action == Decision::Run;
    let looks = |planned: &Planned| {
        let step = &world.pipeline.steps[planned.step];
        files::look_at(&patterns(step), &[path], &root)
    };
    world.files.has_seen(path) || plan.steps.iter().filter(runs).any(looks)
}

/// All that it looks at.
fn patterns(step: &StepDef) -> Vec<String> {
    let mut patterns = step.inputs.clone();
    patterns.extend(step.kind.inputs());
    patterns.extend(step.outputs.iter().cloned());
    patterns
}
