//! The file cache on disk: a hash table of records behind a checksum over all of it, looked into as
//! it lies, so that a run that asks for ten of a hundred thousand files pays for ten. Damaged or
//! strange, it is simply empty.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Identity, Known};
use crate::digest::Digest;

const MAGIC: &[u8; 8] = b"pfiles 3";
const CHECKSUM: usize = 16;
/// Where the table begins: after magic, checksum, and the number of its slots, which is a power of
/// two.
const TABLE: usize = MAGIC.len() + CHECKSUM + SLOT;
/// A slot: where a record begins in the file, or 0.
const SLOT: usize = 4;
/// A record: an identity, a digest, the length of the path, the path.
const PATH: usize = Identity::SIZE + CHECKSUM + SLOT;

/// What the disk knows, and what of it this run came across.
#[derive(Default)]
pub(super) struct Kept {
    bytes: Vec<u8>,
    seen: Vec<AtomicBool>,
}

/// One record.
#[derive(Clone, Copy)]
pub(super) struct KindEntry<'a> {
    path: &'a [u8],
    /// What the file was when it was read.
    pub identity: Identity,
    /// Its content's digest.
    pub digest: Digest,
    seen: &'a AtomicBool,
}

impl Kept {
    /// Reads the cache.
    pub(super) fn load(path: &Path) -> Kept {
        let bytes = fs::read(path).unwrap_or_default();
        let slots = slots(&bytes).unwrap_or_default();
        Kept {
            seen: (0..slots).map(|_| AtomicBool::new(false)).collect(),
            bytes: if slots == 0 { Vec::new() } else { bytes },
        }
    }

    /// What is known of a path.
    pub(super) fn get(&self, path: &str) -> Option<KindEntry<'_>> {
        let slots = self.seen.len();
        let first = hash(path.as_bytes());
        (0..slots)
            .map_while(|step| self.entry(first.wrapping_add(step) & (slots - 1)))
            .find(|entry| entry.path == path.as_bytes())
    }

    /// What this run came across.
    pub(super) fn seen(&self) -> impl Iterator<Item = (&str, Identity)> {
        self.entries()
            .filter(KindEntry::was_seen)
            .filter_map(|entry| Some((std::str::from_utf8(entry.path).ok()?, entry.identity)))
    }

    /// Bytes on disk.
    pub(super) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Writes the cache anew with what was learnt, whole or not at all.
    pub(super) fn save(&self, path: &Path, learnt: &HashMap<Arc<str>, Known>) -> io::Result<()> {
        let old = self.entries().filter(|entry| {
            std::str::from_utf8(entry.path).is_ok_and(|path| !learnt.contains_key(path))
        });
        let old = old.map(|entry| (entry.path, entry.identity, entry.digest));
        let sure = learnt.iter().filter(|(_, known)| !known.racy);
        let new = sure.map(|(path, known)| (path.as_bytes(), known.identity, known.digest));
        super::replace(path, encode(old.chain(new)))
    }

    fn entries(&self) -> impl Iterator<Item = KindEntry<'_>> + Clone {
        (0..self.seen.len()).filter_map(|slot| self.entry(slot))
    }

    fn entry(&self, slot: usize) -> Option<KindEntry<'_>> {
        let at = number(&self.bytes, TABLE + slot * SLOT)?;
        let record = self.bytes.get(at..).filter(|_| at != 0)?;
        let len = number(record, PATH - SLOT)?;
        Some(KindEntry {
            path: record.get(PATH..PATH.checked_add(len)?)?,
            identity: Identity::read(record.first_chunk()?),
            digest: Digest(*record[Identity::SIZE..].first_chunk()?),
            seen: &self.seen[slot],
        })
    }
}

impl KindEntry<'_> {
    /// Notes that this run came across it as it is.
    pub(super) fn see(&self) {
        self.seen.store(true, Ordering::Relaxed);
    }

    /// Whether this run did.
    pub(super) fn was_seen(&self) -> bool {
        self.seen.load(Ordering::Relaxed)
    }
}

