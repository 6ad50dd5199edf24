//! Arguments in, exit code out: without arguments it serves, `healthcheck` asks a running server.

use std::fmt::Display;
use std::process::ExitCode;

use frontend::config::{Config, DEFAULT_PORT};
use frontend::serve;
use todo_core::env::{EXIT_CODE, Env};
use todo_core::{http_get, telemetry};

fn main() -> ExitCode {
    let env = Env::of_process();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => run(&env),
        ["healthcheck"] => report(http_get::healthcheck(&env, DEFAULT_PORT)),
        _ => fail(EXIT_CODE, "usage: frontend [healthcheck]"),
    }
}

fn run(env: &Env<'_>) -> ExitCode {
    match telemetry::init(env).and_then(|()| Config::from_env(env)) {
        Ok(config) => report(serve::run(config)),
        Err(error) => fail(EXIT_CODE, error),
    }
}

fn report<E: Display>(result: Result<(), E>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(1, format!("{error:#}")),
    }
}

fn fail(code: u8, message: impl Display) -> ExitCode {
    eprintln!("frontend: {message}");
    ExitCode::from(code)
}
