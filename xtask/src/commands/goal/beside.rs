//! `run STEP --join`: a step in a process of its own, beside others of the same run.

use anyhow::Result;

use super::{How, execute};
use crate::cli::Global;
use crate::commands::open::Opened;
use engine::config::{ConfigError, Pipeline};
use engine::graph::Graph;
use engine::journal::Record;
use engine::live::Subject;
use engine::plan::{Decision, Force, Plan, Planned};
use engine::progress;
use engine::report::Report;
use engine::state::{Lock, State};
use protocol::Nature;

/// Takes a place beside other processes, for these steps.
pub(super) fn join(state: &State, pipeline: &mut Pipeline, wanted: &[String]) -> Result<Lock> {
    let find = |id: &String| {
        pipeline
            .find(id)
            .map_err(|err| match pipeline.goals.contains_key(id) {
                true => ConfigError(format!(
                    "--join takes steps, and `{id}` is a goal; name its steps"
                )),
                false => err,
            })
    };
    let steps = wanted.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    let (lock, places) = state.join(&steps, &pipeline.pools)?;
    pipeline.pools.extend(places);
    Ok(lock)
}

/// Just the wanted steps, beside other processes. What they need has been done by others, or is
/// asked for.
pub(super) fn run(
    global: &Global,
    opened: &mut Opened,
    graph: &Graph,
    subject: Subject,
    how: How,
) -> Result<Report> {
    // What they need is not theirs to force.
    if opened.world.force == Force::Everything {
        opened.world.force = Force::Steps(subject.wanted.clone());
    }
    opened.journal.join(&subject.wanted);
    let plan = Plan::make(&opened.world, graph, &opened.journal)?;
    let open = open_needs(opened, &plan, &subject.wanted);
    let wanted = subject.wanted.join(" ");
    let id = |need: &Planned| &opened.world.pipeline.steps[need.step].id;
    let was_left_out = |need: &&&Planned| {
        let record = opened.journal.get(id(need));
        record.is_some_and(Record::was_left_out)
    };
    if let Some(need) = open.iter().find(was_left_out) {
        let id = id(need);
        progress::say(&format!(
            "{wanted}: not run: it needs `{id}`, which was left out"
        ));
        return Ok(Report::new(false, subject.began));
    }
    if let Some(need) = open.first() {
        let id = id(need);
        let has_begun = |record: &Record| record.done.is_none() && record.ended.is_none();
        let reason = match opened.journal.get(id).is_some_and(has_begun) {
            true => "it was begun and has not ended: wait for it, if another process runs it",
            false => &need.reason,
        };
        let message = format!(
            "{wanted} needs `{id}`, which has to run first ({reason}): `run {id} --join`, or all in one process without --join"
        );
        return Err(ConfigError(message).into());
    }
    execute(global, opened, (graph, plan), subject, how)
}

/// What has to be done before these steps, and is not.
fn open_needs<'p>(opened: &Opened, plan: &'p Plan, wanted: &[String]) -> Vec<&'p Planned> {
    let is_open = |planned: &&Planned| {
        let step = &opened.world.pipeline.steps[planned.step];
        let is_ours = wanted.iter().any(|id| *id == *step.id);
        planned.action == Decision::Run && step.entry.nature == Nature::Makes && !is_ours
    };
    plan.steps.iter().filter(is_open).collect()
}
