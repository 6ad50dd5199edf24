//! Which model answers, and for how long it is waited for. Reads variables, opens nothing.

use std::time::Duration;

use super::super::BrainError;

const OPENAI: &str = "https://api.openai.com/v1";
const OPENAI_MODEL: &str = "gpt-4.1-mini";
const GEMINI: &str = "https://generativelanguage.googleapis.com/v1beta/openai";
const GEMINI_MODEL: &str = "gemini-flash-latest";

/// An OpenAI-compatible endpoint.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// The address that `/chat/completions` follows.
    pub base: String,
    /// The key, if the endpoint wants one.
    pub key: Option<String>,
    /// The model's name.
    pub model: String,
    /// How long the first sign of an answer may take before the rules answer instead.
    pub patience: Duration,
    /// How long the stream may be silent once it has begun.
    pub silence: Duration,
    /// How long all rounds together may take.
    pub limit: Duration,
}

impl Settings {
    /// The endpoint the variables name, or `None` if there is none.
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, BrainError> {
        let variable = |name: &str| {
            variable(name)
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        let (base, key, model) = match (
            variable("OPENAI_API_KEY"),
            variable("OPENAI_BASE_URL"),
            variable("GEMINI_API_KEY"),
        ) {
            (None, None, None) => return Ok(None),
            (None, None, gemini) => (GEMINI.to_owned(), gemini, GEMINI_MODEL),
            (key, base, _) => (base.unwrap_or_else(|| OPENAI.to_owned()), key, OPENAI_MODEL),
        };
        let patience = milliseconds("LLM_PATIENCE_MS", variable("LLM_PATIENCE_MS"))?
            .unwrap_or(Duration::from_millis(1800));
        Ok(Some(Self {
            base: address(&base)?,
            key,
            model: variable("OPENAI_MODEL").unwrap_or_else(|| model.to_owned()),
            patience,
            silence: Duration::from_secs(5),
            limit: Duration::from_secs(40),
        }))
    }
}

fn address(base: &str) -> Result<String, BrainError> {
    if base.starts_with("http://") || base.starts_with("https://") {
        return Ok(base.trim_end_matches('/').to_owned());
    }
    Err(BrainError::Config(format!(
        "OPENAI_BASE_URL is `{base}`: it must look like `https://api.openai.com/v1`."
    )))
}

fn milliseconds(name: &str, value: Option<String>) -> Result<Option<Duration>, BrainError> {
    let Some(value) = value else { return Ok(None) };
    let wrong = |_| {
        BrainError::Config(format!(
            "{name} is `{value}`, which cannot be used: expected a number of milliseconds."
        ))
    };
    value
        .parse()
        .map(|number| Some(Duration::from_millis(number)))
        .map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Result<Option<Settings>, BrainError> {
        Settings::from_env(|asked| {
            variables
                .iter()
                .find(|(name, _)| *name == asked)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_endpoint_follows_the_key() {
        assert!(settings(&[]).unwrap().is_none());
        assert!(settings(&[("OPENAI_API_KEY", " ")]).unwrap().is_none());
        assert_eq!(
            settings(&[("OPENAI_API_KEY", "k")]).unwrap().unwrap().base,
            OPENAI
        );
        assert_eq!(
            settings(&[("GEMINI_API_KEY", "k")]).unwrap().unwrap().base,
            GEMINI
        );
        let own = settings(&[
            ("OPENAI_BASE_URL", "http://127.0.0.1:9/v1/"),
            ("OPENAI_MODEL", "m"),
        ])
        .unwrap()
        .unwrap();
        assert_eq!(
            (own.base.as_str(), own.model.as_str(), own.key),
            ("http://127.0.0.1:9/v1", "m", None)
        );
    }

    #[test]
    fn what_is_wrong_is_a_sentence() {
        let error = settings(&[("OPENAI_BASE_URL", "localhost")]).err().unwrap();
        assert_eq!(
            error.to_string(),
            "OPENAI_BASE_URL is `localhost`: it must look like `https://api.openai.com/v1`."
        );
        let error = settings(&[("OPENAI_API_KEY", "k"), ("LLM_PATIENCE_MS", "soon")])
            .err()
            .unwrap();
        assert_eq!(
            error.to_string(),
            "LLM_PATIENCE_MS is `soon`, which cannot be used: expected a number of milliseconds."
        );
    }
}
