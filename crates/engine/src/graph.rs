//! Pipeline -> Graph: steps as numbers, who needs whom, cycles, what a goal wants, and which chain
//! of steps is longest.

mod step_id;

use std::collections::HashMap;
use std::sync::Arc;

use crate::config::{ConfigError, Pipeline, StepDef};
pub use step_id::StepId;

/// The steps of a pipeline in dependency order.
pub struct Graph {
    /// Per step: the steps it needs.
    pub needs: Vec<Vec<StepId>>,
    /// Per step: the steps that need it.
    pub needed_by: Vec<Vec<StepId>>,
    /// The wanted steps, each after everything it needs; ties in file order.
    pub order: Vec<StepId>,
}

impl Graph {
    /// The part of the pipeline that `wanted` and all they need make up. A cycle anywhere is an
    /// error, even if they do not meet it.
    pub fn new(pipeline: &Pipeline, wanted: &[StepId]) -> Result<Graph, ConfigError> {
        let index = index(pipeline);
        let mut needs: Vec<Vec<StepId>> = Vec::with_capacity(pipeline.steps.len());
        for step in &pipeline.steps {
            let mut own: Vec<StepId> = step.needs.iter().map(|need| index[need]).collect();
            own.extend(facts_needed(pipeline, step, &index)?);
            let givers = step.given.iter().flat_map(|given| &given.by);
            own.extend(givers.filter_map(|giver| index.get(giver)));
            own.sort_unstable();
            own.dedup();
            needs.push(own);
        }
        let all: Vec<StepId> = StepId::all(needs.len()).collect();
        let is_acyclic = order(&needs, &all).map(drop);
        let graph = is_acyclic.and_then(|()| Graph::of(needs, wanted));
        graph.map_err(|steps| cycle(pipeline, &steps))
    }

    /// What `wanted` and all they need make up, by what each step needs; or the steps of a cycle,
    /// the first of them again at the end.
    pub(crate) fn of(needs: Vec<Vec<StepId>>, wanted: &[StepId]) -> Result<Graph, Vec<StepId>> {
        let order = order(&needs, wanted)?;
        let mut needed_by = vec![Vec::new(); needs.len()];
        for &step in &order {
            needs[step]
                .iter()
                .for_each(|&need| needed_by[need].push(step));
        }
        Ok(Graph {
            needs,
            needed_by,
            order,
        })
    }

    /// The same steps in the opposite direction: what was made last comes first.
    pub fn turned(&self) -> Graph {
        let wanted: std::collections::HashSet<StepId> = self.order.iter().copied().collect();
        let inside = |steps: &Vec<StepId>| {
            steps
                .iter()
                .copied()
                .filter(|step| wanted.contains(step))
                .collect()
        };
        Graph {
            needs: self.needed_by.clone(),
            needed_by: self.needs.iter().map(inside).collect(),
            order: self.order.iter().rev().copied().collect(),
        }
    }

    /// The wanted steps in groups: each step in the first one after those of all that it needs.
    pub fn waves(&self) -> Vec<Vec<StepId>> {
        let (mut waves, mut wave_of) = (Vec::new(), vec![0; self.needs.len()]);
        for &step in &self.order {
            let needs = self.needs[step].iter();
            let wave = needs.map(|&need| wave_of[need] + 1).max().unwrap_or(0);
            wave_of[step] = wave;
            if wave == waves.len() {
                waves.push(Vec::new());
            }
            waves[wave].push(step);
        }
        waves
    }

    /// Per step: the longest chain of durations that starts with it, in milliseconds.
    pub fn remaining(&self, duration: impl Fn(StepId) -> u64) -> Vec<u64> {
        let mut remaining = vec![0; self.needs.len()];
        for &step in self.order.iter().rev() {
            let behind = self.needed_by[step]
                .iter()
                .map(|&next| remaining[next])
                .max()
                .unwrap_or(0);
            remaining[step] = behind + duration(step).max(1);
        }
        remaining
    }
}

/// Step ids -> places in `pipeline.steps`.
pub fn index(pipeline: &Pipeline) -> HashMap<Arc<str>, StepId> {
    pipeline
        .steps
        .iter()
        .enumerate()
        .map(|(index, step)| (step.id.clone(), StepId(index)))
        .collect()
}

/// The ids of all that a step needs, said or not: one that uses `${other.key}` needs `other`.
pub fn needs(step: &StepDef) -> Vec<Arc<str>> {
    let said = step.needs.iter().chain(&step.givers);
    let given = step.given.iter().flat_map(|given| &given.by);
    said.chain(given).cloned().collect()
}

/// The steps that a step needs, and those that they need, and so on.
pub fn all_needs<'a>(pipeline: &'a Pipeline, step: &StepDef) -> Vec<&'a StepDef> {
    let index = index(pipeline);
    let (mut open, mut seen) = (needs(step), Vec::new());
    while let Some(id) = open.pop() {
        let index = index.get(&*id).copied();
        let Some(index) = index.filter(|index| !seen.contains(index)) else {
            continue;
        };
        seen.push(index);
        open.extend(needs(&pipeline.steps[index]));
    }
    seen.into_iter()
        .map(|index| &pipeline.steps[index])
        .collect()
}

