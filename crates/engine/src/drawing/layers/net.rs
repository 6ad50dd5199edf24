//! Places in layers: sorted until few lines cross, then moved until they are straight.

use std::collections::{BTreeMap, HashMap};

use super::{Edge, Layout, Size};
use crate::graph::StepId;

pub(super) const LAYER_GAP: f64 = 44.0;
pub(super) const GAP: f64 = 22.0;
/// Room for an edge that passes between two steps.
const LANE: f64 = 10.0;
const SORTINGS: usize = 24;
const MOVES: usize = 120;

/// Places in layers: a step's own, or one that an edge passes through.
pub(super) struct Net {
    steps: Vec<Option<StepId>>,
    width: Vec<f64>,
    above: Vec<Vec<usize>>,
    below: Vec<Vec<usize>>,
    layers: Vec<Vec<usize>>,
    x: Vec<f64>,
    /// Places along each edge, from top to bottom.
    chains: Vec<Vec<usize>>,
}

impl Net {
    /// Every step in its layer, and every edge with a place in each layer between.
    pub(super) fn new(
        order: &[StepId],
        edges: &BTreeMap<StepId, Vec<StepId>>,
        ranks: &HashMap<StepId, usize>,
        size: &impl Fn(StepId) -> Size,
    ) -> Net {
        let depth = ranks.values().max().map_or(0, |rank| rank + 1);
        let mut net = Net {
            steps: Vec::new(),
            width: Vec::new(),
            above: Vec::new(),
            below: Vec::new(),
            layers: vec![Vec::new(); depth],
            x: Vec::new(),
            chains: Vec::new(),
        };
        let mut own = HashMap::new();
        for &step in order {
            own.insert(step, net.add(Some(step), size(step).width, ranks[&step]));
        }
        for (step, needs) in edges {
            for need in needs {
                let mut chain = vec![own[need]];
                for rank in ranks[need] + 1..ranks[step] {
                    chain.push(net.add(None, LANE, rank));
                }
                chain.push(own[step]);
                net.join(chain);
            }
        }
        net
    }

    fn add(&mut self, step: Option<StepId>, width: f64, rank: usize) -> usize {
        let index = self.steps.len();
        self.steps.push(step);
        self.width.push(width);
        self.above.push(Vec::new());
        self.below.push(Vec::new());
        self.x.push(0.0);
        self.layers[rank].push(index);
        index
    }

    fn join(&mut self, chain: Vec<usize>) {
        for pair in chain.windows(2) {
            self.below[pair[0]].push(pair[1]);
            self.above[pair[1]].push(pair[0]);
        }
        self.chains.push(chain);
    }

