//! What this machine has. Knows /proc and the file system; starts nothing.

use std::path::Path;

use rustix::process::{Resource, getrlimit};

use protocol::Answer;

/// Processors, memory and free disk.
pub fn answer(root: &Path) -> Answer {
    let processors = std::thread::available_parallelism().map_or(0, |count| count.get() as u64);
    let disk = rustix::fs::statvfs(root).map_or(0, |stat| stat.f_bavail * stat.f_frsize);
    match memory() {
        Some(memory) => Answer::Machine(processors, memory, disk),
        None => Answer::None("this machine does not tell how much memory it has".to_string()),
    }
}

fn memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    Some(
        line.trim()
            .trim_end_matches("kB")
            .trim()
            .parse::<u64>()
            .ok()?
            * 1024,
    )
}

/// The most memory that this process has had resident so far, in MiB.
pub fn peak_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kibibytes.div_ceil(1024))
}

/// How many steps at once the open files that a process may have suffice for: each takes two pipes, a log, and more for a moment.
pub fn most_steps() -> usize {
    const OWN: u64 = 40;
    const EACH: u64 = 7;
    let most = getrlimit(Resource::Nofile).current;
    let steps = |most: u64| usize::try_from(most.saturating_sub(OWN) / EACH).unwrap_or(usize::MAX);
    most.map_or(usize::MAX, steps).max(1)
}
