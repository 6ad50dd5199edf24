//! Secrets: read from `.env` and the environment, masked wherever something is shown.

mod dotenv;
mod escapes;
mod forms;
mod pieces;
mod prints;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Write};
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::str::Utf8Chunk;
use std::sync::OnceLock;

use anyhow::Context;

pub(crate) use forms::url_encoded;
use pieces::Pieces;
pub use prints::Prints;

use crate::config::ConfigError;
use crate::digest::{self, Digest, Hasher};
use crate::pipes::read_to_string;
use crate::random;
use crate::report::line;

/// Shorter values are not masked: hiding every `1` or `yes` would hide the log.
const SHORTEST: usize = 6;
const MASK: &str = "[masked]";

/// The values that may be asked for by name.
#[derive(Default, Clone)]
pub struct Secrets {
    values: BTreeMap<String, String>,
    /// The forms in which a value could show up, longest first.
    forms: Vec<String>,
    /// What could be left of them where lines are broken, found at the first question.
    pieces: OnceLock<Pieces>,
    /// Names in the environment that values of the files are made of.
    asked: BTreeSet<String>,
    /// Names without a value, each with one in the files that nobody asks for and that is nearly
    /// the same.
    misspelt: Vec<(String, String)>,
    /// A sentence about the file that was to give them and is not there.
    no_file: Option<String>,
}

impl Secrets {
    /// Takes each name from the environment, else from the file; names found in neither are simply
    /// absent. The files come in order of weight.
    pub fn read(files: &[(&Path, &str)], names: &[String]) -> Result<Secrets, ConfigError> {
        let (mut from_file, asked) = (BTreeMap::new(), RefCell::default());
        // What another value has the better of is a secret all the same.
        let mut given = Vec::new();
        for (file, shown) in files.iter().rev() {
            let mut read = read_file(file, shown, &asked)?;
            read.retain(|_, value| !value.is_empty());
            given.extend(names.iter().filter_map(|name| read.get(name).cloned()));
            from_file.extend(read);
        }
        let value = |name: &String| {
            // A variable that is set to nothing gives nothing: CI systems set those that nobody
            // filled in.
            std::env::var(name)
                .ok()
                .filter(|value| !value.is_empty())
                .or_else(|| from_file.get(name).cloned())
        };
        let values = names.iter().filter_map(|name| {
            Some((name.clone(), value(name).filter(|value| !value.is_empty())?))
        });
        let values: BTreeMap<String, String> = values.collect();
        let strange = |given: &&String| !names.contains(given);
        let strange: Vec<&String> = from_file.keys().filter(strange).collect();
        let absent = names.iter().filter(|name| !values.contains_key(*name));
        let near = |name: &String| {
            let given = strange.iter().find(|given| is_near(name, given))?;
            Some((name.clone(), given.to_string()))
        };
        Ok(Secrets {
            asked: asked.into_inner(),
            misspelt: absent.filter_map(near).collect(),
            forms: forms::of_all(values.values().chain(&given)),
            ..Secrets::new(values)
        })
    }

    /// The pipeline says that this file gives these names.
    pub fn expected_in(mut self, (file, shown): (&Path, &str), names: &[String]) -> Secrets {
        let is_absent = |name: &&String| !self.values.contains_key(*name);
        let absent: Vec<&str> = names.iter().filter(is_absent).map(String::as_str).collect();
        if !absent.is_empty() && !file.exists() {
            let absent = line::listed(&absent, 4);
            self.no_file = Some(format!(
                "`env_file` names {shown}, which is not there, and nobody else gives {absent}"
            ));
        }
        self
    }

    /// Only what the environment says of these names.
    pub fn from_environment(names: &[String]) -> Secrets {
        let value = |name: &String| Some((name.clone(), std::env::var(name).ok()?));
        Secrets::new(names.iter().filter_map(value).collect())
    }

