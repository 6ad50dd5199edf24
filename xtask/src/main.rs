//! Flags in, one call, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::main(kinds::KINDS.to_vec())
}
