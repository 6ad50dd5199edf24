//! A seal on disk: a checksum over all of it, what it rests on as JSON, then a table of paths that
//! can be compared without being parsed. Damaged or strange, it is no seal.

use std::ffi::CStr;
use std::io;

use super::Basis;
use crate::digest::Digest;
use crate::files::{Identity, PathState};

const MAGIC: &[u8; 8] = b"pseals 1";
const CHECKSUM: usize = 16;
/// The length of a path with its final zero.
const LENGTH: usize = 4;
/// Stands for "nothing is there".
const NOTHING: [u8; Identity::SIZE] = [0xff; Identity::SIZE];

/// The bytes of a seal.
pub(super) fn close(basis: &Basis, path_states: &[PathState]) -> io::Result<Vec<u8>> {
    let head = serde_json::to_vec(basis)?;
    let mut body = Vec::with_capacity(head.len() + path_states.len() * 80);
    body.extend((head.len() as u64).to_le_bytes());
    body.extend(head);
    for (path, seen) in path_states {
        body.extend(seen.map_or(NOTHING, |identity| identity.bytes()));
        body.extend((path.len() as u32 + 1).to_le_bytes());
        body.extend(path.as_bytes());
        body.push(0);
    }
    Ok([&MAGIC[..], &Digest::of(&body).0, &body].concat())
}

/// What a seal rests on, and its table.
pub(super) fn open(bytes: &[u8]) -> Option<(Basis, &[u8])> {
    let (checksum, body) = bytes.strip_prefix(MAGIC)?.split_at_checked(CHECKSUM)?;
    if Digest::of(body).0 != checksum {
        return None;
    }
    let (len, rest) = body.split_first_chunk::<8>()?;
    let (head, table) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*len)).ok()?)?;
    Some((serde_json::from_slice(head).ok()?, table))
}

/// One row of the table.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    /// What was looked at, relative to the root.
    pub path: &'a CStr,
    seen: &'a [u8; Identity::SIZE],
}

impl<'a> Row<'a> {
    /// The path, if it can be written down; all that was sealed can.
    pub(super) fn path(&self) -> Option<&'a str> {
        self.path.to_str().ok()
    }

    /// What was there then.
    pub(super) fn seen(&self) -> Option<Identity> {
        (*self.seen != NOTHING).then(|| Identity::read(self.seen))
    }

    /// Whether what is there now is what was there then.
    pub(super) fn is(&self, now: Option<Identity>) -> bool {
        *self.seen == now.map_or(NOTHING, |identity| identity.bytes())
    }
}

/// The rows of a table; one of them is `None` if the table is damaged.
pub(super) fn rows(mut table: &[u8]) -> impl Iterator<Item = Option<Row<'_>>> {
    std::iter::from_fn(move || (!table.is_empty()).then(|| row(&mut table)))
}

/// Takes the first row off the table. Of a damaged one nothing is left.
fn row<'a>(table: &mut &'a [u8]) -> Option<Row<'a>> {
    let (seen, rest) = std::mem::take(table).split_first_chunk()?;
    let (len, rest) = rest.split_first_chunk::<LENGTH>()?;
    let (path, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
    *table = rest;
    Some(Row {
        path: CStr::from_bytes_with_nul(path).ok()?,
        seen,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn basis() -> Basis {
        Basis {
            call: "c".to_string(),
            programs: vec![(crate::exec::Lookup::new("sh"), None)],
            variables: Vec::new(),
            journal: (7, "d".to_string()),
            said: Default::default(),
        }
    }

    fn path_states() -> Vec<PathState> {
        let here = std::fs::metadata(".").unwrap();
        vec![
            (Arc::from("a/ü"), None),
            (Arc::from("."), Some(crate::files::identity(&here))),
        ]
    }

    #[test]
    fn what_is_closed_can_be_opened() {
        let bytes = close(&basis(), &path_states()).unwrap();
        let (opened, table) = open(&bytes).unwrap();
        assert_eq!(opened, basis());
        let mut rows = rows(table);
        for (path, seen) in path_states() {
            let row = rows.next().unwrap().unwrap();
            assert_eq!(row.path.to_str().unwrap(), &*path);
            assert_eq!(row.seen(), seen);
            assert!(row.is(seen));
            assert!(!row.is(if seen.is_some() {
                None
            } else {
                path_states()[1].1
            }));
        }
        assert!(rows.next().is_none());
    }

    #[test]
    fn damage_breaks_it() {
        let whole = close(&basis(), &path_states()).unwrap();
        for at in 0..whole.len() {
            assert!(open(&whole[..at]).is_none(), "cut at {at}");
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            assert!(open(&flipped).is_none(), "flipped at {at}");
        }
    }
}
