//! A GNU make jobserver: one pool of `--jobs` tokens for the steps and for what their cargo, make
//! and ninja start.
//!
//! A running step holds a token for each place it takes. Its tools may start one process on the
//! strength of that, and take a token from the same pipe for each further one, so all together are
//! no more than `--jobs`. A compiler that hands its tokens on for minutes must not keep a step of
//! milliseconds from its turn: after [`PATIENCE`] that begins without what it still lacks. The pipe
//! has no file: children open it through /proc, so a run that is killed leaves nothing behind.
//! Nobody can tell who holds a token; those that a killed child took along are made good as soon as
//! no step is running.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use duct::Expression;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, fcntl_setfl, open};
use rustix::io::{FdFlags, fcntl_setfd};

/// A pipe holds at least this many bytes; so many places need no limit anyway.
const MOST: usize = 4096;
/// So many tokens are taken and put at once.
const HANDFUL: usize = 64;
/// So long a step waits for its tokens; the runner has a place for it already.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a wait for a token goes on before somebody asks whether the run is being ended.
const TICK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 50_000_000,
};

/// Hands out tokens to steps, and through its pipe to their children.
pub(super) struct Jobserver {
    jobs: usize,
    /// Never blocks.
    read: File,
    write: File,
    /// The ends that an old make has to inherit.
    inherited: Option<[OwnedFd; 2]>,
    flags: String,
    pool: Mutex<Pool>,
    /// Written while a child is born that must not inherit the ends.
    births: RwLock<()>,
}

/// What the steps have.
#[derive(Default)]
struct Pool {
    held: usize,
    /// Steps that have begun.
    running: usize,
}

/// A step's tokens; dropping them gives them back.
pub(super) struct Tokens<'a> {
    server: &'a Jobserver,
    count: usize,
    /// Counted among the running.
    begun: bool,
}

impl Jobserver {
    /// A pool of `jobs` tokens, told in the words that the `make` here understands; `None` where
    /// there is no /proc or a make that is not GNU's.
    pub(super) fn new(jobs: usize, make: Option<PathBuf>) -> Option<Jobserver> {
        let old = make.is_some_and(|make| !knows_fifo(&make));
        let (read, write) = os_pipe::pipe().ok().filter(|_| jobs <= MOST)?;
        let (read, write) = (OwnedFd::from(read), OwnedFd::from(write));
        // Children open the pipe anew, so this does not make their ends non-blocking.
        fcntl_setfl(&read, OFlags::NONBLOCK).ok()?;
        let path = |fd: &OwnedFd| format!("/proc/{}/fd/{}", std::process::id(), raw(fd));
        let (inherited, auth) = if old {
            let ends = [(&read, OFlags::RDONLY), (&write, OFlags::WRONLY)]
                .map(|(fd, flags)| open(path(fd), flags, Mode::empty()));
            let [Ok(reader), Ok(writer)] = ends else {
                return None;
            };
            let auth = format!("{},{}", raw(&reader), raw(&writer));
            (Some([reader, writer]), auth)
        } else {
            let path = path(&read);
            Path::new(&path).exists().then_some(())?;
            (None, format!("fifo:{path}"))
        };
        let server = Jobserver {
            jobs,
            read: read.into(),
            write: write.into(),
            inherited,
            flags: format!(" -j{jobs} --jobserver-auth={auth}"),
            pool: Mutex::default(),
            births: RwLock::default(),
        };
        server.put(jobs);
        Some(server)
    }

    /// Tells a step's tools of the pool, unless the step has set these variables itself. Cargo
    /// looks at its own first.
    pub(super) fn known_to(&self, expression: Expression) -> Expression {
        expression
            .env("MAKEFLAGS", &self.flags)
            .env("CARGO_MAKEFLAGS", &self.flags)
    }

