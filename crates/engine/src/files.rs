//! Contents of files as digests, re-read only when something about the file moved, and globs.
//!
//! A file is believed unchanged while device, inode, size, mtime and ctime are as they were when it
//! was last read: ctime also moves when somebody sets mtime back, so a same-size edit can't hide.
//! Where clocks of files tick slowly, two edits can share a tick: what was read that soon after it
//! changed is read again (git calls this racy). The cache is a hint; deleting it costs reading.

mod braces;
mod cache;
mod copied;
mod identity;
pub(crate) mod links;
mod list;
mod newest;
mod pattern;
mod reads;
pub mod scope;
mod unnamed;
mod walk;

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::io::Errno;

use crate::digest::{Digest, Hasher};
use cache::Kept;
use list::{List, is_plain};
use walk::{Find, Leave};

pub use identity::{Identity, identity, identity_of};
pub use pattern::{normalized, valid_pattern};
pub use reads::{Names, Reads, look_at};

/// What reading and digesting one more small file costs, in bytes of the cache that could be
/// written instead.
const ONE_FILE: u64 = 10_000;

/// Larger files are read piece by piece.
const BIG: u64 = 16 << 20;

/// A file that this run read.
#[derive(Clone, Copy)]
struct Known {
    identity: Identity,
    digest: Digest,
    /// It was read within a tick of its last change.
    racy: bool,
}

/// Paths that a list of patterns names.
type Found = Arc<Vec<Arc<str>>>;

/// Something that a run looked at, and what was there then.
pub type PathState = (Arc<str>, Option<Identity>);

/// What is there now.
pub fn path_state(path: &Path) -> PathState {
    let seen = fs::metadata(path).ok().as_ref().map(identity);
    (Arc::from(path.to_string_lossy()), seen)
}

