//! `completions`: the script that lets a shell complete `xtask` and `cargo xtask`.

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
    // As all views print, so that it ends as they do when nobody reads on or the disk is full.
    print!("{}{bridge}", String::from_utf8(script)?);
    Ok(0)
}
