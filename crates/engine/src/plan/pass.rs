//! One walk over a graph: files, journal and the answers so far tell of each step whether it runs.
//! Asks no tool, and looks at no step a second time of which nothing is open.
//!
//! Most of it is waiting for the kernel to tell of files, so steps that do not need each other are
//! looked at on several threads.

use std::sync::Arc;

use super::{
    Decision, Inspected, Look, Planned, World, inspect, last_known, probe, setting, step_context,
    told,
};
use crate::config::StepDef;
use crate::digest::Digest;
use crate::fingerprint::Upstream;
use crate::graph::StepId;
use crate::journal::Record;
use crate::parallel;
use protocol::{Effect, Facts, Nature, StepContext};

/// Fewer steps than this are not worth a thread.
const WORTH_A_THREAD: usize = 64;

/// Every wanted step, in dependency order; `known` is what was told of them before.
pub(super) fn pass(look: &Look, known: Vec<Planned>, asked: &mut probe::Asked) -> Vec<Planned> {
    let graph = look.graph;
    let mut planned = vec![None; graph.needs.len()];
    for told in known.into_iter().filter(|told| !told.open) {
        let index = told.step;
        planned[index] = Some(told);
    }
    for mut wave in graph.waves() {
        wave.retain(|&index| planned[index].is_none());
        let threads = parallel::threads(wave.len(), WORTH_A_THREAD);
        let walks: Vec<Walk> = wave
            .into_iter()
            .map(|index| Walk::new(look, index))
            .collect();
        let glances = parallel::map(&walks, threads, |walk| walk.glance(&planned));
        for (walk, glance) in walks.iter().zip(glances) {
            let mut told = walk.assess(asked, glance);
            told.open |= walk.needs(&planned).any(|(_, need)| need.open);
            planned[walk.index] = Some(told);
        }
    }
    let order = graph.order.iter();
    order.filter_map(|&index| planned[index].take()).collect()
}

/// What files and journal tell of a step.
enum Glance {
    /// It runs: why, and which parts of its fingerprint changed.
    Runs(String, Vec<String>),
    /// It stands, unless a tool says otherwise.
    Present(Inspected),
    /// It stands, as was said before; nothing that it depends on moved.
    Stands(String),
}

/// The walk at one step.
struct Walk<'a> {
    look: &'a Look<'a>,
    world: &'a World,
    index: StepId,
    step: &'a StepDef,
    record: Option<&'a Record>,
}

