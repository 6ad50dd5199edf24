//! Configuration from the environment. Every error is one sentence that names the variable.
//! Reads through a function, so that tests need not touch the real environment.

use std::fmt::Display;
use std::str::FromStr;

/// Why the configuration cannot be used. Services print it and leave with [`EXIT_CODE`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

/// How a service leaves when its configuration is wrong.
pub const EXIT_CODE: u8 = 2;

type Lookup<'a> = dyn Fn(&str) -> Option<String> + Send + Sync + 'a;

/// Where configuration is read from.
pub struct Env<'a> {
    lookup: Box<Lookup<'a>>,
}

impl Env<'static> {
    /// The environment of this process.
    pub fn of_process() -> Self {
        Env::new(|name| std::env::var(name).ok())
    }
}

impl<'a> Env<'a> {
    /// Any other source, for tests.
    pub fn new(lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'a) -> Self {
        Env {
            lookup: Box::new(lookup),
        }
    }

    /// The variable's value; one that is set to nothing counts as absent.
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name)
            .map(|value| value.trim().to_string())
            .filter(|value| !value.is_empty())
    }

    /// The variable's value, or a sentence that says what it is for.
    pub fn required(&self, name: &str, purpose: &str) -> Result<String, ConfigError> {
        self.optional(name)
            .ok_or_else(|| ConfigError(format!("{name} is not set: it must hold {purpose}.")))
    }

    /// The variable's value as a `T`, or `default` when it is absent.
    pub fn parsed<T: FromStr>(&self, name: &str, default: T) -> Result<T, ConfigError>
    where
        T::Err: Display,
    {
        match self.optional(name) {
            None => Ok(default),
            Some(value) => value.parse().map_err(|why| invalid(name, &value, why)),
        }
    }

    /// `true`, `false`, `1` or `0`.
    pub fn flag(&self, name: &str) -> Result<bool, ConfigError> {
        match self.optional(name).as_deref() {
            None | Some("false" | "0") => Ok(false),
            Some("true" | "1") => Ok(true),
            Some(other) => Err(invalid(name, other, "expected `true` or `false`")),
        }
    }

    /// A comma-separated list, without its empty items.
    pub fn list(&self, name: &str) -> Vec<String> {
        let value = self.optional(name).unwrap_or_default();
        value
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(str::to_string)
            .collect()
    }

    /// A secret of at least `least` characters. The value itself never appears in the error.
    pub fn secret(&self, name: &str, least: usize, purpose: &str) -> Result<String, ConfigError> {
        let value = self.required(name, purpose)?;
        let length = value.chars().count();
        if length < least {
            return Err(ConfigError(format!(
                "{name} has {length} characters: it needs at least {least}."
            )));
        }
        Ok(value)
    }

    /// Where to listen: `HOST` (default 0.0.0.0) and `PORT`.
    pub fn address(&self, default_port: u16) -> Result<(String, u16), ConfigError> {
        let host = self
            .optional("HOST")
            .unwrap_or_else(|| "0.0.0.0".to_string());
        Ok((host, self.parsed("PORT", default_port)?))
    }
}

fn invalid(name: &str, value: &str, why: impl Display) -> ConfigError {
    ConfigError(format!("{name} is `{value}`, which cannot be used: {why}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(name: &'static str, value: &'static str) -> Env<'static> {
        Env::new(move |asked| (asked == name).then(|| value.to_string()))
    }

    #[test]
    fn errors_name_the_variable() {
        let error = env("PORT", "eighty").address(8000).unwrap_err();
        assert_eq!(
            error.to_string(),
            "PORT is `eighty`, which cannot be used: invalid digit found in string."
        );
        let error = env("X", " ").required("X", "an address").unwrap_err();
        assert_eq!(error.to_string(), "X is not set: it must hold an address.");
        let error = env("F", "maybe").flag("F").unwrap_err();
        assert_eq!(
            error.to_string(),
            "F is `maybe`, which cannot be used: expected `true` or `false`."
        );
    }

    #[test]
    fn a_short_secret_is_refused_and_not_shown() {
        let error = env("S", "hunter2").secret("S", 32, "a key").unwrap_err();
        assert_eq!(
            error.to_string(),
            "S has 7 characters: it needs at least 32."
        );
    }

    #[test]
    fn lists_lose_their_empty_items() {
        assert_eq!(env("L", "a, b,,").list("L"), ["a", "b"]);
    }
}
