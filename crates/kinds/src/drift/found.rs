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
    /// Objects of the release that were not looked at: of kinds that are not listed, in other
    /// namespaces, and of the whole cluster.
    pub(super) beside: Vec<String>,
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

    /// For the sentence that all the others are as released.
    pub(super) fn not_looked_at(&self) -> String {
        match self.beside.as_slice() {
            [] => String::new(),
            [one] => format!(", not looked at {one}"),
            [one, more @ ..] => format!(", not looked at {one} and {} more", more.len()),
        }
    }

    /// What nobody changed, and is not as written.
    pub(super) fn not_kept(&self) -> Option<String> {
        let first = self.kept.first()?;
        Some(format!(
            "the cluster does not know or keep what the chart writes: {first}"
        ))
    }
}
