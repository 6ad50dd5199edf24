//! Which files below a set of folders were written, replaced, made or removed, as the kernel tells
//! it.
//!
//! Folders are watched, not files, so a file that an editor replaces by another is the same to it
//! as one that was written. Linux only (inotify); elsewhere it says so.

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

/// What is different about the folders that are watched.
#[derive(Default, Debug)]
pub struct Followed {
    /// Those under whose name another folder is found than before, or the first.
    pub new: Vec<String>,
    /// Those whose folder is not found under their name any more.
    pub gone: Vec<String>,
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

    /// Per number that the kernel gave: the folder's name. One may have several, through links.
    type Folders = HashMap<i32, BTreeSet<String>>;

    /// The folders that are watched.
    pub struct Watch {
        root: PathBuf,
        kernel: OwnedFd,
        folders: Folders,
        /// Those of their names that are links.
        links: BTreeSet<String>,
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
                links: BTreeSet::new(),
            })
        }

        /// Watches these folders from now on.
        pub fn follow(&mut self, folders: BTreeSet<String>) -> Result<Followed> {
            let before = std::mem::take(&mut self.folders);
            self.links.clear();
            let followed = folders.into_iter().try_for_each(|folder| self.add(folder));
            for (number, names) in before.iter().filter(|_| followed.is_err()) {
                self.folders
                    .entry(*number)
                    .or_default()
                    .extend(names.iter().cloned());
            }
            followed?;
            for number in before
                .keys()
                .filter(|number| !self.folders.contains_key(number))
            {
                // The kernel has forgotten it by itself if the folder was removed.
                let _ = inotify::remove_watch(&self.kernel, *number);
            }
            Ok(Followed {
                new: without(&self.folders, &before),
                gone: without(&before, &self.folders),
            })
        }

        /// How many folders are watched.
        pub fn count(&self) -> usize {
            self.folders.len()
        }

        /// Watches it, if it is still there. A folder that was renamed keeps its number.
        fn add(&mut self, folder: String) -> Result<()> {
            let flags = WatchFlags::CLOSE_WRITE
                | WatchFlags::CREATE
                | WatchFlags::DELETE
                | WatchFlags::MOVE
                | WatchFlags::ATTRIB
                | WatchFlags::ONLYDIR;
            // An empty name would be no path at all.
            match inotify::add_watch(&self.kernel, self.root.join(&folder).join("."), flags) {
                Ok(number) => {
                    if self.root.join(&folder).is_symlink() {
                        self.links.insert(folder.clone());
                    }
                    self.folders.entry(number).or_default().insert(folder);
                    Ok(())
                }
                Err(Errno::NOENT | Errno::NOTDIR) => Ok(()),
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
            let Watch {
                root,
                kernel,
                folders,
                links,
            } = self;
            let mut reader = Reader::new(&*kernel, &mut buffer);
            loop {
                match reader.next() {
                    Ok(event) => note(root, (folders, links), &event, &mut moved),
                    Err(Errno::AGAIN) => return Ok(moved),
                    Err(Errno::INTR) => {}
                    Err(err) => return Err(err).context("can't read which files changed"),
                }
            }
        }
    }

    fn note(
        root: &Path,
        (folders, links): (&mut Folders, &BTreeSet<String>),
        event: &Event,
        moved: &mut Moved,
    ) {
        let what = event.events();
        moved.everything |= what.contains(ReadFlags::QUEUE_OVERFLOW);
        if what.contains(ReadFlags::IGNORED) {
            folders.remove(&event.wd());
        }
        let name = event.file_name().and_then(|name| name.to_str().ok());
        let (Some(names), Some(name)) = (folders.get(&event.wd()), name) else {
            return;
        };
        let is_folder = what.contains(ReadFlags::ISDIR);
        moved.folders |= is_folder && !what.contains(ReadFlags::ATTRIB);
        if is_folder {
            return;
        }
        for path in names.iter().map(|folder| joined(folder, name)) {
            // A link to a folder comes and goes as a file does.
            let comes = what.intersects(ReadFlags::CREATE | ReadFlags::MOVED_TO);
            moved.folders |= links.contains(&path) || comes && root.join(&path).is_dir();
            moved.paths.insert(path);
        }
    }

    /// The names in `one` that are another folder's in `other`, or none's.
    fn without(one: &Folders, other: &Folders) -> Vec<String> {
        let names = one.iter().flat_map(|(number, names)| {
            let same = other.get(number);
            names
                .iter()
                .filter(move |name| same.is_none_or(|same| !same.contains(*name)))
        });
        names.cloned().collect()
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
        pub fn follow(&mut self, _: BTreeSet<String>) -> Result<Followed> {
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
