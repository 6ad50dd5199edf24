//! Arguments in, exit code out: without arguments it serves, `healthcheck` asks a running server.

use std::process::ExitCode;

use mcp_server::{DEFAULT_PORT, serve};
use todo_core::program;

fn main() -> ExitCode {
    program::main("mcp-server", DEFAULT_PORT, serve::serve)
}