fn facts_needed(
    pipeline: &Pipeline,
    step: &StepDef,
    index: &HashMap<Arc<str>, StepId>,
) -> Result<Vec<StepId>, ConfigError> {
    let (mut found, mut unknown) = (Vec::new(), None);
    for other in &step.givers {
        match index.get(other) {
            Some(&index) => found.push(index),
            None => unknown = Some(other),
        }
    }
    let Some(other) = unknown else {
        return Ok(found);
    };
    let mut hint = crate::config::suggest(other, index.keys().map(|id| &**id));
    if hint.is_empty() {
        hint = format!("; for the shell to fill it in, write `$${{{other}.…}}`");
    }
    let message = format!(
        "step `{}` uses a fact of `{other}`, and there is no such step here{hint}",
        step.id
    );
    Err(pipeline.source.error(step.with.span(), message))
}

#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Unseen,
    Open,
    Done,
}

/// Depth-first, without recursion: pipelines can be deeper than a stack.
fn order(needs: &[Vec<StepId>], wanted: &[StepId]) -> Result<Vec<StepId>, Vec<StepId>> {
    let mut marks = vec![Mark::Unseen; needs.len()];
    let (mut order, mut path): (Vec<StepId>, Vec<(StepId, usize)>) = (Vec::new(), Vec::new());
    for &root in wanted {
        path.push((root, 0));
        while let Some((step, next)) = path.pop() {
            if next == 0 && marks[step] == Mark::Done {
                continue;
            }
            marks[step] = Mark::Open;
            let Some(&need) = needs[step].get(next) else {
                marks[step] = Mark::Done;
                order.push(step);
                continue;
            };
            path.push((step, next + 1));
            match marks[need] {
                Mark::Unseen => path.push((need, 0)),
                Mark::Open => return Err(round(&path, need)),
                Mark::Done => {}
            }
        }
    }
    Ok(order)
}

/// The end of a path that comes to a step once more.
fn round(path: &[(StepId, usize)], again: StepId) -> Vec<StepId> {
    let steps = path.iter().map(|(step, _)| *step);
    let from = steps.skip_while(|step| *step != again);
    from.chain([again]).collect()
}

fn cycle(pipeline: &Pipeline, steps: &[StepId]) -> ConfigError {
    let ids = steps.iter().map(|&step| &*pipeline.steps[step].id);
    let chain = ids.collect::<Vec<_>>().join(" -> ");
    let start = pipeline.steps[steps[0]].start;
    let message = format!("dependency cycle: {chain}; remove one of these needs");
    pipeline.source.error(start..start, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::pipeline;

    #[track_caller]
    fn check(needs: &[(&str, &[&str])], wanted: &[&str], expected: Result<&str, &str>) {
        let steps: String = needs
            .iter()
            .map(|(id, needs)| {
                format!(
                    "[[step]]\nid='{id}'\nkind='command'\nneeds={needs:?}\nwith={{argv=['x']}}\n"
                )
            })
            .collect();
        let pipeline = pipeline(&format!("version=1\nname='t'\n{steps}")).unwrap();
        let index = index(&pipeline);
        let wanted: Vec<StepId> = wanted.iter().map(|id| index[*id]).collect();
        let got = Graph::new(&pipeline, &wanted);
        match expected {
            Ok(order) => {
                let ids: Vec<&str> = got
                    .unwrap()
                    .order
                    .iter()
                    .map(|&step| &*pipeline.steps[step].id)
                    .collect();
                assert_eq!(ids.join(" "), order);
            }
            Err(part) => assert!(got.err().unwrap().0.contains(part)),
        }
    }

    #[test]
    fn order_follows_needs_and_leaves_out_the_unwanted() {
        check(
            &[("c", &["a", "b"]), ("a", &[]), ("b", &["a"]), ("d", &[])],
            &["c"],
            Ok("a b c"),
        );
    }

    #[test]
    fn a_cycle_is_shown_whole() {
        check(
            &[("a", &["b"]), ("b", &["c"]), ("c", &["a"])],
            &["a"],
            Err("a -> b -> c -> a"),
        );
        check(&[("a", &["a"])], &["a"], Err("a -> a"));
    }

    #[test]
    fn the_longest_chain_counts() {
        let text = "version=1\nname='t'\n[[step]]\nid='a'\nkind='command'\nwith={argv=['x']}\n\
                    [[step]]\nid='b'\nkind='command'\nneeds=['a']\nwith={argv=['x']}\n";
        let pipeline = pipeline(text).unwrap();
        let graph = Graph::new(&pipeline, &[StepId(1)]).unwrap();
        assert_eq!(graph.remaining(|step| vec![5, 7][step]), [12, 7]);
    }
}
