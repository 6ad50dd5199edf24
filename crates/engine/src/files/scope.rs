//! Which paths lists of globs name, and the folders that have to be watched to see a change of them. Knows nothing of contents.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use glob::Pattern;

pub use super::glob::joined;
use super::glob::{Leave, OPTIONS, is_wild, left_out_whole, literal_prefix};

/// The union of many lists of globs.
pub struct Scope {
    root: PathBuf,
    /// The engine's own folders.
    own: Vec<PathBuf>,
    plain: HashSet<String>,
    lists: Vec<List>,
    known: HashSet<Vec<String>>,
}

/// The globs of one list, with what they leave out.
struct List {
    globs: Vec<(String, Pattern)>,
    without: Vec<Pattern>,
}

impl Scope {
    /// Nothing yet, below `root`.
    pub fn new(root: &Path, own: &Path) -> Scope {
        Scope {
            root: root.to_path_buf(),
            own: vec![own.to_path_buf()],
            plain: HashSet::new(),
            lists: Vec::new(),
            known: HashSet::new(),
        }
    }

    /// Adds one list, as a step has it.
    pub fn add(&mut self, patterns: Vec<String>) {
        if patterns.is_empty() || self.known.contains(&patterns) {
            return;
        }
        let parsed = |text: &String| Some((text.clone(), Pattern::new(text).ok()?));
        let (without, with): (Vec<&String>, _) =
            patterns.iter().partition(|text| text.starts_with('!'));
        let without: Vec<Pattern> = without
            .into_iter()
            .filter_map(|text| Pattern::new(&text[1..]).ok())
            .collect();
        let (wild, plain): (Vec<&String>, Vec<&String>) =
            with.into_iter().partition(|text| is_wild(text));
        let out = |path: &str| without.iter().any(|p| p.matches_with(path, OPTIONS));
        self.plain
            .extend(plain.into_iter().filter(|path| !out(path)).cloned());
        if !wild.is_empty() {
            let globs = wild.into_iter().filter_map(parsed).collect();
            self.lists.push(List { globs, without });
        }
        self.known.insert(patterns);
    }

    /// Whether any list names this path.
    pub fn names(&self, path: &str) -> bool {
        self.plain.contains(path) || self.lists.iter().any(|list| list.names(path))
    }

    /// The folders that are there now and in which a change could be one of a named path, or could make one.
    pub fn folders(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for path in &self.plain {
            self.nearest(parent(path), &mut found);
        }
        for list in &self.lists {
            for (text, _) in &list.globs {
                self.nearest(literal_prefix(text), &mut found);
                self.enter(literal_prefix(text), list, &mut found);
            }
        }
        found
    }

    /// The folder, or where it would have to appear.
    fn nearest(&self, mut folder: &str, found: &mut BTreeSet<String>) {
        while !folder.is_empty() && !self.root.join(folder).is_dir() {
            folder = parent(folder);
        }
        if !found.contains(folder) {
            found.insert(folder.to_string());
        }
    }

    fn enter(&self, folder: &str, list: &List, found: &mut BTreeSet<String>) {
        let full = self.root.join(folder);
        if Leave::Own(&self.own).out(&full) {
            return;
        }
        found.insert(folder.to_string());
        // What can't be read is told by the run that needs it.
        for entry in fs::read_dir(full).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let below = name.to_str().map(|name| joined(folder, name));
            let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if let Some(below) =
                below.filter(|below| is_dir && !left_out_whole(below, &list.without))
            {
                self.enter(&below, list, found);
            }
        }
    }
}

impl List {
    fn names(&self, path: &str) -> bool {
        let matches = |pattern: &Pattern| pattern.matches_with(path, OPTIONS);
        self.globs.iter().any(|(_, glob)| matches(glob)) && !self.without.iter().any(matches)
    }
}

/// The same path without `.` and `..`, as far as its text tells.
pub fn plain(path: &Path) -> PathBuf {
    let mut parts: Vec<Component> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => drop(parts.pop()),
            (Component::ParentDir, Some(Component::RootDir)) => {}
            _ => parts.push(part),
        }
    }
    parts.into_iter().collect()
}

/// Whether a path is a folder or file, or lies below it.
pub fn within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn parent(path: &str) -> &str {
    path.rfind('/').map_or("", |slash| &path[..slash])
}
