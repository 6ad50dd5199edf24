//! Hands the terminal to another program until it ends.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};

/// Runs a program with this terminal and these variables besides; its exit status.
pub fn in_foreground(argv: &[String], env: &[(&str, String)]) -> Result<i32> {
    let (program, args) = argv.split_first().context("no program is named")?;
    let mut command = Command::new(program);
    command
        .args(args)
        .envs(env.iter().map(|(name, value)| (name, value)));
    let status = command.stdin(Stdio::inherit()).status();
    let status = status.with_context(|| format!("can't start {program}"))?;
    Ok(status.code().unwrap_or(1))
}
