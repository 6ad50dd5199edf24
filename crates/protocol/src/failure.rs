//! Why something can't be done.

use alloc::string::String;
use alloc::vec::Vec;

/// Why a step can't be done: cause first, then what was seen, then the next action.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failure {
    /// One sentence.
    pub cause: String,
    /// What was seen, a line each.
    pub evidence: Vec<String>,
    /// What the user does next.
    pub fix: Option<String>,
    /// The machine or the call is at fault rather than the work: exit code 2.
    pub prerequisite: bool,
    /// Nothing is wrong: the step can do without, and says so.
    pub left_out: bool,
}

impl Failure {
    /// A failure with a cause and nothing else known.
    pub fn new(cause: impl Into<String>) -> Failure {
        Failure {
            cause: cause.into(),
            ..Failure::default()
        }
    }

    /// Adds the next action.
    pub fn fix(mut self, fix: impl Into<String>) -> Failure {
        self.fix = Some(fix.into());
        self
    }

    /// Adds what was seen.
    pub fn seen<S: Into<String>>(mut self, lines: impl IntoIterator<Item = S>) -> Failure {
        self.evidence.extend(lines.into_iter().map(Into::into));
        self
    }

    /// A step that can't be done here and need not be, and why.
    pub fn left_out(why: impl Into<String>) -> Failure {
        Failure {
            left_out: true,
            ..Failure::new(why)
        }
    }

    /// The same with each of its texts as `mask` shows it.
    pub fn masked(self, mask: impl Fn(&str) -> String) -> Failure {
        Failure {
            cause: mask(&self.cause),
            evidence: self.evidence.iter().map(|line| mask(line)).collect(),
            fix: self.fix.as_deref().map(&mask),
            ..self
        }
    }

    /// Marks the machine or the call as at fault.
    pub fn prerequisite(mut self) -> Failure {
        self.prerequisite = true;
        self
    }
}
