//! `init`: a small pipeline.toml to begin with. Never overwrites one.

use std::fs::File;
use std::io::Write;

use anyhow::{Result, bail};

use crate::cli::Global;

const SMALL: &str = r#"version = 1
name = "hello"

# `cargo xtask run build` reaches a goal: its steps and all they need.
[goals]
build = ["greet"]

[[step]]
id = "compile"
kind = "command"                  # `cargo xtask kinds` lists the others
inputs = ["src/**"]               # contents count, not times
outputs = ["out/greeting"]        # verified after the run and before a skip
with = { argv = ["sh", "-c", "mkdir -p out && cat src/* > out/greeting"] }

[[step]]
id = "greet"
kind = "check"                    # asked each time, changes nothing
needs = ["compile"]
with = { argv = ["test", "-s", "out/greeting"] }
"#;

/// Writes the file.
pub(super) fn write(global: &Global) -> Result<u8> {
    let path = &global.file;
    match File::create_new(path) {
        Ok(mut file) => file.write_all(SMALL.as_bytes())?,
        Err(err) if err.kind() == std::io::ErrorKind::AlreadyExists => {
            bail!(
                "{} is there already and stays as it is; `-f FILE` names another",
                path.display()
            )
        }
        Err(err) => bail!("can't write {}: {err}", path.display()),
    }
    println!(
        "wrote {}; `cargo xtask plan build` says what it would do",
        path.display()
    );
    Ok(0)
}
