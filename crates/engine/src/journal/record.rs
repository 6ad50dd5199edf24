//! What the journal knows of a step.

use super::Components;
use crate::digest::Digest;
use crate::fingerprint::Kinds;
use protocol::Facts;

/// How [`Record::ended`] begins of a step that this machine does without.
pub(crate) const LEFT_OUT: &str = "was left out";

/// What is known of a step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    /// Everything the step depended on, in one digest; `None` if it is not done.
    pub done: Option<Digest>,
    /// What it published.
    pub facts: Facts,
    /// Its declared outputs' digest.
    pub outputs: Digest,
    /// What the fingerprint was made of: name -> digest, in order.
    pub components: Components,
    /// The kinds of parts that whoever wrote this knew.
    pub kinds: Kinds,
    /// How long its last successful attempt took, in milliseconds.
    pub millis: u64,
    /// Failed attempts since it last came to an end, at this fingerprint.
    pub failed: Option<(Digest, u32)>,
    /// How it ended last, if that was not well, in words that follow `it`.
    pub ended: Option<String>,
    /// It was done in the run that is taken up again, one that was cut short or that several
    /// processes have their parts in: see
    /// [`resume`](super::Journal::resume) and [`join`](super::Journal::join).
    pub passed: bool,
    /// The run that it was done in, counted from the journal's start; known of what was read.
    pub run: u32,
}

impl Record {
    /// Whether this machine did without the step the last time.
    pub fn was_left_out(&self) -> bool {
        matches!(&self.ended, Some(how) if how.starts_with(LEFT_OUT))
    }
}
