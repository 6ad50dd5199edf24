//! The processes of this machine: which live, what belongs together, who writes a file or listens
//! on a port. Ends them; starts none of the pipeline's.
//!
//! What the kernel tells in /proc is asked there; elsewhere, as on macOS, `ps` and `lsof` are
//! asked, which are part of the system.

mod proc;
mod ps;

use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getpid, kill_process};

pub(crate) use proc::{end_holders, is_born_since, marked};

/// Takes `ps` although there is a /proc, for tests.
const WITHOUT_PROC: &str = "XTASK_WITHOUT_PROC";

/// How long a process that was killed may take to be gone.
const DYING: Duration = Duration::from_secs(2);

/// What a machine tells of its processes.
pub(crate) trait Table: Sync {
    /// When a living process began, in words that only it has; `None` for one that is gone or waits
    /// to be collected.
    fn began(&self, pid: u32) -> Option<String>;

    /// Whether a process is stopped, as by Ctrl-Z.
    fn is_stopped(&self, pid: u32) -> bool;

    /// A process, all that it and those started, and who shares its group or its session.
    fn family(&self, pid: u32) -> Vec<u32>;

    /// Who writes to this file.
    fn writers(&self, file: &Path) -> Vec<u32>;

    /// Who listens on this port, as far as that can be told; if it is the likely one, nobody else
    /// is looked for.
    fn listeners(&self, port: u16, likely: u32) -> Vec<u32>;

    /// Who carries this `NAME=value`, with its environment, where the machine tells environments.
    fn carriers(&self, _variable: &str) -> Vec<(u32, Vec<String>)> {
        Vec::new()
    }

    /// The program of a process, without its folder.
    fn name(&self, pid: u32) -> String;
}

/// This machine's.
pub(crate) fn table() -> &'static dyn Table {
    static HAS_PROC: LazyLock<bool> = LazyLock::new(|| {
        Path::new("/proc/self/stat").exists() && std::env::var_os(WITHOUT_PROC).is_none()
    });
    match *HAS_PROC {
        true => &proc::Proc,
        false => &ps::Ps,
    }
}

/// Whether a process lives.
pub(crate) fn is_alive(pid: u32) -> bool {
    table().began(pid).is_some()
}

/// Whether a process is stopped, as by Ctrl-Z.
pub(crate) fn is_stopped(pid: u32) -> bool {
    table().is_stopped(pid)
}

/// Ends these processes, kindly first, and waits until they are gone; returns those that are not.
pub(crate) fn end(mut pids: Vec<u32>, grace: Duration) -> Vec<u32> {
    pids.sort_unstable();
    pids.dedup();
    pids.retain(|pid| *pid != getpid().as_raw_nonzero().get() as u32);
    for (signal, limit) in [(Signal::TERM, grace), (Signal::KILL, DYING)] {
        pids.iter().for_each(|&pid| send(pid, signal));
        // Who is stopped hears nothing else.
        pids.iter().for_each(|&pid| send(pid, Signal::CONT));
        wait(&mut pids, limit);
    }
    pids
}

/// Waits until those that live are gone; the others are taken off the list.
fn wait(pids: &mut Vec<u32>, limit: Duration) {
    let deadline = Instant::now() + limit;
    loop {
        pids.retain(|&pid| is_alive(pid));
        if pids.is_empty() || Instant::now() >= deadline {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// It may have ended by itself in the meantime.
fn send(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// A line of the process table.
struct Row {
    pid: u32,
    parent: u32,
    group: u32,
    session: u32,
}

/// Those that belong to a process, itself first.
fn family_in(rows: &[Row], pid: u32) -> Vec<u32> {
    let mut family = vec![pid];
    let belongs = |family: &[u32], row: &&Row| {
        let shares = row.group == pid || row.session == pid;
        !family.contains(&row.pid) && (shares || family.contains(&row.parent))
    };
    loop {
        let more: Vec<u32> = rows
            .iter()
            .filter(|row| belongs(&family, row))
            .map(|row| row.pid)
            .collect();
        if more.is_empty() {
            return family;
        }
        family.extend(more);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "processes to look at")]

    use std::fs::File;
    use std::process::{Command, Stdio};

    use super::*;

    const TABLES: [&dyn Table; 2] = [&proc::Proc, &ps::Ps];

    #[test]
    fn both_tables_tell_the_same() {
        if Command::new("ps")
            .arg("-V")
            .stdout(Stdio::null())
            .status()
            .is_err()
        {
            return eprintln!("skipped: this machine has no `ps`");
        }
        let log = std::env::temp_dir().join(format!("processes-{}", std::process::id()));
        let script = "sleep 60 & exec sleep 61";
        let mut child = Command::new("sh")
            .args(["-c", script])
            .stdout(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let pid = child.id();
        let deadline = Instant::now() + Duration::from_secs(20);
        while proc::Proc.family(pid).len() < 2 || proc::Proc.name(pid) != "sleep" {
            assert!(Instant::now() < deadline);
            std::thread::sleep(Duration::from_millis(10));
        }
        let [mut one, mut other] = TABLES.map(|table| table.family(pid));
        one.sort_unstable();
        other.sort_unstable();
        assert_eq!(one, other);
        for table in TABLES {
            assert!(table.began(pid).is_some());
            assert_eq!(table.began(pid), table.began(pid));
            assert_eq!(table.name(pid), "sleep");
        }
        let mut writers = proc::Proc.writers(&log);
        writers.sort_unstable();
        assert_eq!(writers, one);
        assert!(end(one, Duration::from_secs(5)).is_empty());
        // It is a zombie by now: that counts as gone.
        assert!(TABLES.iter().all(|table| table.began(pid).is_none()));
        child.wait().unwrap();
        std::fs::remove_file(&log).unwrap();
    }

    #[test]
    fn who_listens_is_known() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(proc::Proc.listeners(port, 1), [std::process::id()]);
        drop(listener);
        assert!(proc::Proc.listeners(port, 1).is_empty());
    }
}