/// Digests of files below one folder.
pub struct Files {
    root: PathBuf,
    /// Folders that belong to the engine and never count as inputs.
    own: Vec<PathBuf>,
    /// What earlier runs read.
    kept: Kept,
    /// What this run read.
    learnt: RwLock<HashMap<Arc<str>, Known>>,
    /// What reading all that again would cost, in bytes.
    cost: AtomicU64,
    /// Globs already expanded in this run, cleared when a step may have made files.
    expanded: Mutex<HashMap<(Find, String), Found>>,
    generation: AtomicU64,
    /// Folders and missing files that this run looked at.
    path_states: Mutex<HashMap<Arc<str>, Option<Identity>>>,
    /// Something was not the same each time it was looked at.
    moved: AtomicBool,
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
            kept: Kept::load(&cache),
            learnt: RwLock::default(),
            cost: AtomicU64::new(0),
            expanded: Mutex::default(),
            generation: AtomicU64::new(0),
            path_states: Mutex::default(),
            moved: AtomicBool::new(false),
            opened: now(),
            cache,
        }
    }

    /// The digest of a file's content or of a folder's whole tree; `None` if there is nothing.
    pub fn digest(&self, path: &str) -> io::Result<Option<Digest>> {
        let full = self.root.join(path);
        let Some(meta) = there(path, fs::metadata(&full))? else {
            self.note(path, None);
            return Ok(None);
        };
        if meta.is_file() {
            self.file_digest(path, &full, &meta).map(Some)
        } else if meta.is_dir() && !(full.is_symlink() && walk::leads_back(&self.root, path, &meta))
        {
            self.tree_digest(path).map(Some)
        } else {
            Ok(Some(self.special_digest(path, &meta)))
        }
    }

    /// The files a list of globs names, sorted; a pattern that begins with `!` takes files out
    /// again.
    pub fn expand(&self, patterns: &[String]) -> io::Result<Found> {
        // Plain names stand for themselves: nothing is saved by remembering that.
        if is_plain(patterns) {
            let names: BTreeSet<&String> = patterns.iter().collect();
            let names = names.into_iter().map(|name| Arc::from(name.as_str()));
            return Ok(Arc::new(names.collect()));
        }
        self.find(patterns, Find::Files)
    }

    /// The same with the folders among them.
    pub fn expand_with_folders(&self, patterns: &[String]) -> io::Result<Found> {
        self.find(patterns, Find::FoldersToo)
    }

    fn find(&self, patterns: &[String], what: Find) -> io::Result<Found> {
        let key = (what, patterns.join("\n"));
        if let Some(found) = self.expanded.lock().unwrap().get(&key) {
            return Ok(found.clone());
        }
        let generation = self.generation.load(Ordering::SeqCst);
        let list = self.list(patterns)?;
        let found = Arc::new(self.walk(&list, &Leave::Own(&self.own), what)?);
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

    /// A path as it is called from here, if it lies below: the same wherever the folder is.
    pub(crate) fn called_from_here<'a>(&self, path: &'a str) -> &'a str {
        pattern::below_root(path, self.root.to_str().unwrap_or_default())
    }

    /// A file's text; empty if it can't be read.
    pub fn text(&self, path: &str) -> String {
        let full = self.root.join(path);
        self.note(path, fs::metadata(&full).ok().as_ref());
        fs::read_to_string(full).unwrap_or_default()
    }

    /// Looks at a file that somebody else is about to read.
    pub fn look_at(&self, path: &Path) {
        self.note(&path.to_string_lossy(), fs::metadata(path).ok().as_ref());
    }

    /// Everything that this run looked at, and `early`; `None` if something moved meanwhile, or so
    /// shortly before that the next move might not show.
    pub fn path_states(&self, early: &[PathState]) -> Option<Vec<PathState>> {
        let learnt = self.learnt.read().unwrap();
        let read = learnt
            .iter()
            .map(|(path, known)| (path.clone(), Some(known.identity)));
        let kept = self.kept.seen();
        let kept = kept.map(|(path, identity)| (Arc::from(path), Some(identity)));
        let others = self.path_states.lock().unwrap();
        let all: Vec<PathState> = read
            .chain(kept)
            .chain(others.iter().map(|(path, seen)| (path.clone(), *seen)))
            .chain(early.iter().cloned())
            .collect();
        let still = |(_, seen): &PathState| seen.is_none_or(|identity| !identity.racy(self.opened));
        (!self.moved.load(Ordering::Relaxed) && all.iter().all(still)).then_some(all)
    }

    /// Whether this run looked at a path.
    pub(crate) fn has_seen(&self, path: &str) -> bool {
        self.learnt.read().unwrap().contains_key(path)
            || self.kept.get(path).is_some_and(|entry| entry.was_seen())
            || self.path_states.lock().unwrap().contains_key(path)
    }

    /// Writes to disk what was learnt, once learning it again and again would cost more.
    pub fn save(&self) -> io::Result<()> {
        let cost = self.cost.load(Ordering::Relaxed);
        if cost == 0 || cost < self.kept.size() as u64 / 8 {
            return Ok(());
        }
        self.kept.save(&self.cache, &self.learnt.read().unwrap())
    }

    /// Of pipes, sockets and devices only what they are counts: to read them could take for ever.
    fn special_digest(&self, path: &str, meta: &Metadata) -> Digest {
        self.note(path, Some(meta));
        let kind = meta.mode() & 0o170_000;
        Hasher::new()
            .add(b"special")
            .add(&kind.to_le_bytes())
            .finish()
    }

    fn tree_digest(&self, path: &str) -> io::Result<Digest> {
        let mut hasher = Hasher::new();
        for file in self.walk(&List::below(path), &Leave::Nothing, Find::Files)? {
            let digest = self.digest(&file)?.unwrap_or_default();
            hasher.add(file.as_bytes()).add(&digest.0);
        }
        Ok(hasher.finish())
    }

    fn list(&self, patterns: &[String]) -> io::Result<List> {
        List::new(patterns, &self.root.to_string_lossy())
            .map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))
    }

    fn walk(&self, list: &List, leave: &Leave, what: Find) -> io::Result<Vec<Arc<str>>> {
        let note = |folder: &str, meta: Option<&Metadata>| self.note(folder, meta);
        walk::expand(&self.root, list, leave, what, &note)
    }

    fn note(&self, path: &str, meta: Option<&Metadata>) {
        // A link that leads nowhere counts as what it is.
        let link = || {
            let found = fs::symlink_metadata(self.root.join(path)).ok();
            found.filter(Metadata::is_symlink)
        };
        let seen = meta.map(identity).or_else(|| link().as_ref().map(identity));
        let path = if path.is_empty() { "." } else { path };
        let before = self
            .path_states
            .lock()
            .unwrap()
            .insert(Arc::from(path), seen);
        if before.is_some_and(|before| before != seen) {
            self.moved.store(true, Ordering::Relaxed);
        }
    }

    fn file_digest(&self, path: &str, full: &Path, meta: &Metadata) -> io::Result<Digest> {
        let identity = identity(meta);
        if let Some(digest) = self.known(path, identity) {
            return Ok(digest);
        }
        let read =
            read(full).map_err(|err| io::Error::new(err.kind(), format!("{path}: {err}")))?;
        self.learn(path, read);
        Ok(read.digest)
    }

    /// The digest, if the file is one that was read.
    fn known(&self, path: &str, identity: Identity) -> Option<Digest> {
        if let Some(known) = self.learnt.read().unwrap().get(path) {
            return (known.identity == identity && !known.racy).then_some(known.digest);
        }
        let entry = self
            .kept
            .get(path)
            .filter(|entry| entry.identity == identity)?;
        entry.see();
        Some(entry.digest)
    }

    /// What the file was when that was its digest, if that is what is known of it.
    pub(crate) fn seen_as(&self, path: &str, digest: Digest) -> Option<Identity> {
        if let Some(known) = self.learnt.read().unwrap().get(path) {
            return (known.digest == digest).then_some(known.identity);
        }
        let entry = self.kept.get(path).filter(|entry| entry.digest == digest)?;
        Some(entry.identity)
    }

    fn learn(&self, path: &str, read: Known) {
        let cost = ONE_FILE + read.identity.size;
        self.cost.fetch_add(cost, Ordering::Relaxed);
        let before = self.learnt.write().unwrap().insert(Arc::from(path), read);
        let moved = match before {
            Some(before) => before.identity != read.identity,
            None => self.kept.get(path).is_some_and(|entry| entry.was_seen()),
        };
        if moved {
            self.moved.store(true, Ordering::Relaxed);
        }
    }
}

