//! What gives an intent away, and how strongly. A table, so that a new way of saying something is
//! one line.

mod asking;
mod changing;
mod talking;
mod ticking;

use super::intent::Intent;

/// Words a command begins with; misspelt first words are read as one of these.
pub const VERBS: &[&str] = &[
    "add",
    "create",
    "make",
    "put",
    "insert",
    "remind",
    "remember",
    "schedule",
    "note",
    "jot",
    "show",
    "list",
    "display",
    "view",
    "see",
    "get",
    "give",
    "tell",
    "find",
    "search",
    "read",
    "complete",
    "finish",
    "mark",
    "check",
    "tick",
    "close",
    "delete",
    "remove",
    "erase",
    "drop",
    "cancel",
    "trash",
    "clear",
    "wipe",
    "discard",
    "change",
    "update",
    "rename",
    "edit",
    "modify",
    "move",
    "reschedule",
    "postpone",
    "push",
    "set",
    "tag",
    "untag",
    "prioritize",
    "delay",
    "undo",
    "revert",
    "restore",
    "reopen",
    "uncheck",
    "unmark",
    "help",
    "what",
    "whats",
    "which",
    "how",
    "cross",
    "retitle",
    "label",
    "assign",
    "append",
    "bump",
    "register",
    "record",
    "log",
    "track",
];

/// Where a cue must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At the beginning.
    Lead,
    /// Anywhere.
    Any,
    /// From the beginning to the end.
    Whole,
}

/// One sign: where, which words, of what, how strong.
pub struct Cue {
    /// Where the words must stand.
    pub place: Place,
    /// The words.
    pub pattern: &'static str,
    /// What they are a sign of.
    pub intent: Intent,
    /// How much they count.
    pub weight: i32,
}

const fn cue(place: Place, pattern: &'static str, intent: Intent, weight: i32) -> Cue {
    Cue {
        place,
        pattern,
        intent,
        weight,
    }
}

/// All signs. A weight of about 3 is a hint that suffices alone, 6 a turn of phrase that decides.
pub fn all() -> impl Iterator<Item = &'static Cue> {
    [asking::CUES, ticking::CUES, changing::CUES, talking::CUES]
        .into_iter()
        .flatten()
}