    /// Waits for a step's tokens, but no longer than [`PATIENCE`]; `None` if the run ends before.
    pub(super) fn take(&self, slots: usize, ending: &dyn Fn() -> bool) -> Option<Tokens<'_>> {
        let wanted = slots.min(self.jobs);
        let mut tokens = Tokens {
            server: self,
            count: 0,
            begun: false,
        };
        let began = Instant::now();
        while !ending() {
            let mut pool = self.pool.lock().unwrap();
            let got = self.get(wanted - tokens.count);
            pool.held += got;
            tokens.count += got;
            if tokens.count == wanted || began.elapsed() > PATIENCE {
                pool.running += 1;
                tokens.begun = true;
                return Some(tokens);
            }
            drop(pool);
            let mut fds = [PollFd::from_borrowed_fd(self.read.as_fd(), PollFlags::IN)];
            // A signal or a tick: the loop asks again.
            let _ = poll(&mut fds, Some(&TICK));
        }
        None
    }

    /// Held while a child is born that may use the pool.
    pub(super) fn open(&self) -> RwLockReadGuard<'_, ()> {
        self.births.read().unwrap()
    }

    /// Starts what outlives the run, and so must not inherit anything of the pool.
    pub(super) fn hidden<T>(&self, start: impl FnOnce() -> T) -> T {
        let _alone: RwLockWriteGuard<()> = self.births.write().unwrap();
        self.inherit(false);
        let started = start();
        self.inherit(true);
        started
    }

    fn inherit(&self, inherit: bool) {
        let flags = if inherit {
            FdFlags::empty()
        } else {
            FdFlags::CLOEXEC
        };
        for fd in self.inherited.iter().flatten() {
            // Our own descriptor, and a valid flag: this can't fail.
            let _ = fcntl_setfd(fd, flags);
        }
    }

    /// Takes some tokens out of the pipe: up to `count`, if it has any.
    fn get(&self, count: usize) -> usize {
        let mut buffer = [0; HANDFUL];
        let handful = &mut buffer[..count.min(HANDFUL)];
        (&self.read).read(handful).unwrap_or(0)
    }

    fn put(&self, count: usize) {
        for start in (0..count).step_by(HANDFUL) {
            let handful = &[b'+'; HANDFUL][..(count - start).min(HANDFUL)];
            // The pipe has room for all tokens there are.
            let _ = (&self.write).write_all(handful);
        }
    }

    /// Once nobody is left who could hold a token, those that are neither here nor held by a
    /// waiting step are lost: all that the pipe has is replaced by all that it should have.
    fn give_back(&self, tokens: &Tokens) {
        let mut pool = self.pool.lock().unwrap();
        pool.held -= tokens.count;
        pool.running -= usize::from(tokens.begun);
        if pool.running > 0 {
            return self.put(tokens.count);
        }
        while self.get(MOST) > 0 {}
        self.put(self.jobs - pool.held);
    }
}

impl Drop for Tokens<'_> {
    fn drop(&mut self) {
        self.server.give_back(self);
    }
}

fn raw(fd: &OwnedFd) -> i32 {
    std::os::fd::AsRawFd::as_raw_fd(fd)
}

/// Since 4.4 make takes the path of a fifo; before, it has to inherit open ends, and ends itself at
/// the sight of a path.
fn knows_fifo(make: &Path) -> bool {
    let said = duct::cmd!(make, "--version")
        .stderr_null()
        .unchecked()
        .read()
        .unwrap_or_default();
    gnu_version(&said).is_some_and(|version| version >= (4, 4))
}

fn gnu_version(said: &str) -> Option<(u32, u32)> {
    let version = said.strip_prefix("GNU Make ")?.split_whitespace().next()?;
    let mut numbers = version.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(jobs: usize) -> Jobserver {
        Jobserver::new(jobs, None).unwrap()
    }

    fn free(server: &Jobserver) -> usize {
        let mut count = 0;
        while let got @ 1.. = server.get(MOST) {
            count += got;
        }
        server.put(count);
        count
    }

    #[test]
    fn versions_of_make() {
        assert_eq!(
            gnu_version("GNU Make 4.4.1\nBuilt for x86_64"),
            Some((4, 4))
        );
        assert_eq!(gnu_version("GNU Make 4.3"), Some((4, 3)));
        assert_eq!(gnu_version("usage: make [-f file]"), None);
    }

    #[test]
    fn steps_take_and_give_back() {
        let server = server(4);
        let one = server.take(1, &|| false).unwrap();
        let three = server.take(9, &|| free(&server) == 0);
        assert!(three.is_none(), "four are not to be had while one is out");
        assert_eq!(free(&server), 3);
        drop(one);
        assert_eq!(free(&server), 4);
    }

    #[test]
    fn a_step_begins_though_a_child_keeps_every_token() {
        let server = server(2);
        let compiler = server.take(1, &|| false).unwrap();
        assert_eq!(server.get(1), 1, "its second process");
        let step = server.take(1, &|| false).unwrap();
        drop(step);
        assert_eq!(free(&server), 0, "it had none that it could give back");
        drop(compiler);
        assert_eq!(free(&server), 2);
    }

    #[test]
    fn more_than_a_handful() {
        let server = server(200);
        let all = server.take(200, &|| false);
        assert_eq!(free(&server), 0);
        drop(all);
        assert_eq!(free(&server), 200);
    }

    #[test]
    fn lost_and_surplus_tokens_are_made_good_once_no_step_runs() {
        let server = server(4);
        let (first, second) = (
            server.take(1, &|| false).unwrap(),
            server.take(1, &|| false).unwrap(),
        );
        assert_eq!(server.get(1), 1);
        drop(first);
        assert_eq!(free(&server), 2, "somebody may still hold it");
        drop(second);
        assert_eq!(free(&server), 4);
        let again = server.take(1, &|| false);
        server.put(7);
        drop(again);
        assert_eq!(free(&server), 4);
    }
}
