//! What would be removed, step by step.

use std::sync::Arc;

use anyhow::Result;
use serde::Serialize;
use serde_json::json;

use crate::cli::{Format, Global};
use crate::commands::open::{self, Opened};
use engine::attempt::{self, Job};
use engine::fingerprint::Upstream;
use engine::graph::{Graph, StepId};
use engine::plan::{Plan, World};

/// What would become of one step's effect.
#[derive(Default, Serialize)]
struct Removal {
    id: String,
    /// What would be done.
    remove: Vec<String>,
    /// What would stay, and why.
    leave: Vec<String>,
    /// Why nothing can be told of it.
    unknown: Option<String>,
}

/// Prints what would be removed.
pub(in crate::commands) fn print_undo(
    global: &Global,
    wanted: &[String],
    all: bool,
    format: Format,
) -> Result<u8> {
    let opened = open::open(global)?;
    let removals = removals(&opened, wanted, all)?;
    match format {
        Format::Json => {
            let target = opened.world.pipeline.target.to_string();
            println!("{}", json!({"target": target, "removals": removals}));
        }
        Format::Text => print_text(&removals),
    }
    Ok(0)
}

fn removals(opened: &Opened, wanted: &[String], all: bool) -> Result<Vec<Removal>> {
    let Opened { world, journal, .. } = opened;
    let (graph, _) = open::graph(&world.pipeline, wanted)?;
    let plan = Plan::to_undo(world, &graph.turned(), journal)?;
    let doomed = attempt::doomed(world, &graph, |id| journal.get(id));
    let definition = |step: StepId| &world.pipeline.steps[step];
    let steps = plan.steps.iter().map(|planned| planned.step);
    let kept = attempt::kept(world, &graph, all);
    let removal = |step: StepId| {
        if let Some(why) = kept.get(&step) {
            return Removal {
                id: definition(step).id.to_string(),
                leave: vec![why.clone()],
                ..Removal::default()
            };
        }
        let job = Job {
            begun: false,
            step,
            record: journal.get(&definition(step).id).cloned(),
            needs: needs(world, &graph, &plan, step),
            undo: true,
            all,
            doomed: all && doomed.contains(&step),
        };
        Removal::of(&definition(step).id, attempt::would_undo(world, &job))
    };
    let strays = world.strays().into_iter().map(|stray| Removal {
        id: stray.step.to_string(),
        remove: vec![format!("stop {}", stray.name)],
        ..Removal::default()
    });
    Ok(steps.map(removal).chain(strays).collect())
}

impl Removal {
    fn of(id: &str, found: Result<attempt::Undoing, protocol::Failure>) -> Removal {
        let id = id.to_string();
        match found {
            Ok(attempt::Undoing { actions, left }) => Removal {
                id,
                remove: attempt::shown(&actions),
                leave: left,
                ..Removal::default()
            },
            Err(failure) => Removal {
                id,
                unknown: Some(failure.cause),
                ..Removal::default()
            },
        }
    }

    fn print(&self) {
        let tell = |verb: &str, text: &String| println!("  {verb:<6} {:<16} {text}", self.id);
        self.remove.iter().for_each(|act| tell("remove", act));
        self.leave.iter().for_each(|text| tell("leave", text));
        self.unknown.iter().for_each(|cause| tell("?", cause));
    }
}

fn print_text(removals: &[Removal]) {
    removals.iter().for_each(Removal::print);
    let has_any = |removal: &&Removal| !removal.remove.is_empty();
    let count = removals.iter().filter(has_any).count();
    let is_silent = |removal: &&Removal| removal.unknown.is_some();
    match (count, removals.iter().filter(is_silent).count()) {
        (0, 0) => println!("nothing to remove"),
        (_, 0) => println!("{count} to remove; nothing was changed"),
        (_, silent) => println!(
            "{count} to remove, and {silent} steps of which nothing can be told; nothing was changed"
        ),
    }
}

/// What a step needs, as it was when its effect was made. The graph is turned round, so that is
/// what "needs" it here.
fn needs(world: &World, graph: &Graph, plan: &Plan, step: StepId) -> Vec<(Arc<str>, Upstream)> {
    let upstream = |need: StepId| plan.of_step(need)?.upstream.clone();
    let id = |need: StepId| world.pipeline.steps[need].id.clone();
    graph.needed_by[step]
        .iter()
        .map(|&need| (id(need), upstream(need).unwrap_or_default()))
        .collect()
}
