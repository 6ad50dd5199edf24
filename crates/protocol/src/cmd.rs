//! Program calls.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

/// A program call: an argv list, never a shell string.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Cmd {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Variables set for this call.
    pub env: Vec<(String, String)>,
    /// A call whose `KEY=VALUE` lines become variables of this call and of nothing else.
    pub env_from: Option<Box<Cmd>>,
    /// Folder relative to pipeline.toml.
    pub cwd: Option<String>,
    /// Text given to standard input.
    pub stdin: String,
    /// Secrets that are put into the program's standard input as one JSON document, the one in
    /// `stdin` if there is one: field path -> secret name.
    pub secret_stdin: Vec<(String, String)>,
    /// The call that reads this one's standard output.
    pub pipe: Option<Box<Cmd>>,
    /// The exit status with which it says that it can't do its work on this machine.
    pub left_out: Option<i32>,
    /// Variables with which it answers a probe sooner; none of them is set if the user has set one.
    pub probe_env: &'static [(&'static str, &'static str)],
    /// The line that installs the program; empty if nobody knows one.
    pub install: &'static str,
}

impl Cmd {
    /// A call of `program` with `args`.
    pub fn new<S: Into<String>>(program: &str, args: impl IntoIterator<Item = S>) -> Cmd {
        let argv = core::iter::once(program.to_string())
            .chain(args.into_iter().map(Into::into))
            .collect();
        Cmd {
            argv,
            ..Cmd::default()
        }
    }

    /// A call given as one list.
    pub fn list(argv: &[String]) -> Cmd {
        Cmd {
            argv: argv.to_vec(),
            ..Cmd::default()
        }
    }

    /// The program; empty if there is none.
    pub fn program(&self) -> &str {
        self.argv.first().map_or("", String::as_str)
    }

    /// Adds arguments.
    pub fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Cmd {
        self.argv.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sends standard output into `next`.
    pub fn pipe(mut self, next: Cmd) -> Cmd {
        self.pipe = Some(Box::new(match self.pipe.take() {
            Some(first) => first.pipe(next),
            None => next,
        }));
        self
    }

    /// Takes variables from the output of `cmd`.
    pub fn env_from(mut self, cmd: Option<Cmd>) -> Cmd {
        self.env_from = cmd.map(Box::new);
        self
    }
}

impl fmt::Display for Cmd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.argv.iter().map(|word| shell_word(word)).collect();
        f.write_str(&words.join(" "))?;
        self.pipe
            .as_ref()
            .map_or(Ok(()), |next| write!(f, " | {next}"))
    }
}

/// A word as a shell reads it: in quotes, unless it has nothing that means something to a shell.
pub fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_string()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
