//! Times and sizes as people write them.

use std::time::Duration;

use toml::Spanned;

use super::{ConfigError, Source};

/// A length of time.
pub(super) fn duration(source: &Source, text: &Spanned<String>) -> Result<Duration, ConfigError> {
    parse_duration(text.get_ref()).ok_or_else(|| {
        let message = format!(
            "`{}` is no duration; write `500ms`, `90s`, `10m` or `1h`",
            text.get_ref()
        );
        source.error(text.span(), message)
    })
}

/// A length of time in which something can be done.
pub(super) fn some_time(
    source: &Source,
    key: &str,
    text: &Spanned<String>,
) -> Result<Duration, ConfigError> {
    let time = duration(source, text)?;
    if time >= Duration::from_millis(1) {
        return Ok(time);
    }
    let message = format!(
        "the {key} `{}` leaves no time at all; write `90s` or `10m`, or leave `{key}` out",
        text.get_ref()
    );
    Err(source.error(text.span(), message))
}

/// `500ms`, `90s`, `10m`, `1h`; fractions are allowed.
pub(super) fn parse_duration(text: &str) -> Option<Duration> {
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(unit_at);
    let scale = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.trim().parse::<f64>().ok()? * scale).ok()
}

/// An amount of memory, in bytes.
pub(super) fn bytes(source: &Source, text: &Spanned<String>) -> Result<u64, ConfigError> {
    let number_end = text
        .get_ref()
        .find(|c: char| c.is_ascii_alphabetic())
        .unwrap_or(text.get_ref().len());
    let (number, unit) = text.get_ref().split_at(number_end);
    let scale = match unit.trim() {
        "KiB" => Some(1_u64 << 10),
        "MiB" => Some(1 << 20),
        "GiB" => Some(1 << 30),
        // Nothing is nothing in any unit.
        "" if number.trim() == "0" => Some(1),
        _ => None,
    };
    let size = number
        .trim()
        .parse::<u64>()
        .ok()
        .zip(scale)
        .and_then(|(number, scale)| number.checked_mul(scale));
    size.ok_or_else(|| {
        let message = format!(
            "`{}` is no amount of memory; write `512MiB` or `2GiB`",
            text.get_ref()
        );
        source.error(text.span(), message)
    })
}
