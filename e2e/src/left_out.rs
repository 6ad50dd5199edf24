//! What this machine or cluster can't show. It is no failure, and no success either: the step that
//! asked is left out.

use std::fmt;

/// The exit status that says so; the step's `left_out` names it.
pub const STATUS: u8 = 77;

/// Why; one line.
#[derive(Debug)]
pub struct LeftOut(pub String);

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LeftOut {}
