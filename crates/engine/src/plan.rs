//! Graph + journal + probes -> Plan: run or skip, with a reason, for every step. Writes nothing and
//! changes nothing.

mod changed;
mod holds;
mod inspect;
mod pass;
mod preview;
mod probe;
mod standing;

use std::collections::HashSet;
use std::sync::Arc;

use anyhow::{Context, Result};

use crate::config::{ENV_FILE, Pipeline};
use crate::exec::Exec;
use crate::files::Files;
use crate::fingerprint::{Sources, Upstream};
use crate::graph::{Graph, StepId};
use crate::journal::Journal;
use crate::noop::Part;
use crate::progress;
use crate::secrets::Secrets;
use crate::service::Service;
use crate::signals::{self, Interrupted};
use crate::state::State;
use standing::Standing;

pub use changed::changes;
pub use holds::holds;
pub use inspect::{
    Inspected, NamedComponents, Stale, components, counted, inspect, inspect_to_undo,
    inspect_with_components, outputs, runs_anyway, setting, step_context, told,
};
pub(crate) use probe::{Asked, with_more};

/// Everything that a run looks at and nothing that it changes.
pub struct World {
    /// What is to be done.
    pub pipeline: Pipeline,
    /// Where its state lies.
    pub state: State,
    /// File contents.
    pub files: Files,
    /// Processes.
    pub exec: Arc<Exec>,
    /// Keys the digests of secrets.
    pub key: [u8; 32],
    /// What the caller forces.
    pub force: Force,
    /// Whether what is there already and not ours is to become ours.
    pub adopt: bool,
    /// Whether the user agrees to what is asked about.
    pub yes: bool,
    /// Tells this clone's work for this target from that of others.
    pub clone: String,
    /// Another run is at work here.
    pub under_way: bool,
}

/// Steps that run whatever the journal says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Force {
    /// None.
    #[default]
    Nothing,
    /// All of them.
    Everything,
    /// These.
    Steps(Vec<String>),
}

/// What is to happen to one step.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Its place in `pipeline.steps`.
    pub step: StepId,
    /// Run or skip.
    pub action: Decision,
    /// Why.
    pub reason: String,
    /// The parts of the fingerprint that changed since it was last done.
    pub changed: Vec<String>,
    /// What it means to those that need it, if it is skipped.
    pub upstream: Option<Upstream>,
    /// It was looked at now; else an earlier run's word for it still holds.
    pub looked: bool,
    /// Its effect is no matter of being made only: it is there and not well, or can't be looked at.
    pub broken: bool,
    /// It, or something that it needs, is not yet told by a tool that was or will be asked: what is
    /// said here is what was true last time.
    pub open: bool,
}

/// Run or skip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It will run, or be looked at again once what it needs has run.
    Run,
    /// Its effect stands.
    Skip,
}

/// What is to happen to every wanted step, in dependency order.
#[derive(Default)]
pub struct Plan {
    /// In dependency order.
    pub steps: Vec<Planned>,
    /// It follows from files alone: no tool had to be asked.
    pub from_files: bool,
    /// What tools are asked.
    pub(crate) asked: Asked,
}

impl World {
    /// A pipeline with what surrounds it.
    pub fn new(pipeline: Pipeline, state: State, force: Force) -> Result<World> {
        let root = pipeline.source.dir.clone();
        let names: Vec<String> = pipeline
            .steps
            .iter()
            .flat_map(|step| step.secrets.iter().cloned())
            .collect();
        let files = Files::open(&root, &state.dir);
        let (env_file, kept) = (root.join(&pipeline.env_file), state.secrets());
        files.look_at(&env_file);
        files.look_at(&kept);
        let secrets = Secrets::read(
            &[
                (&env_file, &pipeline.env_file),
                (&kept, &kept.display().to_string()),
            ],
            &names,
        )?;
        // The usual one may be absent.
        let secrets = match pipeline.env_file.as_str() {
            ENV_FILE => secrets,
            shown => secrets.expected_in((&env_file, shown), &names),
        };
        let clone = state.mark();
        let target = pipeline.target.to_string();
        let whose = (clone.clone(), target.as_str());
        let exec = Arc::new(Exec::new(&root, &state.dir, whose, secrets));
        let key = state.key()?;
        Ok(World {
            pipeline,
            state,
            files,
            exec,
            key,
            force,
            adopt: false,
            yes: false,
            clone,
            under_way: false,
        })
    }

    /// Where fingerprints come from.
    pub fn sources(&self) -> Sources<'_> {
        Sources {
            files: &self.files,
            exec: &self.exec,
            key: &self.key,
        }
    }

    /// Background processes whose step or target is gone from pipeline.toml, or whose step keeps
    /// another one now. Those of steps that only this target or profile leaves out are not among them.
    pub fn strays(&self) -> Vec<Service> {
        let pipeline = &self.pipeline;
        let keeps = |service: &Service| {
            let step = pipeline.steps.iter().find(|step| *step.id == *service.step);
            match step {
                Some(step) => step
                    .kind
                    .service()
                    .is_some_and(|name| name == service.name || name.contains("${")),
                None => pipeline.declared.contains(service.step.as_str()),
            }
        };
        let mut services = self.exec.services().all();
        let is_here = |service: &Service| {
            let target = &service.target;
            target.is_empty() || pipeline.targets.given(target).is_ok()
        };
        services.retain(|service| !keeps(service) || !is_here(service));
        services
    }

    /// Whether the caller forces the step.
    pub fn forces(&self, id: &str) -> bool {
        match &self.force {
            Force::Nothing => false,
            Force::Everything => true,
            Force::Steps(ids) => ids.iter().any(|forced| forced == id),
        }
    }
}

