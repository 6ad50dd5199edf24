//! The file cache on disk: fixed-size records behind a checksum over all of it. Damaged or strange, it is simply empty.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::{Identity, Known};
use crate::digest::Digest;

const MAGIC: &[u8; 8] = b"pfiles 2";
const CHECKSUM: usize = 16;
/// What stands before the records.
const HEAD: usize = MAGIC.len() + CHECKSUM;

/// Reads the cache.
pub fn load(path: &Path) -> HashMap<Arc<str>, Known> {
    fs::read(path)
        .ok()
        .and_then(|bytes| decode(&bytes))
        .unwrap_or_default()
}

/// Writes the cache through a temporary file, so that it is whole or not there.
pub fn save(path: &Path, known: &HashMap<Arc<str>, Known>) -> io::Result<()> {
    super::replace(path, encode(known))
}

fn encode(known: &HashMap<Arc<str>, Known>) -> Vec<u8> {
    let mut body = Vec::with_capacity(HEAD + known.len() * 96);
    body.extend(MAGIC);
    body.extend([0; CHECKSUM]);
    for (
        path,
        Known {
            identity, digest, ..
        },
    ) in known.iter().filter(|(_, known)| !known.racy)
    {
        body.extend((path.len() as u32).to_le_bytes());
        body.extend(path.as_bytes());
        [identity.dev, identity.ino, identity.size]
            .iter()
            .for_each(|part| body.extend(part.to_le_bytes()));
        [identity.mtime, identity.ctime]
            .iter()
            .for_each(|time| body.extend(time.to_le_bytes()));
        body.extend(digest.0);
    }
    let checksum = Digest::of(&body[HEAD..]).0;
    body[MAGIC.len()..HEAD].copy_from_slice(&checksum);
    body
}

fn decode(bytes: &[u8]) -> Option<HashMap<Arc<str>, Known>> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (checksum, mut body) = rest.split_at_checked(CHECKSUM)?;
    if Digest::of(body).0 != checksum {
        return None;
    }
    let mut known = HashMap::with_capacity(body.len() / 128);
    while !body.is_empty() {
        let (path, record) = record(&mut body)?;
        known.insert(path, record);
    }
    Some(known)
}

fn record(body: &mut &[u8]) -> Option<(Arc<str>, Known)> {
    let len = u32::from_le_bytes(take(body)?) as usize;
    let (path, rest) = body.split_at_checked(len)?;
    *body = rest;
    let path = Arc::from(std::str::from_utf8(path).ok()?);
    let mut number = || take(body).map(u64::from_le_bytes);
    let (dev, ino, size) = (number()?, number()?, number()?);
    let mut time = || take(body).map(i64::from_le_bytes);
    let (mtime, ctime) = (time()?, time()?);
    let digest = Digest(take(body)?);
    Some((
        path,
        Known {
            identity: Identity {
                dev,
                ino,
                size,
                mtime,
                ctime,
            },
            digest,
            racy: false,
            seen: AtomicBool::new(false),
        },
    ))
}

fn take<const N: usize>(body: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = body.split_first_chunk::<N>()?;
    *body = rest;
    Some(*head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> HashMap<Arc<str>, Known> {
        let identity = Identity {
            dev: 1,
            ino: 2,
            size: 3,
            mtime: -4,
            ctime: 5,
        };
        HashMap::from([(
            Arc::from("a/ü"),
            Known {
                identity,
                digest: Digest::of(b"x"),
                racy: false,
                seen: AtomicBool::new(false),
            },
        )])
    }

    #[test]
    fn what_is_written_is_read() {
        let read = decode(&encode(&sample())).unwrap();
        assert_eq!(read["a/ü"].digest, Digest::of(b"x"));
        assert_eq!(read["a/ü"].identity, sample()["a/ü"].identity);
    }

    #[test]
    fn damage_empties_it() {
        let whole = encode(&sample());
        for at in 0..whole.len() {
            assert!(decode(&whole[..at]).is_none(), "cut at {at}");
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            assert!(decode(&flipped).is_none(), "flipped at {at}");
        }
    }
}
