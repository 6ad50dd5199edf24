//! The text of pipeline.toml and of the files that it includes, and the place of everything in it.

use std::collections::HashSet;
use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use toml::Spanned;
use toml::de::DeTable;

use super::{ConfigError, folder, suggest};
use crate::files::{PathState, path_state};
use crate::pipes::read_to_string;

/// The text of pipeline.toml, those of the files that it includes behind it, and where they lie.
pub struct Source {
    /// As given by the user, for messages.
    pub name: String,
    /// Absolute folder that relative paths start from.
    pub dir: PathBuf,
    /// All files one after another. It lives as long as the process, so that everything parsed from
    /// it can borrow from it.
    pub(super) text: &'static str,
    included: Vec<Included>,
    /// Where each line begins, found at the first question.
    lines: OnceLock<Vec<usize>>,
}

struct Included {
    name: String,
    /// Where its text begins.
    start: usize,
    state: PathState,
}

impl Source {
    /// Reads the file, not what it includes.
    pub fn read(path: &Path) -> Result<Source, ConfigError> {
        let short = path.strip_prefix("./").ok();
        let short = short.filter(|short| !short.as_os_str().is_empty());
        let name = short.unwrap_or(path).display().to_string();
        let text = read_to_string(path, &name);
        let text = text.map_err(|err| ConfigError(unreadable(&name, &err)))?;
        let dir = folder(path).map_err(|err| ConfigError(unreadable(&name, &err)))?;
        Ok(Source::new(name, dir, text))
    }

    /// A file of that text, in that folder.
    pub fn new(name: String, dir: PathBuf, text: String) -> Source {
        Source {
            name,
            dir,
            text: kept(text),
            included: Vec::new(),
            lines: OnceLock::new(),
        }
    }

    /// The files that it includes, as they are named, and what was found there before they were
    /// read.
    pub fn included(&self) -> impl Iterator<Item = (&str, &PathState)> {
        let included = self.included.iter();
        included.map(|file| (file.name.as_str(), &file.state))
    }

    /// Its tables, without those of other files.
    pub(super) fn tables(&self) -> Result<Spanned<DeTable<'static>>, ConfigError> {
        DeTable::parse(self.text).map_err(|err| self.toml_error(&err, 0..0))
    }

    /// Reads one more file; its tables. They are parsed behind as many line feeds as the texts
    /// before it are long, so that the place of each value is its place in all of the text.
    pub(super) fn include(
        &mut self,
        name: &Spanned<String>,
    ) -> Result<Spanned<DeTable<'static>>, ConfigError> {
        let wrong = |err: io::Error| self.error(name.span(), not_included(name.get_ref(), &err));
        let path = self.dir.join(name.get_ref());
        let state = path_state(&path);
        let text = read_to_string(&path, name.get_ref()).map_err(wrong)?;
        // As wide as the mark that some editors write first, and nothing to TOML.
        let text = text.replacen('\u{feff}', "   ", usize::from(text.starts_with('\u{feff}')));
        let before = format!("{}\n", self.text);
        self.included.push(Included {
            name: name.get_ref().clone(),
            start: before.len(),
            state,
        });
        let alone = kept("\n".repeat(before.len()) + &text);
        self.text = kept(before + &text);
        self.lines = OnceLock::new();
        DeTable::parse(alone).map_err(|err| self.toml_error(&err, 0..0))
    }

    /// `pipeline.toml:31:5: message`.
    pub fn error(&self, span: Range<usize>, message: impl fmt::Display) -> ConfigError {
        let (name, line, column) = self.position(span.start);
        ConfigError(format!("{name}:{line}:{column}: {message}"))
    }

    /// `pipeline.toml:31`.
    pub(super) fn line(&self, offset: usize) -> String {
        let (name, line, _) = self.position(offset);
        format!("{name}:{line}")
    }

    /// The file that a byte of the text comes from, and the line and the column in it, both from 1.
    fn position(&self, offset: usize) -> (&str, usize, usize) {
        let offset = self.text.floor_char_boundary(offset.min(self.text.len()));
        let mut files = self.included.iter().rev();
        let file = files.find(|file| file.start <= offset);
        let (name, start) = file.map_or((&self.name, 0), |file| (&file.name, file.start));
        let (above, line) = (self.line_of(start), self.line_of(offset));
        let begin = self.starts()[line];
        let column = self.text[begin..offset].chars().count() + 1;
        (name, line - above + 1, column)
    }

    fn line_of(&self, offset: usize) -> usize {
        self.starts().partition_point(|&start| start <= offset) - 1
    }

    fn starts(&self) -> &[usize] {
        self.lines.get_or_init(|| {
            let ends = self.text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(ends).collect()
        })
    }

    /// Turns a TOML error into a sentence at its place, with a suggestion where a name is misspelt.
    pub fn toml_error(&self, err: &toml::de::Error, fallback: Range<usize>) -> ConfigError {
        self.key_error(err, fallback, &[])
    }

    /// The same for a table that may also have these keys, which were read before.
    pub(super) fn key_error(
        &self,
        err: &toml::de::Error,
        fallback: Range<usize>,
        more: &[&str],
    ) -> ConfigError {
        let span = err.span().unwrap_or(fallback);
        let text = self.text.get(span.clone()).unwrap_or_default().trim();
        let message = in_plain_words(err.message().lines().next().unwrap_or_default());
        let message = with_keys(&message, more);
        let message = message.as_str();
        let offending = if text.is_empty()
            || text.contains('\n')
            || message.contains(text)
            || text.len() > 60
        {
            String::new()
        } else {
            format!(" at `{text}`")
        };
        self.error(span, format!("{message}{offending}{}", hint(message, text)))
    }
}

