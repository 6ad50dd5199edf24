//! YAML as flat leaves, each with the keys that lead to it and its line.

mod documents;

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::mem;

pub(crate) use documents::documents;
use saphyr_parser::{Event, Parser, ScalarStyle};

/// One scalar, or a list or mapping without content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Keys and list positions (from 0) from the document's root to here.
    pub path: Vec<String>,
    /// The scalar without its quotes, `[]` or `{}`.
    pub value: String,
    /// Whether it is a text for certain, however the reader takes plain words and numbers.
    pub is_text: bool,
    /// Its line, from 1.
    pub line: usize,
}

/// The leaves of all documents, in order; an error names the line.
pub fn leaves(text: &str) -> Result<Vec<Leaf>, String> {
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|err| err.to_string())?;
        reader.take(event, span.start.line());
    }
    Ok(reader.leaves)
}

/// A list or mapping that has begun.
enum Open {
    List { at: usize },
    Mapping { key: Option<String>, empty: bool },
}

#[derive(Default)]
struct Reader {
    open: Vec<Open>,
    anchors: BTreeMap<usize, String>,
    leaves: Vec<Leaf>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, line: usize) {
        match event {
            Event::Scalar(value, style, anchor, _) => {
                self.anchors.insert(anchor, value.to_string());
                let is_text = style != ScalarStyle::Plain || is_text(&value);
                self.scalar(value.into_owned(), is_text, line);
            }
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned().unwrap_or_default();
                self.scalar(value, false, line);
            }
            Event::SequenceStart(..) => self.open.push(Open::List { at: 0 }),
            Event::MappingStart(..) => self.open.push(Open::Mapping {
                key: None,
                empty: true,
            }),
            Event::SequenceEnd | Event::MappingEnd => self.close(line),
            _ => {}
        }
    }

    /// A key, or a value.
    fn scalar(&mut self, text: String, is_text: bool, line: usize) {
        match self.open.last_mut() {
            Some(Open::Mapping { key, empty }) if key.is_none() => {
                *empty = false;
                *key = Some(text);
            }
            _ => {
                self.leaf(text, is_text, line);
                self.next();
            }
        }
    }

    fn close(&mut self, line: usize) {
        match self.open.pop() {
            Some(Open::List { at: 0 }) => self.leaf("[]".to_string(), false, line),
            Some(Open::Mapping { empty: true, .. }) => self.leaf("{}".to_string(), false, line),
            _ => {}
        }
        self.next();
    }

    fn leaf(&mut self, value: String, is_text: bool, line: usize) {
        let path = self.open.iter().map(|open| match open {
            Open::List { at } => at.to_string(),
            Open::Mapping { key, .. } => key.clone().unwrap_or_default(),
        });
        let path = path.collect();
        self.leaves.push(Leaf {
            path,
            value,
            is_text,
            line,
        });
    }

    /// A value is complete.
    fn next(&mut self) {
        match self.open.last_mut() {
            Some(Open::List { at }) => *at += 1,
            Some(Open::Mapping { key, .. }) => drop(mem::take(key)),
            None => {}
        }
    }
}

/// Whether a plain scalar is a text by all versions of YAML: numbers begin otherwise, and no word
/// that is none, such as `false` or `null`, is longer.
fn is_text(plain: &str) -> bool {
    plain.starts_with(|c: char| c.is_ascii_alphabetic()) && plain.len() > "false".len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_number_or_a_word_of_yaml_is_no_text_for_certain() {
        let text = "[web:1.0, '1', \"no\", 1, 1e3, -5, off, False, .inf, 2026-01-01, ~, {}, short, longer]";
        let texts: Vec<String> = leaves(text)
            .unwrap()
            .into_iter()
            .filter(|leaf| leaf.is_text)
            .map(|leaf| leaf.value)
            .collect();
        assert_eq!(texts, ["web:1.0", "1", "no", "longer"]);
    }

    fn flat(text: &str) -> Vec<(String, String, usize)> {
        let leaves = leaves(text).unwrap().into_iter();
        leaves
            .map(|leaf| (leaf.path.join("."), leaf.value, leaf.line))
            .collect()
    }

    #[track_caller]
    fn check(text: &str, wanted: &[(&str, &str, usize)]) {
        let wanted = wanted.iter().map(|(path, value, line)| {
            let (path, value) = (path.to_string(), value.to_string());
            (path, value, *line)
        });
        assert_eq!(flat(text), wanted.collect::<Vec<_>>());
    }

    #[test]
    fn every_scalar_has_its_path_and_line() {
        check(
            "a: 1 # one\nb:\n  - x: 'it''s'\n    y: [p, \"q\"]\n  - z\n---\nc: true\n",
            &[
                ("a", "1", 1),
                ("b.0.x", "it's", 3),
                ("b.0.y.0", "p", 4),
                ("b.0.y.1", "q", 4),
                ("b.1", "z", 5),
                ("c", "true", 7),
            ],
        );
    }

    #[test]
    fn what_is_empty_is_a_leaf_and_a_block_of_text_is_one() {
        check(
            "a: {}\nb: []\nc: |\n  image: x\n  y: 1\nd: &n v\ne: *n\nf:\n",
            &[
                ("a", "{}", 1),
                ("b", "[]", 2),
                ("c", "image: x\ny: 1\n", 4),
                ("d", "v", 6),
                ("e", "v", 7),
                ("f", "", 8),
            ],
        );
    }

    #[test]
    fn what_is_no_yaml_is_told_with_its_line() {
        assert!(leaves("a: 1\nb: [\n").unwrap_err().contains("line 3"));
    }
}
