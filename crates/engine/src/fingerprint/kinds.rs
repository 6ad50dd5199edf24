//! Which kinds of parts a fingerprint has, and which of them a record counts.
//!
//! A record names the kinds that its writer knew, and is compared by those alone. A version that
//! adds a kind thus does nothing again: the new kind counts from a step's next record on. To add
//! one, give it the next bit; never use a bit twice.

use std::fmt;

/// One kind of part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Component {
    /// The step's kind and its schema.
    Kind = 1,
    /// A key of `with`.
    With = 2,
    /// A variable.
    Env = 4,
    /// An input's content.
    Input = 8,
    /// A program's path and content.
    Program = 16,
    /// A secret, as a keyed digest.
    Secret = 32,
    /// The result of a step that it needs.
    Need = 64,
    /// What a copy shows of an input besides its content; where a link leads to nothing.
    Copied = 128,
    /// The names of what it makes.
    Outputs = 256,
}

/// A set of kinds of parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kinds(u32);

impl Kinds {
    /// Those of version 0.1.0, whose records do not name them.
    const FIRST: Kinds = Kinds(127);
    /// Those that this version knows.
    pub const KNOWN: Kinds = Kinds(511);

    /// Whether parts of this kind count.
    pub fn count(self, component: Component) -> bool {
        self.0 & component as u32 != 0
    }

    /// From a record's field.
    pub fn parse(field: Option<&str>) -> Kinds {
        field
            .and_then(|field| field.parse().ok())
            .map_or(Kinds::FIRST, Kinds)
    }
}

impl Default for Kinds {
    fn default() -> Kinds {
        Kinds::KNOWN
    }
}

impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
