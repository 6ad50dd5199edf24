//! The backend's program: reads the call, does it, leaves with a code that scripts can use.

use std::process::ExitCode;

use backend::cli::{self, Command};
use todo_core::env::{EXIT_CODE, Env};

fn main() -> ExitCode {
    match cli::parse(std::env::args().skip(1)) {
        Ok(command) => run(command),
        Err(usage) => {
            eprintln!("{usage}");
            ExitCode::from(EXIT_CODE)
        }
    }
}

fn run(command: Command) -> ExitCode {
    match cli::run(command, &Env::of_process()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("backend: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}
