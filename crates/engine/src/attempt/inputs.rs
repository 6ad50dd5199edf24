//! Whether a step's inputs lay still while it acted.
//!
//! Who changes a file and puts it back before the step ends leaves the content that was looked at,
//! and a result that may have been made from another one.

use std::fs;

use super::{Snapshot, Worker};
use crate::digest::Digest;
use crate::files::scope::within;
use crate::files::{Identity, identity};
use crate::fingerprint::{self, INPUT, doubted};
use crate::plan::{NamedComponents, World};

/// What files were when they were looked at, by their place among the parts of a fingerprint; of
/// folders, pipes and what is not there nothing is told.
pub(super) type Seen = Vec<(usize, Identity)>;

/// The files among these parts as they were looked at.
pub(super) fn seen(world: &World, components: &NamedComponents) -> Seen {
    let parts = components.iter().enumerate();
    let of = |(place, (name, digest)): (usize, &(String, Digest))| {
        let path = name.strip_prefix(INPUT)?;
        Some((place, world.files.seen_as(path, *digest)?))
    };
    parts.filter_map(of).collect()
}

impl Worker<'_> {
    /// An input that is as it was and yet was written meanwhile is no input that is known: the
    /// step runs once more. If that happens again it is the step itself that writes it.
    pub(super) fn disbelieve_moved(&self, snapshot: &mut Snapshot) {
        let moved: Vec<usize> = snapshot
            .seen
            .iter()
            .filter(|&seen| self.moved(snapshot, seen))
            .map(|(place, _)| *place)
            .collect();
        if moved.is_empty() {
            return;
        }
        let before = self.job.record.as_ref();
        let before = before
            .map(|record| record.components.read())
            .unwrap_or_default();
        for place in moved {
            let (name, digest) = &mut snapshot.components[place];
            let doubted = doubted(*digest);
            if !before
                .iter()
                .any(|(other, was)| *other == *name && *was == doubted)
            {
                *digest = doubted;
            }
        }
        snapshot.fingerprint = fingerprint::whole(&snapshot.components);
    }

    /// What the step makes in place it may write.
    fn moved(&self, snapshot: &Snapshot, (place, seen): &(usize, Identity)) -> bool {
        let name = &snapshot.components[*place].0;
        let path = name.strip_prefix(INPUT).unwrap_or_default();
        let now = fs::metadata(self.world.pipeline.source.dir.join(path));
        let is_same = now.is_ok_and(|meta| identity(&meta) == *seen);
        !is_same && !self.step.outputs.iter().any(|output| within(path, output))
    }
}
