//! The backend's subcommands.

use std::time::Duration;

use todo_core::env::{ConfigError, Env};
use todo_core::http_get;
use todo_core::program::{self, Failure};

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
    /// Ask this service's own `/livez`.
    Healthcheck,
    /// Ask each address once.
    Probe(Vec<String>),
}

const USAGE: &str = "usage: backend [serve [--migrate] | migrate | healthcheck | probe URL...]
Configuration comes from the environment; at least DATABASE_URL and BETTER_AUTH_SECRET must be set to serve.";

/// How long `migrate` waits for the database, unless `WAIT_SECONDS` says otherwise.
const WAIT_SECONDS: u64 = 300;

/// The command that these arguments name, or a sentence and the usage.
pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Command, ConfigError> {
    let arguments: Vec<String> = arguments.collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] | ["serve"] => Ok(Command::Serve { migrate: false }),
        ["serve", "--migrate"] => Ok(Command::Serve { migrate: true }),
        ["migrate"] => Ok(Command::Migrate),
        ["healthcheck"] => Ok(Command::Healthcheck),
        ["probe", urls @ ..] if !urls.is_empty() => Ok(Command::Probe(arguments[1..].to_vec())),
        _ => Err(ConfigError(format!(
            "`{}` is not a call it knows.\n{USAGE}",
            words.join(" ")
        ))),
    }
}

/// Does it.
pub fn run(command: Command, env: &Env<'static>) -> Result<(), Failure> {
    match command {
        Command::Serve { migrate } => program::run(serve::serve(env, migrate)),
        Command::Migrate => program::run(schema::migrate(env, patience(env)?)),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(call: &str) -> Result<Command, ConfigError> {
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
        let error = parsed("migrat").unwrap_err().to_string();
        assert!(
            error.starts_with("`migrat` is not a call it knows.\nusage:"),
            "{error}"
        );
    }
}
