//! `completions`: the script that lets a shell complete `xtask` and `cargo xtask`.

use std::io::{self, Write};

use anyhow::Result;
use clap::CommandFactory;
use clap_complete::{Shell as Form, generate};

use crate::cli::{Cli, Shell};

/// Prints the script: clap's for the program, and a few lines that let `cargo xtask` use it.
pub(super) fn print(shell: Shell) -> Result<u8> {
    let (form, bridge) = match shell {
        Shell::Bash => (Form::Bash, include_str!("completions/cargo.bash")),
        Shell::Zsh => (Form::Zsh, include_str!("completions/cargo.zsh")),
        Shell::Fish => (Form::Fish, include_str!("completions/cargo.fish")),
    };
    let mut script = Vec::new();
    // The name that users see has a blank in it, which no shell takes for a program's name.
    let mut command = Cli::command().name("xtask").bin_name("xtask");
    generate(form, &mut command, "xtask", &mut script);
    let mut out = io::stdout().lock();
    out.write_all(&script)?;
    out.write_all(bridge.as_bytes())?;
    Ok(0)
}
