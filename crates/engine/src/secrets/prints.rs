//! What finds secrets in a text without telling them. A service writes its log itself, and who
//! reads it later may not have the values that it was started with. They are not kept for that: a
//! value that somebody only has in the environment would lie on the disk then.

use std::io;
use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Secrets, masked};
use crate::digest::Hasher;
use crate::files::{fresh, made, replace};
use crate::random;

/// The secrets that a service was started with, as digests.
#[derive(Default, Serialize, Deserialize)]
pub struct Prints {
    key: [u8; 32],
    /// Longest first.
    prints: Vec<Print>,
}

/// One form of a value.
#[derive(Serialize, Deserialize)]
struct Print {
    len: usize,
    /// Four bits that spare most of the digests and tell little.
    sum: u8,
    digest: [u8; 16],
}

impl Prints {
    /// Those of all that is masked now.
    pub(crate) fn of(secrets: &Secrets) -> io::Result<Prints> {
        let key = random::bytes()?;
        let print = |form: &String| Print::of(form.as_bytes(), &key);
        let prints = secrets.forms.iter().map(print).collect();
        Ok(Prints { key, prints })
    }

    /// Puts them into a file for its owner alone.
    pub(crate) fn keep(&self, path: &Path) -> io::Result<()> {
        made(&fresh(path), 0o600)?;
        replace(path, serde_json::to_vec(self)?)
    }

    /// Those in a file; none if there is no such file.
    pub(crate) fn read(path: &Path) -> Prints {
        let read = std::fs::read(path).ok();
        let prints = read.and_then(|text| serde_json::from_slice(&text).ok());
        prints.unwrap_or_default()
    }

    /// Without those that are masked anyway.
    pub(crate) fn beyond(mut self, secrets: &Secrets) -> Prints {
        let (key, forms) = (self.key, &secrets.forms);
        let is_known = |print: &Print| forms.iter().any(|form| print.is(form.as_bytes(), &key));
        self.prints.retain(|print| !is_known(print));
        self
    }

    /// The text without any of them in it.
    pub fn mask(&self, text: &str) -> String {
        masked(text, &|text| self.found(text.as_bytes()))
    }

    fn found(&self, text: &[u8]) -> Vec<Range<usize>> {
        let sums = sums(text);
        let found = |print| Print::found(print, text, &sums, &self.key);
        self.prints.iter().flat_map(found).collect()
    }
}

impl Print {
    fn of(form: &[u8], key: &[u8; 32]) -> Print {
        Print {
            len: form.len(),
            sum: form.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)) % 16,
            digest: digest(form, key),
        }
    }

    fn is(&self, form: &[u8], key: &[u8; 32]) -> bool {
        form.len() == self.len && digest(form, key) == self.digest
    }

    fn found(&self, text: &[u8], sums: &[u8], key: &[u8; 32]) -> Vec<Range<usize>> {
        let (mut found, mut from) = (Vec::new(), 0);
        while let Some(at) = self.find(text, sums, from, key) {
            from = at + self.len;
            found.push(at..from);
        }
        found
    }

    /// Where it stands next. What stands there is a whole text, so it begins with a whole letter.
    fn find(&self, text: &[u8], sums: &[u8], from: usize, key: &[u8; 32]) -> Option<usize> {
        let sum = |at: usize| sums[at + self.len].wrapping_sub(sums[at]) % 16;
        let last = text.len().checked_sub(self.len)?;
        (from..=last).find(|&at| sum(at) == self.sum && self.is(&text[at..at + self.len], key))
    }
}

/// The sum of all bytes before each place.
fn sums(text: &[u8]) -> Vec<u8> {
    let add = |sum: &mut u8, byte: &u8| {
        *sum = sum.wrapping_add(*byte);
        Some(*sum)
    };
    let sums = text.iter().scan(0, add);
    [0].into_iter().chain(sums).collect()
}

fn digest(form: &[u8], key: &[u8; 32]) -> [u8; 16] {
    Hasher::keyed(key).add(form).finish().0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(value: &str) -> Secrets {
        Secrets::new([("P".to_string(), value.to_string())].into())
    }

    #[test]
    fn what_was_secret_once_is_masked_by_who_does_not_know_it() {
        let prints = Prints::of(&secrets("pæss-word/1")).unwrap();
        for (text, shown) in [
            ("", ""),
            ("pæss-wor", "pæss-wor"),
            ("pæss-word/1", "[masked]"),
            ("é=pæss-word/1pæss-word/1\n", "é=[masked][masked]\n"),
            ("u:p%C3%A6ss-word%2F1@h", "u:[masked]@h"),
            (r"\n: p\u00e6ss-word\/1\n", r"\n: [masked]\n"),
        ] {
            assert_eq!(prints.mask(text), shown);
        }
    }

    #[test]
    fn they_are_kept_without_the_value_and_only_as_long_as_it_is_not_known() {
        let path = std::env::temp_dir().join(format!("prints-{}", std::process::id()));
        Prints::of(&secrets("pass-word-1"))
            .unwrap()
            .keep(&path)
            .unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("pass-word-1"));
        let known = |value| {
            Prints::read(&path)
                .beyond(&secrets(value))
                .prints
                .is_empty()
        };
        assert!(known("pass-word-1") && !known("pass-word-2"));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(Prints::read(&path).mask("a"), "a");
    }
}
