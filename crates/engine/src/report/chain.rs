//! Which chain of steps a run waited for: the critical path.

use std::collections::HashMap;
use std::time::Duration;

use super::StepReport;

/// The longest chain of durations through needs, as places in `steps`, first to last; only steps
/// that acted.
///
/// Steps come in the order in which they ended, so one that needs a later one did not wait for it.
pub fn critical(steps: &[StepReport]) -> Vec<usize> {
    let mut slots: HashMap<&str, usize> = HashMap::new();
    let mut chains: Vec<(Duration, Option<usize>)> = Vec::with_capacity(steps.len());
    for (index, step) in steps.iter().enumerate() {
        let ended = step.needs.iter().filter_map(|need| slots.get(&**need));
        let before = ended.copied().max_by_key(|&need| chains[need].0);
        let length = before.map_or(Duration::ZERO, |need| chains[need].0);
        chains.push((length + step.duration, before));
        slots.insert(&step.id, index);
    }
    let last = (0..chains.len()).max_by_key(|&index| chains[index].0);
    let mut path: Vec<usize> = std::iter::successors(last, |&index| chains[index].1)
        .filter(|&index| steps[index].start.is_some())
        .collect();
    path.reverse();
    path
}

/// How long a chain takes.
pub fn length(steps: &[StepReport], chain: &[usize]) -> Duration {
    chain.iter().map(|&index| steps[index].duration).sum()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    /// The longest chain that ends with `index`, found by trying them all.
    fn tried(steps: &[StepReport], index: usize) -> Duration {
        let before = steps[index].needs.iter().map(|need| {
            let need = steps.iter().position(|step| step.id == *need).unwrap();
            tried(steps, need)
        });
        before.max().unwrap_or_default() + steps[index].duration
    }

    #[test]
    fn no_other_chain_is_longer() {
        for seed in 1..200 {
            let report = sample::random(seed, 9);
            let path = critical(&report.steps);
            let longest = (0..report.steps.len()).map(|index| tried(&report.steps, index));
            assert_eq!(Some(length(&report.steps, &path)), longest.max());
            for pair in path.windows(2) {
                let (before, after) = (&report.steps[pair[0]], &report.steps[pair[1]]);
                assert!(after.needs.contains(&before.id), "seed {seed}");
            }
        }
    }

    #[test]
    fn steps_that_did_not_act_are_no_part_of_it() {
        let mut report = sample::random(3, 4);
        for step in &mut report.steps {
            (step.start, step.duration) = (None, Duration::ZERO);
        }
        assert!(critical(&report.steps).is_empty());
    }
}
