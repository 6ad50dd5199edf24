//! The graph as text for Graphviz.

use engine::config::Pipeline;
use engine::graph::Graph;

/// One line for each step and each need.
pub(super) fn draw(pipeline: &Pipeline, graph: &Graph) -> String {
    let mut text = "digraph pipeline {\n  node [shape=box];\n".to_string();
    for &index in &graph.order {
        let step = &pipeline.steps[index];
        let (id, kind) = (quoted(&step.id), step.entry.name);
        text += &format!("  s{} [label=\"{id}\\n{kind}\"];\n", index.0);
    }
    for (need, step) in super::edges(graph) {
        text += &format!("  s{} -> s{};\n", need.0, step.0);
    }
    text + "}\n"
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