/// The number of slots, if the bytes are a whole cache.
fn slots(bytes: &[u8]) -> Option<usize> {
    let (checksum, body) = bytes.strip_prefix(MAGIC)?.split_at_checked(CHECKSUM)?;
    let slots = number(body, 0)?;
    let fits = slots.is_power_of_two() && body.len() / SLOT > slots;
    (fits && Digest::of(body).0 == checksum).then_some(slots)
}

fn encode<'a>(entries: impl Iterator<Item = (&'a [u8], Identity, Digest)> + Clone) -> Vec<u8> {
    let slots = (entries.clone().count() * 2).next_power_of_two();
    let records: usize = entries.clone().map(|(path, ..)| PATH + path.len()).sum();
    let mut out = Vec::with_capacity(TABLE + slots * SLOT + records);
    out.resize(TABLE + slots * SLOT, 0);
    for (path, identity, digest) in entries {
        let mut slot = hash(path) & (slots - 1);
        while out[index(slot)] != [0; SLOT] {
            slot = (slot + 1) & (slots - 1);
        }
        let at = out.len() as u32;
        out[index(slot)].copy_from_slice(&at.to_le_bytes());
        out.extend(identity.bytes());
        out.extend(digest.0);
        out.extend((path.len() as u32).to_le_bytes());
        out.extend(path);
    }
    out[..MAGIC.len()].copy_from_slice(MAGIC);
    out[TABLE - SLOT..TABLE].copy_from_slice(&(slots as u32).to_le_bytes());
    let checksum = Digest::of(&out[TABLE - SLOT..]).0;
    out[MAGIC.len()..TABLE - SLOT].copy_from_slice(&checksum);
    out
}

fn index(slot: usize) -> Range<usize> {
    let at = TABLE + slot * SLOT;
    at..at + SLOT
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes(*bytes) as usize)
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo), its upper half folded into the lower: the same on every
/// machine, and paths are short.
fn hash(path: &[u8]) -> usize {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    let hash = path.iter().fold(0xcbf2_9ce4_8422_2325, mix);
    (hash ^ (hash >> 32)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(ino: u64) -> Identity {
        Identity {
            dev: 1,
            ino,
            size: 3,
            mtime: -4,
            ctime: 5,
        }
    }

    fn sample() -> Vec<u8> {
        encode([("a/ü".as_bytes(), identity(2), Digest::of(b"x"))].into_iter())
    }

    fn open(bytes: &[u8]) -> Kept {
        let slots = slots(bytes).unwrap_or_default();
        Kept {
            seen: (0..slots).map(|_| AtomicBool::new(false)).collect(),
            bytes: bytes.to_vec(),
        }
    }

    #[test]
    fn what_is_written_is_found() {
        let paths: Vec<String> = (0..1000).map(|n| format!("folder/{n}")).collect();
        let mut entries = Vec::new();
        for (n, path) in (0..).zip(&paths) {
            entries.push((path.as_bytes(), identity(n), Digest::of(path.as_bytes())));
        }
        let kept = open(&encode(entries.into_iter()));
        for (n, path) in (0..).zip(&paths) {
            let entry = kept.get(path).unwrap();
            assert_eq!(entry.identity, identity(n));
            assert_eq!(entry.digest, Digest::of(path.as_bytes()));
        }
        assert!(kept.get("folder/1000").is_none());
        assert_eq!(kept.entries().count(), 1000);
    }

    #[test]
    fn only_what_was_seen_is_told() {
        let kept = open(&sample());
        assert_eq!(kept.seen().count(), 0);
        kept.get("a/ü").unwrap().see();
        assert_eq!(kept.seen().next(), Some(("a/ü", identity(2))));
    }

    #[test]
    fn an_empty_cache_knows_nothing() {
        assert!(open(&encode([].into_iter())).get("a").is_none());
        assert!(Kept::default().get("a").is_none());
    }

    #[test]
    fn damage_empties_it() {
        let whole = sample();
        for at in 0..whole.len() {
            assert!(slots(&whole[..at]).is_none(), "cut at {at}");
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            assert!(slots(&flipped).is_none(), "flipped at {at}");
        }
    }
}
