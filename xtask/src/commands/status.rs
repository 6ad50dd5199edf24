//! `status`: what stands now, asked of the tools themselves. Changes nothing.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::json;

use super::open;
use crate::cli::{Format, Global};
use engine::config::Pipeline;
use engine::plan::{Decision, Plan, Planned, World};
use engine::service::Service;
use engine::vars::{FactMap, Scope};

/// Prints what stands.
pub(super) fn print(global: &Global, format: Format) -> Result<u8> {
    let opened = open::open(global)?;
    let (graph, _) = open::graph(&opened.world.pipeline, &whole(&opened.world.pipeline))?;
    let plan = Plan::make(&opened.world, &graph, &opened.journal)?;
    let facts = facts(&opened.world, &plan);
    let urls = urls(&opened.world.pipeline, &facts);
    match format {
        Format::Json => println!("{}", as_json(&opened, &plan, &urls)),
        Format::Text => print_text(&opened, &plan, &urls),
    }
    Ok(0)
}

/// What `up` stands for; every step, if there is no such goal.
fn whole(pipeline: &Pipeline) -> Vec<String> {
    match pipeline.goals.contains_key("up") {
        true => vec!["up".to_string()],
        false => pipeline
            .steps
            .iter()
            .map(|step| step.id.to_string())
            .collect(),
    }
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

fn print_text(opened: &open::Opened, plan: &Plan, urls: &BTreeMap<String, String>) {
    println!("target  {}", opened.world.pipeline.target);
    for planned in &plan.steps {
        let mark = if planned.action == Decision::Skip {
            "stands "
        } else {
            "missing"
        };
        println!(
            "  {mark}  {:<20} {}",
            opened.world.pipeline.steps[planned.step].id, planned.reason
        );
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
    match plan.to_run() {
        0 => println!("everything stands"),
        _ if opened.world.state.is_held() => println!(
            "a run is under way, and what it is at is called missing; ask again once it is over"
        ),
        count => println!(
            "{count} of {} steps do not stand; `cargo xtask {}` brings them about",
            plan.steps.len(),
            open::makes_all(&opened.world.pipeline)
        ),
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
    let stray =
        |service: &Service| json!({"name": service.name, "pid": service.pid, "port": service.port});
    let strays: Vec<_> = opened.world.strays().iter().map(stray).collect();
    json!({"target": opened.world.pipeline.target.to_string(), "urls": urls, "steps": steps, "strays": strays})
}
