//! `explain STEP`: every part of a step's fingerprint, old and new. Changes nothing.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::json;

use super::open;
use crate::cli::{Format, Global};
use engine::digest::Digest;
use engine::graph;
use engine::plan::{self, NamedComponents, Plan, Planned};
use engine::report::line;
use engine::report::log::visible;
use protocol::Failure;

/// Prints the explanation.
pub(super) fn print(global: &Global, step: &str, format: Format) -> Result<u8> {
    let (opened, graph) = open::step(global, step)?;
    let plan = Plan::make(&opened.world, &graph, &opened.journal)?;
    let Some(planned) = plan.steps.last() else {
        return Ok(0);
    };
    let (mut parts, failure) = parts(&opened, &plan, planned);
    let secrets = opened.world.exec.secrets();
    let mask = |text: &str| secrets.mask(text);
    parts
        .iter_mut()
        .for_each(|part| part.name = mask(&part.name));
    let parts = (parts, failure.map(|failure| failure.masked(mask)));
    match format {
        Format::Json => println!("{}", as_json(step, planned, &parts)),
        Format::Text => {
            print_text(step, planned, &parts);
            opened
                .under_way()
                .iter()
                .for_each(|line| println!("{line}"));
        }
    }
    Ok(0)
}

/// One part of the fingerprint.
struct Part {
    name: String,
    /// When the step was last done.
    before: Option<Digest>,
    now: Now,
}

/// What a part is now.
#[derive(Clone, Copy)]
enum Now {
    /// This, or nothing.
    Known(Option<Digest>),
    /// Nobody can tell yet.
    Unknown,
}

impl Part {
    /// Whether it changed, if that can be told.
    fn changed(&self) -> Option<bool> {
        match self.now {
            Now::Known(now) => Some(self.before != now),
            Now::Unknown => None,
        }
    }
}

/// All parts in order, and why those of now can't be told, if they can't.
type Parts = (Vec<Part>, Option<Failure>);

fn parts(opened: &open::Opened, plan: &Plan, planned: &Planned) -> Parts {
    let step = &opened.world.pipeline.steps[planned.step];
    let record = opened.journal.get(&step.id);
    let before = record
        .map(|record| record.components.read())
        .unwrap_or_default();
    let needed = graph::needs(step);
    let is_part = |id: &str| {
        needed.iter().any(|need| **need == *id)
            || before.iter().any(|(name, _)| *name == of_need(id))
    };
    let others = plan
        .steps
        .iter()
        .filter(|other| other.step != planned.step)
        .map(|other| (&opened.world.pipeline.steps[other.step].id, other))
        .filter(|(id, _)| is_part(id));
    let (mut needs, mut unsettled) = (Vec::new(), Vec::new());
    for (id, other) in others {
        match &other.upstream {
            Some(upstream) => needs.push((id.clone(), upstream.clone())),
            None => unsettled.push(&**id),
        }
    }
    // What is lacking then is no mistake: it is told by a step that runs first.
    let first = (!unsettled.is_empty()).then(|| Failure::new(comes_first(&unsettled)));
    let now = plan::inspect_with_components(&opened.world, step, record, &needs);
    let (now, failure) = match now {
        Ok((_, components)) => (components, None),
        Err(failure) => (Vec::new(), Some(first.unwrap_or(failure))),
    };
    let is_unknown =
        |name: &String| failure.is_some() || unsettled.iter().any(|id| *name == of_need(id));
    (beside(before, now, is_unknown), failure)
}

fn comes_first(steps: &[&str]) -> String {
    let names = line::listed(steps, 3);
    format!("{names} will run before it, and what follows from that is not known yet")
}

/// The part that stands for what a step needs.
fn of_need(id: &str) -> String {
    format!("need {id}")
}

/// The parts of both times, by name.
fn beside(
    before: NamedComponents,
    now: NamedComponents,
    is_unknown: impl Fn(&String) -> bool,
) -> Vec<Part> {
    let mut rows: BTreeMap<String, (Option<Digest>, Option<Digest>)> = BTreeMap::new();
    before
        .into_iter()
        .for_each(|(name, digest)| rows.entry(name).or_default().0 = Some(digest));
    now.into_iter()
        .for_each(|(name, digest)| rows.entry(name).or_default().1 = Some(digest));
    let part = |(name, (before, now))| Part {
        now: match is_unknown(&name) {
            true => Now::Unknown,
            false => Now::Known(now),
        },
        name,
        before,
    };
    rows.into_iter().map(part).collect()
}

fn print_text(step: &str, planned: &Planned, (parts, failure): &Parts) {
    println!(
        "{step}: {} because {}",
        super::plan::verb(planned.action),
        planned.reason
    );
    let short = |digest: Option<Digest>| digest.map_or("-".to_string(), |digest| digest.short());
    let row = |part: &Part| {
        let (name, before) = (visible(&part.name), short(part.before));
        match (part.now, part.changed()) {
            (Now::Known(now), Some(true)) => {
                println!("  ~ {name:<40} {before} -> {}", short(now));
            }
            (Now::Known(now), _) => println!("    {name:<40} {}", short(now)),
            (Now::Unknown, _) => println!("  ? {name:<40} {before} -> unknown"),
        }
    };
    // Those that changed last, where they are seen first.
    for changed in [Some(false), None, Some(true)] {
        let alike = parts.iter().filter(|part| part.changed() == changed);
        alike.for_each(row);
    }
    println!("{}", summary(parts, failure.as_ref()));
}

fn summary(parts: &[Part], failure: Option<&Failure>) -> String {
    let count = |changed| {
        parts
            .iter()
            .filter(|part| part.changed() == changed)
            .count()
    };
    let (all, changed) = (parts.len(), count(Some(true)));
    match (failure, count(None)) {
        (Some(failure), _) => {
            let fix = failure.fix.iter().map(|fix| format!("; {fix}"));
            let fix: String = fix.collect();
            format!("what changed can't be told: {}{fix}", failure.cause)
        }
        (None, 0) => format!("{changed} of {all} parts changed"),
        (None, unknown) => format!(
            "{changed} of {all} parts changed; {unknown} can be told once what it needs has run"
        ),
    }
}

fn as_json(step: &str, planned: &Planned, (parts, failure): &Parts) -> serde_json::Value {
    let text = |digest: Option<Digest>| digest.map(|digest| digest.to_string());
    let row = |part: &Part| {
        let now = match part.now {
            Now::Known(now) => now,
            Now::Unknown => None,
        };
        json!({"name": part.name, "before": text(part.before), "now": text(now), "changed": part.changed()})
    };
    json!({
        "step": step, "action": super::plan::verb(planned.action), "reason": planned.reason,
        "parts": parts.iter().map(row).collect::<Vec<_>>(),
        "unknown": failure.as_ref().map(|failure| &failure.cause),
    })
}
