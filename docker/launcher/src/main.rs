//! `cargo xtask` looks for a package of that name in the workspace it is called in. The real one is
//! in the repository's own workspace; this one stands for it here.

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

const REAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");

fn main() -> ExitCode {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args([
        "run",
        "--quiet",
        "--package",
        "xtask",
        "--manifest-path",
        REAL,
        "--",
    ]);
    let err = cargo.args(std::env::args_os().skip(1)).exec();
    eprintln!("error: cargo can't be started: {err}");
    ExitCode::from(2)
}
