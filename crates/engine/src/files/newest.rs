//! What moved last in a folder that is not as it was: the best that can be told of who wrote there.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use super::Files;

impl Files {
    /// The path of what was written or moved last of these files and in these folders, files before
    /// the folders that hold them; `None` if that is the only one, if one is not there, or can't be
    /// read. Of a file that was deleted that is its folder.
    pub fn newest_of(&self, paths: &[&str]) -> Option<String> {
        let mut folders: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        let mut newest = None;
        while let Some(path) = folders.pop() {
            let full = self.root.join(&path);
            let known = full.symlink_metadata().ok()?;
            if known.is_dir() {
                let entries = fs::read_dir(&full).ok()?.flatten();
                folders.extend(entries.map(|entry| path.join(entry.file_name())));
            }
            let moved = (known.ctime(), known.ctime_nsec(), !known.is_dir(), path);
            newest = newest.max(Some(moved));
        }
        let is_told = |path: &PathBuf| !matches!(paths, [only] if path.as_os_str() == *only);
        let (.., path) = newest.filter(|(.., path)| is_told(path))?;
        Some(path.display().to_string())
    }
}
