//! Contents of files as digests, re-read only when something about the file moved, and globs. Knows nothing of steps.
//!
//! A file is believed unchanged while device, inode, size, mtime and ctime are as they were when it was last read: ctime also
//! moves when somebody sets mtime back, so a same-size edit can't hide. The cache is a hint; deleting it costs reading.

mod cache;
mod glob;
pub mod scope;

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use crate::digest::{Digest, Hasher};

pub use glob::valid_pattern;

/// What tells that a file is the one that was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Identity {
    dev: u64,
    ino: u64,
    size: u64,
    mtime: i128,
    ctime: i128,
}

#[derive(Clone, Copy)]
struct Known {
    identity: Identity,
    digest: Digest,
}

/// Digests of files below one folder.
pub struct Files {
    root: PathBuf,
    /// Folders that belong to the engine and never count as inputs.
    own: Vec<PathBuf>,
    known: RwLock<HashMap<Arc<str>, Known>>,
    /// Globs already expanded in this run, cleared when a step may have made files.
    expanded: Mutex<HashMap<String, Arc<Vec<Arc<str>>>>>,
    generation: AtomicU64,
    cache: PathBuf,
}

impl Files {
    /// Files below `root`, remembering what the cache at `cache` knows.
    pub fn open(root: &Path, state: &Path) -> Files {
        let cache = state.join("files");
        Files {
            root: root.to_path_buf(),
            own: vec![state.to_path_buf()],
            known: RwLock::new(cache::load(&cache)),
            expanded: Mutex::default(),
            generation: AtomicU64::new(0),
            cache,
        }
    }

    /// The digest of a file's content or of a folder's whole tree; `None` if there is nothing.
    pub fn digest(&self, path: &str) -> io::Result<Option<Digest>> {
        let full = self.root.join(path);
        match fs::metadata(&full) {
            Ok(meta) if meta.is_dir() => self.tree_digest(path).map(Some),
            Ok(meta) => self.file_digest(path, &full, &meta).map(Some),
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(err) => Err(io::Error::new(err.kind(), format!("{path}: {err}"))),
        }
    }

    /// The files a list of globs names, sorted; a pattern that begins with `!` takes files out again.
    pub fn expand(&self, patterns: &[String]) -> io::Result<Arc<Vec<Arc<str>>>> {
        let key = patterns.join("\n");
        if let Some(found) = self.expanded.lock().unwrap().get(&key) {
            return Ok(found.clone());
        }
        let generation = self.generation.load(Ordering::SeqCst);
        let found = Arc::new(glob::expand(
            &self.root,
            patterns,
            &glob::Leave::Own(&self.own),
        )?);
        // What was found before somebody made new files must not be remembered after.
        let mut expanded = self.expanded.lock().unwrap();
        if self.generation.load(Ordering::SeqCst) == generation {
            expanded.insert(key, found.clone());
        }
        Ok(found)
    }

    /// Forgets which files globs name: somebody may have made new ones.
    pub fn forget_globs(&self) {
        let mut expanded = self.expanded.lock().unwrap();
        self.generation.fetch_add(1, Ordering::SeqCst);
        expanded.clear();
    }

    /// Whether the path exists.
    pub fn exists(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }

    /// Writes what is known to disk.
    pub fn save(&self) -> io::Result<()> {
        cache::save(&self.cache, &self.known.read().unwrap())
    }

    fn tree_digest(&self, path: &str) -> io::Result<Digest> {
        let mut hasher = Hasher::new();
        for file in glob::expand(&self.root, &[glob::below(path)], &glob::Leave::Nothing)? {
            let digest = self.digest(&file)?.unwrap_or_default();
            hasher.add(file.as_bytes()).add(&digest.0);
        }
        Ok(hasher.finish())
    }

    fn file_digest(&self, path: &str, full: &Path, meta: &Metadata) -> io::Result<Digest> {
        let identity = identity(meta);
        if let Some(known) = self
            .known
            .read()
            .unwrap()
            .get(path)
            .filter(|known| known.identity == identity)
        {
            return Ok(known.digest);
        }
        let (identity, digest) =
            read(full).map_err(|err| io::Error::new(err.kind(), format!("{path}: {err}")))?;
        self.known
            .write()
            .unwrap()
            .insert(Arc::from(path), Known { identity, digest });
        Ok(digest)
    }
}

/// Reads a file until its identity is the same before and after, so that the digest belongs to it.
fn read(path: &Path) -> io::Result<(Identity, Digest)> {
    loop {
        let before = fs::metadata(path)?;
        let content = fs::read(path)?;
        let after = fs::metadata(path)?;
        if identity(&before) == identity(&after) {
            let executable = after.mode() & 0o111 != 0;
            return Ok((
                identity(&after),
                Hasher::new()
                    .add(&content)
                    .add(&[u8::from(executable)])
                    .finish(),
            ));
        }
    }
}

/// The identity of a file from its metadata.
pub fn identity(meta: &Metadata) -> Identity {
    let nanos = |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    Identity {
        dev: meta.dev(),
        ino: meta.ino(),
        size: meta.size(),
        mtime: nanos(meta.mtime(), meta.mtime_nsec()),
        ctime: nanos(meta.ctime(), meta.ctime_nsec()),
    }
}

#[cfg(test)]
mod tests;
