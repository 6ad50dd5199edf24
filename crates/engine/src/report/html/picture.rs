//! The steps and their needs as a picture, each with where it stands, and leading to what is known
//! of it.

use std::collections::HashMap;

use super::super::StepReport;
use super::mark;
use crate::drawing::{self, Shape};
use crate::graph::{Graph, StepId};

/// Steps that a picture may have; of more nobody could follow the lines.
const MOST: usize = 150;

/// The section, or nothing if there is nothing to follow.
pub(super) fn section(steps: &[StepReport]) -> String {
    let is_followed = (2..=MOST).contains(&steps.len());
    let Some(graph) = is_followed.then(|| graph(steps)).flatten() else {
        return String::new();
    };
    let title = format!("{} steps and their needs", steps.len());
    let shape = |step: StepId| shape(step, &steps[step]);
    let drawn = drawing::draw((&title, "group"), &graph, shape);
    format!(
        "<section id=\"graph\">\n<h2>Steps and their needs</h2>\n<div class=\"drawing\">\n{drawn}</div>\n</section>\n"
    )
}

/// By place in the report. What was run has no cycles.
fn graph(steps: &[StepReport]) -> Option<Graph> {
    let ids = steps
        .iter()
        .enumerate()
        .map(|(place, step)| (&*step.id, StepId(place)));
    let places: HashMap<&str, StepId> = ids.collect();
    let place = |need: &std::sync::Arc<str>| places.get(&**need).copied();
    let needs: Vec<Vec<StepId>> = steps
        .iter()
        .map(|step| step.needs.iter().filter_map(place).collect())
        .collect();
    let all: Vec<StepId> = StepId::all(steps.len()).collect();
    Graph::of(needs, &all).ok()
}

fn shape(place: StepId, step: &StepReport) -> Shape<'_> {
    let (word, class) = mark(step);
    Shape {
        id: &step.id,
        below: word,
        class,
        told: format!("{} ({}): {word}", step.id, step.kind),
        link: Some(format!("#step-{}", place.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn every_step_is_drawn_below_what_it_needs_whatever_the_order_of_the_report() {
        for seed in 1..20 {
            let mut report = sample::random(seed, 12);
            report.steps.rotate_left(seed as usize % 12);
            let graph = graph(&report.steps).unwrap();
            assert_eq!(graph.order.len(), 12, "seed {seed}");
            assert_eq!(section(&report.steps).matches("<a href").count(), 12);
        }
    }
}
