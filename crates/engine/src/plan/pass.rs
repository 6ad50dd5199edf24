//! One walk over a graph: files, journal and the answers so far tell of each step whether it runs. Asks no tool.
//!
//! Most of it is waiting for the kernel to tell of files, so steps that do not need each other are looked at on several threads.

use std::sync::Arc;

use super::{Action, Looked, Planned, World, last_known, look, probe, scene, setting};
use crate::config::StepDef;
use crate::digest::Digest;
use crate::fingerprint::Settled;
use crate::graph::Graph;
use crate::journal::{Journal, Record};
use crate::parallel;
use protocol::{Nature, Verdict};

/// Fewer steps than this are not worth a thread.
const WORTH_A_THREAD: usize = 64;

/// Every wanted step, in dependency order.
pub(super) fn pass(
    world: &World,
    graph: &Graph,
    journal: &Journal,
    asked: &mut probe::Asked,
) -> Vec<Planned> {
    let mut planned = vec![None; graph.needs.len()];
    for wave in graph.waves() {
        let threads = (wave.len() / WORTH_A_THREAD).clamp(1, parallel::cores());
        let walk = |place| Walk::new(world, graph, journal, place);
        let walks: Vec<Walk> = wave.into_iter().map(walk).collect();
        let glances = parallel::map(&walks, threads, |walk| walk.glance(&planned));
        for (walk, glance) in walks.iter().zip(glances) {
            planned[walk.place] = Some(walk.judge(asked, glance));
        }
    }
    let order = graph.order.iter();
    order.filter_map(|&place| planned[place].take()).collect()
}

/// What files and journal tell of a step.
enum Glance {
    /// It runs: why, and which parts of its fingerprint changed.
    Runs(String, Vec<String>),
    /// It stands, unless a tool says otherwise.
    Stands(Looked),
}

/// The walk at one step.
struct Walk<'a> {
    world: &'a World,
    graph: &'a Graph,
    journal: &'a Journal,
    place: usize,
    step: &'a StepDef,
    record: Option<&'a Record>,
}

impl<'a> Walk<'a> {
    fn new(world: &'a World, graph: &'a Graph, journal: &'a Journal, place: usize) -> Walk<'a> {
        let step = &world.pipeline.steps[place];
        Walk {
            world,
            graph,
            journal,
            place,
            step,
            record: journal.get(&step.id),
        }
    }

    fn glance(&self, planned: &[Option<Planned>]) -> Glance {
        let needs = match self.settled(planned) {
            Ok(needs) => needs,
            Err(runs) => return Glance::Runs(waits_for(&runs), Vec::new()),
        };
        match look(self.world, self.step, self.record, &needs) {
            Ok(looked) => match looked.stale {
                Some(stale) => Glance::Runs(stale.reason, stale.changed),
                None => Glance::Stands(looked),
            },
            Err(failure) => {
                let open = self
                    .needs(planned)
                    .find(|(_, need)| need.settled.is_none())
                    .map(|(step, _)| waits_for(&step.id));
                Glance::Runs(open.unwrap_or(failure.cause), Vec::new())
            }
        }
    }

    /// What the step needs, settled; or the need that has to run first.
    fn settled(&self, planned: &[Option<Planned>]) -> Result<Vec<(Arc<str>, Settled)>, Arc<str>> {
        let settle = |(need, plan): (&StepDef, &Planned)| {
            let cascades = need.entry.nature == Nature::Makes;
            match &plan.settled {
                Some(done) => Ok((need.id.clone(), done.clone())),
                None if cascades || self.step.entry.nature == Nature::Checks => {
                    Err(need.id.clone())
                }
                None => Ok((need.id.clone(), last_known(self.journal, &need.id))),
            }
        };
        self.needs(planned).map(settle).collect()
    }

    fn needs<'b>(
        &self,
        planned: &'b [Option<Planned>],
    ) -> impl Iterator<Item = (&'a StepDef, &'b Planned)> {
        let world = self.world;
        let needs = self.graph.needs[self.place].iter();
        needs.filter_map(move |&need| Some((&world.pipeline.steps[need], planned[need].as_ref()?)))
    }

    /// The last word is with the tools, as far as they have answered.
    fn judge(&self, asked: &mut probe::Asked, glance: Glance) -> Planned {
        let looked = match glance {
            Glance::Runs(reason, changed) => return self.runs(reason, changed),
            Glance::Stands(looked) => looked,
        };
        let scene = scene(self.world, self.record, looked.fingerprint);
        let setting = setting(self.step, &looked.resolved);
        match asked.verdict(&looked, &scene, &setting) {
            Verdict::Stands(reason, facts) => {
                let outputs = self
                    .record
                    .map_or(Digest::default(), |record| record.outputs);
                let whole = looked.fingerprint.whole;
                Planned {
                    settled: Some(Settled::new(self.step, facts, outputs, whole)),
                    action: Action::Skip,
                    ..self.runs(reason, Vec::new())
                }
            }
            Verdict::Gone(reason) | Verdict::Wait(reason) => self.runs(reason, Vec::new()),
            Verdict::Broken(failure) => self.runs(failure.cause, Vec::new()),
        }
    }

    fn runs(&self, reason: String, changed: Vec<String>) -> Planned {
        Planned {
            step: self.place,
            action: Action::Run,
            reason,
            changed,
            settled: None,
        }
    }
}

fn waits_for(need: &str) -> String {
    format!("needs {need}, which runs")
}
