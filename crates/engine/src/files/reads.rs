//! Which of many names a list of patterns reads: itself, something in it, or something that holds
//! it. Text only.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;

use super::list::{List, is_plain};
use super::scope::within;

/// Names to look for, each with a number.
pub struct Names<'n> {
    exact: HashMap<&'n str, usize>,
    sorted: BTreeMap<&'n str, usize>,
    /// All that hold one of them.
    folders: HashSet<&'n str>,
}

impl<'n> FromIterator<(&'n str, usize)> for Names<'n> {
    fn from_iter<I: IntoIterator<Item = (&'n str, usize)>>(names: I) -> Names<'n> {
        let exact: HashMap<&str, usize> = names.into_iter().collect();
        Names {
            sorted: exact
                .iter()
                .map(|(name, number)| (*name, *number))
                .collect(),
            folders: exact.keys().flat_map(|name| above(name)).collect(),
            exact,
        }
    }
}

impl<'n> Names<'n> {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.exact.is_empty()
    }

    /// Whether it is certain at a glance that these patterns read none of them.
    pub fn are_apart_from(&self, patterns: &[String]) -> bool {
        let meets = |path: &String| {
            self.folders.contains(path.as_str()) || self.holding(path).next().is_some()
        };
        is_plain(patterns) && !patterns.iter().any(meets)
    }

    /// A path, and what holds it.
    fn holding(&self, path: &str) -> impl Iterator<Item = (&'n str, usize)> {
        let names = above(path).chain([path]);
        names
            .filter_map(|name| self.exact.get_key_value(name))
            .map(|(name, number)| (*name, *number))
    }

    /// What lies in a folder; all names if it is empty.
    fn below(&self, folder: &str) -> Vec<(&'n str, usize)> {
        let start = match folder {
            "" => String::new(),
            _ if !self.folders.contains(folder) => return Vec::new(),
            _ => format!("{folder}/"),
        };
        let from = (Bound::Included(start.as_str()), Bound::Unbounded);
        let names = self.sorted.range::<str, _>(from);
        let names = names.map(|(name, number)| (*name, *number));
        names
            .take_while(|(name, _)| name.starts_with(&start))
            .collect()
    }
}

fn above(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

/// Whether to look for what these patterns name is to look at one of these paths, as it is written;
/// the root is `.`.
pub fn look_at(patterns: &[String], paths: &[&str], root: &str) -> bool {
    let is_met = |name: &str| {
        let meets = |path: &&str| within(path, name) || within(name, path);
        paths.iter().any(meets)
    };
    if patterns.iter().any(|name| is_met(name)) {
        return true;
    }
    if is_plain(patterns) {
        return false;
    }
    let list = List::new(patterns, root).unwrap_or_default();
    // A link to a folder that a pattern finds counts with all that is below it.
    let finds = |path: &str| above(path).chain([path]).any(|path| list.names(path));
    let in_folders = |path: &&str| finds(path) || *path == "." || list.reaches_into(path);
    list.plain.iter().any(|name| is_met(name)) || paths.iter().any(in_folders)
}

/// What a step reads.
pub struct Reads(List);

impl Reads {
    /// These patterns; one that can't be used reads nothing, and is told where it is used.
    pub fn new(patterns: &[String], root: &str) -> Reads {
        Reads(List::new(patterns, root).unwrap_or_default())
    }

    /// Those of the names that it reads. `is_folder` tells of a name whether patterns that begin in
    /// a folder above it may find something in it.
    pub fn among<'n>(
        &self,
        names: &Names<'n>,
        is_folder: &dyn Fn(&str, &str) -> bool,
    ) -> Vec<(&'n str, usize)> {
        let mut found: BTreeMap<&str, usize> = BTreeMap::new();
        for plain in &self.0.plain {
            found.extend(names.holding(plain).chain(names.below(plain)));
        }
        for glob in &self.0.globs {
            let reads = |name: &str| {
                glob.matches(name) || glob.reaches_into(name) && is_folder(&glob.prefix, name)
            };
            let below = names.below(&glob.prefix).into_iter();
            let read = below.filter(|(name, _)| reads(name));
            found.extend(names.holding(&glob.prefix).chain(read));
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