/// Whether a pattern names a path.
#[cfg(test)]
pub(crate) fn names_path(pattern: &str, path: &str) -> bool {
    List::new(&[pattern.to_string()], "").unwrap().names(path)
}

/// Why a path leads to nothing: there is none, it leads through a file, or links round in a circle.
pub const NOWHERE: [Errno; 3] = [Errno::NOENT, Errno::NOTDIR, Errno::LOOP];

/// What a path leads to, of what was found there; `None` if nothing was.
fn there(path: &str, found: io::Result<Metadata>) -> io::Result<Option<Metadata>> {
    match found {
        Ok(meta) => Ok(Some(meta)),
        Err(err) if is_nothing(&err) => Ok(None),
        Err(err) => Err(io::Error::new(err.kind(), format!("{path}: {err}"))),
    }
}

fn is_nothing(err: &io::Error) -> bool {
    Errno::from_io_error(err).is_some_and(|errno| NOWHERE.contains(&errno))
}

/// An empty file, in a folder that is there; only a new one gets that mode.
pub(crate) fn made(path: &Path, mode: u32) -> io::Result<fs::File> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(path)
}

/// Puts content in a file's place, so that readers see all of the old or all of the new. The disk
/// is not waited for.
pub fn replace(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    let fresh = fresh(path);
    let replaced = fs::write(&fresh, content).and_then(|()| fs::rename(&fresh, path));
    replaced.inspect_err(|_| drop(fs::remove_file(&fresh)))
}

/// Where the content of a file is written before it takes the file's place. The whole name counts:
/// `report.json` and `report.xml` are written at the same time.
pub(crate) fn fresh(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

/// Reads a file until its identity is the same before and after, so that the digest belongs to it.
fn read(path: &Path) -> io::Result<Known> {
    loop {
        let before = identity(&fs::metadata(path)?);
        let (began, mut hasher) = (now(), Hasher::new());
        let whole = if before.size > BIG {
            hasher.add_from(before.size, fs::File::open(path)?)?
        } else {
            hasher.add(&fs::read(path)?);
            true
        };
        let after = fs::metadata(path)?;
        if whole && before == identity(&after) {
            let executable = after.mode() & 0o111 != 0;
            let digest = hasher.add(&[u8::from(executable)]).finish();
            return Ok(Known {
                identity: before,
                digest,
                racy: before.racy(began),
            });
        }
    }
}

fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_nanos() as i64)
}

#[cfg(test)]
mod tests;
