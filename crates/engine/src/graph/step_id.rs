//! The number of a step in its pipeline: an index of its own type, so that a place in a plan or a
//! report is never taken for it.

use std::ops::{Index, IndexMut};

/// A step's place in `pipeline.steps`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(pub usize);

impl StepId {
    /// Those of that many steps.
    pub fn all(count: usize) -> impl DoubleEndedIterator<Item = StepId> + ExactSizeIterator {
        (0..count).map(StepId)
    }
}

/// For lists that have one entry for each step of the pipeline.
impl<T> Index<StepId> for Vec<T> {
    type Output = T;

    fn index(&self, step: StepId) -> &T {
        &self[step.0]
    }
}

impl<T> IndexMut<StepId> for Vec<T> {
    fn index_mut(&mut self, step: StepId) -> &mut T {
        &mut self[step.0]
    }
}

impl<T> Index<StepId> for [T] {
    type Output = T;

    fn index(&self, step: StepId) -> &T {
        &self[step.0]
    }
}
