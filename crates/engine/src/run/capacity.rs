//! How many steps fit at once: slots, pools, free memory.

use std::collections::BTreeMap;

use crate::config::{Pipeline, StepDef};
use crate::exec::machine::free_memory;

/// Whether a step may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It has taken what it needs.
    Yes,
    /// Its pool is full.
    FullPool,
    /// There are too few slots, or too little memory is free.
    NotYet,
}

/// What is free.
pub(super) struct Capacity {
    slots: usize,
    jobs: usize,
    pools: BTreeMap<String, usize>,
}

impl Capacity {
    /// Everything is free.
    pub(super) fn new(pipeline: &Pipeline, jobs: usize) -> Capacity {
        Capacity {
            slots: jobs,
            jobs,
            pools: pipeline.pools.clone(),
        }
    }

    /// Takes what a step needs, all of it or nothing. A step that waits for memory starts anyway
    /// when it is the `last` that could: waiting longer would not free any.
    pub(super) fn take(&mut self, step: &StepDef, last: bool) -> Fit {
        let weight = step.weight.min(self.jobs);
        let pool = step
            .pool
            .as_ref()
            .and_then(|pool| self.pools.get(pool).copied());
        let memory = || {
            step.min_free_mem == 0
                || last
                || free_memory().is_none_or(|free| free >= step.min_free_mem)
        };
        if pool == Some(0) {
            return Fit::FullPool;
        }
        if self.slots < weight || !memory() {
            return Fit::NotYet;
        }
        self.slots -= weight;
        if let Some(free) = step.pool.as_ref().and_then(|pool| self.pools.get_mut(pool)) {
            *free -= 1;
        }
        Fit::Yes
    }

    /// Whether every slot is taken.
    pub(super) fn is_full(&self) -> bool {
        self.slots == 0
    }

    /// Gives back what [`Capacity::take`] took.
    pub(super) fn give_back(&mut self, step: &StepDef) {
        self.slots += step.weight.min(self.jobs);
        if let Some(free) = step.pool.as_ref().and_then(|pool| self.pools.get_mut(pool)) {
            *free += 1;
        }
    }
}
