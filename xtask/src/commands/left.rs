//! What was made and is not looked at: with another profile, by steps that pipeline.toml no longer
//! has, and by those that were asked for beside the goal.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::slice;
use std::sync::Arc;

use super::open::{self, Opened};
use engine::config::{Goal, StepDef};
use engine::journal::Record;
use engine::report::line;
use engine::service::Service;
use kinds::places::{is_proof, made_at, named};

impl Opened {
    /// A sentence for each thing that is left, but for those of lost steps.
    pub(super) fn left(&self) -> Vec<String> {
        let others = self.of_another_profile().into_iter();
        others.chain(self.of_steps_beside()).collect()
    }

    /// Who was told what lost steps made is not told again, unless the record alone says that it is
    /// ours to remove once the step is back.
    pub(super) fn forget_lost_steps(&mut self) -> io::Result<()> {
        let lost = self.undeclared();
        let lost = lost.filter(|(_, record)| !is_proof(&record.facts));
        let lost: Vec<Arc<str>> = lost.map(|(id, _)| id.clone()).collect();
        lost.iter().try_for_each(|id| self.journal.step_gone(id))
    }

    fn of_another_profile(&self) -> Option<String> {
        let pipeline = &self.world.pipeline;
        let here: HashSet<&str> = pipeline.steps.iter().map(|step| &*step.id).collect();
        let is_left_out = |id: &str| pipeline.declared.contains(id) && !here.contains(id);
        let known = self.journal.known().filter(|(id, _)| is_left_out(id));
        let is_made = |record: &Record| record.done.is_some() && !record.facts.is_empty();
        let made =
            known.filter(|(_, record)| is_made(record) || !made_at(&record.facts).is_empty());
        let mut made: Vec<&str> = made.map(|(id, _)| &**id).collect();
        made.sort_unstable();
        (!made.is_empty()).then(|| {
            format!(
                "left: what {} made; the profile {} leaves that out, so remove it with the one that made it (`--profile`)",
                line::listed(&made, 4),
                pipeline.text("profile").unwrap_or_default()
            )
        })
    }

    /// What steps made that pipeline.toml no longer has: a sentence for each thing, though several
    /// steps made it one after the other.
    pub(super) fn of_lost_steps(&self) -> Vec<String> {
        let lost = self.lost_steps().into_iter();
        let made: BTreeMap<String, &Arc<str>> = lost
            .map(|(id, record)| (named(&made_at(&record.facts)), id))
            .collect();
        let said = made.iter().map(|(place, id)| {
            format!(
                "not looked at: {place}, made by the step `{id}` that pipeline.toml no longer has; \
                 remove it by hand if it is still there, or put the step back and run `teardown`"
            )
        });
        said.collect()
    }

    fn of_steps_beside(&self) -> Vec<String> {
        let removable = self.removable();
        // Whoever removes nothing here need not be told.
        let steps = &self.world.pipeline.steps;
        let beside = steps.iter().filter(|_| !removable.is_empty());
        let beside = beside.filter(|step| !removable.contains(&step.id));
        let services = self.world.exec.services().all();
        let services = services.iter().map(|service| {
            let Service { name, pid, .. } = service;
            let what = format!("the service {name} (process {pid})");
            (&*service.step, (what, "made by"))
        });
        let records = self.journal.known();
        let records = records.map(|(id, record)| {
            let verb = match record.done {
                Some(_) => "made by",
                None => "begun by",
            };
            (&**id, (named(&made_at(&record.facts)), verb))
        });
        let made: BTreeMap<&str, (String, &str)> = records.chain(services).collect();
        // A folder may have gone with the one that holds it.
        let root = &self.world.pipeline.source.dir;
        let stands = |(step, (what, _)): &(&StepDef, &(String, &str))| {
            !what.is_empty() && (step.entry.name != "folder" || root.join(what).exists())
        };
        let made = beside.filter_map(|step| Some((step, made.get(&*step.id)?)));
        let said = made.filter(stands).map(|(step, (what, how))| {
            format!(
                "no goal removes {what}, {how} the step `{}`; \
                 add the step to one that does, or remove it by hand",
                step.id
            )
        });
        said.collect()
    }

    /// The steps of all goals that remove something.
    fn removable(&self) -> HashSet<Arc<str>> {
        let pipeline = &self.world.pipeline;
        let undoing = |(_, goal): &(&String, &Goal)| matches!(goal, Goal::Undo(_));
        let undoing = pipeline.goals.iter().filter(undoing);
        let graphs =
            undoing.filter_map(|(name, _)| open::graph(pipeline, slice::from_ref(name)).ok());
        let steps = graphs.flat_map(|(graph, _)| graph.order);
        steps.map(|step| pipeline.steps[step].id.clone()).collect()
    }

    /// What another step makes by now, as after a step was renamed, is not lost.
    fn lost_steps(&self) -> Vec<(&Arc<str>, &Record)> {
        let known = self.journal.known();
        let kept = known.filter(|(id, _)| self.world.pipeline.declared.contains(*id));
        let kept: HashSet<Vec<String>> = kept.map(|(_, record)| made_at(&record.facts)).collect();
        let is_lost = |place: Vec<String>| !place.is_empty() && !kept.contains(&place);
        let lost = self.undeclared();
        let mut lost: Vec<_> = lost
            .filter(|(_, record)| is_lost(made_at(&record.facts)))
            .collect();
        lost.sort_unstable_by_key(|(id, _)| *id);
        lost
    }

    fn undeclared(&self) -> impl Iterator<Item = (&Arc<str>, &Record)> {
        let declared = &self.world.pipeline.declared;
        let known = self.journal.known();
        known.filter(|(id, _)| !declared.contains(*id))
    }
}