impl Plan {
    /// Looks at every step of the graph: what files and journal say and what the tools answer,
    /// asked in as few batches as what they have to do with each other allows.
    pub fn make(world: &World, graph: &Graph, journal: &Journal) -> Result<Plan> {
        Look::new(world, graph, journal).plan(false)
    }

    /// The same for a run, which need not wait until everybody has answered: over as soon as there
    /// is work that has to be done whatever they say. The run asks the others beside that.
    pub fn begin(world: &World, graph: &Graph, journal: &Journal) -> Result<Plan> {
        Look::new(world, graph, journal).plan(true)
    }

    /// The same with what was answered meanwhile.
    pub(crate) fn go_on(self, world: &World, graph: &Graph, journal: &Journal) -> Plan {
        Look::new(world, graph, journal).walk(self.steps, self.asked)
    }

    /// The same where a run found nothing to do and only a few files moved since: steps that look
    /// at none of them are not looked at.
    pub fn since(world: &World, graph: &Graph, journal: &Journal, part: &Part) -> Result<Plan> {
        let look = Look {
            standing: Standing::new(world, journal, part),
            ..Look::new(world, graph, journal)
        };
        let plan = look.plan(false)?;
        let is_known = |path: &String| standing::is_somebodys(world, &plan, path);
        match part.moved.iter().all(is_known) {
            true => Ok(plan),
            // Somebody looks at it in a way that is not known here.
            false => Plan::make(world, graph, journal),
        }
    }

    /// The same steps in the opposite order, to be undone: each with what it published, as far as
    /// the tools or the journal tell. What lies elsewhere can so be removed when a cluster is gone
    /// or was made anew; what lies in it is asked for once more, there.
    pub fn to_undo(world: &World, graph: &Graph, journal: &Journal) -> Result<Plan> {
        let look = Look {
            undo: true,
            ..Look::new(world, graph, journal)
        };
        let mut plan = look.plan(false)?;
        plan.steps.reverse();
        for planned in &mut plan.steps {
            let id = &world.pipeline.steps[planned.step].id;
            let kept = || journal.get(id).map(|_| last_known(journal, id));
            let known = planned.upstream.take().or_else(kept);
            *planned = Planned {
                action: Decision::Run,
                reason: "teardown".to_string(),
                upstream: known,
                ..planned.clone()
            };
        }
        Ok(plan)
    }

    /// What is to happen to a step, if it is wanted.
    pub fn of_step(&self, step: StepId) -> Option<&Planned> {
        self.steps.iter().find(|planned| planned.step == step)
    }

    /// How many steps were looked at.
    pub fn looked(&self) -> usize {
        self.steps.iter().filter(|step| step.looked).count()
    }

    /// How many steps will run.
    pub fn to_run(&self) -> usize {
        self.runs().count()
    }

    fn runs(&self) -> impl Iterator<Item = &Planned> {
        self.steps
            .iter()
            .filter(|planned| planned.action == Decision::Run)
    }

    /// All that the steps need which would be the first to run.
    fn in_the_way(&self, graph: &Graph) -> HashSet<StepId> {
        let run: HashSet<StepId> = self.runs().map(|planned| planned.step).collect();
        let is_first = |step: &&StepId| !graph.needs[**step].iter().any(|need| run.contains(need));
        let mut open: Vec<StepId> = run.iter().filter(is_first).copied().collect();
        let mut needed = HashSet::new();
        while let Some(step) = open.pop() {
            let needs = graph.needs[step].iter().copied();
            open.extend(needs.filter(|&need| needed.insert(need)));
        }
        needed
    }
}

/// What a plan is made from.
struct Look<'a> {
    world: &'a World,
    graph: &'a Graph,
    journal: &'a Journal,
    /// Effects are to be removed: what was never recorded may still be there, and tells where other
    /// things are.
    undo: bool,
    /// Steps that need not be looked at.
    standing: Option<Standing<'a>>,
}

impl<'a> Look<'a> {
    fn new(world: &'a World, graph: &'a Graph, journal: &'a Journal) -> Look<'a> {
        Look {
            world,
            graph,
            journal,
            undo: false,
            standing: None,
        }
    }

    /// Walks and asks in turns until nothing is open; with `begins`, until there is work for
    /// certain, and what is in the way of that is asked first.
    fn plan(&self, begins: bool) -> Result<Plan> {
        let mut plan = self.walk(Vec::new(), Asked::default());
        let has_work = |plan: &Plan| plan.runs().any(|planned| !planned.open);
        while !(plan.asked.is_settled() || begins && has_work(&plan)) {
            let first = match begins {
                true => plan.in_the_way(self.graph),
                false => HashSet::new(),
            };
            let serving = signals::serve(self.world.exec.clone(), |_| ());
            let _serving = serving.context("can't listen for signals")?;
            let slow = |_, line: &str| progress::say(line);
            plan.asked.ask(&self.world.exec, &first, slow);
            if let Some(signal) = self.world.exec.ended_by() {
                return Err(Interrupted(signal).into());
            }
            plan = self.walk(plan.steps, plan.asked);
        }
        Ok(plan)
    }

    fn walk(&self, known: Vec<Planned>, mut asked: Asked) -> Plan {
        let steps = pass::pass(self, known, &mut asked);
        let from_files = asked.is_empty() && !self.journal.resumes();
        Plan {
            steps,
            from_files,
            asked,
        }
    }
}

/// A check that has to run again says nothing new until it has; what it said last is the best
/// guess.
fn last_known(journal: &Journal, id: &str) -> Upstream {
    let facts = journal
        .get(id)
        .map(|record| record.facts.clone())
        .unwrap_or_default();
    Upstream {
        facts,
        result: crate::digest::Hasher::new().finish(),
    }
}
