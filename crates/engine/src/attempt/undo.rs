//! An effect removed again: what that takes, done, and looked at until it is gone.

use super::{ASK_AGAIN, AttemptResult, Job, News, Tell, Worker};
use crate::config::StepDef;
use crate::exec::Started;
use crate::fingerprint::Fingerprint;
use crate::graph::StepId;
use crate::graph::{self, Graph};
use crate::journal::Record;
use crate::plan::{self, Inspected, World};
use crate::report::log::Log;
use protocol::{Action, Effect, Failure};
use std::collections::{HashMap, HashSet};

/// What undoing a step does.
#[derive(Debug, Default)]
pub struct Undoing {
    /// What removes its effect.
    pub actions: Vec<Action>,
    /// What is left, and why: a sentence each.
    pub left: Vec<String>,
}

/// What of acts anybody but us need know.
pub fn shown(actions: &[Action]) -> Vec<String> {
    let told = |act: &&Action| !matches!(act, Action::Note(..));
    actions.iter().filter(told).map(Action::to_string).collect()
}

/// What undoing a step would do; nothing is done.
pub fn would_undo(world: &World, job: &Job) -> Result<Undoing, Failure> {
    let step = &world.pipeline.steps[job.step];
    let inspected = match plan::inspect_to_undo(world, step, job.record.as_ref(), &job.needs) {
        Err(_) if job.record.is_none() || leaves_files_only(world, step) => {
            return Ok(Undoing::default());
        }
        other => other?,
    };
    Worker::new((world, step, job), &inspected, &Nobody).to_undo(&inspected)
}

/// Nobody: for looking without doing.
struct Nobody;

impl Tell for Nobody {
    fn wants_every_line(&self) -> bool {
        false
    }

    fn news(&self, _: News) {}

    fn begins(&self, _: String) -> bool {
        false
    }

    fn notes(&self, _: &str, _: &str) {}

    fn finished(&self, _: AttemptResult) {}
}

impl Worker<'_> {
    /// The acts that remove the effect. What was never made needs no answer, nor does what went
    /// with the thing that held it.
    fn to_undo(&self, inspected: &Inspected) -> Result<Undoing, Failure> {
        let (kind, step_context) = (&inspected.resolved.kind, self.step_context());
        if self.step.leaves_nothing() {
            return Ok(Undoing::default());
        }
        let answers = self.ask();
        match kind.undo(&step_context, &answers) {
            Err(_) if self.job.record.is_none() || self.job.doomed || self.is_lost() => {
                Ok(Undoing::default())
            }
            Err(failure) => Err(failure),
            Ok(actions) => Ok(Undoing {
                actions,
                left: kind.left(&step_context, &answers),
            }),
        }
    }

    /// Whether something that holds the effect, such as a cluster, says for certain that it is gone
    /// itself.
    fn is_lost(&self) -> bool {
        holders(self.world, self.step).any(|step| {
            let Ok(inspected) = plan::inspect(self.world, step, None, &[]) else {
                return false;
            };
            let step_context = plan::step_context(self.world, None, inspected.fingerprint);
            let setting = plan::setting(step, &inspected.resolved);
            let kind = &inspected.resolved.kind;
            let answers = self
                .world
                .exec
                .ask_each(&kind.probes(&step_context), &setting, |_| ());
            matches!(kind.removed(&step_context, &answers), Effect::Absent(_))
        })
    }

    pub(super) fn undo(&self) -> Result<AttemptResult, Failure> {
        let Undoing { actions, left } = self.to_undo(self.inspected)?;
        let say = |text: &String| self.tell.news(News::Warning(format!("left: {text}")));
        left.iter().for_each(say);
        if actions.is_empty() {
            let nothing = "nothing of ours is there".to_string();
            let why = left.into_iter().reduce(|all, one| format!("{all}; {one}"));
            let why = why.map_or(nothing, |left| format!("left: {left}"));
            return Ok(AttemptResult::Removed(false, why));
        }
        let names = shown(&actions);
        self.begin(names.join("; "))?;
        let started = self.world.exec.clock.start();
        self.with_log(1, |log| self.remove(&actions, started, log))?;
        Ok(AttemptResult::Removed(true, names.join("; ")))
    }

    fn remove(
        &self,
        actions: &[Action],
        mut started: Started,
        log: &mut Log,
    ) -> Result<(), Failure> {
        self.wait_for_others(self.ask(), started, log)?;
        for act in actions {
            self.act(act, &mut started, log)?;
        }
        self.wait_until_gone(started)
            .map_err(|failure| self.fails(log, failure))
    }

    fn wait_until_gone(&self, started: Started) -> Result<(), Failure> {
        let kind = &self.inspected.resolved.kind;
        let mut said = String::new();
        loop {
            let answers = self.ask();
            self.not_ending()?;
            let why = match kind.removed(&self.step_context(), &answers) {
                Effect::Pending(why) => why,
                Effect::Degraded(failure, _) => failure.cause,
                Effect::Broken(failure) => return Err(failure),
                Effect::Absent(_) | Effect::Present(..) => return Ok(()),
            };
            if why != said {
                self.tell.news(News::Line(why.clone()));
            }
            self.patience(started, &why, &answers)?;
            said = why;
            self.sleep(ASK_AGAIN);
        }
    }
}

