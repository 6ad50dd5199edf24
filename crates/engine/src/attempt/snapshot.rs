//! What was there before an attempt, and what was answered.

use super::{Worker, inputs};
use crate::digest::Digest;
use crate::exec::Started;
use crate::fingerprint::Kinds;
use crate::plan::{self, NamedComponents};
use protocol::{Answer, Failure};

/// It is taken before anything runs: an input that is edited meanwhile must not be recorded as the
/// one that was used.
pub(super) struct Snapshot {
    pub(super) fingerprint: Digest,
    pub(super) components: NamedComponents,
    /// The files among those.
    pub(super) seen: inputs::Seen,
    pub(super) answers: Vec<Answer>,
    /// When it was asked: an attempt's time counts from there.
    pub(super) asked: Started,
}

impl Worker<'_> {
    /// Looks again, since an earlier attempt may have changed anything.
    pub(super) fn snapshot(&self) -> Result<Snapshot, Failure> {
        let (step, resolved) = (self.step, &self.inspected.resolved);
        let needs = &self.job.needs;
        let (fingerprint, components) =
            plan::components(self.world, step, resolved, needs, Kinds::KNOWN)?;
        self.fingerprint.set(fingerprint);
        Ok(Snapshot {
            asked: self.world.exec.clock.start(),
            fingerprint: fingerprint.whole,
            seen: inputs::seen(self.world, &components),
            components,
            answers: self.ask(),
        })
    }
}
