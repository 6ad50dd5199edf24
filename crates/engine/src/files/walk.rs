//! The files below a folder that a list of patterns finds.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::list::List;
use super::scope::{joined, plain};

/// The names and files below `root` that a list names, as sorted relative paths. A plain name is
/// taken as it is, there or not, so that a missing input is seen as missing. Folders to `leave` are
/// never entered; those that are entered are told to `note` first, and so is where each link leads
/// that might be entered another time.
pub(super) fn expand(
    root: &Path,
    list: &List,
    leave: &Leave,
    what: Find,
    note: &Note,
) -> io::Result<Vec<Arc<str>>> {
    let is_walked = |name: &str| {
        let full = root.join(name);
        let is_folder = |known: Metadata| known.is_dir() && !leads_back(root, name, &known);
        // What is never entered is looked at whole, if it is named outright.
        list.takes_out() && !leave.out(&full) && fs::metadata(&full).is_ok_and(is_folder)
    };
    let plain = list.plain.iter();
    let plain = plain.filter(|name| !list.leaves_out(name) && !is_walked(name));
    let mut walk = Walk {
        root,
        list,
        leave,
        what,
        note,
        found: plain.map(|name| Arc::from(name.as_str())).collect(),
    };
    for prefix in list.prefixes() {
        walk.enter(prefix)?;
    }
    Ok(walk.found.into_iter().collect())
}

/// Is told what was there before a folder was read.
pub(super) type Note<'a> = dyn Fn(&str, Option<&Metadata>) + 'a;

/// What is looked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Find {
    /// What has a content.
    Files,
    /// Folders and links to them too.
    FoldersToo,
}

/// Folders that are not entered.
pub(super) enum Leave<'a> {
    /// All are: an output is all that is in it.
    Nothing,
    /// The engine's own, those of pipelines further down, and git's.
    Own(&'a [PathBuf]),
}

impl Leave<'_> {
    pub(super) fn out(&self, folder: &Path) -> bool {
        match self {
            Leave::Nothing => false,
            Leave::Own(own) => {
                let is_named = |name: &str| folder.file_name().is_some_and(|own| own == name);
                own.contains(&plain(folder))
                    || is_named(".git")
                    || is_named(".pipeline") && is_state(folder)
            }
        }
    }
}

/// Whether a pipeline keeps its state there: one within this one writes it with each of its runs.
fn is_state(folder: &Path) -> bool {
    ["pipeline", "lock"]
        .iter()
        .all(|name| folder.join(name).is_file())
}

/// Whether a folder is one of those that its own path leads through, or that `root` itself lies in,
/// as behind a link that goes back up: what it holds of the project is counted there, and the rest
/// is half the disk.
pub(super) fn leads_back(root: &Path, path: &str, folder: &Metadata) -> bool {
    let same = |above: PathBuf| {
        let meta = fs::metadata(above);
        meta.is_ok_and(|meta| (meta.dev(), meta.ino()) == (folder.dev(), folder.ino()))
    };
    let inside = path
        .match_indices('/')
        .map(|(at, _)| root.join(&path[..at]));
    // Where `..` leads to does not depend on the name that the project is called by.
    let real = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
    let around = real.ancestors().map(Path::to_path_buf);
    inside.chain(around).any(same)
}

struct Walk<'a> {
    root: &'a Path,
    list: &'a List,
    leave: &'a Leave<'a>,
    what: Find,
    note: &'a Note<'a>,
    found: BTreeSet<Arc<str>>,
}

impl Walk<'_> {
    fn enter(&mut self, folder: &str) -> io::Result<()> {
        let full = self.root.join(folder);
        if self.leave.out(&full) {
            return Ok(());
        }
        (self.note)(folder, fs::metadata(&full).ok().as_ref());
        let entries = match fs::read_dir(&full) {
            Ok(entries) => entries,
            Err(err) if super::is_nothing(&err) => return Ok(()),
            Err(err) => return Err(io::Error::new(err.kind(), format!("{folder}: {err}"))),
        };
        for entry in entries {
            self.visit(folder, &entry?)?;
        }
        Ok(())
    }

    fn visit(&mut self, folder: &str, entry: &fs::DirEntry) -> io::Result<()> {
        let name = entry.file_name();
        let path = joined(folder, &name.to_string_lossy());
        let kind = entry.file_type()?;
        if name.to_str().is_none() {
            return self.unspeakable(&path, kind.is_dir());
        }
        // Where a worktree or a submodule has its own; it tells where the repository lies.
        if name == ".git" && matches!(self.leave, Leave::Own(_)) {
            return Ok(());
        }
        let below = || self.list.reaches_into(&path);
        let is_left_out = || kind.is_dir() && self.leave.out(&self.root.join(&path));
        if self.what == Find::FoldersToo && self.list.finds(&path) && !is_left_out() {
            self.found.insert(Arc::from(path.as_str()));
        }
        if kind.is_dir() {
            return if below() { self.enter(&path) } else { Ok(()) };
        }
        if kind.is_symlink() && below() {
            let leads = fs::metadata(self.root.join(&path)).ok();
            (self.note)(&path, leads.as_ref());
            if leads.is_some_and(|leads| self.is_another_folder(&path, &leads)) {
                return self.enter(&path);
            }
        }
        if self.list.finds(&path) {
            self.found.insert(Arc::from(path));
        }
        Ok(())
    }

    /// Whether a link leads to a folder that has not been come through.
    fn is_another_folder(&self, link: &str, leads: &Metadata) -> bool {
        leads.is_dir() && !leads_back(self.root, link, leads)
    }

    /// A file that can't be named can't be looked at either; to pass it over would be to miss its
    /// changes.
    fn unspeakable(&self, path: &str, is_folder: bool) -> io::Result<()> {
        let counts = match is_folder {
            true => self.list.reaches_into(path),
            false => self.list.finds(path),
        };
        if !counts {
            return Ok(());
        }
        let instead = match self.leave {
            // An output is all that is in it.
            Leave::Nothing => "let the step give it another name".to_string(),
            Leave::Own(_) => format!(
                "rename it, or leave it out with \"!{}\", which leaves out every name that differs in those places only",
                path.replace(char::REPLACEMENT_CHARACTER, "?")
            ),
        };
        let message = format!("{path}: its name is not UTF-8, so it can't be looked at; {instead}");
        Err(io::Error::new(io::ErrorKind::InvalidData, message))
    }
}
