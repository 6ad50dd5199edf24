//! `ci`: formatting, lints and every test. What `.ci/run` calls, and what a developer calls before a commit.

use anyhow::Result;
use xshell::{Shell, cmd};

/// Runs the checks; the first failure ends it.
pub fn run() -> Result<u8> {
    let sh = Shell::new()?;
    let section = |title: &str| println!("\n== {title}");
    section("formatting");
    cmd!(sh, "cargo fmt --all --check").run()?;
    section("lints");
    cmd!(
        sh,
        "cargo clippy --workspace --all-targets --quiet -- -D warnings"
    )
    .run()?;
    section("tests");
    cmd!(sh, "cargo test --workspace").run()?;
    Ok(0)
}
