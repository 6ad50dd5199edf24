//! `explain STEP`: every part of a step's fingerprint, old and new. Changes nothing.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::json;

use super::open;
use crate::cli::{Format, Global};
use engine::digest::Digest;
use engine::plan::{self, Plan, Planned};

/// Prints the explanation.
pub(super) fn print(global: &Global, step: &str, format: Format) -> Result<u8> {
    let (opened, graph) = open::step(global, step)?;
    let plan = Plan::make(&opened.world, &graph, &opened.journal)?;
    let Some(planned) = plan.steps.last() else {
        return Ok(0);
    };
    let rows = rows(&opened, &plan, planned);
    match format {
        Format::Json => println!("{}", as_json(step, planned, &rows)),
        Format::Text => print_text(step, planned, &rows),
    }
    Ok(0)
}

/// Name, digest when last done, digest now.
type Row = (String, Option<Digest>, Option<Digest>);

fn rows(opened: &open::Opened, plan: &Plan, planned: &Planned) -> Vec<Row> {
    let step = &opened.world.pipeline.steps[planned.step];
    let record = opened.journal.get(&step.id);
    let before = record
        .map(|record| record.components.read())
        .unwrap_or_default();
    let needs: Vec<_> = plan
        .steps
        .iter()
        .filter(|other| other.step != planned.step)
        .filter_map(|other| {
            Some((
                opened.world.pipeline.steps[other.step].id.clone(),
                other.upstream.clone()?,
            ))
        })
        .filter(|(id, _)| {
            step.needs.contains(id) || before.iter().any(|(name, _)| *name == format!("need {id}"))
        })
        .collect();
    let now = plan::inspect_with_components(&opened.world, step, record, &needs)
        .map(|(_, components)| components)
        .unwrap_or_default();
    let mut rows: BTreeMap<String, (Option<Digest>, Option<Digest>)> = BTreeMap::new();
    before
        .into_iter()
        .for_each(|(name, digest)| rows.entry(name).or_default().0 = Some(digest));
    now.into_iter()
        .for_each(|(name, digest)| rows.entry(name).or_default().1 = Some(digest));
    rows.into_iter()
        .map(|(name, (before, now))| (name, before, now))
        .collect()
}

fn print_text(step: &str, planned: &Planned, rows: &[Row]) {
    println!(
        "{step}: {} because {}",
        super::plan::verb(planned.action),
        planned.reason
    );
    let short = |digest: &Option<Digest>| digest.map_or("-".to_string(), |digest| digest.short());
    let (same, changed): (Vec<&Row>, Vec<&Row>) =
        rows.iter().partition(|(_, before, now)| before == now);
    for (name, _, now) in &same {
        println!("    {name:<40} {}", short(now));
    }
    // Last, where they are seen first.
    for (name, before, now) in &changed {
        println!("  ~ {name:<40} {} -> {}", short(before), short(now));
    }
    println!("{} of {} parts changed", changed.len(), rows.len());
}

fn as_json(step: &str, planned: &Planned, rows: &[Row]) -> serde_json::Value {
    let text = |digest: &Option<Digest>| digest.map(|digest| digest.to_string());
    let row = |(name, before, now): &Row| json!({"name": name, "before": text(before), "now": text(now), "changed": before != now});
    json!({
        "step": step, "action": super::plan::verb(planned.action), "reason": planned.reason,
        "parts": rows.iter().map(row).collect::<Vec<_>>(),
    })
}
