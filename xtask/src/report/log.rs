//! One attempt's log file, and its last lines in memory. The file is made when there is something to write.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

use crate::step::Failure;

/// How many lines a failure shows.
const TAIL: usize = 12;

/// Where one attempt writes. Trouble with the file never fails the step: the work matters more than its record.
pub struct Log {
    path: PathBuf,
    file: Option<File>,
    tail: VecDeque<String>,
}

impl Log {
    /// Nothing is written yet.
    pub fn new(path: PathBuf) -> Log {
        Log {
            path,
            file: None,
            tail: VecDeque::new(),
        }
    }

    /// Adds a line.
    pub fn line(&mut self, line: &str) {
        if self.file.is_none() {
            self.file = self
                .path
                .parent()
                .and_then(|dir| fs::create_dir_all(dir).ok())
                .and_then(|()| File::create(&self.path).ok());
        }
        if let Some(file) = &mut self.file {
            let _ = file.write_all(format!("{line}\n").as_bytes());
        }
        if self.tail.len() == TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(line.to_string());
    }

    /// Notes a failure, and gives it the last lines as evidence if it has none of its own.
    pub fn failed(&mut self, mut failure: Failure) -> Failure {
        if failure.evidence.is_empty() {
            let words = self.tail.iter().filter(|line| !line.trim().is_empty());
            failure.evidence = words.map(|line| shortened(line)).collect();
        }
        self.line(&format!("failed: {}", failure.cause));
        failure
    }
}

/// A line that fits on a screen.
fn shortened(line: &str) -> String {
    const WIDTH: usize = 160;
    if line.chars().count() <= WIDTH {
        line.to_string()
    } else {
        line.chars().take(WIDTH).chain(['…']).collect()
    }
}
