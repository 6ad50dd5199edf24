//! Flags in, one call, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::cli::main()
}
