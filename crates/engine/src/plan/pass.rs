//! One walk over a graph: files, journal and the answers so far tell of each step whether it runs.
//! Asks no tool.
//!
//! Most of it is waiting for the kernel to tell of files, so steps that do not need each other are
//! looked at on several threads.

use std::sync::Arc;

use super::{
    Decision, Inspected, Planned, World, inspect, last_known, probe, setting, step_context, told,
};
use crate::config::StepDef;
use crate::digest::Digest;
use crate::fingerprint::Upstream;
use crate::graph::{Graph, StepId};
use crate::journal::{Journal, Record};
use crate::parallel;
use protocol::{Effect, Nature};

/// Fewer steps than this are not worth a thread.
const WORTH_A_THREAD: usize = 64;

/// Every wanted step, in dependency order.
pub(super) fn pass(
    world: &World,
    graph: &Graph,
    journal: &Journal,
    asked: &mut probe::Asked,
    undo: bool,
) -> Vec<Planned> {
    let mut planned = vec![None; graph.needs.len()];
    for wave in graph.waves() {
        let threads = (wave.len() / WORTH_A_THREAD).clamp(1, parallel::cores());
        let walk = |index: StepId| Walk {
            undo,
            ..Walk::new(world, graph, journal, index)
        };
        let walks: Vec<Walk> = wave.into_iter().map(walk).collect();
        let glances = parallel::map(&walks, threads, |walk| walk.glance(&planned));
        for (walk, glance) in walks.iter().zip(glances) {
            planned[walk.index] = Some(walk.assess(asked, glance));
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
}

/// The walk at one step.
struct Walk<'a> {
    world: &'a World,
    graph: &'a Graph,
    journal: &'a Journal,
    index: StepId,
    step: &'a StepDef,
    record: Option<&'a Record>,
    /// Its effect is to be removed: what was never recorded may still be there, and tells where
    /// other things are.
    undo: bool,
}

impl<'a> Walk<'a> {
    fn new(world: &'a World, graph: &'a Graph, journal: &'a Journal, index: StepId) -> Walk<'a> {
        let step = &world.pipeline.steps[index];
        Walk {
            world,
            graph,
            journal,
            index,
            step,
            record: journal.get(&step.id),
            undo: false,
        }
    }

    fn glance(&self, planned: &[Option<Planned>]) -> Glance {
        let needs = match self.upstream(planned) {
            Ok(needs) => needs,
            Err(runs) => return Glance::Runs(waits_for(&runs), Vec::new()),
        };
        match inspect(self.world, self.step, self.record, &needs) {
            Ok(inspected) => match inspected.stale {
                Some(stale) if !self.undo || self.record.is_some() => {
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
            let cascades = need.entry.nature == Nature::Makes;
            match &plan.upstream {
                Some(done) => Ok((need.id.clone(), done.clone())),
                None if cascades || self.step.entry.nature == Nature::Checks => {
                    Err(need.id.clone())
                }
                None => Ok((need.id.clone(), last_known(self.journal, &need.id))),
            }
        };
        self.needs(planned).map(resolve_file).collect()
    }

    fn needs<'b>(
        &self,
        planned: &'b [Option<Planned>],
    ) -> impl Iterator<Item = (&'a StepDef, &'b Planned)> {
        let world = self.world;
        let needs = self.graph.needs[self.index].iter();
        needs.filter_map(move |&need| Some((&world.pipeline.steps[need], planned[need].as_ref()?)))
    }

    /// The last word is with the tools, as far as they have answered.
    fn assess(&self, asked: &mut probe::Asked, glance: Glance) -> Planned {
        let inspected = match glance {
            Glance::Runs(reason, changed) => return self.runs(reason, changed),
            Glance::Present(inspected) => inspected,
        };
        let step_context = step_context(self.world, self.record, inspected.fingerprint);
        let setting = setting(self.step, &inspected.resolved);
        match asked.verdict(&inspected, &step_context, &setting) {
            Effect::Present(reason, facts) => {
                let outputs = self
                    .record
                    .map_or(Digest::default(), |record| record.outputs);
                let whole = inspected.fingerprint.whole;
                Planned {
                    upstream: Some(Upstream::new(self.step, facts, outputs, whole)),
                    action: Decision::Skip,
                    ..self.runs(told(self.step, self.record, reason), Vec::new())
                }
            }
            Effect::Absent(reason) | Effect::Pending(reason) => self.runs(reason, Vec::new()),
            Effect::Degraded(failure, _) | Effect::Broken(failure) => {
                self.runs(failure.cause, Vec::new())
            }
        }
    }

    fn runs(&self, reason: String, changed: Vec<String>) -> Planned {
        Planned {
            step: self.index,
            action: Decision::Run,
            reason,
            changed,
            upstream: None,
        }
    }
}

fn waits_for(need: &str) -> String {
    format!("needs {need}, which runs")
}
