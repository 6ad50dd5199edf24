//! The backend's program: reads the call, does it, leaves with a code that scripts can use.

use std::process::ExitCode;

use backend::cli;
use todo_core::env::Env;
use todo_core::program;

fn main() -> ExitCode {
    let command = cli::parse(std::env::args().skip(1));
    let ended = command
        .map_err(Into::into)
        .and_then(|command| cli::run(command, &Env::of_process()));
    program::report("backend", ended)
}
