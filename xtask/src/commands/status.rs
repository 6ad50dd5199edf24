//! `status`: what stands now, asked of the tools themselves. Changes nothing.

use std::collections::{BTreeMap, HashSet};

use anyhow::Result;
use serde_json::json;

use super::open;
use crate::cli::{Format, Global};
use engine::called;
use engine::config::{ConfigError, Goal, Pipeline};
use engine::graph::{Graph, StepId};
use engine::plan::{Decision, Plan, Planned, World};
use engine::service::Service;
use engine::vars::{FactMap, Scope};
use protocol::Nature;

/// Prints what stands.
pub(super) fn print(global: &Global, wanted: &[String], format: Format) -> Result<u8> {
    let mut opened = open::open(global)?;
    let graph = graph(&opened.world.pipeline, wanted)?;
    let plan = now(&mut opened, &graph)?;
    let facts = facts(&opened.world, &plan);
    let mut urls = urls(&opened.world.pipeline, &facts);
    if stands(&opened.world.pipeline, &plan).next().is_none() {
        urls.clear();
    }
    match format {
        Format::Json => println!("{}", as_json(&opened, &plan, &urls)),
        Format::Text => print_text((&graph, wanted), &opened, &plan, &urls),
    }
    Ok(0)
}

/// What stands now: nothing is to be done, so of what runs in each run counts how it ended last.
pub(super) fn now(opened: &mut open::Opened, graph: &Graph) -> Result<Plan> {
    opened.journal.look_back();
    let mut plan = Plan::make(&opened.world, graph, &opened.journal)?;
    let each_time = |planned: &&mut Planned| {
        planned.action == Decision::Skip && opened.world.pipeline.steps[planned.step].always
    };
    let steps = plan.steps.iter_mut().filter(each_time);
    steps.for_each(|planned| planned.reason = "runs each time; it passed last time".to_string());
    for planned in &mut plan.steps {
        planned.reason = planned
            .reason
            .replace(", which runs", ", which does not stand");
    }
    Ok(plan)
}

fn graph(pipeline: &Pipeline, wanted: &[String]) -> Result<Graph, ConfigError> {
    let whole = open::whole(pipeline);
    let wanted = if wanted.is_empty() { &whole } else { wanted };
    let (graph, undo) = open::graph(pipeline, wanted)?;
    if undo {
        let goals = wanted.join(" ");
        let message = format!("{goals} removes what stands: `cargo xtask plan {goals}` says what");
        return Err(ConfigError(message));
    }
    Ok(graph)
}

/// The words behind `cargo xtask` that bring about what is missing of this.
fn makes(pipeline: &Pipeline, wanted: &[String], (graph, plan): (&Graph, &Plan)) -> String {
    if !wanted.is_empty() {
        return format!("run {}", wanted.join(" "));
    }
    let open = open_steps(pipeline, graph, plan);
    open::makes_each(pipeline, |name| match pipeline.goals.get(name) {
        Some(Goal::Reach(ids)) => ids.iter().any(|id| open.contains(&**id)),
        _ => open.contains(name),
    })
}

/// The steps that do not stand, or need one that does not.
fn open_steps<'p>(pipeline: &'p Pipeline, graph: &Graph, plan: &Plan) -> HashSet<&'p str> {
    let id = |step: StepId| &*pipeline.steps[step].id;
    let mut open = HashSet::new();
    for planned in &plan.steps {
        let mut needs = graph.needs[planned.step].iter();
        if planned.action == Decision::Run || needs.any(|&need| open.contains(id(need))) {
            open.insert(id(planned.step));
        }
    }
    open
}

/// The steps of a plan that made something which stands.
pub(super) fn stands<'p>(
    pipeline: &'p Pipeline,
    plan: &'p Plan,
) -> impl Iterator<Item = &'p Planned> {
    let is_made = |planned: &&Planned| {
        let nature = pipeline.steps[planned.step].entry.nature;
        planned.action == Decision::Skip && nature == Nature::Makes
    };
    plan.steps.iter().filter(is_made)
}

