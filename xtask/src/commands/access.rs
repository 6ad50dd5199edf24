//! `access`: how to reach what stands. Changes nothing.

use anyhow::Result;

use super::{open, status};
use crate::cli::Global;
use engine::plan::Plan;

/// Prints the addresses, and what the pipeline tells besides on this target, as far as its facts
/// are known.
pub(super) fn print(global: &Global) -> Result<u8> {
    let opened = open::open(global)?;
    let world = &opened.world;
    let (graph, _) = open::graph(&world.pipeline, &["up".to_string()])?;
    let plan = Plan::make(world, &graph, &opened.journal)?;
    let facts = status::facts(world, &plan);
    for (name, url) in status::urls(&world.pipeline, &facts) {
        println!("{name:<12} {url}");
    }
    let hints = world.pipeline.access.iter();
    for hint in hints.filter_map(|text| status::told(&world.pipeline, text, &facts)) {
        println!("\n{}", hint.trim_end());
    }
    Ok(0)
}
