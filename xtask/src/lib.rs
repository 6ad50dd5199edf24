//! `cargo xtask`: the command line around the engine, for whoever brings kinds of their own.
//!
//! ```no_run
//! # use std::process::ExitCode;
//! fn main() -> ExitCode {
//!     xtask::main(kinds::KINDS.to_vec())
//! }
//! ```

mod cli;
mod commands;

pub use cli::main;