    /// Finds the order with the fewest crossings.
    pub(super) fn sort(&mut self) {
        let mut best = (self.crossings(), self.layers.clone());
        for round in 0..SORTINGS {
            let down = round % 2 == 0;
            let count = self.layers.len();
            for step in 1..count {
                let rank = if down { step } else { count - 1 - step };
                self.sort_layer(rank, if down { rank - 1 } else { rank + 1 }, down);
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.layers.clone());
            }
        }
        self.layers = best.1;
    }

    /// By the middle of the neighbours in the layer before; who has none stays where it is.
    fn sort_layer(&mut self, rank: usize, before: usize, down: bool) {
        let position = positions(&self.layers[before]);
        let neighbours = if down { &self.above } else { &self.below };
        let mut keyed: Vec<(f64, usize)> = self.layers[rank]
            .iter()
            .enumerate()
            .map(|(now, &index)| {
                let of: Vec<f64> = neighbours[index]
                    .iter()
                    .map(|other| position[other] as f64)
                    .collect();
                (mean(&of).unwrap_or(now as f64), index)
            })
            .collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.layers[rank] = keyed.into_iter().map(|(_, index)| index).collect();
    }

    /// How often lines cross as the layers are sorted now.
    pub(super) fn crossings(&self) -> usize {
        let between = |pair: &[Vec<usize>]| {
            let position = positions(&pair[1]);
            let ends: Vec<usize> = pair[0]
                .iter()
                .flat_map(|&index| {
                    let mut ends: Vec<usize> = self.below[index]
                        .iter()
                        .map(|next| position[next])
                        .collect();
                    ends.sort_unstable();
                    ends
                })
                .collect();
            inversions(&ends)
        };
        self.layers.windows(2).map(between).sum()
    }

    /// Moves every place towards its neighbours, layer by layer, down and up.
    pub(super) fn index(&mut self) {
        for rank in 0..self.layers.len() {
            self.resolve_file(rank, |_| None);
        }
        for round in 0..MOVES {
            let count = self.layers.len();
            for step in 0..count {
                let down = round % 2 == 0;
                let rank = if down { step } else { count - 1 - step };
                let wish: HashMap<usize, f64> = self.layers[rank]
                    .iter()
                    .filter_map(|&index| Some((index, self.wish(index)?)))
                    .collect();
                self.resolve_file(rank, |index| wish.get(&index).copied());
            }
        }
        let left = |&index: &usize| self.x[index] - self.width[index] / 2.0;
        let least = (0..self.x.len())
            .map(|index| left(&index))
            .fold(f64::MAX, f64::min);
        self.x.iter_mut().for_each(|x| *x -= least);
    }

    /// The middle of the neighbours; along an edge that passes through, the places of the same edge
    /// count more, so that it stays straight.
    fn wish(&self, index: usize) -> Option<f64> {
        let passes = |index: usize| self.steps[index].is_none();
        let near = self.above[index].iter().chain(&self.below[index]);
        let near = near.flat_map(|&other| {
            let times = if passes(index) && passes(other) { 4 } else { 1 };
            std::iter::repeat_n(self.x[other], times)
        });
        mean(&near.collect::<Vec<_>>())
    }

    /// The positions nearest to what is wished for that keep order and distance: neighbours that
    /// would overlap share the mean of their wishes (isotonic regression).
    fn resolve_file(&mut self, rank: usize, wish: impl Fn(usize) -> Option<f64>) {
        let layer = &self.layers[rank];
        let (mut offset, mut groups): (f64, Vec<Group>) = (0.0, Vec::new());
        for (number, &index) in layer.iter().enumerate() {
            if number > 0 {
                let previous = layer[number - 1];
                offset += (self.width[previous] + self.width[index]) / 2.0 + GAP;
            }
            // Bent lines look worse than steps that are not quite in the middle.
            let weight = if self.steps[index].is_none() {
                3.0
            } else {
                1.0
            };
            let wished = wish(index).unwrap_or(self.x[index].max(offset)) - offset;
            groups.push(Group::new(wished, weight, index, offset));
            while groups.len() > 1 && groups[groups.len() - 2].at() > groups[groups.len() - 1].at()
            {
                let last = groups.pop().expect("there are two");
                groups.last_mut().expect("there is one").take(last);
            }
        }
        for group in groups {
            let at = group.at();
            group
                .members
                .iter()
                .for_each(|&(index, offset)| self.x[index] = at + offset);
        }
    }

    /// What came of it.
    pub(super) fn layout(&self, height: f64) -> Layout {
        let mut tops = vec![0.0; self.steps.len()];
        for (rank, layer) in self.layers.iter().enumerate() {
            layer
                .iter()
                .for_each(|&index| tops[index] = rank as f64 * (height + LAYER_GAP));
        }
        let boxes = (0..self.steps.len()).filter_map(|index| {
            Some((
                self.steps[index]?,
                (self.x[index], tops[index], self.width[index]),
            ))
        });
        let line = |chain: &Vec<usize>| {
            let mut points = Vec::new();
            for &index in chain {
                points.push((self.x[index], tops[index]));
                points.push((self.x[index], tops[index] + height));
            }
            Edge {
                points: points[1..points.len() - 1].to_vec(),
            }
        };
        let right = |index: usize| self.x[index] + self.width[index] / 2.0;
        Layout {
            boxes: boxes.collect(),
            edges: self.chains.iter().map(line).collect(),
            width: (0..self.x.len()).map(right).fold(0.0, f64::max),
            height: self.layers.len() as f64 * (height + LAYER_GAP) - LAYER_GAP,
        }
    }
}

/// Neighbours in a layer that touch and so move together.
struct Group {
    sum: f64,
    weight: f64,
    members: Vec<(usize, f64)>,
}

impl Group {
    fn new(wished: f64, weight: f64, index: usize, offset: f64) -> Group {
        Group {
            sum: wished * weight,
            weight,
            members: vec![(index, offset)],
        }
    }

    fn at(&self) -> f64 {
        self.sum / self.weight
    }

    fn take(&mut self, other: Group) {
        self.sum += other.sum;
        self.weight += other.weight;
        self.members.extend(other.members);
    }
}

fn positions(layer: &[usize]) -> HashMap<usize, usize> {
    layer
        .iter()
        .enumerate()
        .map(|(position, &index)| (index, position))
        .collect()
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// How many pairs stand the wrong way round; that many lines cross.
fn inversions(values: &[usize]) -> usize {
    let mut sorted: Vec<usize> = Vec::with_capacity(values.len());
    let mut count = 0;
    for &value in values {
        let at = sorted.partition_point(|&other| other <= value);
        count += sorted.len() - at;
        sorted.insert(at, value);
    }
    count
}
