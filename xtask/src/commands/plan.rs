//! `plan`: what would run and why. Changes nothing.

mod kept;
mod undo;

use anyhow::Result;
use serde_json::{Value, json};

use super::open::{self, Opened};
use super::status::{stray, strays_as_json};
use crate::cli::{Format, Global};
use engine::graph::Graph;
use engine::plan::{Decision, Plan, Planned};
use engine::report::line;
pub(super) use kept::still_holds;
pub(super) use undo::print_undo;

/// A plan with what it was made from.
struct Made {
    opened: Opened,
    graph: Graph,
    plan: Plan,
}

/// Prints the plan.
pub(super) fn print(global: &Global, wanted: &[String], format: Format) -> Result<u8> {
    let Some(made) = make(global, wanted)? else {
        return print_undo(global, wanted, false, format);
    };
    match format {
        Format::Json => println!("{}", made.as_json()),
        Format::Text => {
            let line = made.opened.line();
            line.iter().for_each(|line| println!("{line}"));
            made.print_text();
        }
    }
    Ok(0)
}

/// The plan of what is wanted; `None` if that is to be removed.
fn make(global: &Global, wanted: &[String]) -> Result<Option<Made>> {
    let mut opened = open::open(global)?;
    let pipeline = &opened.world.pipeline;
    let wanted = &open::or_usual(pipeline, wanted);
    let (graph, undo) = open::graph(pipeline, wanted)?;
    if undo {
        return Ok(None);
    }
    open::check_force(global, pipeline, &graph, wanted)?;
    opened
        .journal
        .resume(&wanted.join(" "), &pipeline.secretive());
    let plan = Plan::make(&opened.world, &graph, &opened.journal)?;
    Ok(Some(Made {
        opened,
        graph,
        plan,
    }))
}

impl Made {
    /// What a step would change, a line each.
    fn preview(&self, planned: &Planned) -> Vec<String> {
        let Opened { world, journal, .. } = &self.opened;
        let lines = self.plan.preview(world, &self.graph, journal, planned);
        let secrets = world.exec.secrets();
        lines.iter().map(|line| secrets.mask(line)).collect()
    }

    fn print_text(&self) {
        let (steps, plan) = (&self.opened.world.pipeline.steps, &self.plan);
        let name = |planned: &Planned| steps[planned.step].id.clone();
        let names = plan.steps.iter().map(|planned| name(planned).len());
        let width = names.max().unwrap_or(0).min(24);
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
            for line in self.preview(planned) {
                println!("        {:<width$}  {line}", "");
            }
        }
        for service in self.opened.world.strays() {
            println!("  end   {}", stray(&service));
        }
        println!(
            "{} to run, {} to skip; nothing was changed",
            plan.to_run(),
            plan.steps.len() - plan.to_run()
        );
        let under_way = self.opened.under_way();
        under_way.iter().for_each(|line| println!("{line}"));
    }

    /// For programs, and for a run that is to do this and nothing else.
    fn as_json(&self) -> Value {
        let Opened { world, journal, .. } = &self.opened;
        let has_key = world.state.has_key();
        let step = |planned: &Planned| {
            let step = &world.pipeline.steps[planned.step];
            // Without a key that is kept, digests of secrets are others each time.
            let is_lasting = has_key || step.secrets.is_empty();
            let fingerprint = is_lasting
                .then(|| self.plan.fingerprint(world, &self.graph, journal, planned))
                .flatten();
            json!({
                "id": &*step.id,
                "action": verb(planned.action),
                "reason": planned.reason,
                "changed": planned.changed,
                "fingerprint": fingerprint.map(|whole| whole.to_string()),
                "preview": self.preview(planned),
            })
        };
        let steps: Vec<Value> = self.plan.steps.iter().map(step).collect();
        let ends = strays_as_json(world);
        json!({"target": world.pipeline.target.to_string(), "steps": steps, "ends": ends})
    }
}

/// `run` or `skip`.
pub(super) fn verb(action: Decision) -> &'static str {
    if action == Decision::Run {
        "run"
    } else {
        "skip"
    }
}
