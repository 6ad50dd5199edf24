//! The log files of background services, followed as they grow.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::readable::Lines;
use crate::commands::open::{Opened, makes_all};
use engine::called;
use engine::config::ConfigError;
use engine::progress;
use engine::service;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_millis(200);
/// How many bytes of a file's end are shown when the following begins.
const LAST: u64 = 4 << 10;

/// Prints what the services write until a signal ends it.
pub(super) fn follow(opened: &Opened, service: Option<&str>, lines: &Lines) -> Result<()> {
    let steps = opened.world.pipeline.steps.iter();
    let mut names: Vec<&str> = steps.filter_map(|step| step.kind.service()).collect();
    names.retain(|name| service.is_none_or(|service| service == *name));
    if names.is_empty() {
        let what = service.map_or("there is no service".to_string(), |name| {
            format!("there is no service `{name}`")
        });
        let target = &opened.world.pipeline.target;
        return Err(ConfigError(format!("{what} on the target {target}")).into());
    }
    let exec = &opened.world.exec;
    if !names
        .iter()
        .any(|name| exec.services().find(name).is_some())
    {
        progress::say(&called::told(&none_runs(opened)));
    }
    let mut tails: BTreeMap<&str, Tail> = BTreeMap::new();
    while !exec.is_ending() {
        for &name in &names {
            let log = service::log(&opened.world.state.dir, name);
            // One that is not there yet comes with the service.
            let read = tails
                .entry(name)
                .or_insert_with(|| Tail::of(&log))
                .read(&log);
            let read = read.unwrap_or_default();
            if !read.is_empty() {
                let hide = exec.hides_in(name);
                read.iter().for_each(|line| lines.print(name, &hide(line)));
            }
        }
        thread::sleep(LOOK);
    }
    Ok(())
}

fn none_runs(opened: &Opened) -> String {
    let pipeline = &opened.world.pipeline;
    format!(
        "no service runs on the target {}; waiting for one, `cargo xtask {}` starts them, Ctrl-C ends it",
        pipeline.target,
        makes_all(pipeline)
    )
}

/// How far a file was read, and the line that has begun there.
struct Tail {
    at: u64,
    open: Vec<u8>,
    /// It begins within a line, which is not shown.
    torn: bool,
}

impl Tail {
    /// Near the end of what is there.
    fn of(log: &Path) -> Tail {
        let size = log.metadata().map_or(0, |meta| meta.len());
        Tail {
            at: size.saturating_sub(LAST),
            open: Vec::new(),
            torn: size > LAST,
        }
    }

    /// The lines that were completed since the last time. A file that is shorter now was begun
    /// anew.
    fn read(&mut self, log: &Path) -> io::Result<Vec<String>> {
        let mut file = File::open(log)?;
        if file.metadata()?.len() < self.at {
            *self = Tail::of(Path::new(""));
        }
        file.seek(SeekFrom::Start(self.at))?;
        self.at += file.read_to_end(&mut self.open)? as u64;
        let end = self.open.iter().rposition(|&byte| byte == b'\n');
        let rest = self.open.split_off(end.map_or(0, |end| end + 1));
        let whole = std::mem::replace(&mut self.open, rest);
        let whole = String::from_utf8_lossy(&whole);
        let torn = usize::from(std::mem::take(&mut self.torn));
        Ok(whole.lines().skip(torn).map(str::to_string).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn lines_are_told_once_they_are_whole_and_a_new_file_from_its_beginning() {
        let log = std::env::temp_dir().join(format!("tail-{}", std::process::id()));
        fs::write(&log, "a\nb").unwrap();
        let mut tail = Tail::of(&log);
        assert_eq!(tail.read(&log).unwrap(), ["a"]);
        fs::write(&log, "a\nbc\nd\n").unwrap();
        assert_eq!(tail.read(&log).unwrap(), ["bc", "d"]);
        fs::write(&log, "e\n").unwrap();
        assert_eq!(tail.read(&log).unwrap(), ["e"]);
        fs::remove_file(&log).unwrap();
    }
}
