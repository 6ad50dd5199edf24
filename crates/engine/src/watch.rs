//! Which files below a set of folders were written, replaced, made or removed, as the kernel tells it. Knows no steps.
//!
//! Folders are watched, not files, so a file that an editor replaces by another is the same to it as one that was written.
//! Linux only (inotify); elsewhere it says so.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

/// What moved.
#[derive(Default, Debug)]
pub struct Moved {
    /// Paths relative to the root.
    pub paths: BTreeSet<String>,
    /// A folder came or went: it is time to call [`Watch::follow`] again.
    pub folders: bool,
    /// More moved than the kernel could note: anything may have changed.
    pub everything: bool,
}

impl Moved {
    /// Whether nothing did.
    pub fn is_nothing(&self) -> bool {
        self.paths.is_empty() && !self.folders && !self.everything
    }

    /// This and what came later.
    pub fn and(&mut self, later: Moved) {
        self.paths.extend(later.paths);
        self.folders |= later.folders;
        self.everything |= later.everything;
    }
}

#[cfg(target_os = "linux")]
pub use linux::Watch;

#[cfg(target_os = "linux")]
mod linux {
    use super::*;
    use std::mem::MaybeUninit;
    use std::os::fd::{AsFd, OwnedFd};
    use std::path::PathBuf;

    use anyhow::{Context, bail};
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::inotify::{self, CreateFlags, Event, ReadFlags, Reader, WatchFlags};
    use rustix::io::Errno;

    use crate::files::scope::joined;

    /// The folders that are watched.
    pub struct Watch {
        root: PathBuf,
        kernel: OwnedFd,
        /// One folder may have several names, through links.
        folders: HashMap<i32, BTreeSet<String>>,
    }

    impl Watch {
        /// Watches nothing yet.
        pub fn new(root: &Path) -> Result<Watch> {
            let kernel = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)
                .context("can't watch files: the kernel gives no inotify instance (fs.inotify.max_user_instances)")?;
            Ok(Watch {
                root: root.to_path_buf(),
                kernel,
                folders: HashMap::new(),
            })
        }

        /// Watches these folders too; returns those that are new.
        pub fn follow(&mut self, folders: BTreeSet<String>) -> Result<Vec<String>> {
            let known: BTreeSet<String> = self.folders.values().flatten().cloned().collect();
            let mut new = Vec::new();
            for folder in folders {
                if self.add(&folder)? && !known.contains(&folder) {
                    new.push(folder);
                }
            }
            Ok(new)
        }

        /// How many folders are watched.
        pub fn count(&self) -> usize {
            self.folders.len()
        }

        /// Whether it is still there to be watched. A folder that was renamed keeps its number and gets its new name.
        fn add(&mut self, folder: &str) -> Result<bool> {
            let flags = WatchFlags::CLOSE_WRITE
                | WatchFlags::CREATE
                | WatchFlags::DELETE
                | WatchFlags::MOVE
                | WatchFlags::ATTRIB
                | WatchFlags::ONLYDIR;
            // An empty name would be no path at all.
            match inotify::add_watch(&self.kernel, self.root.join(folder).join("."), flags) {
                Ok(number) => {
                    let names = self.folders.entry(number).or_default();
                    // Under names that are gone nothing is there any more.
                    names.retain(|name| self.root.join(name).is_dir());
                    names.insert(folder.to_string());
                    Ok(true)
                }
                Err(Errno::NOENT | Errno::NOTDIR) => Ok(false),
                Err(Errno::NOSPC) => bail!(
                    "can't watch more than {} folders; raise the limit with `sysctl fs.inotify.max_user_watches=524288`",
                    self.count()
                ),
                Err(err) => Err(err).with_context(|| format!("can't watch {folder}")),
            }
        }

        /// What moved, waiting up to `limit` for the first of it.
        pub fn wait(&mut self, limit: Duration) -> Result<Moved> {
            let limit = Timespec::try_from(limit)?;
            let mut fds = [PollFd::from_borrowed_fd(self.kernel.as_fd(), PollFlags::IN)];
            match poll(&mut fds, Some(&limit)) {
                Ok(_) | Err(Errno::INTR) => self.read(),
                Err(err) => Err(err).context("can't wait for changes"),
            }
        }

        fn read(&mut self) -> Result<Moved> {
            let (mut moved, mut buffer) = (Moved::default(), [MaybeUninit::uninit(); 16 << 10]);
            let mut reader = Reader::new(&self.kernel, &mut buffer);
            loop {
                match reader.next() {
                    Ok(event) => note(&mut self.folders, &event, &mut moved),
                    Err(Errno::AGAIN) => return Ok(moved),
                    Err(Errno::INTR) => {}
                    Err(err) => return Err(err).context("can't read which files changed"),
                }
            }
        }
    }

    fn note(folders: &mut HashMap<i32, BTreeSet<String>>, event: &Event, moved: &mut Moved) {
        let what = event.events();
        moved.everything |= what.contains(ReadFlags::QUEUE_OVERFLOW);
        if what.contains(ReadFlags::IGNORED) {
            folders.remove(&event.wd());
        }
        let name = event.file_name().and_then(|name| name.to_str().ok());
        if let (Some(names), Some(name)) = (folders.get(&event.wd()), name) {
            let is_folder = what.contains(ReadFlags::ISDIR);
            moved.folders |= is_folder && !what.contains(ReadFlags::ATTRIB);
            if !is_folder {
                let paths = names.iter().map(|folder| joined(folder, name));
                moved.paths.extend(paths);
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub use elsewhere::Watch;

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use super::*;

    /// Can't be had.
    pub struct Watch(std::convert::Infallible);

    impl Watch {
        /// Says that it can't be had.
        pub fn new(_: &Path) -> Result<Watch> {
            anyhow::bail!("`watch` needs Linux: only there xtask can be told which files change")
        }

        /// Never called.
        pub fn follow(&mut self, _: BTreeSet<String>) -> Result<Vec<String>> {
            match self.0 {}
        }

        /// Never called.
        pub fn count(&self) -> usize {
            match self.0 {}
        }

        /// Never called.
        pub fn wait(&mut self, _: Duration) -> Result<Moved> {
            match self.0 {}
        }
    }
}
