//! Logs: one JSON object per line on standard output.

use tracing_subscriber::EnvFilter;

use crate::env::{ConfigError, Env};

/// The MCP client logs every server that is away as an error of its own, without a request id; the
/// backend warns of it with one.
const TOLD_BY_CALLERS: &str = "rmcp::transport::worker=off";

/// Starts logging at the level of `LOG_LEVEL` (default `info`), which takes `error` to `trace`
/// or directives such as `info,sqlx=debug`. Fields of the current span, such as the
/// request id, are part of every line.
pub fn init(env: &Env<'_>) -> Result<(), ConfigError> {
    let level = env
        .optional("LOG_LEVEL")
        .unwrap_or_else(|| "info".to_string());
    let directives = format!("{TOLD_BY_CALLERS},{}", level.to_lowercase());
    let filter = EnvFilter::try_new(directives).map_err(|why| {
        ConfigError(format!(
            "LOG_LEVEL is `{level}`, which cannot be used: {why}."
        ))
    })?;
    let logs = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_env_filter(filter);
    // A second call, as tests make, finds a logger in place and leaves it there.
    let _ = logs.try_init();
    Ok(())
}
