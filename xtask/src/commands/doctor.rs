//! `doctor`: every prerequisite at once, each with its fix. Changes nothing, but with `--fix` what
//! can do no harm.

mod install;
mod leftovers;
mod machine;
mod ports;

use std::thread;

use anyhow::Result;
use serde_json::json;

use super::open;
use crate::cli::{Format, Global};
use engine::called;
use engine::plan;
use protocol::Failure;

pub(super) use install::install;

/// Prints every prerequisite; exit code 2 if one is missing. What only gets in the way is a
/// warning.
pub(super) fn print(global: &Global, format: Format, fix: bool) -> Result<u8> {
    let opened = open::open(global)?;
    let mended = if fix {
        leftovers::mend(&opened.world)?
    } else {
        None
    };
    let (results, mut hints) = thread::scope(|scope| {
        let hints = scope.spawn(|| machine::look(&opened.world));
        (results(&opened), hints.join().unwrap_or_default())
    });
    hints.extend(ports::look(&opened.world));
    hints.extend(leftovers::look(&opened.world));
    match format {
        Format::Json => println!("{}", as_json(&opened, &results, &hints)),
        Format::Text => {
            print_text(&opened, &results, &hints);
            mended
                .iter()
                .for_each(|mended| println!("  mended  {mended}"));
        }
    }
    Ok(if results.iter().all(|(_, result)| result.is_ok()) {
        0
    } else {
        2
    })
}

/// Step id, and what it found.
type Found = (String, Result<String, Failure>);

/// The steps that check tools and machine, asked one after the other without looking at needs.
fn results(opened: &open::Opened) -> Vec<Found> {
    let world = &opened.world;
    let steps = world.pipeline.steps.iter();
    let tools = steps.filter(|step| step.entry.name == "tools");
    let found = tools.map(|step| (step.id.to_string(), plan::holds(world, step, &[])));
    found.collect()
}

fn print_text(opened: &open::Opened, results: &[Found], hints: &[Found]) {
    let why = opened
        .why
        .as_ref()
        .map_or(String::new(), |why| format!(" ({why})"));
    println!("target {}{why}", opened.world.pipeline.target);
    let marked = |mark: &'static str| move |found| (mark, found);
    let all = results.iter().map(marked("FAIL"));
    for (mark, (id, result)) in all.chain(hints.iter().map(marked("warn"))) {
        match result {
            Ok(what) => println!("  ok    {id}: {what}"),
            Err(failure) => {
                println!("  {mark}  {id}: {}", failure.cause);
                failure
                    .evidence
                    .iter()
                    .for_each(|line| println!("        {}", called::told(line)));
                failure
                    .fix
                    .iter()
                    .for_each(|fix| println!("        fix: {}", called::told(fix)));
            }
        }
    }
}

fn as_json(opened: &open::Opened, results: &[Found], hints: &[Found]) -> serde_json::Value {
    json!({
        "target": opened.world.pipeline.target.to_string(), "why": opened.why,
        "checks": each_as_json(results), "hints": each_as_json(hints),
    })
}

fn each_as_json(found: &[Found]) -> Vec<serde_json::Value> {
    let checks = found
        .iter()
        .map(|(id, result)| match result {
            Ok(what) => json!({"id": id, "ok": true, "found": what}),
            Err(failure) => {
                json!({"id": id, "ok": false, "cause": failure.cause, "evidence": failure.evidence, "fix": failure.fix})
            }
        });
    checks.collect()
}
