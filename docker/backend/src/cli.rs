//! The backend's subcommands. Knows how each is called, not how it works.

use std::fmt;
use std::time::Duration;

use todo_core::env::{ConfigError, EXIT_CODE, Env};
use todo_core::http_get;

use crate::config::DEFAULT_PORT;
use crate::{schema, serve};

/// What the program was asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Answer requests until told to end.
    Serve {
        /// Bring the schema up to date first, on PostgreSQL too.
        migrate: bool,
    },
    /// Bring the schema up to date, once the database answers.
    Migrate,
    /// Return once someone has brought the schema up to date.
    WaitSchema,
    /// Ask this service's own `/livez`.
    Healthcheck,
    /// Ask each address once.
    Probe(Vec<String>),
}

const USAGE: &str = "usage: backend [serve [--migrate] | migrate | wait-schema | healthcheck | probe URL...]
Configuration comes from the environment; at least DATABASE_URL and BETTER_AUTH_SECRET must be set to serve.";

/// How long `migrate` and `wait-schema` wait for the database, unless `WAIT_SECONDS` says otherwise.
const WAIT_SECONDS: u64 = 300;

/// The command that these arguments name, or a sentence and the usage.
pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Command, String> {
    let arguments: Vec<String> = arguments.collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] | ["serve"] => Ok(Command::Serve { migrate: false }),
        ["serve", "--migrate"] => Ok(Command::Serve { migrate: true }),
        ["migrate"] => Ok(Command::Migrate),
        ["wait-schema"] => Ok(Command::WaitSchema),
        ["healthcheck"] => Ok(Command::Healthcheck),
        ["probe", urls @ ..] if !urls.is_empty() => Ok(Command::Probe(arguments[1..].to_vec())),
        _ => Err(format!(
            "backend: `{}` is not a call it knows.\n{USAGE}",
            words.join(" ")
        )),
    }
}

/// Does it.
pub fn run(command: Command, env: &Env<'static>) -> Result<(), Failure> {
    match command {
        Command::Serve { migrate } => runtime()?.block_on(serve::serve(env, migrate)),
        Command::Migrate => runtime()?.block_on(schema::migrate(env, patience(env)?)),
        Command::WaitSchema => runtime()?.block_on(schema::wait(env, patience(env)?)),
        Command::Healthcheck => http_get::healthcheck(env, DEFAULT_PORT).map_err(Failure::Failed),
        Command::Probe(urls) => urls
            .iter()
            .try_for_each(|url| http_get::probe(url))
            .map_err(Failure::Failed),
    }
}

fn patience(env: &Env<'_>) -> Result<Duration, ConfigError> {
    Ok(Duration::from_secs(
        env.parsed("WAIT_SECONDS", WAIT_SECONDS)?,
    ))
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.map_err(|why| Failure::Failed(format!("the threads could not be started: {why}.")))
}

/// Why a command did not end well.
#[derive(Debug)]
pub enum Failure {
    /// The environment is wrong; trying again will not help.
    Config(ConfigError),
    /// Anything else.
    Failed(String),
}

impl Failure {
    /// 2 for a wrong configuration, else 1.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Config(_) => EXIT_CODE,
            Failure::Failed(_) => 1,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(call: &str) -> Result<Command, String> {
        parse(call.split_whitespace().map(str::to_string))
    }

    #[test]
    fn calls() {
        assert_eq!(parsed(""), Ok(Command::Serve { migrate: false }));
        assert_eq!(
            parsed("serve --migrate"),
            Ok(Command::Serve { migrate: true })
        );
        assert_eq!(
            parsed("probe http://a http://b"),
            Ok(Command::Probe(vec!["http://a".into(), "http://b".into()]))
        );
        assert!(parsed("probe").is_err());
        let error = parsed("migrat").unwrap_err();
        assert!(
            error.starts_with("backend: `migrat` is not a call it knows.\nusage:"),
            "{error}"
        );
    }
}
