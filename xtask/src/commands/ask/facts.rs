//! What is known of a deployment, as text for people and helpers: what stands, how the last run
//! ended, and the cause of what is wrong now, with its evidence and fix. Asks, and changes nothing.

use std::fmt::Write;

use anyhow::Result;
use serde_json::Value;

use super::super::open::{self, Opened};
use super::super::status;
use engine::graph::{Graph, StepId};
use engine::plan::{self, Decision, Plan, Planned, World};
use protocol::{Failure, Nature};

/// The whole text, secrets masked.
pub(super) fn text(opened: &mut Opened) -> Result<String> {
    let pipeline = &opened.world.pipeline;
    let (graph, _) = open::graph(pipeline, &open::or_usual(pipeline, &[]))?;
    let plan = status::now(opened, &graph)?;
    let world = &opened.world;
    let pipeline = &world.pipeline;
    let mut text = format!("pipeline {}, target {}\n", pipeline.name, pipeline.target);
    for failure in failures(world, &graph, &plan) {
        text.push_str(&failure);
    }
    text.push_str(&last_run(world));
    text.push_str("\nsteps now:\n");
    for planned in &plan.steps {
        let word = match planned.action {
            Decision::Skip => "stands",
            Decision::Run => "is not as it should be",
        };
        let _ = writeln!(
            text,
            "  {} {word}: {}",
            pipeline.steps[planned.step].id, planned.reason
        );
    }
    Ok(world.exec.secrets().mask(&text))
}

/// What is wrong now: each check whose needs stand is asked once.
fn failures(world: &World, graph: &Graph, plan: &Plan) -> Vec<String> {
    let upstream = |&need: &StepId| {
        let known = plan.of_step(need)?.upstream.clone()?;
        Some((world.pipeline.steps[need].id.clone(), known))
    };
    let wrong = |planned: &Planned| {
        let step = &world.pipeline.steps[planned.step];
        let needs = graph.needs[planned.step].iter().map(upstream);
        let needs: Vec<_> = needs.collect::<Option<_>>()?;
        let failure = plan::holds(world, step, &needs).err()?;
        Some(told("wrong now", &step.id, &failure))
    };
    let nature = |planned: &Planned| world.pipeline.steps[planned.step].entry.nature;
    let checks = plan.steps.iter();
    let checks = checks.filter(|planned| nature(planned) == Nature::Checks);
    checks.filter_map(wrong).collect()
}

fn told(when: &str, step: &str, failure: &Failure) -> String {
    let mut text = format!("\n{when}, {step}: {}\n", failure.cause);
    for line in &failure.evidence {
        let _ = writeln!(text, "    {line}");
    }
    if let Some(fix) = &failure.fix {
        let _ = writeln!(text, "  fix: {fix}");
    }
    text
}

/// What failed in the last run that did something, as its report has it.
fn last_run(world: &World) -> String {
    let report = std::fs::read_to_string(world.state.dir.join("report.json"));
    let report: Option<Value> = report
        .ok()
        .and_then(|text| serde_json::from_str(&text).ok());
    let steps = report
        .as_ref()
        .and_then(|report| report["steps"].as_array());
    let failed = steps
        .into_iter()
        .flatten()
        .filter(|step| step["outcome"] == "failed");
    let texts = failed.map(|step| {
        let text = |name: &str| step[name].as_str().unwrap_or_default();
        let seen = step["evidence"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        let failure = Failure::new(text("cause")).seen(seen);
        let failure = match text("fix") {
            "" => failure,
            fix => failure.fix(fix),
        };
        told("failed in the last run", text("step"), &failure)
    });
    texts.collect()
}
