//! Arguments in, exit code out: without arguments it serves, `healthcheck` asks a running server.

use std::process::ExitCode;

use frontend::config::DEFAULT_PORT;
use frontend::serve;
use todo_core::program;

fn main() -> ExitCode {
    program::main("frontend", DEFAULT_PORT, serve::serve)
}
