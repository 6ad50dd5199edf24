//! `plan`: what would run and why. Changes nothing.

use std::sync::Arc;

use anyhow::Result;
use serde_json::json;

use super::open;
use crate::cli::{Format, Global};
use engine::attempt::{self, Job};
use engine::fingerprint::Upstream;
use engine::graph::{Graph, StepId};
use engine::plan::{Decision, Plan, Planned, World};
use engine::report::line;
use protocol::Action;

/// Prints the plan.
pub(super) fn print(global: &Global, wanted: &[String], format: Format) -> Result<u8> {
    let mut opened = open::open(global)?;
    let pipeline = &opened.world.pipeline;
    let wanted = &open::or_usual(pipeline, wanted);
    let (graph, undo) = open::graph(pipeline, wanted)?;
    if undo {
        return print_undo(global, wanted, false);
    }
    open::check_force(global, pipeline, &graph, wanted)?;
    opened.journal.resume(&wanted.join(" "));
    let plan = Plan::make(&opened.world, &graph, &opened.journal)?;
    let preview = |planned: &Planned| {
        let lines = plan.preview(&opened.world, &graph, &opened.journal, planned);
        let secrets = opened.world.exec.secrets();
        lines.iter().map(|line| secrets.mask(line)).collect()
    };
    match format {
        Format::Json => println!("{}", as_json(&opened.world, &plan, &preview)),
        Format::Text => {
            opened.line().iter().for_each(|line| println!("{line}"));
            print_text(&opened.world, &plan, &preview);
        }
    }
    Ok(0)
}

/// What a step would change, a line each.
type Preview<'a> = dyn Fn(&Planned) -> Vec<String> + 'a;

/// Prints what would be removed.
pub(super) fn print_undo(global: &Global, wanted: &[String], all: bool) -> Result<u8> {
    let opened = open::open(global)?;
    let (graph, _) = open::graph(&opened.world.pipeline, wanted)?;
    let plan = Plan::to_undo(&opened.world, &graph.turned(), &opened.journal)?;
    let doomed = attempt::doomed(&opened.world, &graph, |id| opened.journal.get(id));
    let (mut count, mut silent) = (0, 0);
    for planned in &plan.steps {
        let definition = &opened.world.pipeline.steps[planned.step];
        if definition.keep && !all {
            continue;
        }
        let record = opened.journal.get(&definition.id).cloned();
        let needs = needs(&opened.world, &graph, &plan, planned.step);
        let job = Job {
            begun: false,
            step: planned.step,
            record,
            needs,
            undo: true,
            all,
            doomed: all && doomed.contains(&planned.step),
        };
        match attempt::would_undo(&opened.world, &job) {
            Ok(attempt::Undoing { actions, left }) => {
                count += actions.len();
                let id = &definition.id;
                let remove = |act: &Action| println!("  remove {id:<16} {act}");
                actions.iter().for_each(remove);
                left.iter()
                    .for_each(|text| println!("  leave  {id:<16} {text}"));
            }
            Err(failure) => {
                silent += 1;
                println!("  ?      {:<16} {}", definition.id, failure.cause);
            }
        }
    }
    for stray in opened.world.strays() {
        count += 1;
        println!("  remove {:<16} stop {}", stray.step, stray.name);
    }
    match (count, silent) {
        (_, 1..) => println!(
            "{count} to remove, and {silent} steps of which nothing can be told; nothing was changed"
        ),
        (0, 0) => println!("nothing to remove"),
        _ => println!("{count} to remove; nothing was changed"),
    }
    Ok(0)
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

fn print_text(world: &World, plan: &Plan, preview: &Preview) {
    let name = |planned: &Planned| world.pipeline.steps[planned.step].id.clone();
    let width = plan
        .steps
        .iter()
        .map(|planned| name(planned).len())
        .max()
        .unwrap_or(0)
        .min(24);
    for planned in &plan.steps {
        let action = verb(planned.action);
        println!(
            "  {action:<4}  {:<width$}  {}",
            name(planned),
            planned.reason
        );
        if planned.changed.len() > 1 {
            let shown: Vec<&str> = planned.changed.iter().map(String::as_str).collect();
            println!("        {:<width$}  {}", "", line::listed(&shown, 4));
        }
        for line in preview(planned) {
            println!("        {:<width$}  {line}", "");
        }
    }
    println!(
        "{} to run, {} to skip; nothing was changed",
        plan.to_run(),
        plan.steps.len() - plan.to_run()
    );
}

fn as_json(world: &World, plan: &Plan, preview: &Preview) -> serde_json::Value {
    let step = |planned: &Planned| {
        let action = verb(planned.action);
        let id = &*world.pipeline.steps[planned.step].id;
        json!({"id": id, "action": action, "reason": planned.reason, "changed": planned.changed, "preview": preview(planned)})
    };
    json!({"steps": plan.steps.iter().map(step).collect::<Vec<_>>()})
}

/// `run` or `skip`.
pub(super) fn verb(action: Decision) -> &'static str {
    if action == Decision::Run {
        "run"
    } else {
        "skip"
    }
}
