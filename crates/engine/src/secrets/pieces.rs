//! What is left of a secret where a tool breaks its lines, as `base64` and `xxd -p` do: a word that
//! is a part of one of its forms, or begins or ends with one.

use std::collections::HashSet;
use std::ops::Range;

/// The shortest part, in bytes: shorter ones stand elsewhere by chance.
const LEAST: usize = 12;
/// Nobody breaks a line of fewer bytes.
const WHOLE: usize = 32;

/// All parts of that length of the forms that may be broken.
#[derive(Clone)]
pub(super) struct Pieces(HashSet<[u8; LEAST]>);

impl Pieces {
    pub(super) fn of(forms: &[String]) -> Pieces {
        let long = forms.iter().filter(|form| form.len() > WHOLE);
        let long = long.filter(|form| form.bytes().all(is_digit));
        let parts = long.flat_map(|form| form.as_bytes().windows(LEAST));
        Pieces(parts.filter_map(|part| part.try_into().ok()).collect())
    }

    /// Where they stand in the text.
    pub(super) fn find(&self, text: &str) -> Vec<Range<usize>> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let words = text.as_bytes().split(|byte| !is_digit(*byte));
        let mut at = 0;
        let placed = words.map(|word| {
            let start = at;
            at += word.len() + 1;
            (start, word)
        });
        placed
            .filter(|(_, word)| word.len() >= LEAST)
            .flat_map(|(start, word)| {
                let found = [self.head(word), self.tail(word)].into_iter().flatten();
                found.map(move |part| start + part.start..start + part.end)
            })
            .collect()
    }

    fn head(&self, word: &[u8]) -> Option<Range<usize>> {
        let known = word
            .windows(LEAST)
            .take_while(|part| self.0.contains(*part));
        let count = known.count();
        (count > 0).then(|| 0..count + LEAST - 1)
    }

    fn tail(&self, word: &[u8]) -> Option<Range<usize>> {
        let known = word.windows(LEAST).rev();
        let count = known.take_while(|part| self.0.contains(*part)).count();
        (count > 0).then(|| word.len() + 1 - count - LEAST..word.len())
    }
}

/// Of hexadecimal digits and base64, and what keys are written in.
fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Secrets;

    const KEY: &str =
        "sk-one/two+three-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ-98765";
    /// As `printf "user:$KEY" | base64` has it.
    const BROKEN: [&str; 2] = [
        "dXNlcjpzay1vbmUvdHdvK3RocmVlLTAxMjM0NTY3ODktYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4",
        "eXotQUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVotOTg3NjU=",
    ];

    #[test]
    fn a_secret_that_is_broken_into_lines_is_masked() {
        let secrets = Secrets::new(BTreeMap::from([("K".to_string(), KEY.to_string())]));
        let [first, last] = BROKEN;
        assert_eq!(secrets.mask(first), "dXNlcjp[masked]");
        assert_eq!(
            secrets.mask(&format!("| {last}")),
            "| [masked]U=",
            "which two share"
        );
        let both = format!("{first}\n{last}\n");
        assert_eq!(secrets.mask(&both), "dXNlcjp[masked]\n[masked]U=\n");
        assert_eq!(secrets.mask(&KEY[20..60]), "[masked]");
        for innocent in ["", "abcdefghijk", "x-abcdefghijkl-x", "sk-one/two"] {
            assert_eq!(secrets.mask(innocent), innocent);
        }
    }
}
