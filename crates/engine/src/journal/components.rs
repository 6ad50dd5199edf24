//! The named parts of a fingerprint in the form in which the journal keeps them: most are never
//! read again, so they are only taken apart when somebody asks what changed.

use std::ops::Range;
use std::sync::Arc;

use super::{escape, unescape};
use crate::digest::Digest;

/// `NAME=DIGEST`, separated by `;`, somewhere in a text that many share.
#[derive(Clone, Default)]
pub struct Components {
    whole: Arc<Vec<u8>>,
    range: Range<usize>,
}

impl Components {
    /// These parts, in this order.
    pub fn new(components: &[(String, Digest)]) -> Components {
        let mut text =
            String::with_capacity(components.iter().map(|(name, _)| name.len() + 34).sum());
        for (name, digest) in components {
            if !text.is_empty() {
                text.push(';');
            }
            text.push_str(&escape(name));
            text.push('=');
            digest.write_to(&mut text);
        }
        let range = 0..text.len();
        Components::kept(&Arc::new(text.into_bytes()), range)
    }

    /// Name and digest of each. What can't be read is left out, and so counts as changed.
    pub fn read(&self) -> Vec<(String, Digest)> {
        let pair = |pair: &str| {
            let (name, digest) = pair.split_once('=')?;
            Some((unescape(name).into_owned(), Digest::parse(digest)?))
        };
        self.written().split(';').filter_map(pair).collect()
    }

    /// As the journal has it.
    pub(super) fn written(&self) -> &str {
        let bytes = self.whole.get(self.range.clone()).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// From what the journal has.
    pub(super) fn kept(whole: &Arc<Vec<u8>>, range: Range<usize>) -> Components {
        Components {
            whole: whole.clone(),
            range,
        }
    }
}

impl PartialEq for Components {
    fn eq(&self, other: &Components) -> bool {
        self.written() == other.written()
    }
}

impl std::fmt::Debug for Components {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.written())
    }
}
