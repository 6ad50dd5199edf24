//! Programs on this machine: where they are, and what tells that one is still the same file. Starts nothing.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::files::identity;
use protocol::{Cmd, Failure};

/// A program's absolute path: from PATH, or relative to `root` if it has a slash.
pub fn locate(program: &str, root: &Path) -> Option<PathBuf> {
    if program.contains('/') {
        which::which_in(root.join(program), None::<&str>, root).ok()
    } else {
        which::which(program).ok()
    }
}

/// What to do about a program that is not there.
pub(super) fn not_found(cmd: &Cmd) -> Failure {
    let program = cmd.program();
    if program.contains('/') {
        return Failure::new(format!("there is no program `{program}`")).fix(
            "correct the path, which begins at the folder of pipeline.toml, or make the file executable",
        );
    }
    let failure = Failure::new(format!("`{program}` is not on PATH")).prerequisite();
    match cmd.install {
        "" => failure.fix(format!("install {program}, or correct the name in `argv`")),
        install => failure.fix(install),
    }
}

/// What tells that a program is still the same file: a digest of where it is and of its device, inode, size and times. Empty if that
/// would not tell what it does: a script or a stand-in of another name (as version managers put on PATH) decides anew each time
/// which program it starts.
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
