//! Processes that belong to a pipeline, found by the marks in their environment. Knows /proc; starts nothing.
//!
//! There is no pid file: what the kernel says can't be out of date, and a run that is killed right after it started a process
//! has lost nothing. Where there is no /proc, nothing is found.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::digest::Digest;
use protocol::{Cmd, Daemon};

/// A background process that lives.
pub struct Service {
    /// Process id.
    pub pid: u32,
    /// The port it was given; 0 if none.
    pub port: u16,
    /// Digest of what it was started with.
    pub digest: String,
}

/// The variables that mark a background process as ours.
pub fn marks(mark: &str, daemon: &Daemon, port: u16) -> Vec<(String, String)> {
    vec![
        (
            "PIPELINE_SERVICE".to_string(),
            format!("{mark}/{}", daemon.name),
        ),
        ("PIPELINE_SERVICE_PORT".to_string(), port.to_string()),
        ("PIPELINE_SERVICE_DIGEST".to_string(), digest(daemon)),
    ]
}

/// What a background process is started with, as a digest; secrets are not part of it.
pub fn digest(daemon: &Daemon) -> String {
    let Cmd { argv, env, cwd, .. } = &daemon.cmd;
    // The form in which version 0.1.0 wrote it: a process that it started is still known.
    let text = format!(
        "Cmd {{ argv: {argv:?}, env: {env:?}, env_from: None, cwd: {cwd:?}, stdin: \"\", secret_stdin: [], pipe: None, left_out: None }}"
    );
    Digest::of(text.as_bytes()).short()
}

/// Where a background process writes.
pub fn log(state: &Path, name: &str) -> PathBuf {
    state
        .join("logs")
        .join("services")
        .join(format!("{name}.log"))
}

/// What a background process said last, as the end of a sentence; nothing if it never wrote.
pub fn last_words(state: &Path, name: &str) -> String {
    let text = fs::read_to_string(log(state, name)).unwrap_or_default();
    let last: Vec<&str> = text
        .lines()
        .rev()
        .filter(|line| !line.trim().is_empty())
        .take(3)
        .collect();
    if last.is_empty() {
        String::new()
    } else {
        format!(
            "; it last said: {}",
            last.into_iter().rev().collect::<Vec<_>>().join(" / ")
        )
    }
}

/// Our background process of that name.
pub fn find(mark: &str, name: &str) -> Option<Service> {
    let wanted = format!("PIPELINE_SERVICE={mark}/{name}");
    // A process may have children that inherited the marks; the oldest is the one we started.
    processes()
        .filter(|(_, env)| env.contains(&wanted))
        .min_by_key(|(pid, _)| *pid)
        .map(|(pid, env)| {
            let value = |key: &str| {
                env.iter()
                    .find_map(|entry| entry.strip_prefix(key))
                    .unwrap_or_default()
                    .to_string()
            };
            Service {
                pid,
                port: value("PIPELINE_SERVICE_PORT=").parse().unwrap_or(0),
                digest: value("PIPELINE_SERVICE_DIGEST="),
            }
        })
}

/// The wanted port, or the next one up that nobody listens on; 0 stays 0.
pub fn free_port(wanted: u16) -> io::Result<u16> {
    let free = |port: &u16| TcpListener::bind((Ipv4Addr::UNSPECIFIED, *port)).is_ok();
    match wanted {
        0 => Ok(0),
        _ => (wanted..=wanted.saturating_add(200))
            .find(free)
            .ok_or_else(|| {
                io::Error::other(format!("{wanted} and the 200 ports after it are all taken"))
            }),
    }
}

/// Ends a process and its group, kindly first, and waits until it is gone.
pub fn end(pid: u32, grace: Duration) -> io::Result<()> {
    let Some(process) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
        return Ok(());
    };
    let send = |signal| {
        let _ = kill_process_group(process, signal).or_else(|_| kill_process(process, signal));
    };
    send(Signal::TERM);
    if !gone_within(pid, grace) {
        send(Signal::KILL);
        if !gone_within(pid, grace) {
            return Err(io::Error::other(format!("process {pid} does not end")));
        }
    }
    Ok(())
}

/// Every process that carries the variable `mark` with the value `run`, or with that and a number behind it.
pub fn marked(mark: &str, run: &str) -> Vec<u32> {
    let ours = processes().filter(|(_, env)| is_of(env, mark, run));
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

/// Ends these processes, kindly first, and waits until they are gone; returns how many there were.
pub fn end_all(mut pids: Vec<u32>) -> usize {
    pids.sort_unstable();
    pids.dedup();
    let signal = |signal| pids.iter().for_each(|&pid| send(pid, signal));
    signal(Signal::TERM);
    let deadline = Instant::now() + Duration::from_millis(500);
    while pids.iter().any(|&pid| is_alive(pid)) && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(10));
    }
    signal(Signal::KILL);
    pids.iter().for_each(|&pid| {
        gone_within(pid, Duration::from_secs(1));
    });
    pids.len()
}

/// Whether a process was started no longer ago than this.
pub fn is_younger(pid: u32, age: Duration) -> bool {
    /// What /proc counts in (proc(5), USER_HZ); a start is rounded down to one.
    const TICKS: f64 = 100.0;
    let ago = || {
        // Field 22 of the line, of which two stand before these.
        let started: f64 = stat(pid)?.split_whitespace().nth(19)?.parse().ok()?;
        let uptime = fs::read_to_string("/proc/uptime").ok()?;
        let uptime: f64 = uptime.split_whitespace().next()?.parse().ok()?;
        Some(uptime - started / TICKS)
    };
    ago().is_some_and(|ago| ago <= age.as_secs_f64() + 2.0 / TICKS)
}

/// Kills those of the [`marked`] processes that hold one of these pipes open.
pub fn end_holders(mark: &str, run: &str, pipes: &[u64]) {
    let names: Vec<String> = pipes.iter().map(|pipe| format!("pipe:[{pipe}]")).collect();
    let holds = |pid: &u32| {
        let open = fs::read_dir(format!("/proc/{pid}/fd"));
        let mut open = open.into_iter().flatten().flatten();
        open.any(|entry| {
            let target = fs::read_link(entry.path()).unwrap_or_default();
            names.iter().any(|name| target.as_os_str() == name.as_str())
        })
    };
    let holders = marked(mark, run).into_iter().filter(holds);
    holders.for_each(|pid| send(pid, Signal::KILL));
}

/// It may have ended by itself in the meantime.
fn send(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// Processes whose environment we may read, except ourselves and those that are only waiting to be collected.
fn processes() -> impl Iterator<Item = (u32, Vec<String>)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|&pid| pid != std::process::id())
        .filter_map(|pid| {
            let bytes = fs::read(format!("/proc/{pid}/environ"))
                .ok()
                .filter(|bytes| !bytes.is_empty())?;
            let text = String::from_utf8_lossy(&bytes);
            text.contains("PIPELINE_")
                .then(|| (pid, text.split('\0').map(str::to_string).collect()))
        })
}

fn gone_within(pid: u32, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    while is_alive(pid) {
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}

/// Alive, and not a zombie.
fn is_alive(pid: u32) -> bool {
    stat(pid).is_some_and(|stat| !stat.starts_with(['Z', 'X']))
}

/// What the kernel tells of a process, from its state on: the name before it may have spaces and brackets of its own.
fn stat(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    Some(fields.trim_start().to_string())
}
