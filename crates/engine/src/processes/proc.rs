//! Processes as Linux tells of them in /proc (proc(5)).

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rustix::process::Signal;

use super::{Row, Table, family_in, send};

/// Linux.
pub(super) struct Proc;

impl Table for Proc {
    fn began(&self, pid: u32) -> Option<String> {
        let fields = stat(pid)?;
        // Field 22 of the line, of which two stand before these.
        let began = fields.split_whitespace().nth(19)?;
        (!fields.starts_with(['Z', 'X'])).then(|| began.to_string())
    }

    fn is_stopped(&self, pid: u32) -> bool {
        stat(pid).is_some_and(|fields| fields.starts_with('T'))
    }

    fn family(&self, pid: u32) -> Vec<u32> {
        let row = |pid| {
            let fields = stat(pid)?;
            let mut numbers = fields.split_whitespace().skip(1).map(str::parse);
            let mut next = || numbers.next()?.ok();
            Some(Row {
                pid,
                parent: next()?,
                group: next()?,
                session: next()?,
            })
        };
        let rows: Vec<Row> = pids().filter_map(row).collect();
        family_in(&rows, pid)
    }

    fn writers(&self, file: &Path) -> Vec<u32> {
        let Ok(file) = file.canonicalize() else {
            return Vec::new();
        };
        // The link's own mode tells how the file was opened.
        let writes =
            |link: &PathBuf| fs::symlink_metadata(link).is_ok_and(|meta| meta.mode() & 0o200 != 0);
        holders(|link, target| target == file && writes(link)).collect()
    }

    fn listeners(&self, port: u16, likely: u32) -> Vec<u32> {
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(fs::read_to_string);
        let lines = tables.iter().flatten().flat_map(|table| table.lines());
        let sockets: Vec<PathBuf> = lines.filter_map(|line| listening(line, port)).collect();
        let is_it = |_: &PathBuf, target: &Path| sockets.iter().any(|socket| socket == target);
        if sockets.is_empty() {
            Vec::new()
        } else if holds(likely, &is_it) {
            vec![likely]
        } else {
            holders(is_it).collect()
        }
    }

    fn carriers(&self, variable: &str) -> Vec<(u32, Vec<String>)> {
        let has = |env: &Vec<String>| env.iter().any(|entry| entry == variable);
        environments().filter(|(_, env)| has(env)).collect()
    }

    fn name(&self, pid: u32) -> String {
        let name = fs::read_to_string(format!("/proc/{pid}/comm"));
        name.unwrap_or_default().trim_end().to_string()
    }
}

/// The socket of a line of the table of sockets, if it listens on this port: what a descriptor of
/// it links to.
fn listening(line: &str, port: u16) -> Option<PathBuf> {
    const LISTENS: &str = "0A";
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (_, own) = fields.get(1)?.rsplit_once(':')?;
    let is_it = u16::from_str_radix(own, 16) == Ok(port) && *fields.get(3)? == LISTENS;
    is_it.then(|| Some(format!("socket:[{}]", fields.get(9)?).into()))?
}

/// The processes that have a descriptor like this: its link, and what that leads to.
fn holders(is_it: impl Fn(&PathBuf, &Path) -> bool) -> impl Iterator<Item = u32> {
    pids().filter(move |pid| holds(*pid, &is_it))
}

fn holds(pid: u32, is_it: &impl Fn(&PathBuf, &Path) -> bool) -> bool {
    let open = fs::read_dir(format!("/proc/{pid}/fd"));
    let entries = open.into_iter().flatten().flatten();
    let mut links = entries.map(|entry| entry.path());
    links.any(|link| fs::read_link(&link).is_ok_and(|target| is_it(&link, &target)))
}

/// Every process that carries the variable `mark` with the value `run`, or with that and a number
/// behind it.
pub(crate) fn marked(mark: &str, run: &str) -> Vec<u32> {
    let ours = environments().filter(|(_, env)| is_of(env, mark, run));
    ours.map(|(pid, _)| pid).collect()
}

fn is_of(env: &[String], mark: &str, run: &str) -> bool {
    let is_run = |entry: &String| {
        let value = entry
            .strip_prefix(mark)
            .and_then(|rest| rest.strip_prefix('='));
        let number = value.and_then(|value| value.strip_prefix(run));
        number.is_some_and(|number| number.is_empty() || number.starts_with(' '))
    };
    env.iter().any(is_run)
}

/// Whether a process was started since then.
pub(crate) fn is_born_since(pid: u32, then: Instant) -> bool {
    /// What /proc counts in (proc(5), USER_HZ); a start is rounded down to one.
    const TICKS: f64 = 100.0;
    let ago = || {
        let started: f64 = Proc.began(pid)?.parse().ok()?;
        let uptime = fs::read_to_string("/proc/uptime").ok()?;
        let uptime: f64 = uptime.split_whitespace().next()?.parse().ok()?;
        Some(uptime - started / TICKS)
    };
    // Read last: to look takes long where much is going on, and nobody may seem older for that.
    ago().is_some_and(|ago| ago <= then.elapsed().as_secs_f64() + 2.0 / TICKS)
}

/// Kills those of the [`marked`] processes that hold one of these pipes open.
pub(crate) fn end_holders(mark: &str, run: &str, pipes: &[u64]) {
    let names: Vec<PathBuf> = pipes
        .iter()
        .map(|pipe| format!("pipe:[{pipe}]").into())
        .collect();
    let marked = marked(mark, run);
    let holders = holders(|_, target| names.iter().any(|name| name == target));
    let holders = holders.filter(|pid| marked.contains(pid));
    holders.for_each(|pid| send(pid, Signal::KILL));
}

/// Processes whose environment we may read, except ourselves and those that are only waiting to be
/// collected.
fn environments() -> impl Iterator<Item = (u32, Vec<String>)> {
    pids()
        .filter_map(|pid| {
            let bytes = fs::read(format!("/proc/{pid}/environ"))
                .ok()
                .filter(|bytes| !bytes.is_empty())?;
            let text = String::from_utf8_lossy(&bytes);
            text.contains("PIPELINE_")
                .then(|| (pid, text.split('\0').map(str::to_string).collect()))
        })
        .filter(|(pid, _)| *pid != std::process::id())
}

fn pids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// What the kernel tells of a process, from its state on: the name before it may have spaces and
/// brackets of its own.
fn stat(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    Some(fields.trim_start().to_string())
}