    /// These values.
    pub fn new(values: BTreeMap<String, String>) -> Secrets {
        Secrets {
            forms: forms::of_all(values.values()),
            pieces: OnceLock::new(),
            values,
            asked: BTreeSet::new(),
            misspelt: Vec::new(),
            no_file: None,
        }
    }

    /// The value of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The names that have a value.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.values.keys()
    }

    /// How many bytes a value may take where it shows up.
    pub fn longest(&self) -> usize {
        self.forms.first().map_or(0, String::len) * escapes::LONGEST
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
        masked(text, &|text| self.found(text))
    }

    fn found(&self, text: &str) -> Vec<Range<usize>> {
        let forms = self.forms.iter().filter(|form| text.contains(*form));
        let found = forms.flat_map(|form| text.match_indices(form));
        let whole = found.map(|(at, form)| at..at + form.len());
        let pieces = self.pieces.get_or_init(|| Pieces::of(&self.forms));
        whole.chain(pieces.find(text)).collect()
    }

    /// Where something that goes on may be cut: not within a secret, and before what could be the
    /// beginning of one.
    pub(crate) fn cut(&self, bytes: &[u8]) -> usize {
        let end = bytes.len().saturating_sub(self.longest());
        // As long as they are, so that places are the same.
        let text =
            |chunk: Utf8Chunk| chunk.valid().to_string() + &"?".repeat(chunk.invalid().len());
        let text: String = bytes.utf8_chunks().map(text).collect();
        let through = |range: &&Range<usize>| range.start < end && end < range.end;
        let found = escapes::find(&text, &|text| self.found(text));
        let begins = found.iter().filter(through);
        begins.map(|range| range.start).min().unwrap_or(end)
    }

    /// A sentence for each secret that masking does not protect, or that seems to be misspelt.
    pub fn warnings(&self) -> Vec<String> {
        let weak = self.values.iter().filter(|(_, value)| is_weak(value));
        let sentence = |(name, value): (&String, &String)| match value.len() < SHORTEST {
            true => format!(
                "the secret {name} is too short to be masked at all: where a tool prints it, it shows; give it {SHORTEST} \
                 characters or more"
            ),
            false => format!(
                "the secret {name} is too short, or too plain for its length, to mask safely: it is easily guessed, and other text \
                 that looks like it is hidden too; give it 8 characters of more than one sort, or 16"
            ),
        };
        let misspelt = self.misspelt.iter().map(|(name, given)| {
            format!("the secret {name} has no value, and the env file gives {given}, which nobody asks for: is that meant?")
        });
        let no_file = self.no_file.iter().cloned();
        weak.map(sentence).chain(misspelt).chain(no_file).collect()
    }

    /// Names that the files took from the environment.
    pub fn asked(&self) -> impl Iterator<Item = &String> {
        self.asked.iter()
    }

    /// Whether there is nothing to mask.
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }
}

impl protocol::Hides for Secrets {
    fn hides(&self, text: &str) -> bool {
        !escapes::find(text, &|text| self.found(text)).is_empty()
    }
}

/// The text without what is found in it or behind its escapes.
fn masked(text: &str, find: &dyn Fn(&str) -> Vec<Range<usize>>) -> String {
    let mut found = escapes::find(text, find);
    found.sort_by_key(|range| range.start);
    let (mut masked, mut done) = (String::new(), 0);
    for range in found {
        if range.start >= done {
            masked.push_str(&text[done..range.start]);
            masked.push_str(MASK);
        }
        done = done.max(range.end);
    }
    masked + &text[done..]
}

/// Whether one is most likely the other, written wrongly.
fn is_near(name: &str, given: &str) -> bool {
    let plain = |name: &str| name.to_uppercase().replace('-', "_");
    let (name, given) = (plain(name), plain(given));
    name == given || name.len() > 4 && strsim::levenshtein(&name, &given) == 1
}

