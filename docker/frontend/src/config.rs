//! Reads the configuration from the environment. It opens nothing and contacts nobody.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::{Context, Result, ensure};
use axum::http::Uri;
use tracing_subscriber::EnvFilter;

const DEFAULT_PORT: u16 = 3000;
const DEFAULT_BACKEND: &str = "http://127.0.0.1:8000";

/// What the environment decides.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen (`HOST`, `PORT`).
    pub address: SocketAddr,
    /// Where `/api` is carried to (`BACKEND_URL`), without a trailing slash.
    pub backend: String,
    /// The base of the API calls made by the page (`NEXT_PUBLIC_API_URL`); empty means its own origin.
    pub api_base: String,
    /// The filter of the log (`LOG_LEVEL`).
    pub log_level: String,
}

impl Config {
    /// Reads every variable through `lookup`; the first that cannot work is named in the error.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let set = |name: &str| lookup(name).filter(|value| !value.trim().is_empty());
        Ok(Self {
            address: SocketAddr::new(host(set("HOST"))?, port(set("PORT"))?),
            backend: backend(set("BACKEND_URL"))?,
            api_base: api_base(set("NEXT_PUBLIC_API_URL"))?,
            log_level: log_level(set("LOG_LEVEL"))?,
        })
    }

    /// The origin the page calls besides its own, for the Content-Security-Policy.
    pub fn api_origin(&self) -> Option<String> {
        let uri: Uri = self.api_base.parse().ok()?;
        Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
    }
}

fn host(value: Option<String>) -> Result<IpAddr> {
    let Some(value) = value else {
        return Ok(Ipv4Addr::UNSPECIFIED.into());
    };
    value
        .parse()
        .with_context(|| format!("HOST is `{value}`, but must be an IP address such as 0.0.0.0"))
}

/// The port in `value`, or the default.
pub(crate) fn port(value: Option<String>) -> Result<u16> {
    let Some(value) = value else {
        return Ok(DEFAULT_PORT);
    };
    value
        .parse()
        .with_context(|| format!("PORT is `{value}`, but must be a number from 0 to 65535"))
}

fn backend(value: Option<String>) -> Result<String> {
    let value = value.unwrap_or_else(|| DEFAULT_BACKEND.to_owned());
    let base = http_url("BACKEND_URL", &value)?;
    ensure!(
        base.starts_with("http://"),
        "BACKEND_URL is `{value}`, but must begin with http://: the backend is called inside the cluster, without TLS"
    );
    Ok(base)
}

/// Accepts the base with or without the `/api` that every call begins with.
fn api_base(value: Option<String>) -> Result<String> {
    let Some(value) = value else {
        return Ok(String::new());
    };
    let base = http_url("NEXT_PUBLIC_API_URL", &value)?;
    Ok(base.strip_suffix("/api").unwrap_or(&base).to_owned())
}

/// Only plain URLs pass: the value ends up in a page and in a header, where quotes or spaces would break out.
fn http_url(name: &str, value: &str) -> Result<String> {
    let explain = || format!("{name} is `{value}`, but must be a URL such as http://backend:8000");
    let uri: Uri = value.trim().parse().with_context(explain)?;
    let plain = value
        .trim()
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-._~:/[]%".contains(c));
    let absolute = matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some();
    ensure!(absolute && plain, explain());
    Ok(value.trim().trim_end_matches('/').to_owned())
}

fn log_level(value: Option<String>) -> Result<String> {
    let value = value.unwrap_or_else(|| "info".to_owned());
    EnvFilter::try_new(&value).with_context(|| {
        format!("LOG_LEVEL is `{value}`, but must be error, warn, info, debug or trace")
    })?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config> {
        Config::from_lookup(|name| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.to_string())
        })
    }

    #[track_caller]
    fn refuses(name: &str, value: &str) {
        let error = read(&[(name, value)])
            .expect_err("the value must be refused")
            .to_string();
        assert!(error.contains(name) && error.contains(value), "{error}");
    }

    #[test]
    fn defaults_fit_a_developers_machine() {
        let config = read(&[]).unwrap();
        assert_eq!(config.address.to_string(), "0.0.0.0:3000");
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
        refuses("PORT", "eighty");
        refuses("HOST", "everywhere");
        refuses("BACKEND_URL", "backend:8000");
        refuses("BACKEND_URL", "https://backend:8000");
        refuses("NEXT_PUBLIC_API_URL", "http://x/\"><script>");
        refuses("LOG_LEVEL", "a=b=c");
    }
}
