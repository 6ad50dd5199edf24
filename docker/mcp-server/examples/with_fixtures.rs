//! The server with the fixtures that the official conformance suite calls. A program of its own name: builds of the
//! production server that run at the same time cannot replace it.
//!
//! `cargo run --package mcp-server --features conformance-fixtures --example with_fixtures`

use std::process::ExitCode;

use mcp_server::{DEFAULT_PORT, serve};
use todo_core::program;

fn main() -> ExitCode {
    if cfg!(not(feature = "conformance-fixtures")) {
        eprintln!(
            "with_fixtures was built without --features conformance-fixtures: build it with them"
        );
        return ExitCode::from(2);
    }
    program::main("mcp-server", DEFAULT_PORT, serve::serve)
}
