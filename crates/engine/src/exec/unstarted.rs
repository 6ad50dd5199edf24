//! Why a program can't be started, and what helps.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use rustix::io::Errno;

use super::Exec;
use super::program::{Lookup, locate};
use protocol::{Cmd, Failure};

impl Exec {
    /// What to do about a program that is not there.
    pub(super) fn not_found(&self, cmd: &Cmd) -> Failure {
        let program = cmd.program();
        let words: Vec<&str> = program.split_whitespace().collect();
        if let [first, _, ..] = words.as_slice()
            && !program.contains(['"', '\''])
            && locate(&Lookup::new(first), &self.root, &self.state).is_some()
        {
            let words = words.join("\", \"");
            return Failure::new(format!("there is no program `{program}`"))
                .prerequisite()
                .fix(format!("`argv` has a text for each word: \"{words}\""));
        }
        if program.contains('/') {
            let cwd = self.root.join(cmd.cwd.as_deref().unwrap_or_default());
            let there = [cwd, self.root.clone()].map(|folder| folder.join(program));
            let there = there.iter().find(|path| path.exists());
            return there.map_or_else(|| no_program(program), |path| no_start(program, path));
        }
        let failure = Failure::new(format!("`{program}` is not on PATH")).prerequisite();
        match cmd.install {
            "" => failure.fix(format!("install {program}, or correct the name in `argv`")),
            install => failure.fix(install),
        }
    }

    /// Why the system did not start a program that is there.
    pub(super) fn cannot_start(&self, cmd: &Cmd, err: &io::Error) -> Failure {
        let program = cmd.program();
        let failure = Failure::new(format!("`{program}` can't be started: {err}"));
        match &cmd.cwd {
            Some(cwd) if !self.root.join(cwd).is_dir() => {
                return failure.fix(format!("`cwd` names {cwd}, and that is no folder"));
            }
            _ => {}
        }
        let lookup = Lookup {
            cwd: cmd.cwd.clone().unwrap_or_default(),
            ..Lookup::new(program)
        };
        let head = locate(&lookup, &self.root, &self.state).map(|path| head(&path));
        let head = head.unwrap_or_default();
        match err.kind() {
            ErrorKind::PermissionDenied => {
                failure.fix(format!("check that {program} is executable"))
            }
            ErrorKind::NotFound | ErrorKind::NotADirectory => match interpreter(&head) {
                Some(named) if named.ends_with('\r') => foreign_lines(program),
                _ => failure.fix(format!(
                    "check which interpreter the first line of {program} names"
                )),
            },
            ErrorKind::ArgumentListTooLong => {
                failure.fix("hand it the words in a file instead of in `argv` and `env`")
            }
            _ if Errno::from_io_error(err) == Some(Errno::NOEXEC) => no_format(program, &head),
            _ => failure,
        }
    }
}

fn no_program(program: &str) -> Failure {
    Failure::new(format!("there is no program `{program}`")).fix(
        "correct the path, which begins at the folder of pipeline.toml, or at the step's `cwd`",
    )
}

/// What is there and can't be started.
fn no_start(program: &str, path: &Path) -> Failure {
    if path.is_dir() {
        return Failure::new(format!("`{program}` is a folder and no program"))
            .fix("name the program that lies in it");
    }
    Failure::new(format!("`{program}` is not executable")).fix(format!(
        "make it so with `chmod +x {program}`, or name what reads it, such as `sh`, in front of it in `argv`"
    ))
}

fn foreign_lines(program: &str) -> Failure {
    Failure::new(format!(
        "`{program}` can't be started: its lines end as on Windows, so its first one names an \
         interpreter with a carriage return behind it"
    ))
    .fix(format!(
        "take them away, as with `sed -i 's/\\r$//' {program}`; `* text=auto eol=lf` in .gitattributes keeps them away"
    ))
}

/// The system does not know what to do with the file.
fn no_format(program: &str, head: &[u8]) -> Failure {
    let (why, fix) = if head.is_empty() {
        ("it is empty", "see what was to write it")
    } else if head.contains(&0) {
        (
            "it was made for another kind of machine",
            "build it for this one, or fetch that which is for this one",
        )
    } else {
        (
            "it is a text that does not begin with `#!` and what reads it",
            "make `#!/bin/sh`, or whatever reads it, its first line",
        )
    };
    Failure::new(format!("`{program}` can't be started: {why}")).fix(fix)
}

/// How a file begins; empty if it can't be read.
fn head(path: &Path) -> Vec<u8> {
    let mut head = Vec::new();
    // It is only to be told better.
    let _ = File::open(path).and_then(|file| file.take(256).read_to_end(&mut head));
    head
}

/// What the first line of a script names.
fn interpreter(head: &[u8]) -> Option<String> {
    let first = head
        .strip_prefix(b"#!")?
        .split(|&byte| byte == b'\n')
        .next()?;
    Some(String::from_utf8_lossy(first).into_owned())
}
