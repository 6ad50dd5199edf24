//! Secrets: read from `.env` and the environment, masked wherever something is shown. Knows no steps.

mod forms;

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;

use crate::config::ConfigError;
use crate::digest::{self, Digest, Hasher};

/// Shorter values are not masked: hiding every `1` or `yes` would hide the log.
const SHORTEST: usize = 6;
const MASK: &str = "[masked]";

/// The values that may be asked for by name.
#[derive(Default, Clone)]
pub struct Secrets {
    values: BTreeMap<String, String>,
    /// The forms in which a value could show up, longest first.
    forms: Vec<String>,
}

impl Secrets {
    /// Takes each name from the environment, else from the file; names found in neither are simply absent.
    /// The files come in order of weight.
    pub fn read(files: &[(&Path, &str)], names: &[String]) -> Result<Secrets, ConfigError> {
        let mut from_file = BTreeMap::new();
        for (file, shown) in files.iter().rev() {
            from_file.extend(
                read_file(file, shown)?
                    .into_iter()
                    .filter(|(_, value)| !value.is_empty()),
            );
        }
        let value = |name: &String| {
            // A variable that is set to nothing gives nothing: CI systems set those that nobody filled in.
            std::env::var(name)
                .ok()
                .filter(|value| !value.is_empty())
                .or_else(|| from_file.get(name).cloned())
        };
        let values = names.iter().filter_map(|name| {
            Some((name.clone(), value(name).filter(|value| !value.is_empty())?))
        });
        Ok(Secrets::new(values.collect()))
    }

    /// Only what the environment says of these names.
    pub fn from_environment(names: &[String]) -> Secrets {
        let value = |name: &String| Some((name.clone(), std::env::var(name).ok()?));
        Secrets::new(names.iter().filter_map(value).collect())
    }

    /// These values.
    pub fn new(values: BTreeMap<String, String>) -> Secrets {
        let mut forms: Vec<String> = values
            .values()
            .filter(|value| value.len() >= SHORTEST)
            .flat_map(|value| forms::of(value))
            .filter(|form| form.len() >= SHORTEST)
            .collect();
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Secrets { values, forms }
    }

    /// The value of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The names that have a value.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.values.keys()
    }

    /// How many bytes the longest form of a value has.
    pub fn longest(&self) -> usize {
        self.forms.first().map_or(0, String::len)
    }

    /// A digest that says whether a value changed and nothing else.
    pub fn digest(&self, name: &str, key: &[u8; 32]) -> Digest {
        let value = self.get(name);
        Hasher::keyed(key)
            .add(&[u8::from(value.is_some())])
            .add(value.unwrap_or_default().as_bytes())
            .finish()
    }

    /// The text without any secret in it.
    pub fn mask(&self, text: &str) -> String {
        self.forms.iter().fold(text.to_string(), |text, form| {
            match text.contains(form.as_str()) {
                true => text.replace(form.as_str(), MASK),
                false => text,
            }
        })
    }

    /// Whether there is nothing to mask.
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }
}

/// Makes up the secrets that neither the environment nor a file gives, once, and keeps them in a file that only its owner may read.
pub fn generate(names: &[String], env_file: &Path, kept: &Path) -> anyhow::Result<()> {
    let known = Secrets::read(&[(env_file, ".env"), (kept, "secrets.env")], names)?;
    let missing: Vec<&String> = names
        .iter()
        .filter(|name| known.get(name).is_none())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut lines = String::new();
    for name in missing {
        let mut bytes = [0; 32];
        std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
        let hex: String = digest::digits(&bytes).collect();
        lines.push_str(&format!("{name}={hex}\n"));
    }
    // At once: a secret of which only the beginning was written would be taken for a whole one.
    let file = std::fs::File::options()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(kept);
    file.and_then(|mut file| {
        file.write_all(lines.as_bytes())?;
        file.sync_data()
    })
    .with_context(|| format!("can't write {}", kept.display()))
}

fn read_file(path: &Path, shown: &str) -> Result<BTreeMap<String, String>, ConfigError> {
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&text, shown),
        Err(err) if matches!(err.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(BTreeMap::new())
        }
        Err(err) => Err(ConfigError(format!(
            "{shown}: can't be read ({err}); check its permissions"
        ))),
    }
}

/// `NAME=value` lines, `#` comments, an optional `export`, single or double quotes.
pub fn parse(text: &str, shown: &str) -> Result<BTreeMap<String, String>, ConfigError> {
    let mut values = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        // The line itself may hold a secret, so the message never quotes what stands behind the `=`.
        let (name, value) =
            entry(line).map_err(|why| ConfigError(format!("{shown}:{}: {why}", number + 1)))?;
        values.insert(name.to_string(), value);
    }
    Ok(values)
}

fn entry(line: &str) -> Result<(&str, String), String> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let Some((name, value)) = line.split_once('=') else {
        return Err(
            "this line has no `=`; write `NAME=value`, or `#` in front of a comment".to_string(),
        );
    };
    let name = name.trim_end();
    let fits = !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit());
    if !fits || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(format!(
            "`{name}` is no variable name; use letters, digits and `_`"
        ));
    }
    Ok((name, unquoted(name, value.trim_start())?))
}

fn unquoted(name: &str, value: &str) -> Result<String, String> {
    let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        return Ok(value
            .split(" #")
            .next()
            .unwrap_or_default()
            .trim_end()
            .to_string());
    };
    match value[1..].split_once(quote) {
        Some((inner, rest)) if rest.trim().is_empty() || rest.trim_start().starts_with('#') => {
            Ok(inner.to_string())
        }
        Some(_) => Err(format!(
            "something stands behind the closing quote of `{name}`; remove it"
        )),
        None => Err(format!(
            "the quote that opens the value of `{name}` is never closed; add `{quote}` at the end"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn env_files_are_read() {
        let text = "# c\nA=1\nexport B='two words' # c\nC=\"x=y\"\nD=plain # c\n\nE=\n";
        let values = parse(text, ".env").unwrap();
        let expected = [
            ("A", "1"),
            ("B", "two words"),
            ("C", "x=y"),
            ("D", "plain"),
            ("E", ""),
        ];
        assert_eq!(
            values,
            expected
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .into()
        );
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let err = parse(text, ".env").unwrap_err().0;
        assert!(err.contains(expected), "{err}");
        assert!(!err.contains("hunter2"), "{err}");
    }

    #[test]
    fn bad_lines_are_named_without_their_value() {
        check("A=1\nhunter2", ".env:2: this line has no `=`");
        check("A-B=hunter2", ".env:1: `A-B` is no variable name");
        check("A='hunter2", "never closed");
        check("A='x' hunter2", "behind the closing quote");
    }
}
