//! Steps that could start, longest remaining chain first. Those whose pool is full wait apart, so
//! that finding the next one stays cheap however many are ready.

use crate::graph::StepId;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// Milliseconds of the longest chain that starts with the step, then the step; ties go in file
/// order.
type KindEntry = (u64, Reverse<StepId>);

/// The queue.
#[derive(Default)]
pub(super) struct Ready {
    open: BinaryHeap<KindEntry>,
    parked: BTreeMap<String, BinaryHeap<KindEntry>>,
}

impl Ready {
    /// Adds a step.
    pub(super) fn push(&mut self, remaining: u64, step: StepId) {
        self.open.push((remaining, Reverse(step)));
    }

    /// The next step.
    pub(super) fn pop(&mut self) -> Option<StepId> {
        self.open.pop().map(|(_, Reverse(step))| step)
    }

    /// Puts a step aside until its pool has room again.
    pub(super) fn park(&mut self, pool: &str, remaining: u64, step: StepId) {
        let heap = self.parked.entry(pool.to_string()).or_default();
        heap.push((remaining, Reverse(step)));
    }

    /// A place of this pool is free: the best of those that waited for it may be looked at again.
    pub(super) fn freed(&mut self, pool: &str) {
        self.open
            .extend(self.parked.get_mut(pool).and_then(BinaryHeap::pop));
    }

    /// Whether no step could start, room or not.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.parked.values().all(BinaryHeap::is_empty)
    }

    /// Nothing starts any more.
    pub(super) fn clear(&mut self) {
        *self = Ready::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_chain_comes_first_and_a_full_pool_waits_apart() {
        let mut ready = Ready::default();
        for (remaining, step) in [(5, 0), (9, 1), (9, 2)] {
            ready.push(remaining, StepId(step));
        }
        assert_eq!(ready.pop(), Some(StepId(1)));
        ready.park("docker", 9, StepId(1));
        assert_eq!(ready.pop(), Some(StepId(2)));
        ready.freed("other");
        assert_eq!(ready.pop(), Some(StepId(0)));
        assert_eq!(ready.pop(), None);
        assert!(!ready.is_empty());
        ready.freed("docker");
        assert_eq!(ready.pop(), Some(StepId(1)));
        assert!(ready.is_empty());
    }
}
