//! 128-bit content digests (BLAKE3, truncated). Knows nothing of files or steps.

use std::fmt;

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
        if text.len() != 32 || !text.is_ascii() {
            return None;
        }
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Digest(bytes))
    }

    /// The first 12 digits: what people are shown, and what image tags end with.
    pub fn short(&self) -> String {
        self.to_string()[..12].to_string()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Collects fields into one digest. Each field is framed by its length, so `ab` + `c` never equals `a` + `bc`.
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
    fn text_form_round_trips() {
        let digest = Digest::of(b"x");
        assert_eq!(Digest::parse(&digest.to_string()), Some(digest));
        assert_eq!(Digest::parse("00"), None);
        assert_eq!(Digest::parse(&"é".repeat(16)), None);
    }
}
