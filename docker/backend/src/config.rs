//! The backend's configuration: the environment as typed values, checked before anything starts.

use axum::http::HeaderValue;
use todo_core::env::{ConfigError, Env};
use todo_core::token::SECRET_MIN;

use crate::client::TrustedProxies;
use crate::limits::Limits;

/// Where it listens unless `PORT` says otherwise.
pub const DEFAULT_PORT: u16 = 8000;

/// What the environment says.
#[derive(Debug, Clone)]
pub struct Config {
    /// `HOST` and `PORT`.
    pub address: (String, u16),
    /// `BETTER_AUTH_SECRET`.
    pub secret: String,
    /// How long a session lasts, from `SESSION_HOURS`.
    pub session_seconds: u64,
    /// `MCP_SERVER_URL`.
    pub mcp_server_url: String,
    /// `CORS_ORIGINS`: pages of other origins that may call with credentials.
    pub cors_origins: Vec<HeaderValue>,
    /// `TRUSTED_PROXIES`.
    pub trusted_proxies: TrustedProxies,
    /// `RATE_LIMIT_…`.
    pub limits: Limits,
    /// `AUTO_MIGRATE`.
    pub auto_migrate: bool,
}

impl Config {
    /// Reads and checks all of it.
    pub fn from_env(env: &Env<'_>) -> Result<Self, ConfigError> {
        known_environment(env)?;
        let hours: u64 = env.parsed("SESSION_HOURS", 24 * 7)?;
        Ok(Config {
            address: env.address(DEFAULT_PORT)?,
            secret: env.secret(
                "BETTER_AUTH_SECRET",
                SECRET_MIN,
                "the key that signs sessions, at least 32 random characters, the same for backend and mcp-server",
            )?,
            session_seconds: hours.saturating_mul(3600),
            mcp_server_url: mcp_server_url(env)?,
            cors_origins: cors_origins(env)?,
            trusted_proxies: TrustedProxies::from_env(env)?,
            limits: Limits::from_env(env)?,
            auto_migrate: env.flag("AUTO_MIGRATE")?,
        })
    }
}

fn known_environment(env: &Env<'_>) -> Result<(), ConfigError> {
    match env.optional("ENVIRONMENT").as_deref() {
        None | Some("development" | "production") => Ok(()),
        Some(other) => Err(ConfigError(format!(
            "ENVIRONMENT is `{other}`: it must be `development` or `production`."
        ))),
    }
}

fn mcp_server_url(env: &Env<'_>) -> Result<String, ConfigError> {
    let url = env
        .optional("MCP_SERVER_URL")
        .unwrap_or_else(|| "http://127.0.0.1:8001/mcp".to_string());
    if url.starts_with("http://") || url.starts_with("https://") {
        return Ok(url);
    }
    Err(ConfigError(format!(
        "MCP_SERVER_URL is `{url}`: it must look like `http://mcp-server:8001/mcp`."
    )))
}

fn cors_origins(env: &Env<'_>) -> Result<Vec<HeaderValue>, ConfigError> {
    env.list("CORS_ORIGINS")
        .iter()
        .map(|origin| cors_origin(origin))
        .collect()
}

/// An origin as a browser sends it. `*` is refused: it cannot be combined with cookies.
fn cors_origin(origin: &str) -> Result<HeaderValue, ConfigError> {
    let host = origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"));
    let well_formed = host.is_some_and(|host| !host.is_empty() && !host.contains('/'));
    match HeaderValue::from_str(origin) {
        Ok(value) if well_formed => Ok(value),
        _ => Err(ConfigError(format!(
            "CORS_ORIGINS names `{origin}`: each origin must look like `https://example.org`, without a path."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(variables: &[(&str, &str)], sentence: &str) {
        let env = Env::new(|name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| value.to_string())
        });
        assert_eq!(Config::from_env(&env).unwrap_err().to_string(), sentence);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let secret = ("BETTER_AUTH_SECRET", "0123456789abcdef0123456789abcdef");
        refused(
            &[("BETTER_AUTH_SECRET", "short")],
            "BETTER_AUTH_SECRET has 5 characters: it needs at least 32.",
        );
        refused(
            &[secret, ("CORS_ORIGINS", "https://a.org, *")],
            "CORS_ORIGINS names `*`: each origin must look like `https://example.org`, without a path.",
        );
        refused(
            &[secret, ("ENVIRONMENT", "prod")],
            "ENVIRONMENT is `prod`: it must be `development` or `production`.",
        );
        refused(
            &[secret, ("MCP_SERVER_URL", "mcp:8001")],
            "MCP_SERVER_URL is `mcp:8001`: it must look like `http://mcp-server:8001/mcp`.",
        );
    }
}
