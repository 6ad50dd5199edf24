//! Who holds the folder: what the lock's file says, and what the processes of a run carry.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use super::seconds_now;
use crate::processes;

/// The runs that a lock file names, oldest first. A line that was cut off names none.
pub(super) fn runs(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| line.split_once(' ').is_some())
        .map(str::to_string)
        .collect()
}

/// The name of this run: its process and when it began.
pub(super) fn this_run() -> String {
    format!("{} {}", std::process::id(), seconds_now())
}

pub(super) fn content(file: &mut File) -> Option<String> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.read_to_string(&mut text).ok()?;
    Some(text.trim().to_string())
}

pub(super) fn holder_lives(file: &mut File) -> bool {
    let text = content(file).unwrap_or_default();
    runs(&text)
        .last()
        .and_then(|run| run.split(' ').next())
        .and_then(|pid| pid.parse().ok())
        .is_some_and(processes::is_alive)
}

/// Who holds the lock; `mark` is what our children carry.
pub(super) fn holder(file: &mut File, path: &Path, mark: &str) -> String {
    let path = path.display();
    let run = content(file).and_then(|text| runs(&text).pop());
    let run = run.unwrap_or_default();
    let Some((pid, since)) = run.split_once(' ') else {
        return format!("another run holds {path}; wait for it to end");
    };
    if is_within(&run, mark) {
        return format!(
            "{path} is held by the run that this call is a step of, so waiting would never end: \
             let `needs` of the step name what it calls for"
        );
    }
    let age = seconds_now().saturating_sub(since.parse().unwrap_or_default());
    let is_stopped = pid.parse().is_ok_and(processes::is_stopped);
    let instead = match is_stopped {
        true => format!(
            "it is stopped: `kill -CONT {pid}` lets it go on (`fg` in its terminal), and `kill {pid}` after that ends it"
        ),
        false => format!("wait for it, or end it with `kill {pid}`"),
    };
    format!("another run holds {path} (process {pid}, for {age} s); {instead}")
}

/// Whether this process was started by that run.
fn is_within(run: &str, mark: &str) -> bool {
    let tag = std::env::var(run_mark(mark)).unwrap_or_default();
    tag.strip_prefix(run)
        .is_some_and(|rest| rest.starts_with(' '))
}

/// The variable that children of a run carry, by the mark of its folder.
pub(crate) fn run_mark(mark: &str) -> String {
    format!("PIPELINE_RUN_{mark}")
}