/// Makes up the secrets that neither the environment nor a file gives, once, and keeps them in a
/// file that only its owner may read.
pub fn generate(names: &[String], env_file: &Path, kept: &Path) -> anyhow::Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let known = Secrets::read(
        &[
            (env_file, &line::shown(env_file)),
            (kept, &kept.display().to_string()),
        ],
        names,
    )?;
    let missing: Vec<&String> = names
        .iter()
        .filter(|name| known.get(name).is_none())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut lines = String::new();
    for name in missing {
        let hex: String = digest::digits(&random::bytes::<32>()?).collect();
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

/// The values that a file gives; `asked` gathers the names that it takes from the environment.
fn read_file(
    path: &Path,
    shown: &str,
    asked: &RefCell<BTreeSet<String>>,
) -> Result<BTreeMap<String, String>, ConfigError> {
    let outside = |name: &str| {
        asked.borrow_mut().insert(name.to_string());
        std::env::var(name).ok()
    };
    match read_to_string(path, shown) {
        Ok(text) => dotenv::parse(&text, shown, &outside),
        Err(err) if matches!(err.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(BTreeMap::new())
        }
        Err(err) if err.kind() == ErrorKind::IsADirectory => Err(ConfigError(format!(
            "{shown}: it is a folder, where a file of `NAME=value` lines is expected; move it away"
        ))),
        Err(err) if err.kind() == ErrorKind::InvalidData => Err(ConfigError(format!(
            "{shown}: is not UTF-8 text; save it as UTF-8"
        ))),
        Err(err) => Err(ConfigError(format!(
            "{shown}: can't be read ({err}); check its permissions"
        ))),
    }
}

/// The value that a file's text gives to a name.
#[cfg(test)]
pub(crate) fn value_in(text: &str, name: &str) -> Result<Option<String>, ConfigError> {
    let values = dotenv::parse(text, ".env", &|_| None)?;
    Ok(values.get(name).cloned())
}

/// Whether hiding a value is no protection: it is guessed from what stands around it, or hides
/// words that are none.
fn is_weak(value: &str) -> bool {
    let one_sort =
        value.chars().all(|c| c.is_ascii_digit()) || value.chars().all(char::is_alphabetic);
    let enough = if one_sort { 16 } else { 8 };
    (1..enough).contains(&value.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_values_are_told_apart() {
        for weak in [
            "1",
            "1234",
            "postgres",
            "changeme",
            "aB3$x",
            "123456789012345",
        ] {
            assert!(is_weak(weak), "{weak}");
        }
        for strong in [
            "",
            "hunter2-x",
            "canary-7f3d-secret",
            "7333637265742f2278",
            "abcdefghijklmnop",
        ] {
            assert!(!is_weak(strong), "{strong}");
        }
    }

    #[test]
    fn what_goes_on_is_cut_between_secrets() {
        let secrets = Secrets::new([("P".to_string(), "hunter2-x".to_string())].into());
        for (text, kept, cut) in [
            (&b"\xff\xc3\xa9 hunter2-x "[..], 5, 4),
            (b"hunter2-x hunter2-x", 4, 10),
            (b"hunter2-x and more", 8, 10),
        ] {
            let mut bytes = text.to_vec();
            bytes.resize(text.len() - kept + secrets.longest(), b' ');
            assert_eq!(secrets.cut(&bytes), cut);
        }
    }

    #[test]
    fn a_weak_secret_is_said_without_its_value() {
        let value = |name: &str, value: &str| (name.to_string(), value.to_string());
        let secrets = Secrets::new(
            [
                value("A", "1234"),
                value("B", "postgres"),
                value("C", "a-long-enough-1"),
            ]
            .into(),
        );
        let said = secrets.warnings();
        assert_eq!(said.len(), 2);
        assert!(
            said[0].starts_with("the secret A is too short to be masked at all"),
            "{said:?}"
        );
        assert!(
            said[1].starts_with("the secret B is too short, or too plain"),
            "{said:?}"
        );
        assert!(!said.concat().contains("1234") && !said.concat().contains("postgres"));
    }
}
