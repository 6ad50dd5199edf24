//! `graph`: the steps and their needs, one file for each form. Changes nothing.

mod dot;
mod mermaid;
mod svg;

use anyhow::Result;

use super::open;
use crate::cli::{Global, GraphFormat};
use engine::graph::{Graph, StepId};

/// Prints the graph.
pub(super) fn print(global: &Global, format: GraphFormat, wanted: &[String]) -> Result<u8> {
    let (pipeline, ..) = open::pipeline(global)?;
    let every: Vec<String> = pipeline
        .steps
        .iter()
        .map(|step| step.id.to_string())
        .collect();
    let (graph, _) = open::graph(&pipeline, if wanted.is_empty() { &every } else { wanted })?;
    let draw = match format {
        GraphFormat::Mermaid => mermaid::draw,
        GraphFormat::Dot => dot::draw,
        GraphFormat::Svg => svg::draw,
    };
    print!("{}", draw(&pipeline, &graph));
    Ok(0)
}

/// Who is needed, and by whom.
fn edges(graph: &Graph) -> impl Iterator<Item = (StepId, StepId)> {
    let steps = graph.order.iter();
    steps.flat_map(|&step| graph.needs[step].iter().map(move |&need| (need, step)))
}