/// The text for as long as the process lives. `watch` reads the same texts over and over: each is
/// kept once.
fn kept(text: String) -> &'static str {
    static ALL: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let mut all = ALL.lock().unwrap();
    let all = all.get_or_insert_default();
    all.get(text.as_str()).copied().unwrap_or_else(|| {
        let text = text.leak();
        all.insert(text);
        text
    })
}

/// serde lists the keys that it was asked to read.
fn with_keys(message: &str, more: &[&str]) -> String {
    const LIST: &str = "expected one of ";
    let more: String = more.iter().map(|key| format!("`{key}`, ")).collect();
    match message.starts_with("unknown field") {
        true => message.replacen(LIST, &format!("{LIST}{more}"), 1),
        false => message.to_string(),
    }
}

/// What is most likely meant.
fn hint(message: &str, text: &str) -> String {
    let is_list = matches!(text, "step" | "group");
    if message.starts_with("duplicate key") && is_list {
        return format!("; each begins with `[[{text}]]`, in two brackets");
    }
    if message.starts_with("invalid boolean") || message.starts_with("string values must") {
        return "; a text stands in quotes".to_string();
    }
    match suggestion_in(message) {
        none if none.is_empty() && message.contains("one of `with`") => {
            "; what its kind takes stands below `with`".to_string()
        }
        hint => hint,
    }
}

/// serde names the expected keys in backticks; the nearest one to the unknown one is the
/// suggestion.
fn suggestion_in(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    match (message.starts_with("unknown "), quoted.next()) {
        (true, Some(wrong)) => suggest(wrong, quoted),
        _ => String::new(),
    }
}

/// serde speaks of Rust's types, and repeats what is wrong however long it is.
fn in_plain_words(message: &str) -> String {
    const LONGEST: usize = 80;
    let number = "expected a whole number, 0 or more";
    let message = message
        .replace("expected usize", number)
        .replace(
            "expected u32",
            &format!("expected a whole number from 0 to {}", u32::MAX),
        )
        .replace("expected u16", "expected a whole number from 0 to 65535")
        .replace("expected a sequence", "expected a list, in brackets")
        .replace("expected a map", "expected a table")
        .replace(" as i128", "");
    let message = without_struct(&message);
    let shortened = |word: &str| match word.char_indices().nth(LONGEST) {
        Some((end, _)) if !word.contains(", ") => format!("{}…", &word[..end]),
        _ => word.to_string(),
    };
    let words: Vec<String> = message.split('`').map(shortened).collect();
    words.join("`")
}

/// `expected struct Retry` names a type that nobody sees.
fn without_struct(message: &str) -> String {
    match message.split_once("expected struct ") {
        Some((before, after)) => {
            let rest = after.trim_start_matches(char::is_alphanumeric);
            format!("{before}expected a table, in braces{rest}")
        }
        None => message.to_string(),
    }
}

fn unreadable(name: &str, err: &std::io::Error) -> String {
    match err.kind() {
        std::io::ErrorKind::NotFound => {
            format!(
                "{name}: there is no such file, here or in a folder above; `cargo xtask init` writes a small one, `-f FILE` names another"
            )
        }
        std::io::ErrorKind::InvalidData => format!("{name}: is not UTF-8 text; save it as UTF-8"),
        std::io::ErrorKind::IsADirectory => {
            format!("{name}: it is a folder, where a file is expected; `-f FILE` names one")
        }
        _ => format!("{name}: can't be read ({err}); check the path and its permissions"),
    }
}

fn not_included(name: &str, err: &io::Error) -> String {
    let why = match err.kind() {
        io::ErrorKind::NotFound if name.contains('*') => {
            "it is no pattern; name each file".to_string()
        }
        io::ErrorKind::NotFound => {
            "there is no such file beside the one that includes it".to_string()
        }
        io::ErrorKind::InvalidData => "it is not UTF-8 text; save it as UTF-8".to_string(),
        _ => format!("it can't be read ({err}); check the path and its permissions"),
    };
    format!("can't include `{name}`: {why}")
}
