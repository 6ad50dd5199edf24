//! Reads the configuration from the environment. It opens nothing and contacts nobody.

use axum::http::Uri;
use todo_core::env::{ConfigError, Env};
use todo_core::lifecycle::Lifecycle;

/// Where the page is served unless `PORT` says otherwise.
pub const DEFAULT_PORT: u16 = 3000;
const DEFAULT_BACKEND: &str = "http://127.0.0.1:8000";

/// What the environment decides.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen (`HOST` and `PORT`).
    pub address: (String, u16),
    /// Where `/api` is carried to (`BACKEND_URL`), without a trailing slash.
    pub backend: String,
    /// The base of the page's API calls (`NEXT_PUBLIC_API_URL`); empty means its own origin.
    pub api_base: String,
    /// How the process ends.
    pub lifecycle: Lifecycle,
}

impl Config {
    /// Reads every variable; the first that cannot work is named in the error.
    pub fn from_env(env: &Env<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            address: env.address(DEFAULT_PORT)?,
            backend: backend(env)?,
            api_base: api_base(env)?,
            lifecycle: Lifecycle::from_env(env)?,
        })
    }

    /// The origin the page calls besides its own, for the Content-Security-Policy.
    pub fn api_origin(&self) -> Option<String> {
        let uri: Uri = self.api_base.parse().ok()?;
        Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
    }
}

fn backend(env: &Env<'_>) -> Result<String, ConfigError> {
    let value = env
        .optional("BACKEND_URL")
        .unwrap_or_else(|| DEFAULT_BACKEND.to_owned());
    let base = http_url("BACKEND_URL", &value)?;
    match base.starts_with("http://") {
        true => Ok(base),
        false => Err(ConfigError(format!(
            "BACKEND_URL is `{value}`, but must begin with http://: the backend is called without TLS."
        ))),
    }
}

/// Accepts the base with or without the `/api` that every call begins with.
fn api_base(env: &Env<'_>) -> Result<String, ConfigError> {
    let Some(value) = env.optional("NEXT_PUBLIC_API_URL") else {
        return Ok(String::new());
    };
    let base = http_url("NEXT_PUBLIC_API_URL", &value)?;
    Ok(base.strip_suffix("/api").unwrap_or(&base).to_owned())
}

/// Only plain URLs pass: the value ends up in a page and in a header, where quotes would break out.
fn http_url(name: &str, value: &str) -> Result<String, ConfigError> {
    let is_plain = value
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-._~:/[]%".contains(c));
    let is_absolute = value.parse::<Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some()
    });
    match is_plain && is_absolute {
        true => Ok(value.trim_end_matches('/').to_owned()),
        false => Err(ConfigError(format!(
            "{name} is `{value}`, but must be a URL such as http://backend:8000."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &'static [(&str, &str)]) -> Result<Config, ConfigError> {
        let lookup = |name: &str| pairs.iter().find(|(key, _)| *key == name);
        Config::from_env(&Env::new(move |name| {
            lookup(name).map(|(_, value)| value.to_string())
        }))
    }

    #[track_caller]
    fn refuses(pairs: &'static [(&str, &str)]) {
        let (name, value) = pairs[0];
        let error = read(pairs)
            .expect_err("the value must be refused")
            .to_string();
        assert!(error.contains(name) && error.contains(value), "{error}");
    }

    #[test]
    fn defaults_fit_a_developers_machine() {
        let config = read(&[]).unwrap();
        assert_eq!(config.address, ("0.0.0.0".to_string(), 3000));
        assert_eq!(config.backend, "http://127.0.0.1:8000");
        assert_eq!((config.api_base.as_str(), config.api_origin()), ("", None));
    }

    #[test]
    fn the_api_base_may_name_the_api_path() {
        let config = read(&[("NEXT_PUBLIC_API_URL", "https://todo.example/api/")]).unwrap();
        assert_eq!(config.api_base, "https://todo.example");
        assert_eq!(config.api_origin().as_deref(), Some("https://todo.example"));
    }

    #[test]
    fn values_that_cannot_work_are_named() {
        refuses(&[("PORT", "eighty")]);
        refuses(&[("BACKEND_URL", "backend:8000")]);
        refuses(&[("BACKEND_URL", "https://backend:8000")]);
        refuses(&[("NEXT_PUBLIC_API_URL", "http://x/\"><script>")]);
        refuses(&[("NEXT_PUBLIC_API_URL", "/api")]);
    }
}
