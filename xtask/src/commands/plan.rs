//! `plan`: what would run and why. Changes nothing.

use anyhow::Result;
use serde_json::json;

use super::open;
use crate::attempt::{self, Job};
use crate::cli::{Format, Global};
use crate::graph::Graph;
use crate::plan::{Action, Plan, Planned, World};
use crate::report::line;

/// Prints the plan.
pub fn print(global: &Global, wanted: &[String], format: Format) -> Result<u8> {
    let opened = open::open(global)?;
    let (graph, undo) = open::graph(&opened.world.pipeline, wanted)?;
    if undo {
        return print_undo(global, wanted, false);
    }
    let plan = Plan::make(&opened.world, &graph, &opened.journal)?;
    match format {
        Format::Json => println!("{}", as_json(&opened.world, &plan)),
        Format::Text => print_text(&opened.world, &plan),
    }
    Ok(0)
}

/// Prints what would be removed.
pub fn print_undo(global: &Global, wanted: &[String], all: bool) -> Result<u8> {
    let opened = open::open(global)?;
    let (graph, _) = open::graph(&opened.world.pipeline, wanted)?;
    let mut count = 0;
    for &step in &graph.order {
        let definition = &opened.world.pipeline.steps[step];
        if definition.keep && !all {
            continue;
        }
        let job = Job {
            step,
            record: opened.journal.get(&definition.id).cloned(),
            needs: needs(&opened, &graph, step),
            undo: true,
        };
        for act in attempt::would_undo(&opened.world, &job) {
            count += 1;
            println!("  remove {:<16} {act}", definition.id);
        }
    }
    println!(
        "{}",
        if count == 0 {
            "nothing to remove".to_string()
        } else {
            format!("{count} to remove; nothing was changed")
        }
    );
    Ok(0)
}

fn needs(
    opened: &open::Opened,
    graph: &Graph,
    step: usize,
) -> Vec<(std::sync::Arc<str>, crate::fingerprint::Settled)> {
    let settled = |need: &usize| {
        let id = opened.world.pipeline.steps[*need].id.clone();
        let facts = opened
            .journal
            .get(&id)
            .map(|record| record.facts.clone())
            .unwrap_or_default();
        (
            id,
            crate::fingerprint::Settled {
                facts,
                ..Default::default()
            },
        )
    };
    // The graph is turned round, so what a step needs is what "needs" it here.
    graph.needed_by[step].iter().map(settled).collect()
}

fn print_text(world: &World, plan: &Plan) {
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
    }
    println!(
        "{} to run, {} up to date; nothing was changed",
        plan.to_run(),
        plan.steps.len() - plan.to_run()
    );
}

fn as_json(world: &World, plan: &Plan) -> serde_json::Value {
    let step = |planned: &Planned| {
        let action = verb(planned.action);
        let id = &*world.pipeline.steps[planned.step].id;
        json!({"id": id, "action": action, "reason": planned.reason, "changed": planned.changed})
    };
    json!({"steps": plan.steps.iter().map(step).collect::<Vec<_>>()})
}

/// `run` or `skip`.
pub fn verb(action: Action) -> &'static str {
    if action == Action::Run { "run" } else { "skip" }
}
