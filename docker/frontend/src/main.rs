//! Arguments in, exit code out: without arguments it serves, `healthcheck` asks a running server.

use std::process::ExitCode;

use frontend::{config::Config, health, serve};

/// The exit code for a call or a configuration that cannot work.
const MISUSE: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => run_server(),
        ["healthcheck"] => report(health::check_own_port(std::env::var("PORT").ok())),
        _ => fail(MISUSE, "usage: frontend [healthcheck]"),
    }
}

fn run_server() -> ExitCode {
    match Config::from_lookup(|name| std::env::var(name).ok()) {
        Ok(config) => report(serve::run(config)),
        Err(error) => fail(MISUSE, error),
    }
}

fn report(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(1, format!("{error:#}")),
    }
}

fn fail(code: u8, message: impl std::fmt::Display) -> ExitCode {
    eprintln!("frontend: {message}");
    ExitCode::from(code)
}