/// Whether a step's effect is nothing but its outputs, which stay. An earlier teardown has left its
/// record and taken the facts that it needs, so it can't be looked at any more.
pub(super) fn leaves_files_only(world: &World, step: &StepDef) -> bool {
    let step_context = plan::step_context(world, None, Fingerprint::default());
    let undo = step.kind.undo(&step_context, &[]);
    !step.outputs.is_empty() && undo.is_ok_and(|actions| actions.is_empty())
}

/// The steps that hold what this one makes, however far up they are needed.
fn holders<'a>(world: &'a World, step: &StepDef) -> impl Iterator<Item = &'a StepDef> {
    let needs = graph::all_needs(&world.pipeline, step);
    needs
        .into_iter()
        .filter(|step| step.kind.hosts_dependents())
}

/// The steps whose effect is held by something that is ours, as `known` tells, and so will be
/// removed with all that is in it. `graph` is that of undoing.
pub fn doomed<'a>(
    world: &'a World,
    graph: &Graph,
    known: impl Fn(&str) -> Option<&'a Record>,
) -> HashSet<StepId> {
    let is_ours = |step: StepId| {
        let step = &world.pipeline.steps[step];
        let step_context = plan::step_context(world, known(&step.id), Fingerprint::default());
        let undo = step.kind.undo(&step_context, &[]);
        step.kind.hosts_dependents() && undo.is_ok_and(|actions| !actions.is_empty())
    };
    let mut doomed = HashSet::new();
    for &step in graph.order.iter().rev() {
        let mut needs = graph.needed_by[step].iter();
        if needs.any(|&need| doomed.contains(&need) || is_ours(need)) {
            doomed.insert(step);
        }
    }
    doomed
}

/// The steps that stay, and why. `graph` is that of undoing.
pub fn kept(world: &World, graph: &Graph, all: bool) -> HashMap<StepId, String> {
    let steps = &world.pipeline.steps;
    let marked = graph.order.iter().filter(|&&step| steps[step].keep && !all);
    let marked = marked.map(|&step| (step, "kept; `--all` removes it too".to_string()));
    let held = held(world, graph).into_iter();
    let held = held.map(|(step, by)| (step, format!("kept: {by}, which still runs, needs it")));
    marked.chain(held).collect()
}

/// The steps that a background service which is not to be ended needs, each with that service's
/// step.
fn held<'a>(world: &'a World, graph: &Graph) -> Vec<(StepId, &'a str)> {
    let pipeline = &world.pipeline;
    let index = graph::index(pipeline);
    let services = world.exec.services();
    let others = services.all().into_iter().filter_map(|service| {
        let step = index.get(&*service.step).copied()?;
        let stays = services.other_target(&service).is_some() || !graph.order.contains(&step);
        stays.then_some(step)
    });
    let needs = |step| {
        let step = &pipeline.steps[step];
        let needs = graph::all_needs(pipeline, step).into_iter();
        needs.map(|need| (index[&need.id], &*step.id))
    };
    others.flat_map(needs).collect()
}

pub(super) fn unknown(why: &str) -> Failure {
    Failure::new(format!(
        "can't tell what is there, so nothing was removed: {why}"
    ))
    .fix("make the cluster answer (`cargo xtask status`) and run the same command again")
}
