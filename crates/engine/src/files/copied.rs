//! What a copy of files shows besides their contents: modes, where links lead, and folders, empty
//! ones too.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;

use super::{Files, there};
use crate::digest::{Digest, Hasher};

/// The bits of a mode that a copy keeps.
const MODE: u32 = 0o7777;

impl Files {
    /// What a copy would show of this path, by a name that tells what it is; `None` if nothing is
    /// there.
    pub fn copied(&self, path: &str) -> io::Result<Option<(String, Digest)>> {
        let Some(meta) = there(path, fs::symlink_metadata(self.root.join(path)))? else {
            return Ok(None);
        };
        if meta.is_symlink() {
            return Ok(self.leads(path));
        }
        let what = if meta.is_dir() { "folder" } else { "mode of" };
        let mode = meta.mode() & MODE;
        let digest = Hasher::new().add(&mode.to_le_bytes()).finish();
        Ok(Some((format!("{what} {path}"), digest)))
    }

    /// The same of where a link leads, also if nothing is there; `None` for what is no link. That it
    /// was set to another place shows by its folder.
    pub fn leads(&self, path: &str) -> Option<(String, Digest)> {
        let target = fs::read_link(self.root.join(path)).ok()?;
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        self.note(folder, fs::metadata(self.root.join(folder)).ok().as_ref());
        let digest = Digest::of(target.as_os_str().as_encoded_bytes());
        Some((format!("link {path}"), digest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn what_a_copy_shows_is_told_by_its_name() {
        let root = std::env::temp_dir().join(format!("copied-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("app/empty")).unwrap();
        fs::write(root.join("app/key"), "k").unwrap();
        symlink("/nowhere", root.join("app/link")).unwrap();
        let files = Files::open(&root, &root.join("state"));
        let patterns = ["app".to_string(), "app/**".to_string()];
        let all = || {
            let paths = files.expand_with_folders(&patterns).unwrap();
            let told = paths.iter().map(|path| files.copied(path).unwrap());
            told.flatten().collect::<Vec<_>>()
        };
        let before = all();
        let names: Vec<&str> = before.iter().map(|(name, _)| name.as_str()).collect();
        let expected = [
            "folder app",
            "folder app/empty",
            "mode of app/key",
            "link app/link",
        ];
        assert_eq!(names, expected);
        let key = root.join("app/key");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        fs::remove_file(root.join("app/link")).unwrap();
        symlink("/elsewhere", root.join("app/link")).unwrap();
        let after = all();
        let same = |at: usize| before[at].1 == after[at].1;
        assert_eq!([0, 1, 2, 3].map(same), [true, true, false, false]);
        assert_eq!(files.copied("app/none").unwrap(), None);
        fs::remove_dir_all(&root).unwrap();
    }
}
