//! The named parts of a fingerprint in the form in which the journal keeps them: most are never read again, so they are only
//! taken apart when somebody asks what changed. Knows nothing of what the parts mean.

use std::sync::Arc;

use super::{escape, unescape};
use crate::digest::Digest;

/// `NAME=DIGEST`, separated by `;`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parts(Arc<str>);

impl Parts {
    /// These parts, in this order.
    pub fn new(parts: &[(String, Digest)]) -> Parts {
        let pair = |(name, digest): &(String, Digest)| format!("{}={digest}", escape(name));
        let pairs: Vec<String> = parts.iter().map(pair).collect();
        Parts(pairs.join(";").into())
    }

    /// Name and digest of each. What can't be read is left out, and so counts as changed.
    pub fn read(&self) -> Vec<(String, Digest)> {
        let pair = |pair: &str| {
            let (name, digest) = pair.split_once('=')?;
            Some((unescape(name), Digest::parse(digest)?))
        };
        self.0.split(';').filter_map(pair).collect()
    }

    /// As the journal has it.
    pub(super) fn written(&self) -> &str {
        &self.0
    }

    /// From what the journal has.
    pub(super) fn kept(text: &str) -> Parts {
        Parts(text.into())
    }
}
