//! What of a release is not as its manifest has it, as it is told.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::compare::Difference;
use super::lost::Lost;

/// What is not as released.
#[derive(Default)]
pub(super) struct Found {
    pub(super) differences: Vec<Difference>,
    /// What was put right and yet is as it was: the cluster does not know it, or keeps it
    /// otherwise.
    pub(super) kept: Vec<String>,
    /// Pods that nobody replaces, and what is said of them.
    pub(super) stuck: Vec<(String, String)>,
    pub(super) lost: Lost,
    /// What has to be made again, in the manifest's order.
    pub(super) gone: Vec<Value>,
}

impl Found {
    fn says(&self) -> Vec<String> {
        let differ = self.differences.iter().map(Difference::says);
        let stuck = self.stuck.iter().map(|(_, says)| says.clone());
        differ.chain(stuck).collect()
    }

    /// The first of them, and how many more there are.
    pub(super) fn in_short(&self) -> Option<String> {
        let mut says = self.says().into_iter();
        let first = says.next()?;
        Some(match says.count() {
            0 => first,
            more => format!("{first}; and {more} more"),
        })
    }

    /// What nobody changed, and is not as written.
    pub(super) fn not_kept(&self) -> Option<String> {
        let first = self.kept.first()?;
        Some(format!(
            "the cluster does not know or keep what the chart writes: {first}"
        ))
    }
}
