//! Cluster evidence -> cause -> fix. Knows Kubernetes objects as JSON; asks nothing and runs nothing.
//!
//! A diagnosis is one file with one function: evidence in, the first matching [`Finding`] out. [`DIAGNOSES`] lists them, most
//! specific first, so the first line a user reads is the cause and not one of its consequences.

use alloc::string::String;
use alloc::vec::Vec;

mod admission;
mod container;
mod evidence;
mod image;
mod job;
mod probe;
mod scheduling;
mod storage;

pub(crate) use evidence::{Container, Event, Evidence, Pod};

use protocol::Failure;

/// A cause that was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable name for programs, such as `image-pull`.
    pub id: &'static str,
    /// The object, such as `pod/backend-5d4 container backend`.
    pub object: String,
    /// What is wrong with it, as a sentence without its subject.
    pub cause: String,
    /// What was seen, a line each.
    pub evidence: Vec<String>,
    /// The next action.
    pub fix: String,
}

/// Looks at the evidence for one cause.
pub(crate) type Diagnosis = fn(&Evidence) -> Option<Finding>;

/// Every diagnosis, most specific first.
pub(crate) static DIAGNOSES: &[Diagnosis] = &[
    image::pull,
    admission::refused,
    container::config,
    container::out_of_memory,
    storage::claim,
    scheduling::unschedulable,
    container::crash,
    job::failed,
    probe::failing,
];

/// The first cause that fits.
pub(crate) fn diagnose(evidence: &Evidence) -> Option<Finding> {
    DIAGNOSES.iter().find_map(|diagnosis| diagnosis(evidence))
}

impl From<Finding> for Failure {
    fn from(finding: Finding) -> Failure {
        Failure::new(format!("{} {}", finding.object, finding.cause))
            .seen(finding.evidence)
            .fix(finding.fix)
    }
}

#[cfg(test)]
mod tests;