impl<'a> Walk<'a> {
    fn new(look: &'a Look<'a>, index: StepId) -> Walk<'a> {
        let step = &look.world.pipeline.steps[index];
        Walk {
            look,
            world: look.world,
            index,
            step,
            record: look.journal.get(&step.id),
        }
    }

    /// What was said of the step, if neither it nor what it needs has to be looked at again.
    fn stands(&self, planned: &[Option<Planned>]) -> Option<&'a str> {
        let standing = self.look.standing.as_ref()?;
        let reason = standing.reason(self.index)?;
        let mut needs = self.look.graph.needs[self.index].iter();
        let is_same = |&need: &StepId| {
            let skips = |plan: &Planned| plan.action == Decision::Skip;
            !standing.is_renewed(need) && planned[need].as_ref().is_none_or(skips)
        };
        needs.all(is_same).then_some(reason)
    }

    fn glance(&self, planned: &[Option<Planned>]) -> Glance {
        if let Some(reason) = self.stands(planned) {
            return Glance::Stands(reason.to_string());
        }
        if self.look.undo && self.tells_nobody() {
            return Glance::Stands("there is nothing to remove".to_string());
        }
        let needs = match self.upstream(planned) {
            Ok(needs) => needs,
            Err(_) if self.world.forces(&self.step.id) => {
                return Glance::Runs("forced".to_string(), Vec::new());
            }
            Err(runs) => return Glance::Runs(waits_for(&runs), Vec::new()),
        };
        match inspect(self.world, self.step, self.record, &needs) {
            Ok(inspected) => match inspected.stale {
                Some(stale) if !self.look.undo || self.record.is_some() => {
                    Glance::Runs(stale.reason, stale.changed)
                }
                _ => Glance::Present(inspected),
            },
            Err(failure) => {
                let open = self
                    .needs(planned)
                    .find(|(_, need)| need.upstream.is_none())
                    .map(|(step, _)| waits_for(&step.id));
                Glance::Runs(open.unwrap_or(failure.cause), Vec::new())
            }
        }
    }

    /// What the step needs, settled; or the need that has to run first.
    fn upstream(&self, planned: &[Option<Planned>]) -> Result<Vec<(Arc<str>, Upstream)>, Arc<str>> {
        let resolve_file = |(need, plan): (&StepDef, &Planned)| {
            let cascades = need.entry.nature == Nature::Makes || gives(self.step, &need.id);
            match &plan.upstream {
                Some(done) => Ok((need.id.clone(), done.clone())),
                None if cascades || self.step.entry.nature == Nature::Checks => {
                    Err(need.id.clone())
                }
                None => Ok((need.id.clone(), last_known(self.look.journal, &need.id))),
            }
        };
        self.needs(planned).map(resolve_file).collect()
    }

    fn needs<'b>(
        &self,
        planned: &'b [Option<Planned>],
    ) -> impl Iterator<Item = (&'a StepDef, &'b Planned)> {
        let world = self.world;
        let needs = self.look.graph.needs[self.index].iter();
        needs.filter_map(move |&need| Some((&world.pipeline.steps[need], planned[need].as_ref()?)))
    }

    /// The last word is with the tools, as far as they have answered.
    fn assess(&self, asked: &mut probe::Asked, glance: Glance) -> Planned {
        let inspected = match glance {
            Glance::Runs(reason, changed) => return self.runs(reason, changed),
            Glance::Stands(reason) => {
                let whole = self.record.and_then(|record| record.done);
                let told = self.skips(reason, Facts::new(), whole.unwrap_or_default());
                return Planned {
                    looked: false,
                    ..told
                };
            }
            Glance::Present(inspected) => inspected,
        };
        let step_context = StepContext {
            undo: self.look.undo && self.gives(),
            ..step_context(self.world, self.record, inspected.fingerprint)
        };
        let setting = setting(self.step, &inspected.resolved);
        let Some(effect) = asked.verdict(self.index, &inspected, &step_context, &setting) else {
            // What was true last time is believed until it is answered.
            let facts = step_context.before.cloned().unwrap_or_default();
            return Planned {
                open: true,
                ..self.skips(String::new(), facts, inspected.fingerprint.whole)
            };
        };
        match effect {
            Effect::Present(reason, facts) => {
                let reason = told(self.step, self.record, reason);
                self.skips(reason, facts, inspected.fingerprint.whole)
            }
            Effect::Absent(reason) | Effect::Pending(reason) => self.runs(reason, Vec::new()),
            Effect::Degraded(failure, _) | Effect::Broken(failure) => Planned {
                broken: true,
                ..self.runs(failure.cause, Vec::new())
            },
        }
    }

    /// Whether `[env]` has a fact of this step: then it also says how others are reached until they
    /// are gone.
    fn gives(&self) -> bool {
        let mut steps = self.world.pipeline.steps.iter();
        steps.any(|step| gives(step, &self.step.id))
    }

    /// Whether it is a check that nobody has a fact of. What it would say is no reason to wait for
    /// it where things are removed.
    fn tells_nobody(&self) -> bool {
        let mut steps = self.world.pipeline.steps.iter();
        self.step.leaves_nothing()
            && !steps.any(|step| step.givers.contains(&self.step.id))
            && !self.gives()
    }

    fn skips(&self, reason: String, facts: Facts, whole: Digest) -> Planned {
        let outputs = self.record.map(|record| record.outputs);
        let outputs = outputs.unwrap_or_default();
        Planned {
            upstream: Some(Upstream::new(self.step, facts, outputs, whole)),
            action: Decision::Skip,
            ..self.runs(reason, Vec::new())
        }
    }

    fn runs(&self, reason: String, changed: Vec<String>) -> Planned {
        let mask = |text: &String| self.world.exec.secrets().mask(text);
        Planned {
            step: self.index,
            action: Decision::Run,
            // It may quote what somebody answered, and a file may be called by a secret.
            reason: mask(&reason),
            changed: changed.iter().map(mask).collect(),
            upstream: None,
            looked: true,
            broken: false,
            open: false,
        }
    }
}

/// Whether `[env]` gives the step a fact of that other one.
fn gives(step: &StepDef, giver: &Arc<str>) -> bool {
    step.given.iter().any(|given| given.by.contains(giver))
}

fn waits_for(need: &str) -> String {
    format!("needs {need}, which runs")
}
