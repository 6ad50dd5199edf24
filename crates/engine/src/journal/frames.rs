//! Records as lines that bear damage: `LENGTH CHECKSUM BODY`.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::digest::Digest;

/// A record as a line.
pub(super) fn framed(body: &str) -> Vec<u8> {
    let checksum = Digest::of(body.as_bytes()).short();
    format!("{:08} {checksum} {body}\n", body.len()).into_bytes()
}

/// Calls `visit` with the body of every record of wanted steps that checks out. Whether all of them
/// did.
pub(super) fn records(
    mut bytes: &[u8],
    wanted: &dyn Fn(&[u8]) -> bool,
    mut visit: impl FnMut(&str),
) -> bool {
    let mut intact = true;
    while !bytes.is_empty() {
        let frame = frame(bytes);
        let passed_over = |frame: &&Frame| frame.is_likely() && !wanted(frame.step());
        if let Some(frame) = frame.as_ref().filter(passed_over) {
            bytes = frame.rest;
        } else if let Some((frame, body)) =
            frame.and_then(|frame| Some((frame.rest, frame.checked()?)))
        {
            visit(body);
            bytes = frame;
        } else {
            intact = false;
            bytes = after_newline(bytes);
        }
    }
    intact
}

/// `LENGTH CHECKSUM `: 8 digits, a space, 12 hexadecimal digits, a space.
const HEAD: usize = 22;

/// What may be a record. Damage can put us anywhere, also into the middle of a character: only
/// bytes are safe to cut.
struct Frame<'a> {
    head: &'a [u8],
    body: &'a [u8],
    end: Option<&'a u8>,
    rest: &'a [u8],
}

fn frame(bytes: &[u8]) -> Option<Frame<'_>> {
    let (head, after) = bytes.split_at_checked(HEAD)?;
    let len = std::str::from_utf8(&head[..8]).ok()?.parse().ok()?;
    let (body, after) = after.split_at_checked(len)?;
    Some(Frame {
        head,
        body,
        end: after.first(),
        rest: after.get(1..).unwrap_or_default(),
    })
}

impl<'a> Frame<'a> {
    /// The body, if it is what was written.
    fn checked(&self) -> Option<&'a str> {
        let (checksum, spaces) = (&self.head[9..21], [self.head[8], self.head[21]]);
        let intact = spaces == *b"  " && Digest::of(self.body).short().as_bytes() == checksum;
        std::str::from_utf8(self.body).ok().filter(|_| intact)
    }

    /// It ends with a line, and another one follows, or nothing.
    fn is_likely(&self) -> bool {
        let follows = |byte: &u8| byte.is_ascii_digit();
        self.end == Some(&b'\n') && self.rest.first().is_none_or(follows)
    }

    fn step(&self) -> &'a [u8] {
        let mut fields = self.body.split(|&byte| byte == b'\t');
        fields.nth(1).unwrap_or_default()
    }
}

fn after_newline(bytes: &[u8]) -> &[u8] {
    bytes
        .iter()
        .position(|&byte| byte == b'\n')
        .map_or(&[], |at| &bytes[at + 1..])
}

/// Whether the last record is whole, as far as its end tells.
pub(super) fn ends_with_newline(path: &Path) -> io::Result<bool> {
    let file = File::open(path)?;
    let len = file.metadata()?.len();
    let mut last = [b'\n'];
    if len > 0 {
        file.read_exact_at(&mut last, len - 1)?;
    }
    Ok(last == [b'\n'])
}
