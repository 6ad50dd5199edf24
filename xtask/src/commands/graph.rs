//! `graph`: the steps and their needs as text that other programs draw. Changes nothing.

use anyhow::Result;

use super::open;
use crate::cli::{Global, GraphFormat};
use crate::config::Pipeline;
use crate::graph::Graph;

/// Prints the graph.
pub fn print(global: &Global, format: GraphFormat, wanted: &[String]) -> Result<u8> {
    let (pipeline, ..) = open::pipeline(global)?;
    let every: Vec<String> = pipeline
        .steps
        .iter()
        .map(|step| step.id.to_string())
        .collect();
    let (graph, _) = open::graph(&pipeline, if wanted.is_empty() { &every } else { wanted })?;
    print!("{}", draw(&pipeline, &graph, format));
    Ok(0)
}

fn draw(pipeline: &Pipeline, graph: &Graph, format: GraphFormat) -> String {
    let (head, tail) = match format {
        GraphFormat::Mermaid => ("flowchart TD\n", ""),
        GraphFormat::Dot => ("digraph pipeline {\n  node [shape=box];\n", "}\n"),
    };
    let node = |step: usize| {
        let (id, kind) = (&pipeline.steps[step].id, pipeline.steps[step].entry.name);
        match format {
            GraphFormat::Mermaid => format!("  s{step}[\"{id}<br/><small>{kind}</small>\"]\n"),
            GraphFormat::Dot => format!("  s{step} [label=\"{id}\\n{kind}\"];\n"),
        }
    };
    let edge = |need: usize, step: usize| match format {
        GraphFormat::Mermaid => format!("  s{need} --> s{step}\n"),
        GraphFormat::Dot => format!("  s{need} -> s{step};\n"),
    };
    let nodes: String = graph.order.iter().map(|&step| node(step)).collect();
    let edges: String = graph
        .order
        .iter()
        .flat_map(|&step| graph.needs[step].iter().map(move |&need| edge(need, step)))
        .collect();
    [head, &nodes, &edges, tail].concat()
}
