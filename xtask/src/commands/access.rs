//! `access`: how to reach what stands. Changes nothing.

use anyhow::Result;

use super::{open, status};
use crate::cli::Global;
use engine::called;
use engine::plan::Plan;

/// Prints the addresses, and what the pipeline tells besides on this target, as far as its facts
/// are known.
pub(super) fn print(global: &Global) -> Result<u8> {
    let opened = open::open(global)?;
    let world = &opened.world;
    let (graph, _) = open::graph(&world.pipeline, &open::or_usual(&world.pipeline, &[]))?;
    let plan = Plan::make(world, &graph, &opened.journal)?;
    if status::stands(&world.pipeline, &plan).next().is_none() {
        let makes = open::makes_all(&world.pipeline);
        let none = format!("nothing stands yet; `cargo xtask {makes}` brings it about");
        println!("{}", called::told(&none));
        return Ok(0);
    }
    let facts = status::facts(world, &plan);
    let urls = status::urls(&world.pipeline, &facts).into_iter();
    let urls = urls.map(|(name, url)| format!("{name:<12} {url}"));
    let hints = world.pipeline.access.iter();
    let hints = hints.filter_map(|text| status::told(&world.pipeline, text, &facts));
    let hints = hints.map(|hint| format!("\n{}", hint.trim_end()));
    let told: Vec<String> = urls.chain(hints).collect();
    if told.is_empty() {
        println!("nothing stands that [urls] or [access] know an address of");
    }
    told.iter().for_each(|line| println!("{line}"));
    Ok(0)
}
