//! What a plan's steps would change, as their kinds tell it. Asks tools, changes nothing.

use std::sync::Arc;

use super::{
    Decision, Inspected, Plan, Planned, World, inspect, last_known, setting, step_context,
};
use crate::digest::Digest;
use crate::fingerprint::{Fingerprint, Upstream};
use crate::graph::{Graph, StepId};
use crate::journal::Journal;
use protocol::Failure;

impl Plan {
    /// What the step would change, a line each; nothing where its kind does not tell, or it can't
    /// be known before others ran. What those publish is taken to be what it was.
    pub fn preview(
        &self,
        world: &World,
        graph: &Graph,
        journal: &Journal,
        planned: &Planned,
    ) -> Vec<String> {
        if planned.action == Decision::Skip {
            return Vec::new();
        }
        let step = &world.pipeline.steps[planned.step];
        let unknown = step_context(world, None, Fingerprint::default());
        // Most kinds tell nothing, and a step is not looked at once more for that.
        if step.kind.preview_probes(&unknown).is_empty() {
            return Vec::new();
        }
        let Ok(inspected) = self.inspected(world, graph, journal, planned) else {
            return Vec::new();
        };
        let kind = &inspected.resolved.kind;
        let record = journal.get(&step.id);
        let context = step_context(world, record, inspected.fingerprint);
        let probes = kind.preview_probes(&context);
        let setting = setting(step, &inspected.resolved);
        let mut lines = kind.preview(&context, &world.exec.ask_each(&probes, &setting, |_| ()));
        let open: Vec<&str> = self.open(world, graph, planned.step).collect();
        if !open.is_empty() {
            let open = open.join(", ");
            lines.push(format!(
                "and what comes of {open}, which is not known before"
            ));
        }
        lines
    }

    /// What the step depends on now; `None` where that can't be known before others ran, even if
    /// what those publish is taken to be what it was.
    pub fn fingerprint(
        &self,
        world: &World,
        graph: &Graph,
        journal: &Journal,
        planned: &Planned,
    ) -> Option<Digest> {
        let inspected = self.inspected(world, graph, journal, planned).ok()?;
        Some(inspected.fingerprint.whole)
    }

    fn inspected(
        &self,
        world: &World,
        graph: &Graph,
        journal: &Journal,
        planned: &Planned,
    ) -> Result<Inspected, Failure> {
        let step = &world.pipeline.steps[planned.step];
        let needs = self.upstream(world, graph, journal, planned.step);
        inspect(world, step, journal.get(&step.id), &needs)
    }

    fn upstream(
        &self,
        world: &World,
        graph: &Graph,
        journal: &Journal,
        step: StepId,
    ) -> Vec<(Arc<str>, Upstream)> {
        let need = |&need: &StepId| {
            let id = &world.pipeline.steps[need].id;
            let settled = self
                .of_step(need)
                .and_then(|planned| planned.upstream.clone());
            (
                id.clone(),
                settled.unwrap_or_else(|| last_known(journal, id)),
            )
        };
        graph.needs[step].iter().map(need).collect()
    }

    /// The steps whose facts it uses and that will run first.
    fn open<'a>(
        &'a self,
        world: &'a World,
        graph: &'a Graph,
        step: StepId,
    ) -> impl Iterator<Item = &'a str> {
        let givers = &world.pipeline.steps[step].givers;
        let runs = |need: StepId| {
            let planned = self.of_step(need);
            planned.is_some_and(|planned| planned.action == Decision::Run)
        };
        let needs = graph.needs[step].iter().filter(move |&&need| runs(need));
        let ids = needs.map(|&need| &*world.pipeline.steps[need].id);
        ids.filter(|id| givers.iter().any(|giver| **giver == **id))
    }
}
