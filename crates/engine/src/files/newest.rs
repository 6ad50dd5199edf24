//! What moved last in a folder that is not as it was: the best that can be told of who wrote there.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use super::Files;

impl Files {
    /// The path of what was written last in a folder, files before the folders that hold them;
    /// `None` where there is no folder, or it can't be read. Of a file that was deleted that is its
    /// folder.
    pub fn newest_in(&self, folder: &str) -> Option<String> {
        let mut folders = vec![PathBuf::from(folder)];
        let mut newest = None;
        while let Some(path) = folders.pop() {
            let full = self.root.join(&path);
            let known = full.symlink_metadata().ok()?;
            if known.is_dir() {
                let entries = fs::read_dir(&full).ok()?.flatten();
                folders.extend(entries.map(|entry| path.join(entry.file_name())));
            }
            let moved = (known.mtime(), known.mtime_nsec(), !known.is_dir(), path);
            newest = newest.max(Some(moved));
        }
        let (.., path) = newest.filter(|(.., path)| path.as_os_str() != folder)?;
        Some(path.display().to_string())
    }
}
