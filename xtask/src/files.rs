//! Contents of files as digests, re-read only when something about the file moved, and globs. Knows nothing of steps.
//!
//! A file is believed unchanged while device, inode, size, mtime and ctime are as they were when it was last read: ctime also
//! moves when somebody sets mtime back, so a same-size edit can't hide. Where clocks of files tick slowly, two edits can share a
//! tick: what was read that soon after it changed is read again (git calls this racy). The cache is a hint; deleting it costs reading.

mod cache;
mod glob;
pub mod scope;

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::digest::{Digest, Hasher};

pub use glob::valid_pattern;

/// What tells that a file is the one that was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Identity {
    pub(crate) dev: u64,
    pub(crate) ino: u64,
    /// Bytes.
    pub(crate) size: u64,
    /// Nanoseconds since 1970.
    pub(crate) mtime: i64,
    pub(crate) ctime: i64,
}

/// Files of the kernel's slowest clocks tick this often, in nanoseconds.
const TICK: i64 = 20_000_000;

struct Known {
    identity: Identity,
    digest: Digest,
    /// It was read within a tick of its last change.
    racy: bool,
    /// This run looked at it.
    seen: AtomicBool,
}

/// Something that a run looked at, and what was there then.
pub type Sight = (Arc<str>, Option<Identity>);

/// Digests of files below one folder.
pub struct Files {
    root: PathBuf,
    /// Folders that belong to the engine and never count as inputs.
    own: Vec<PathBuf>,
    known: RwLock<HashMap<Arc<str>, Known>>,
    /// Globs already expanded in this run, cleared when a step may have made files.
    expanded: Mutex<HashMap<String, Arc<Vec<Arc<str>>>>>,
    generation: AtomicU64,
    /// Folders and missing files that this run looked at; files that are there are in `known`.
    sights: Mutex<HashMap<Arc<str>, Option<Identity>>>,
    /// Something was not the same each time it was looked at.
    moved: AtomicBool,
    /// Something was read that the cache on disk does not have.
    learnt: AtomicBool,
    opened: i64,
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
            sights: Mutex::default(),
            moved: AtomicBool::new(false),
            learnt: AtomicBool::new(false),
            opened: now(),
            cache,
        }
    }

    /// The digest of a file's content or of a folder's whole tree; `None` if there is nothing.
    pub fn digest(&self, path: &str) -> io::Result<Option<Digest>> {
        let full = self.root.join(path);
        match fs::metadata(&full) {
            Ok(meta) if meta.is_dir() => self.tree_digest(path).map(Some),
            Ok(meta) => self.file_digest(path, &full, &meta).map(Some),
            Err(err) if err.kind() == io::ErrorKind::NotFound => {
                self.note(path, None);
                Ok(None)
            }
            Err(err) => Err(io::Error::new(err.kind(), format!("{path}: {err}"))),
        }
    }

    /// The files a list of globs names, sorted; a pattern that begins with `!` takes files out again.
    pub fn expand(&self, patterns: &[String]) -> io::Result<Arc<Vec<Arc<str>>>> {
        // Plain names stand for themselves: nothing is saved by remembering that.
        if !patterns.iter().any(|pattern| glob::is_wild(pattern)) {
            return self.walk(patterns, &glob::Leave::Nothing).map(Arc::new);
        }
        let key = patterns.join("\n");
        if let Some(found) = self.expanded.lock().unwrap().get(&key) {
            return Ok(found.clone());
        }
        let generation = self.generation.load(Ordering::SeqCst);
        let found = Arc::new(self.walk(patterns, &glob::Leave::Own(&self.own))?);
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

    /// Looks at a file that somebody else is about to read.
    pub fn look_at(&self, path: &Path) {
        self.note(&path.to_string_lossy(), fs::metadata(path).ok().as_ref());
    }

    /// Everything that this run looked at, and `early`; `None` if something moved meanwhile, or so shortly before that the next
    /// move might not show.
    pub fn sights(&self, early: &[Sight]) -> Option<Vec<Sight>> {
        let known = self.known.read().unwrap();
        let seen = known
            .iter()
            .filter(|(_, known)| known.seen.load(Ordering::Relaxed))
            .map(|(path, known)| (path.clone(), Some(known.identity)));
        let others = self.sights.lock().unwrap();
        let all: Vec<Sight> = seen
            .chain(others.iter().map(|(path, seen)| (path.clone(), *seen)))
            .chain(early.iter().cloned())
            .collect();
        let still = |(_, seen): &Sight| seen.is_none_or(|identity| !identity.racy(self.opened));
        (!self.moved.load(Ordering::Relaxed) && all.iter().all(still)).then_some(all)
    }

    /// Writes what is known to disk, if anything was learnt.
    pub fn save(&self) -> io::Result<()> {
        if !self.learnt.load(Ordering::Relaxed) {
            return Ok(());
        }
        cache::save(&self.cache, &self.known.read().unwrap())
    }

    fn tree_digest(&self, path: &str) -> io::Result<Digest> {
        let mut hasher = Hasher::new();
        for file in self.walk(&[glob::below(path)], &glob::Leave::Nothing)? {
            let digest = self.digest(&file)?.unwrap_or_default();
            hasher.add(file.as_bytes()).add(&digest.0);
        }
        Ok(hasher.finish())
    }

    fn walk(&self, patterns: &[String], leave: &glob::Leave) -> io::Result<Vec<Arc<str>>> {
        let note = |folder: &str, meta: Option<&Metadata>| self.note(folder, meta);
        glob::expand(&self.root, patterns, leave, &note)
    }

    fn note(&self, path: &str, meta: Option<&Metadata>) {
        let seen = meta.map(identity);
        let path = if path.is_empty() { "." } else { path };
        let before = self.sights.lock().unwrap().insert(Arc::from(path), seen);
        if before.is_some_and(|before| before != seen) {
            self.moved.store(true, Ordering::Relaxed);
        }
    }

    fn file_digest(&self, path: &str, full: &Path, meta: &Metadata) -> io::Result<Digest> {
        let identity = identity(meta);
        if let Some(known) = self.known.read().unwrap().get(path)
            && known.identity == identity
            && !known.racy
        {
            known.seen.store(true, Ordering::Relaxed);
            return Ok(known.digest);
        }
        let known =
            read(full).map_err(|err| io::Error::new(err.kind(), format!("{path}: {err}")))?;
        self.learnt.store(true, Ordering::Relaxed);
        let digest = known.digest;
        let identity = known.identity;
        let before = self.known.write().unwrap().insert(Arc::from(path), known);
        if before.is_some_and(|old| old.seen.into_inner() && old.identity != identity) {
            self.moved.store(true, Ordering::Relaxed);
        }
        Ok(digest)
    }
}

