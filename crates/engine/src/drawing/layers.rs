//! Where steps lie in a picture: in layers, each below all it needs, with few crossings and
//! straight lines.
//!
//! The classic way: needs that others imply are left out; a step's layer is the longest chain above
//! it; an edge that crosses a layer gets a place there; layers are sorted by the middle of their
//! neighbours, up and down, and the sorting with the fewest crossings is kept; then each place
//! moves to the middle of its neighbours as far as the order allows.

mod alone;
mod net;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use crate::graph::{Graph, StepId};
use net::Net;

/// How large a step is drawn.
#[derive(Clone, Copy)]
pub(super) struct Size {
    /// From left to right.
    pub width: f64,
    /// From top to bottom; the same for all steps.
    pub height: f64,
}

/// A line from a step to one that needs it.
pub(super) struct Edge {
    /// From the lower edge of the one to the upper edge of the other.
    pub points: Vec<(f64, f64)>,
}

/// Everything that is to be drawn.
pub(super) struct Layout {
    /// Per step: the middle, the top, the width.
    pub boxes: HashMap<StepId, (f64, f64, f64)>,
    /// Lines.
    pub edges: Vec<Edge>,
    /// Of the whole picture.
    pub width: f64,
    /// Of the whole picture.
    pub height: f64,
}

/// Lays out the steps of `graph.order`.
pub(super) fn lay_out(graph: &Graph, size: impl Fn(StepId) -> Size) -> Layout {
    let edges = implied_left_out(graph);
    let ranks = ranks(graph, &edges);
    let is_alone =
        |&&step: &&StepId| graph.needs[step].is_empty() && graph.needed_by[step].is_empty();
    let (alone, joined): (Vec<_>, Vec<_>) = graph.order.iter().partition(is_alone);
    let mut net = Net::new(&joined, &edges, &ranks, &size);
    net.sort();
    net.index();
    let height = joined.first().map_or(0.0, |&step| size(step).height);
    let mut layout = net.layout(height);
    alone::add(&mut layout, &alone, size);
    layout
}

/// Per step the needs that no other need of it implies.
fn implied_left_out(graph: &Graph) -> BTreeMap<StepId, Vec<StepId>> {
    let words = graph.needs.len().div_ceil(64);
    // Per step, a bit for each step behind it.
    let mut behind: HashMap<StepId, Vec<u64>> = HashMap::new();
    let mut kept = BTreeMap::new();
    for &step in &graph.order {
        let needs = &graph.needs[step];
        let mut own = vec![0; words];
        for need in needs {
            own.iter_mut()
                .zip(&behind[need])
                .for_each(|(own, other)| *own |= other);
        }
        let implied = |need: &StepId| own[need.0 / 64] & (1 << (need.0 % 64)) != 0;
        kept.insert(
            step,
            needs
                .iter()
                .copied()
                .filter(|need| !implied(need))
                .collect(),
        );
        needs
            .iter()
            .for_each(|need| own[need.0 / 64] |= 1 << (need.0 % 64));
        behind.insert(step, own);
    }
    kept
}

/// Each step below all it needs; a step that needs nothing right above the first that needs it.
fn ranks(graph: &Graph, edges: &BTreeMap<StepId, Vec<StepId>>) -> HashMap<StepId, usize> {
    let mut ranks: HashMap<StepId, usize> = HashMap::new();
    for step in &graph.order {
        let above = edges[step].iter().map(|need| ranks[need] + 1).max();
        ranks.insert(*step, above.unwrap_or(0));
    }
    for step in graph.order.iter().filter(|step| edges[step].is_empty()) {
        let below = graph.needed_by[*step].iter().map(|next| ranks[next]).min();
        ranks.insert(*step, below.map_or(0, |rank| rank.saturating_sub(1)));
    }
    ranks
}
