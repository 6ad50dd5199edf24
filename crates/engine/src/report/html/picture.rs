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
    if steps.len() < 2 || steps.len() > MOST {
        return String::new();
    }
    let title = format!("{} steps and their needs", steps.len());
    let shape = |step: StepId| shape(step, &steps[step]);
    let drawn = drawing::draw((&title, "group"), &graph(steps), shape);
    format!(
        "<section id=\"graph\">\n<h2>Steps and their needs</h2>\n<div class=\"drawing\">\n{drawn}</div>\n</section>\n"
    )
}

/// By place in the report. A step comes after all that it needs.
fn graph(steps: &[StepReport]) -> Graph {
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
    let mut needed_by = vec![Vec::new(); steps.len()];
    for (step, needs) in needs.iter().enumerate() {
        let step = StepId(step);
        needs.iter().for_each(|&need| needed_by[need].push(step));
    }
    Graph {
        order: order(&needs),
        needs,
        needed_by,
    }
}

/// Each after everything it needs: steps that never started are told in no order of their own.
fn order(needs: &[Vec<StepId>]) -> Vec<StepId> {
    let (mut order, mut placed) = (Vec::new(), vec![false; needs.len()]);
    while order.len() < needs.len() {
        let fits = |step: &StepId| !placed[*step] && needs[*step].iter().all(|&need| placed[need]);
        let next: Vec<StepId> = StepId::all(needs.len()).filter(fits).collect();
        if next.is_empty() {
            break;
        }
        next.iter().for_each(|&step| placed[step] = true);
        order.extend(next);
    }
    order
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
            let graph = graph(&report.steps);
            assert_eq!(graph.order.len(), 12, "seed {seed}");
            assert_eq!(section(&report.steps).matches("<a href").count(), 12);
        }
    }
}
