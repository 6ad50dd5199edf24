//! A worker's cgroup, where one can be made: what its children start is born in it and stays in it,
//! even if it gives up its group, its session and its environment.
//!
//! Nothing has to be moved: a child is born in the cgroup of the thread that starts it, and in
//! threaded mode each thread may have one (Linux, Documentation/admin-guide/cgroup-v2.rst,
//! "Threads"). Where our own cgroup can't be written, as in most containers, there are none.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// How often an empty cgroup is tried to be removed: a thread that has ended leaves it a moment
/// later.
const TRIES: usize = 50;

/// The cgroup of one thread.
pub(super) struct Cgroup {
    home: PathBuf,
    dir: PathBuf,
}

/// The cgroups of this run's workers.
#[derive(Default)]
pub(super) struct Cgroups {
    of: Mutex<HashMap<ThreadId, Arc<Cgroup>>>,
    made: AtomicUsize,
}

impl Cgroups {
    /// Makes one for the calling thread, if that can be; a number tells it apart from others of the
    /// name. The first one also removes what earlier runs of this family had to leave and nobody
    /// lives in any more.
    pub(super) fn enter(&self, family: &str, name: &str) {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        if number == 0 {
            let inner = home()
                .iter()
                .flat_map(|home| folders(home))
                .collect::<Vec<_>>();
            let old = |dir: &&PathBuf| is_named(dir, family) && !is_named(dir, name);
            inner.iter().filter(old).for_each(|dir| remove(dir));
        }
        if let Some(cgroup) = Cgroup::made(&format!("{name}-{number}")) {
            let mut cgroups = self.of.lock().unwrap();
            cgroups.insert(thread::current().id(), Arc::new(cgroup));
        }
    }

    /// The calling thread's own, if it has entered one.
    pub(super) fn own(&self) -> Option<Arc<Cgroup>> {
        let cgroups = self.of.lock().unwrap();
        cgroups.get(&thread::current().id()).cloned()
    }

    /// All threads have ended: their cgroups go, but for those in which somebody still lives.
    pub(super) fn remove(&self) {
        let cgroups = std::mem::take(&mut *self.of.lock().unwrap());
        for cgroup in cgroups.into_values() {
            let gone = |_: &usize| fs::remove_dir(&cgroup.dir).is_ok();
            (0..TRIES)
                .inspect(|_| thread::sleep(Duration::from_micros(100)))
                .find(gone);
        }
    }
}

impl Cgroup {
    /// Makes a cgroup and moves the calling thread into it.
    fn made(name: &str) -> Option<Cgroup> {
        let home = home()?;
        let dir = home.join(name);
        fs::create_dir(&dir).ok()?;
        let moved = fs::write(dir.join("cgroup.type"), "threaded").and_then(|()| move_to(&dir));
        if moved.is_err() {
            let _ = fs::remove_dir(&dir);
        }
        moved.is_ok().then_some(Cgroup { home, dir })
    }

    /// Starts what is not to be born in it.
    pub(super) fn outside<T>(&self, start: impl FnOnce() -> T) -> T {
        // Whoever may move a thread in may move it out.
        let _ = move_to(&self.home);
        let started = start();
        let _ = move_to(&self.dir);
        started
    }

    /// Who lives in it besides this process.
    pub(super) fn residents(&self) -> Vec<u32> {
        let is_ours = |tid: &u32| Path::new(&format!("/proc/self/task/{tid}")).exists();
        let mut residents = residents(&self.dir);
        residents.retain(|tid| !is_ours(tid));
        residents
    }
}

/// The cgroups that a run with this name left behind, wherever it ran.
pub(super) fn left_by(name: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = mount().into_iter().collect();
    while let Some(dir) = open.pop() {
        let inner = folders(&dir);
        found.extend(inner.iter().filter(|dir| is_named(dir, name)).cloned());
        open.extend(inner);
    }
    found
}

/// Whether a cgroup's name begins so.
fn is_named(dir: &Path, name: &str) -> bool {
    let own = dir.file_name().and_then(|own| own.to_str());
    let rest = own.and_then(|own| own.strip_prefix(name));
    rest.is_some_and(|rest| rest.starts_with('-'))
}

/// Who lives in a cgroup and those below it.
pub(super) fn residents(dir: &Path) -> Vec<u32> {
    let text = fs::read_to_string(dir.join("cgroup.threads")).unwrap_or_default();
    let own = text.lines().filter_map(|line| line.parse().ok());
    let below = folders(dir);
    let below = below.iter().flat_map(|dir| residents(dir));
    own.chain(below).filter(|pid| *pid != 0).collect()
}

/// Removes a cgroup and those below it, as far as nobody lives in them.
pub(super) fn remove(dir: &Path) {
    folders(dir).iter().for_each(|dir| remove(dir));
    // Somebody lives there.
    let _ = fs::remove_dir(dir);
}

fn folders(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

/// 0 is the thread that writes.
fn move_to(dir: &Path) -> io::Result<()> {
    fs::write(dir.join("cgroup.threads"), "0")
}

/// The cgroup of this process. Not that of a whole container: while a cgroup has threaded ones in
/// it, nobody can make others, and a docker in the same container would want to. The root of all
/// has no type and bears both.
fn home() -> Option<PathBuf> {
    let text = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = text.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let home = mount()?.join(path);
    let is_container = path.is_empty() && home.join("cgroup.type").exists();
    (!is_container).then_some(home)
}

/// Where cgroup v2 is mounted.
fn mount() -> Option<PathBuf> {
    let text = fs::read_to_string("/proc/self/mounts").ok()?;
    text.lines().find_map(|line| {
        let mut fields = line.split(' ');
        let (_, path, kind) = (fields.next()?, fields.next()?, fields.next()?);
        (kind == "cgroup2").then(|| PathBuf::from(path))
    })
}
