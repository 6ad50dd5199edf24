//! One attempt's log file, and its last lines in memory. The file is made when there is something
//! to write.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use protocol::{Failure, cut, drawn, without_escapes};

/// How many lines a failure shows.
const TAIL: usize = 12;

/// Where one attempt writes. Trouble with the file never fails the step: the work matters more than
/// its record.
pub struct Log {
    path: PathBuf,
    file: Option<File>,
    /// Why not all of it is in the file.
    trouble: Option<io::Error>,
    tail: VecDeque<String>,
}

impl Log {
    /// Nothing is written yet. With the first line, what an earlier run wrote is emptied rather
    /// than removed: for minutes after many files were removed, ext4 searches long for a place for
    /// each new one.
    pub fn new(path: PathBuf) -> Log {
        Log {
            path,
            file: None,
            trouble: None,
            tail: VecDeque::new(),
        }
    }

    /// Adds a line that is no evidence of a failure.
    pub fn aside(&mut self, line: &str) {
        if let Err(err) = self.write(line) {
            self.trouble.get_or_insert(err);
        }
    }

    /// Adds a line.
    pub fn line(&mut self, line: &str) {
        self.aside(line);
        if self.tail.len() == TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(line.to_string());
    }

    /// Why lines are missing in the file, if there are.
    pub fn trouble(&self) -> Option<&io::Error> {
        self.trouble.as_ref()
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(self.create()?);
        }
        let mut file = self.file.as_ref().expect("it was just made");
        file.write_all(format!("{line}\n").as_bytes())
    }

    /// The folder is there for all logs but the first.
    fn create(&self) -> io::Result<File> {
        File::create(&self.path).or_else(|_| {
            self.path.parent().map_or(Ok(()), fs::create_dir_all)?;
            File::create(&self.path)
        })
    }

    /// Notes a failure, and gives it the last lines as evidence if it has none of its own.
    pub fn failed(&mut self, mut failure: Failure) -> Failure {
        if failure.evidence.is_empty() {
            let words = self.tail.iter().map(|line| shortened(line));
            failure.evidence = words.filter(|line| !line.trim().is_empty()).collect();
        }
        self.line(&format!("failed: {}", failure.cause));
        failure
    }
}

/// An attempt that had nothing to say leaves nothing of what an earlier run said.
impl Drop for Log {
    fn drop(&mut self) {
        if self.file.is_none() {
            // It is only read by people.
            let _ = File::options().write(true).truncate(true).open(&self.path);
        }
    }
}

/// The last lines of a log file; none if it can't be read.
pub fn last_lines(path: &Path, most: usize) -> Vec<String> {
    let Ok(text) = end_of(path) else {
        return Vec::new();
    };
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.len().saturating_sub(most);
    lines[first..].iter().map(|line| shortened(line)).collect()
}

/// Logs can be long: only their end is read.
pub(crate) fn end_of(path: &Path) -> io::Result<String> {
    const ENOUGH: u64 = 32 * 1024;
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(ENOUGH)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A line that fits on a screen, as a terminal would show it in the end, without colours. A line
/// end within it, as in a script, stays to be seen: what is cut into words without it is another
/// script.
pub fn shortened(line: &str) -> String {
    const WIDTH: usize = 160;
    let lines = line.trim_end_matches('\n').split('\n').map(drawn);
    let plain = without_escapes(&lines.collect::<Vec<_>>().join("\\n"));
    cut(&plain, WIDTH)
}

/// A name as it is shown: what a terminal would act on is spelt out.
pub fn visible(name: &str) -> String {
    let spelt = |c: char| match c.is_control() {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    };
    name.chars().map(spelt).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_does_nothing_to_a_terminal() {
        assert_eq!(visible("é\n\x1b[31m\u{9b}"), "é\\n\\u{1b}[31m\\u{9b}");
    }

    #[test]
    fn what_is_said_aside_is_no_evidence() {
        let path = std::env::temp_dir().join(format!("aside-{}", std::process::id()));
        let mut log = Log::new(path.clone());
        log.aside("note at = here");
        log.line("no room");
        let told = log.failed(Failure::new("it failed"));
        assert_eq!(told.evidence, ["no room"]);
        let kept = std::fs::read_to_string(&path).unwrap();
        assert!(kept.starts_with("note at = here\nno room\n"), "{kept}");
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn colours_are_dropped_and_long_lines_cut() {
        assert_eq!(shortened("\x1b[0m\x1b[91merror\x1b[0m: x"), "error: x");
        assert_eq!(shortened("\x1b]0;a title\x07done\x1b(B"), "doneB");
        assert_eq!(
            shortened("\x1b]8;;link\x1b\\text\x1b[2Kmore\x1b["),
            "textmore"
        );
        assert_eq!(shortened("10%\r20%\rfatal: no\r\n"), "fatal: no");
        assert_eq!(shortened("it is down\r\nask\r\n"), "it is down\\nask");
        assert_eq!(shortened(&"é".repeat(200)).chars().count(), 161);
        assert_eq!(shortened("$ sh -c 'a\nb'\n"), "$ sh -c 'a\\nb'");
    }
}
