//! Read-only questions and what comes back.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use crate::log_line::readable;
use crate::text::{drawn, is_blank, without_escapes};
use crate::{Cmd, Daemon};

/// A read-only question.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Probe {
    /// What does this command answer?
    Run(Cmd),
    /// What does this command answer? Nothing that a step waits for changes that, so while it waits
    /// it is asked until it is answered, and not again.
    Once(Cmd),
    /// What does this address answer?
    Get(Request),
    /// Does this background process of ours live, and does it answer at this path (empty: any
    /// answer will do)?
    Process(Daemon, String),
    /// Where is this tool on PATH, and which file is it?
    Which(String),
    /// What does this command answer? Its program's file alone decides, so while that is the one
    /// named second, the third is the answer.
    Version(Cmd, String, String),
    /// What stands in this file, relative to pipeline.toml? Of a folder the names in it, a line
    /// each.
    Read(String),
    /// What does the mark of this folder say, relative to pipeline.toml? Answered only if the folder
    /// is ours: it lies in that of pipeline.toml or of the state, or the mark names this state.
    Mark(String),
    /// What is this machine?
    Machine,
}

/// The reply to an [`Probe`].
#[derive(Debug, Clone)]
pub enum Answer {
    /// The command ran to its end.
    Ran(Output),
    /// The address answered.
    Got(Reply),
    /// Our process lives: its process id and port.
    Alive {
        /// Process id.
        pid: u32,
        /// That of the process that was started, if it has ended and left this one.
        gone: Option<u32>,
        /// The port it was given; 0 if none.
        port: u16,
        /// Whether it was started with the same command and variables.
        current: bool,
        /// The target that it was started for, if that is not this one.
        other: Option<String>,
        /// Why it does not answer yet, if it does not.
        silent: Option<String>,
        /// What it wrote, if it does not.
        words: LastWords,
    },
    /// Our process has ended, though this run started it.
    Ended {
        /// How, as in `with exit status 1 within 0.3 s of its start`.
        how: String,
        /// What it wrote.
        words: LastWords,
    },
    /// The tool's absolute path, and what tells that it is still the same file; empty if nothing
    /// does.
    Found(String, String),
    /// What this machine has: processors, bytes of memory, bytes free on the pipeline's disk.
    Machine(u64, u64, u64),
    /// There was no answer; the sentence says why.
    None(String),
}

/// What a background process wrote, as far as it may be shown.
#[derive(Debug, Clone, Default)]
pub struct LastWords {
    /// The last lines.
    pub last: Vec<String>,
    /// The file that has all of them.
    pub log: String,
}

impl Answer {
    /// Standard output if the command succeeded.
    pub fn stdout(&self) -> Option<&str> {
        match self {
            Answer::Ran(output) if output.code == 0 => Some(&output.stdout),
            _ => None,
        }
    }

    /// Standard output as JSON if the command succeeded.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_str(self.stdout()?).ok()
    }

    /// Why there is no good answer, in the tool's own last words.
    pub fn trouble(&self) -> String {
        match self {
            Answer::Ran(output) => output.last_words(),
            Answer::Got(reply) => format!("it answered {}", reply.status),
            Answer::None(why) => why.clone(),
            Answer::Alive { pid, .. } => format!("process {pid} lives"),
            Answer::Ended { how, .. } => format!("it ended {how}"),
            Answer::Found(path, _) => path.clone(),
            Answer::Machine(..) => "it has too little".to_string(),
        }
    }
}

/// What a command printed and how it ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// Exit status; 128 + N for a process ended by signal N.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    /// The last line that says something, if there is one: a bracket or a ruler says nothing.
    pub fn said_last(&self) -> Option<String> {
        let last = |text: &str| {
            text.lines()
                .rev()
                .map(|line| drawn(line).trim())
                .find(|line| without_escapes(line).contains(char::is_alphanumeric))
                .map(readable)
        };
        last(&self.stderr).or_else(|| last(&self.stdout))
    }

    /// The last line that says something, or the exit status.
    pub fn last_words(&self) -> String {
        self.said_last()
            .unwrap_or_else(|| format!("exit status {}", self.code))
    }
}

impl Output {
    /// The last line of standard output, or `otherwise` if there is none.
    pub fn last_words_or(&self, otherwise: &str) -> String {
        let last = self
            .stdout
            .lines()
            .rev()
            .map(|line| drawn(line).trim())
            .find(|line| !is_blank(line));
        last.unwrap_or(otherwise).to_string()
    }
}

/// An HTTP request without a body.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Request {
    /// Full address.
    pub url: String,
    /// Overrides the Host header: how an ingress is reached by its address.
    pub host: String,
}

/// An HTTP answer.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// Status code.
    pub status: u16,
    /// Body as text.
    pub body: String,
}
