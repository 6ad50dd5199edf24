//! What is left of a seal when a few files moved.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Basis;
use super::format;
use crate::digest::Digest;
use crate::files::PathState;
use crate::journal;

/// A seal of which a few files moved, all of them below the root. Whatever else moves, such as
/// pipeline.toml or a program, leaves nothing of it.
pub struct Part {
    basis: Basis,
    bytes: Vec<u8>,
    /// The journal, if it moved.
    journal: Option<PathBuf>,
    /// The files and folders that moved, relative to the root.
    pub moved: HashSet<String>,
}

impl Part {
    /// `None` if anything else moved; but for the journal, which tells by itself what is new.
    pub(super) fn new(
        basis: Basis,
        bytes: Vec<u8>,
        moved: Vec<String>,
        state: &Path,
    ) -> Option<Part> {
        let is_away = |path: &String| Path::new(path).is_absolute();
        let (away, below): (Vec<_>, Vec<_>) = moved.into_iter().partition(is_away);
        let journals = state.join("journal-");
        let journal = match away.as_slice() {
            [] => None,
            [path] if path.starts_with(journals.to_str()?) => Some(PathBuf::from(path)),
            _ => return None,
        };
        Some(Part {
            basis,
            bytes,
            journal,
            moved: below.into_iter().collect(),
        })
    }

    /// What was said of every step: id and reason.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (&str, &str)> {
        let steps = self.basis.said.steps.iter();
        steps.map(|(id, _, reason)| (id.as_str(), reason.as_str()))
    }

    /// The steps that the journal tells something new of; `None` if it tells anything else, too.
    pub(crate) fn renewed(&self) -> Option<HashSet<String>> {
        let Some(journal) = &self.journal else {
            return Some(HashSet::new());
        };
        let (len, digest) = &self.basis.journal;
        let whole = fs::read(journal).ok()?;
        let (old, new) = whole.split_at_checked(*len)?;
        let is_same = Digest::of(old).to_string() == *digest;
        is_same.then(|| journal::steps(new)).flatten()
    }

    /// What did not move, and what was seen now.
    pub fn with(&self, seen: Vec<PathState>) -> Vec<PathState> {
        let known: HashSet<Arc<str>> = seen.iter().map(|(path, _)| path.clone()).collect();
        let (_, table) = format::open(&self.bytes).expect("it was opened before");
        let rows = format::rows(table).flatten();
        let old = rows.filter_map(|row| Some((row.path()?, row.seen())));
        let is_old = |(path, _): &(&str, _)| !self.moved.contains(*path) && !known.contains(*path);
        let old = old.filter(is_old);
        let old = old.map(|(path, seen)| (Arc::from(path), seen));
        old.chain(seen).collect()
    }
}
