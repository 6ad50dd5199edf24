//! How much names may stand for, and how far they are followed.

use std::cell::RefCell;
use std::ops::Range;

use super::known::Known;
use super::{Scope, Unresolved};

/// How many bytes a value may have with everything in it filled in: a few lines can name each other
/// so that they stand for more than any machine holds.
const LARGEST: usize = 1 << 20;
/// How far names may stand within names, and variables name variables.
const DEEPEST: usize = 100;

impl Scope<'_> {
    /// A name may hold names.
    pub(super) fn name(&self, name: &str, span: &Range<usize>) -> Result<String, Unresolved> {
        if !name.contains("${") {
            return Ok(name.to_string());
        }
        if self.depth == DEEPEST {
            let message = format!("names stand within names here, more than {DEEPEST} deep");
            return Err(Unresolved::new(message, span));
        }
        let inner = Scope {
            own: false,
            facts: None,
            open: self.open.clone(),
            known: Known::default(),
            depth: self.depth + 1,
            givers: RefCell::default(),
            ..*self
        };
        inner.text_at(name, span.clone())
    }

    /// Does something inside the value of a variable; one that comes back to itself has no value.
    /// They are followed only so far.
    pub(super) fn within<T>(
        &self,
        name: &str,
        span: &Range<usize>,
        fill: impl FnOnce() -> Result<T, Unresolved>,
    ) -> Result<T, Unresolved> {
        let circle = self.open.borrow().iter().any(|open| open == name);
        self.open.borrow_mut().push(name.to_string());
        if circle {
            let circle = self.open.borrow().join("` -> `");
            let message = format!("the variables `{circle}` name each other in a circle");
            return Err(Unresolved::new(message, span));
        }
        if self.open.borrow().len() > DEEPEST {
            let message = format!("variables name variables here, more than {DEEPEST} deep");
            return Err(Unresolved::new(message, span));
        }
        let filled = fill();
        self.open.borrow_mut().pop();
        filled
    }
}

/// Both sizes together, which must not be too large.
pub(super) fn sum(one: usize, other: usize, span: &Range<usize>) -> Result<usize, Unresolved> {
    match one + other {
        sum if sum <= LARGEST => Ok(sum),
        _ => Err(Unresolved::new(
            "this has more than 1 MiB once all that it names is filled in; name less, or put it into a file",
            span,
        )),
    }
}
