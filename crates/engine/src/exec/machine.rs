//! What this machine has, by /proc and the file system.

use std::path::Path;

use rustix::process::{Resource, getrlimit};

use protocol::Answer;

/// Processors, memory and free disk.
pub fn answer(root: &Path) -> Answer {
    let processors = std::thread::available_parallelism().map_or(0, |count| count.get() as u64);
    let disk = rustix::fs::statvfs(root).map_or(0, |stat| stat.f_bavail * stat.f_frsize);
    match amount("meminfo", "MemTotal") {
        Some(memory) => Answer::Machine(processors, memory, disk),
        None => Answer::None("this machine does not tell how much memory it has".to_string()),
    }
}

/// The most memory that this process has had resident so far, in MiB.
pub fn peak_memory() -> Option<u64> {
    Some(amount("self/status", "VmHWM")?.div_ceil(1 << 20))
}

/// Memory that could be had without swapping, in bytes.
pub(crate) fn free_memory() -> Option<u64> {
    amount("meminfo", "MemAvailable")
}

/// What a file of /proc tells under that name; nothing where there is no /proc.
pub(crate) fn told(file: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(Path::new("/proc").join(file)).ok()?;
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(key, _)| *key == name)?;
    Some(value.trim().to_string())
}

/// An amount, in bytes.
fn amount(file: &str, name: &str) -> Option<u64> {
    let kibibytes: u64 = told(file, name)?.strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes << 10)
}

/// How many steps at once the open files that a process may have suffice for: each takes two pipes,
/// a log, and more for a moment.
pub fn most_steps() -> usize {
    const OWN: u64 = 40;
    const EACH: u64 = 7;
    let most = getrlimit(Resource::Nofile).current;
    let steps = |most: u64| usize::try_from(most.saturating_sub(OWN) / EACH).unwrap_or(usize::MAX);
    most.map_or(usize::MAX, steps).max(1)
}