/// The addresses whose facts are all known.
pub(super) fn urls(pipeline: &Pipeline, facts: &FactMap) -> BTreeMap<String, String> {
    let urls = pipeline.urls.iter();
    urls.filter_map(|(name, text)| Some((name.clone(), told(pipeline, text, facts)?)))
        .collect()
}

/// A text, if its facts are all known.
pub(super) fn told(pipeline: &Pipeline, text: &str, facts: &FactMap) -> Option<String> {
    Scope::new(&pipeline.vars).facts(facts).text(text).ok()
}

/// What each step of a plan published, as far as that is known.
pub(super) fn facts<'p>(world: &'p World, plan: &'p Plan) -> FactMap<'p> {
    let known = |planned: &'p Planned| {
        let id = &*world.pipeline.steps[planned.step].id;
        Some((id, &planned.upstream.as_ref()?.facts))
    };
    plan.steps.iter().filter_map(known).collect()
}

fn print_text(
    (graph, wanted): (&Graph, &[String]),
    opened: &open::Opened,
    plan: &Plan,
    urls: &BTreeMap<String, String>,
) {
    println!("target  {}", opened.world.pipeline.target);
    let services = opened.world.exec.services().all();
    for planned in &plan.steps {
        let mark = match planned.action {
            Decision::Skip => "stands ",
            Decision::Run if planned.broken => "broken ",
            Decision::Run => "missing",
        };
        let id = &opened.world.pipeline.steps[planned.step].id;
        let reason = &planned.reason;
        let runs = planned.action == Decision::Run;
        let is_its = |service: &&Service| *service.step == **id && runs;
        let runs = services.iter().find(is_its);
        let runs = runs.map_or(String::new(), |service| {
            format!("; its process {} runs", service.pid)
        });
        println!("  {mark}  {id:<20} {reason}{runs}");
    }
    for (name, url) in urls {
        println!("  {name:<12} {url}");
    }
    for service in opened.world.strays() {
        println!(
            "  astray   {}; the next `up`, `run` or `teardown` ends it",
            stray(&service)
        );
    }
    let left = opened.left().into_iter().chain(opened.of_lost_steps());
    left.for_each(|line| println!("{line}"));
    match plan.to_run() {
        0 => println!("everything stands"),
        _ if opened.under_way().is_some() => opened
            .under_way()
            .iter()
            .for_each(|line| println!("{line}")),
        count => {
            let all = plan.steps.len();
            let makes = makes(&opened.world.pipeline, wanted, (graph, plan));
            let next =
                format!("{count} of {all} steps do not stand; `cargo xtask {makes}` runs them");
            println!("{}", called::told(&next));
        }
    }
}

/// A background process that no step keeps, in words.
pub(super) fn stray(service: &Service) -> String {
    let Service {
        name,
        step,
        pid,
        port,
        ..
    } = service;
    let port = if *port == 0 {
        String::new()
    } else {
        format!(" on port {port}")
    };
    format!(
        "the service {name} (process {pid}{port}), which no step keeps any more; step `{step}` did"
    )
}

/// The background processes that no step keeps, for programs.
pub(super) fn strays_as_json(world: &World) -> serde_json::Value {
    let stray =
        |service: &Service| json!({"name": service.name, "pid": service.pid, "port": service.port});
    world.strays().iter().map(stray).collect()
}

fn as_json(
    opened: &open::Opened,
    plan: &Plan,
    urls: &BTreeMap<String, String>,
) -> serde_json::Value {
    let steps: Vec<_> = plan
        .steps
        .iter()
        .map(|planned| {
            let facts = planned.upstream.as_ref().map(|upstream| upstream.facts.clone()).unwrap_or_default();
            json!({
                "id": &*opened.world.pipeline.steps[planned.step].id, "stands": planned.action == Decision::Skip, "action": super::plan::verb(planned.action),
                "reason": planned.reason, "facts": facts,
            })
        })
        .collect();
    let strays = strays_as_json(&opened.world);
    json!({"target": opened.world.pipeline.target.to_string(), "urls": urls, "steps": steps, "strays": strays})
}
