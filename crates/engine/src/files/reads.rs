//! Which of many names a list of patterns reads: itself, something in it, or something that holds
//! it. Text only.

use std::collections::BTreeMap;

use super::list::List;
use super::scope::within;

/// What a step reads.
pub struct Reads(List);

impl Reads {
    /// These patterns; one that can't be used reads nothing, and is told where it is used.
    pub fn new(patterns: &[String], root: &str) -> Reads {
        Reads(List::new(patterns, root).unwrap_or_default())
    }

    /// Those of the names that it reads.
    pub fn among<'m>(&self, names: &'m BTreeMap<String, usize>) -> Vec<(&'m str, usize)> {
        let mut found: BTreeMap<&str, usize> = BTreeMap::new();
        for plain in &self.0.plain {
            let above = plain.match_indices('/').map(|(at, _)| &plain[..at]);
            let holding = above
                .chain([plain.as_str()])
                .filter_map(|name| names.get_key_value(name));
            found.extend(holding.map(|(name, value)| (name.as_str(), *value)));
            found.extend(below(names, &format!("{plain}/")));
        }
        for glob in &self.0.globs {
            let prefix = &glob.prefix;
            let above = prefix.match_indices('/').map(|(at, _)| &prefix[..at]);
            let holding = above
                .chain([prefix.as_str()])
                .filter_map(|name| names.get_key_value(name));
            found.extend(holding.map(|(name, value)| (name.as_str(), *value)));
            let start = if prefix.is_empty() {
                String::new()
            } else {
                format!("{prefix}/")
            };
            found.extend(below(names, &start).filter(|(name, _)| glob.matches(name)));
        }
        let counts =
            |(name, _): &(&str, usize)| !self.0.leaves_out(name) && !self.0.leaves_out_all_of(name);
        found.into_iter().filter(counts).collect()
    }

    /// Whether a name is read because it, or something that holds it or lies in it, is named
    /// outright.
    pub fn is_named(&self, name: &str) -> bool {
        let mut plain = self.0.plain.iter();
        plain.any(|plain| within(name, plain) || within(plain, name))
    }
}

fn below<'m>(
    names: &'m BTreeMap<String, usize>,
    start: &str,
) -> impl Iterator<Item = (&'m str, usize)> {
    let range = names.range(start.to_string()..);
    let start = start.to_string();
    range
        .map(|(name, value)| (name.as_str(), *value))
        .take_while(move |(name, _)| name.starts_with(&start))
}
