//! From a call to an exit code.

use std::fmt;
use std::process::ExitCode;

use crate::env::{ConfigError, EXIT_CODE, Env};
use crate::http_get;

/// Why a program did not end well.
#[derive(Debug)]
pub enum Failure {
    /// The environment or the call is wrong; trying again will not help.
    Config(ConfigError),
    /// Anything else.
    Failed(String),
}

/// The program of a service that only serves: without arguments it does, `healthcheck` asks a
/// running one.
pub fn main<F>(name: &str, default_port: u16, serve: impl FnOnce(Env<'static>) -> F) -> ExitCode
where
    F: Future<Output = Result<(), Failure>>,
{
    let env = Env::of_process();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let ended = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => run(serve(env)),
        ["healthcheck"] => http_get::healthcheck(&env, default_port).map_err(Failure::Failed),
        _ => Err(ConfigError(format!("usage: {name} [healthcheck]")).into()),
    };
    report(name, ended)
}

/// Runs `work` on the threads of a service.
pub fn run(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime
        .map_err(|why| Failure::Failed(format!("the threads could not be started: {why}.")))?;
    runtime.block_on(work)
}

/// How the program leaves: 0, 2 for a wrong configuration, else 1; the reason is printed.
pub fn report(name: &str, ended: Result<(), Failure>) -> ExitCode {
    let Err(failure) = ended else {
        return ExitCode::SUCCESS;
    };
    eprintln!("{name}: {failure}");
    match failure {
        Failure::Config(_) => ExitCode::from(EXIT_CODE),
        Failure::Failed(_) => ExitCode::FAILURE,
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Config(error) => error.fmt(f),
            Failure::Failed(sentence) => sentence.fmt(f),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Failure::Config(error)
    }
}