/// Puts content in a file's place, so that readers see all of the old or all of the new. The disk is not waited for.
pub fn replace(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    let fresh = path.with_extension("new");
    fs::write(&fresh, content)?;
    fs::rename(fresh, path)
}

/// Reads a file until its identity is the same before and after, so that the digest belongs to it.
fn read(path: &Path) -> io::Result<Known> {
    loop {
        let before = identity(&fs::metadata(path)?);
        let began = now();
        let content = fs::read(path)?;
        let after = fs::metadata(path)?;
        if before == identity(&after) {
            let executable = after.mode() & 0o111 != 0;
            let digest = Hasher::new()
                .add(&content)
                .add(&[u8::from(executable)])
                .finish();
            return Ok(Known {
                identity: before,
                digest,
                racy: before.racy(began),
                seen: AtomicBool::new(true),
            });
        }
    }
}

impl Identity {
    /// Whether it changed so shortly before `at` that a further change might show the same times.
    fn racy(&self, at: i64) -> bool {
        self.mtime.max(self.ctime).saturating_add(TICK) > at
    }
}

/// The identity of a file from its metadata.
pub fn identity(meta: &Metadata) -> Identity {
    Identity {
        dev: meta.dev(),
        ino: meta.ino(),
        size: meta.size(),
        mtime: nanos(meta.mtime(), meta.mtime_nsec()),
        ctime: nanos(meta.ctime(), meta.ctime_nsec()),
    }
}

/// The same from what the kernel says; its numbers have other types on other machines.
#[allow(clippy::unnecessary_cast)]
pub fn identity_of(stat: &rustix::fs::Stat) -> Identity {
    Identity {
        dev: stat.st_dev as u64,
        ino: stat.st_ino as u64,
        size: stat.st_size as u64,
        mtime: nanos(stat.st_mtime as i64, stat.st_mtime_nsec as i64),
        ctime: nanos(stat.st_ctime as i64, stat.st_ctime_nsec as i64),
    }
}

fn nanos(seconds: i64, nanos: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(nanos)
}

fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_nanos() as i64)
}

#[cfg(test)]
mod tests;
