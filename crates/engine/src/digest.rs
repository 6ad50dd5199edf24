//! 128-bit content digests (BLAKE3, truncated).

use std::fmt;
use std::io::{self, Read};

/// The first 16 bytes of a BLAKE3 hash: enough that two different inputs never meet by accident.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Digest(pub [u8; 16]);

impl Digest {
    /// The digest of one run of bytes.
    pub fn of(bytes: &[u8]) -> Digest {
        Hasher::new().add(bytes).finish()
    }

    /// Reads 32 lower-case hexadecimal digits; `None` for anything else.
    pub fn parse(text: &str) -> Option<Digest> {
        let digits: &[u8; 32] = text.as_bytes().try_into().ok()?;
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = value(pair[0])? << 4 | value(pair[1])?;
        }
        Some(Digest(bytes))
    }

    /// The first 12 digits: what people are shown, and what image tags end with.
    pub fn short(&self) -> String {
        self.digits().take(12).collect()
    }

    /// Adds the 32 digits to a text.
    pub fn write_to(&self, text: &mut String) {
        text.extend(self.digits());
    }

    fn digits(&self) -> impl Iterator<Item = char> {
        digits(&self.0)
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Two hexadecimal digits for each byte.
pub fn digits(bytes: &[u8]) -> impl Iterator<Item = char> {
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    halves.map(|half| char::from(DIGITS[usize::from(half)]))
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(32);
        self.write_to(&mut text);
        f.pad(&text)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Collects fields into one digest. Each field is framed by its length, so `ab` + `c` never equals
/// `a` + `bc`.
#[derive(Default)]
pub struct Hasher(blake3::Hasher);

impl Hasher {
    /// An empty hasher.
    pub fn new() -> Hasher {
        Hasher::default()
    }

    /// A hasher whose digests cannot be guessed without `key`; used for secrets.
    pub fn keyed(key: &[u8; 32]) -> Hasher {
        Hasher(blake3::Hasher::new_keyed(key))
    }

    /// Adds one field.
    pub fn add(&mut self, field: &[u8]) -> &mut Hasher {
        self.0.update(&(field.len() as u64).to_le_bytes());
        self.0.update(field);
        self
    }

    /// Adds one field of `len` bytes piece by piece; `false` if the reader had more or fewer.
    pub fn add_from(&mut self, len: u64, mut reader: impl Read) -> io::Result<bool> {
        self.0.update(&len.to_le_bytes());
        let (before, mut buffer) = (self.0.count(), vec![0; 1 << 20]);
        loop {
            match reader.read(&mut buffer)? {
                0 => return Ok(self.0.count() - before == len),
                count => self.0.update(&buffer[..count]),
            };
        }
    }

    /// The digest of the fields so far.
    pub fn finish(&self) -> Digest {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.0.finalize().as_bytes()[..16]);
        Digest(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_framed() {
        let left = Hasher::new().add(b"ab").add(b"c").finish();
        let right = Hasher::new().add(b"a").add(b"bc").finish();
        assert_ne!(left, right);
    }

    #[test]
    fn a_field_in_pieces_is_the_same_field() {
        let (text, mut chunks) = (vec![7; 3 << 20], Hasher::new());
        assert!(chunks.add_from(3 << 20, &*text).unwrap());
        assert_eq!(chunks.finish(), Digest::of(&text));
        assert!(!Hasher::new().add_from(9, &*text).unwrap());
    }

    #[test]
    fn text_form_round_trips() {
        let digest = Digest::of(b"x");
        assert_eq!(Digest::parse(&digest.to_string()), Some(digest));
        assert!(digest.to_string().starts_with(&digest.short()));
        assert_eq!(Digest::parse("00"), None);
        assert_eq!(Digest::parse(&"G".repeat(32)), None);
        assert_eq!(Digest::parse(&"é".repeat(16)), None);
    }
}
