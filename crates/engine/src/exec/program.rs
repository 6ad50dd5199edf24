//! Programs on this machine: where they are, and what tells that one is still the same file. Starts
//! nothing.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::files::identity;

/// A program as a child would look it up.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lookup {
    /// As it is written.
    pub program: String,
    /// The child's PATH, if it is not our own.
    pub path: Option<String>,
    /// The folder that the child runs in, relative to the root; empty for the root itself.
    pub cwd: String,
}

impl Lookup {
    /// With our own PATH, in the root.
    pub fn new(program: &str) -> Lookup {
        Lookup {
            program: program.to_string(),
            path: None,
            cwd: String::new(),
        }
    }
}

/// Where programs lie that were fetched for a pipeline with this state folder.
pub fn fetched(state: &Path) -> PathBuf {
    state.join("bin")
}

/// The PATH that children get, unless they have one of their own: what was fetched goes first.
pub(super) fn search_path(state: &Path) -> Option<OsString> {
    let (ours, fetched) = (std::env::var_os("PATH"), fetched(state));
    if !fetched.is_dir() {
        return ours;
    }
    let folders = ours.iter().flat_map(std::env::split_paths);
    std::env::join_paths([fetched].into_iter().chain(folders)).ok()
}

/// A program's absolute path: from PATH, or relative to the child's folder or `root` if it has a
/// slash.
pub fn locate(lookup: &Lookup, root: &Path, state: &Path) -> Option<PathBuf> {
    let (program, cwd) = (&lookup.program, root.join(&lookup.cwd));
    if program.contains('/') {
        let found =
            |folder: &PathBuf| which::which_in(folder.join(program), None::<&str>, root).ok();
        return [cwd, root.to_path_buf()].iter().find_map(found);
    }
    let own = lookup.path.as_ref().map(OsString::from);
    let path = own.or_else(|| search_path(state))?;
    // To a child, a relative folder on PATH lies in its own.
    let folders = std::env::split_paths(&path).map(|folder| cwd.join(folder));
    let path = std::env::join_paths(folders).ok()?;
    which::which_in(program, Some(path), cwd).ok()
}

/// What tells that a program is still the same file: a digest of where it is and of its device,
/// inode, size and times. Empty if that would not tell what it does: a script or a stand-in of
/// another name (as version managers put on PATH) decides anew each time which program it starts.
pub(super) fn file(path: &Path, name: &str) -> String {
    let known = || {
        let real = fs::canonicalize(path).ok()?;
        let mut start = [0; 2];
        File::open(&real).ok()?.read_exact(&mut start).ok()?;
        let itself = real.file_name()? == name && start != *b"#!";
        let meta = fs::metadata(&real).ok().filter(|_| itself)?;
        let mut bytes = identity(&meta).bytes().to_vec();
        bytes.extend(real.to_str()?.as_bytes());
        Some(Digest::of(&bytes).short())
    };
    known().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_program_is_known_by_its_file_unless_it_stands_for_another() {
        let dir = std::env::temp_dir().join(format!("program-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let at = |name: &str| dir.join(name);
        fs::write(at("helm"), "\x7fELF one").unwrap();
        let first = file(&at("helm"), "helm");
        assert!(!first.is_empty());
        assert_eq!(file(&at("helm"), "helm"), first);
        fs::write(at("helm"), "\x7fELF other").unwrap();
        assert_ne!(file(&at("helm"), "helm"), first);
        fs::write(at("kubectl"), "#!/bin/sh\nexec real").unwrap();
        assert_eq!(file(&at("kubectl"), "kubectl"), "");
        symlink(at("helm"), at("kind")).unwrap();
        assert_eq!(file(&at("kind"), "kind"), "");
        assert_eq!(file(&at("gone"), "gone"), "");
        fs::remove_dir_all(&dir).unwrap();
    }
}
