//! The graph as a picture that needs nothing but itself.

use engine::config::Pipeline;
use engine::drawing::{self, Shape};
use engine::graph::{Graph, StepId};
use protocol::Nature;

/// Draws the steps of the graph.
pub(super) fn draw(pipeline: &Pipeline, graph: &Graph) -> String {
    let title = format!(
        "{}: {} steps and their needs",
        pipeline.name,
        graph.order.len()
    );
    drawing::draw((&title, "img"), graph, |step| shape(pipeline, graph, step))
}

fn shape<'a>(pipeline: &'a Pipeline, graph: &Graph, index: StepId) -> Shape<'a> {
    let step = &pipeline.steps[index];
    Shape {
        id: &step.id,
        below: step.entry.name,
        class: match step.entry.nature {
            Nature::Makes => "",
            Nature::Checks => "checks",
        },
        told: told(pipeline, graph, index),
        link: None,
    }
}

/// What a viewer shows when somebody points at a step.
fn told(pipeline: &Pipeline, graph: &Graph, index: StepId) -> String {
    let name = |step: &StepId| &*pipeline.steps[*step].id;
    let needs: Vec<&str> = graph.needs[index].iter().map(name).collect();
    let step = &pipeline.steps[index];
    match needs.as_slice() {
        [] => format!("{} ({}) needs nothing", step.id, step.entry.name),
        some => format!(
            "{} ({}) needs {}",
            step.id,
            step.entry.name,
            some.join(", ")
        ),
    }
}
