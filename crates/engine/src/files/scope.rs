//! Which paths lists of patterns name, and the folders that have to be watched to see a change of
//! them.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::list::List;
use super::walk::{Leave, leads_back};

/// The union of many lists of patterns.
pub struct Scope {
    root: PathBuf,
    /// The engine's own folders.
    own: Vec<PathBuf>,
    lists: Vec<List>,
    known: HashSet<Vec<String>>,
}

impl Scope {
    /// Nothing yet, below `root`.
    pub fn new(root: &Path, own: &Path) -> Scope {
        Scope {
            root: root.to_path_buf(),
            own: vec![own.to_path_buf()],
            lists: Vec::new(),
            known: HashSet::new(),
        }
    }

    /// Adds one list, as a step has it. One that can't be used is told by the run that needs it.
    pub fn add(&mut self, patterns: Vec<String>) {
        if self.known.contains(&patterns) {
            return;
        }
        let list = List::new(&patterns, &self.root.to_string_lossy());
        self.lists.extend(list.ok());
        self.known.insert(patterns);
    }

    /// Whether any list names this path.
    pub fn names(&self, path: &str) -> bool {
        self.lists.iter().any(|list| list.names(path))
    }

    /// The folders that are there now and in which a change could be one of a named path, or could
    /// make one.
    pub fn folders(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for list in &self.lists {
            for name in &list.plain {
                self.nearest(parent(name), &mut found);
                self.enter(name, &List::below(name), &mut found);
            }
            for prefix in list.prefixes() {
                self.nearest(prefix, &mut found);
                self.enter(prefix, list, &mut found);
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
        // What can't be read is told by the run that needs it.
        let Ok(entries) = fs::read_dir(&full) else {
            return;
        };
        if Leave::Own(&self.own).out(&full) {
            return;
        }
        found.insert(folder.to_string());
        for entry in entries.flatten() {
            let name = entry.file_name();
            let below = name.to_str().map(|name| joined(folder, name));
            let below = below.filter(|below| list.reaches_into(below));
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            match below {
                Some(below) if self.is_folder(&entry, &below) => self.enter(&below, list, found),
                Some(link) if is_link => self.end_of(&link, found),
                _ => {}
            }
        }
    }

    /// Where a link leads that is no folder yet: there one may appear.
    fn end_of(&self, link: &str, found: &mut BTreeSet<String>) {
        let Ok(target) = fs::read_link(self.root.join(link)) else {
            return;
        };
        let end = plain(&Path::new(parent(link)).join(target));
        self.nearest(parent(&end.to_string_lossy()), found);
    }

    /// A link to a folder is one too, but for those that lead back.
    fn is_folder(&self, entry: &fs::DirEntry, path: &str) -> bool {
        let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        let meta = fs::metadata(entry.path());
        meta.is_ok_and(|meta| meta.is_dir() && !(is_link && leads_back(&self.root, path, &meta)))
    }
}

/// A path below a folder; the root is the empty name.
pub fn joined(folder: &str, name: &str) -> String {
    match folder {
        "" | "/" => format!("{folder}{name}"),
        _ => format!("{folder}/{name}"),
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
