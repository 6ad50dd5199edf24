//! A list of patterns as a step has it: what it names, and what it takes out again. Text only.

use super::pattern::{Glob, Named, is_settled};
use super::scope::within;

/// What a list of patterns names.
#[derive(Default)]
pub(super) struct List {
    /// Names that stand for themselves, there or not.
    pub plain: Vec<String>,
    /// What is looked for.
    pub globs: Vec<Glob>,
    without: Named,
}

impl List {
    /// Patterns that begin with `!` take out what the others name, wherever they stand in the list.
    pub(super) fn new(patterns: &[String], root: &str) -> Result<List, String> {
        let mut list = List::default();
        for written in patterns {
            let (text, is_out) = match written.strip_prefix('!') {
                Some(text) => (text, true),
                None => (written.as_str(), false),
            };
            let named = Named::new(text, root)
                .map_err(|why| format!("`{written}` is no pattern: {why}"))?;
            let (plain, globs) = match is_out {
                true => (&mut list.without.plain, &mut list.without.globs),
                false => (&mut list.plain, &mut list.globs),
            };
            plain.extend(named.plain);
            globs.extend(named.globs);
        }
        if list.takes_out() {
            let below = list.plain.iter().map(|name| Glob::below(name));
            list.globs.extend(below.collect::<Vec<_>>());
        }
        Ok(list)
    }

    /// Whether it takes anything out: then a folder that it names is all that is left in it, file
    /// by file.
    pub(super) fn takes_out(&self) -> bool {
        !(self.without.plain.is_empty() && self.without.globs.is_empty())
    }

    /// Everything below a folder.
    pub(super) fn below(folder: &str) -> List {
        List {
            globs: vec![Glob::below(folder)],
            ..List::default()
        }
    }

    /// Whether a path is taken out. A folder is taken out with all that is in it.
    pub(super) fn leaves_out(&self, path: &str) -> bool {
        let without = &self.without;
        without.plain.iter().any(|name| within(path, name))
            || without.globs.iter().any(|glob| glob.matches(path))
    }

    /// Whether everything below a folder is taken out, so that it need not be entered.
    pub(super) fn leaves_out_all_of(&self, folder: &str) -> bool {
        let without = &self.without;
        without.plain.iter().any(|name| within(folder, name))
            || without.globs.iter().any(|glob| glob.holds_all_of(folder))
    }

    /// Whether one of its patterns finds this path.
    pub(super) fn finds(&self, path: &str) -> bool {
        self.globs.iter().any(|glob| glob.matches(path)) && !self.leaves_out(path)
    }

    /// Whether it names this path, or something that holds it.
    pub(super) fn names(&self, path: &str) -> bool {
        self.finds(path)
            || self.plain.iter().any(|name| within(path, name)) && !self.leaves_out(path)
    }

    /// Whether a folder may hold something that its patterns find.
    pub(super) fn reaches_into(&self, folder: &str) -> bool {
        self.globs.iter().any(|glob| glob.reaches_into(folder)) && !self.leaves_out_all_of(folder)
    }

    /// The folders that every match lies in, none within another.
    pub(super) fn prefixes(&self) -> Vec<&str> {
        let mut prefixes: Vec<&str> = self.globs.iter().map(|glob| glob.prefix.as_str()).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        let all = prefixes.clone();
        let is_inner = |one: &&str| {
            let holds = |outer: &&str| {
                outer != one
                    && (outer.is_empty() && !one.starts_with(['/', '.']) || within(one, outer))
            };
            all.iter().any(holds)
        };
        prefixes.retain(|one| !is_inner(one));
        prefixes
    }
}

/// Whether a list can be used as it is, without a look at what is there.
pub(super) fn is_plain(patterns: &[String]) -> bool {
    patterns.iter().all(|text| is_settled(text))
}
