//! The graph as Mermaid text, which Markdown viewers draw.

use engine::config::Pipeline;
use engine::graph::Graph;
use engine::report::html::escaped;

/// One line for each step and each need.
pub(super) fn draw(pipeline: &Pipeline, graph: &Graph) -> String {
    let mut text = "flowchart TD\n".to_string();
    for &index in &graph.order {
        let step = &pipeline.steps[index];
        let (id, kind) = (escaped(&step.id), step.entry.name);
        text += &format!("  s{}[\"{id}<br/><small>{kind}</small>\"]\n", index.0);
    }
    for (need, step) in super::edges(graph) {
        text += &format!("  s{} --> s{}\n", need.0, step.0);
    }
    text
}
