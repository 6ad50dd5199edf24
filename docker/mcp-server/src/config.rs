//! The environment as this server's settings. Opens nothing.

use todo_core::env::{ConfigError, Env};
use todo_core::token::{SECRET_MIN, Tokens};

use crate::DEFAULT_PORT;
use crate::auth::Auth;

/// Hosts that are always answered: this machine's own names.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// The server's settings.
pub struct Config {
    /// `HOST` and `PORT`.
    pub address: (String, u16),
    /// How callers are known.
    pub auth: Auth,
    /// The values of the `Host` header that `/mcp` answers.
    pub allowed_hosts: Vec<String>,
}

impl Config {
    /// Reads the settings, or says which variable is wrong.
    pub fn from_env(env: &Env<'_>) -> Result<Self, ConfigError> {
        let address = env.address(DEFAULT_PORT)?;
        Ok(Self {
            auth: auth(env, &address.0)?,
            allowed_hosts: allowed_hosts(env),
            address,
        })
    }
}

fn allowed_hosts(env: &Env<'_>) -> Vec<String> {
    let more = env.list("MCP_ALLOWED_HOSTS");
    LOOPBACK
        .iter()
        .map(|host| (*host).to_string())
        .chain(more)
        .collect()
}

fn auth(env: &Env<'_>, host: &str) -> Result<Auth, ConfigError> {
    match env.optional("MCP_AUTH").as_deref() {
        None | Some("on") => Ok(Auth::Token(tokens(env)?)),
        Some("off") if LOOPBACK.contains(&host) => Ok(Auth::Off),
        Some("off") => Err(ConfigError(format!(
            "MCP_AUTH is `off` while HOST is `{host}`: without tokens this server may listen on 127.0.0.1 only."
        ))),
        Some(other) => Err(ConfigError(format!(
            "MCP_AUTH is `{other}`, which cannot be used: expected `on` or `off`."
        ))),
    }
}

fn tokens(env: &Env<'_>) -> Result<Tokens, ConfigError> {
    let secret = env.secret(
        "BETTER_AUTH_SECRET",
        SECRET_MIN,
        "the key that signs session tokens, the same one as the backend's",
    )?;
    Ok(Tokens::new(&secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variables: &'static [(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_env(&Env::new(|asked| {
            variables
                .iter()
                .find(|(name, _)| *name == asked)
                .map(|(_, value)| (*value).to_string())
        }))
    }

    #[track_caller]
    fn refused(variables: &'static [(&str, &str)], sentence: &str) {
        assert_eq!(
            config(variables).err().expect("an error").to_string(),
            sentence
        );
    }

    #[test]
    fn a_secret_is_needed() {
        refused(
            &[],
            "BETTER_AUTH_SECRET is not set: it must hold the key that signs session tokens, the same one as the backend's.",
        );
        refused(
            &[("BETTER_AUTH_SECRET", "short")],
            "BETTER_AUTH_SECRET has 5 characters: it needs at least 32.",
        );
    }

    #[test]
    fn auth_is_off_on_loopback_only() {
        refused(
            &[("MCP_AUTH", "off")],
            "MCP_AUTH is `off` while HOST is `0.0.0.0`: without tokens this server may listen on 127.0.0.1 only.",
        );
        refused(
            &[("MCP_AUTH", "no")],
            "MCP_AUTH is `no`, which cannot be used: expected `on` or `off`.",
        );
        assert!(matches!(
            config(&[("MCP_AUTH", "off"), ("HOST", "127.0.0.1")])
                .unwrap()
                .auth,
            Auth::Off
        ));
    }

    #[test]
    fn hosts_add_to_loopback() {
        let config = config(&[
            ("MCP_AUTH", "off"),
            ("HOST", "localhost"),
            ("MCP_ALLOWED_HOSTS", "mcp-server, mcp-server:8001"),
        ]);
        assert_eq!(
            config.unwrap().allowed_hosts,
            [
                "localhost",
                "127.0.0.1",
                "::1",
                "mcp-server",
                "mcp-server:8001"
            ]
        );
    }
}
