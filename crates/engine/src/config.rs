//! pipeline.toml -> [`Pipeline`], keeping the place of everything so that errors can point at it.
//! Knows the syntax; knows nothing of graphs, journals or what a kind does with its `with`.

mod expand;
mod goals;
pub(crate) mod kind;
mod names;
mod outputs;
pub(crate) mod raw;
mod reads;
mod resolve;
mod step;
mod targets;
mod units;
mod values;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use crate::target::{Target, Targets};
use crate::vars::{Scope, Vars};
use protocol::{Kind, KindEntry, Kinds};
use step::Waits;

/// A pipeline for one target: variables filled in, steps of other targets left out.
pub struct Pipeline {
    /// The file it was read from.
    pub source: Arc<Source>,
    /// `name`: what the pipeline calls itself; ownership labels carry it.
    pub name: String,
    /// Where it deploys to.
    pub target: Target,
    /// The targets that it declares.
    pub targets: Targets,
    /// The variables after every override.
    pub vars: Arc<Vars>,
    /// The goals that this target can reach.
    pub goals: BTreeMap<String, Goal>,
    /// How many steps of a pool may run at once.
    pub pools: BTreeMap<String, usize>,
    /// Name -> address of what stands after `up`; names in it not yet filled in.
    pub urls: BTreeMap<String, String>,
    /// What `access` tells besides; names in it not yet filled in.
    pub access: Vec<String>,
    /// Secrets that are made up once if nobody gives them.
    pub generate_secrets: Vec<String>,
    /// Where secrets are read from, relative to pipeline.toml.
    pub env_file: String,
    /// The steps in file order.
    pub steps: Vec<StepDef>,
    /// Every id in the file, also those of other targets' steps.
    pub declared: HashSet<Arc<str>>,
}

/// What a goal wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// These steps, with what they need.
    Reach(Vec<String>),
    /// What this other goal made is removed, last step first.
    Undo(String),
}

/// One `[[step]]`.
pub struct StepDef {
    /// Unique name.
    pub id: Arc<str>,
    /// Its entry in the registry of kinds.
    pub entry: &'static KindEntry,
    /// The kind's own view of `with`, facts not yet filled in.
    pub kind: Arc<dyn Kind>,
    /// `with`, filled in unless it waits for facts; then as it is written.
    pub with: Spanned<DeValue<'static>>,
    /// There if the step uses facts.
    pub(crate) waits: Option<Waits>,
    /// The ids of the steps whose facts it uses.
    pub givers: Vec<Arc<str>>,
    /// Ids of the steps that must be done before.
    pub needs: Vec<Arc<str>>,
    /// Globs of the files whose contents count.
    pub inputs: Vec<String>,
    /// Files or folders that exist once the step is done.
    pub outputs: Vec<String>,
    /// Outputs that its inputs may match and that are made by steps that need it: they are no inputs.
    pub later: Vec<String>,
    /// Environment given to the step's processes, filled in like `with`.
    pub env: BTreeMap<String, String>,
    /// Names of the caller's variables that its processes inherit; `None` for all that are fit for them.
    pub inherit: Option<Vec<String>>,
    /// Names of secrets given to the step's processes and masked everywhere.
    pub secrets: Vec<String>,
    /// How long one attempt may take.
    pub timeout: Option<Duration>,
    /// What happens after a failed attempt.
    pub retry: Retry,
    /// The pool it takes a place in.
    pub pool: Option<String>,
    /// How many of the `--jobs` places it takes.
    pub weight: usize,
    /// Start only while this much memory is free, in bytes.
    pub min_free_mem: u64,
    /// Run each time it is wanted.
    pub always: bool,
    /// Left standing by `teardown` unless `--all` is given.
    pub keep: bool,
    /// Where it begins in pipeline.toml.
    pub start: usize,
}

/// `retry = { attempts = 3, backoff = "2s" }`.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// How often the step is tried in all.
    pub attempts: u32,
    /// The pause after the first failure; it doubles each time, with up to a quarter of jitter.
    pub backoff: Duration,
}

impl Default for Retry {
    fn default() -> Retry {
        Retry {
            attempts: 1,
            backoff: Duration::from_secs(1),
        }
    }
}

/// The text of pipeline.toml and where it lies.
pub struct Source {
    /// As given by the user, for messages.
    pub name: String,
    /// Absolute folder that relative paths start from.
    pub dir: PathBuf,
    /// The file's text. It lives as long as the process, so that everything parsed from it can borrow from it.
    pub text: &'static str,
    /// Where each line begins, found at the first question.
    pub lines: OnceLock<Vec<usize>>,
}

/// What the caller decides about a pipeline before it is read.
#[derive(Default)]
pub struct Choices {
    /// Where it deploys to.
    pub target: Target,
    /// One of the pipeline's profiles, or empty.
    pub profile: String,
    /// Absolute path of the state folder.
    pub state: String,
    /// `--set` pairs; they win over everything else.
    pub set: Vec<(String, String)>,
    /// The kinds that its steps may have.
    pub kinds: Kinds,
}

/// A configuration error: one sentence with its place in front.
#[derive(Debug)]
pub struct ConfigError(pub String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

impl Source {
    /// Reads the file.
    pub fn read(path: &Path) -> Result<Source, ConfigError> {
        let name = path
            .strip_prefix("./")
            .unwrap_or(path)
            .display()
            .to_string();
        let text =
            std::fs::read_to_string(path).map_err(|err| ConfigError(unreadable(&name, &err)))?;
        let dir = folder(path).map_err(|err| ConfigError(unreadable(&name, &err)))?;
        Ok(Source {
            name,
            dir,
            text: kept(text),
            lines: OnceLock::new(),
        })
    }

    /// `pipeline.toml:31:5: message`.
    pub fn error(&self, span: Range<usize>, message: impl fmt::Display) -> ConfigError {
        let (line, column) = self.position(span.start);
        ConfigError(format!("{}:{line}:{column}: {message}", self.name))
    }

    /// Line and column of a byte offset, both from 1.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let offset = self.text.floor_char_boundary(offset.min(self.text.len()));
        let starts = self.lines.get_or_init(|| {
            let ends = self.text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(ends).collect()
        });
        let line = starts.partition_point(|&start| start <= offset);
        (
            line,
            self.text[starts[line - 1]..offset].chars().count() + 1,
        )
    }

    /// Turns a TOML error into a sentence at its place, with a suggestion where a name is misspelt.
    pub fn toml_error(&self, err: &toml::de::Error, fallback: Range<usize>) -> ConfigError {
        let span = err.span().unwrap_or(fallback);
        let text = self.text.get(span.clone()).unwrap_or_default().trim();
        let message = in_plain_words(err.message().lines().next().unwrap_or_default());
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
        self.error(
            span,
            format!("{message}{offending}{}", suggestion_in(message)),
        )
    }
}

impl Pipeline {
    /// Reads the text for the target that `choose` takes; it is told which targets there are, and whether the
    /// pipeline tells them apart.
    pub fn parse(
        source: Source,
        choose: impl FnOnce(&Targets, bool) -> Result<Choices, ConfigError>,
    ) -> Result<Pipeline, ConfigError> {
        let source = Arc::new(source);
        let mut file = raw::read(&source)?;
        let apart = file.tells_targets_apart();
        let targets = targets::declared(&source, file.declared.take())?;
        let choices = choose(&targets, apart)?;
        resolve::pipeline(&source, file, targets, choices)
    }

    /// The text that a variable stands for.
    pub fn text(&self, variable: &str) -> Option<String> {
        self.vars.get(variable)?;
        Scope::new(&self.vars)
            .text(&format!("${{{variable}}}"))
            .ok()
    }

    /// Every secret that a step gets or that is made up, each once.
    pub fn secret_names(&self) -> Vec<String> {
        let given = self.steps.iter().flat_map(|step| step.secrets.iter());
        let all: BTreeSet<&String> = given.chain(&self.generate_secrets).collect();
        all.into_iter().cloned().collect()
    }

    /// The step of that name, or a sentence that suggests the nearest one.
    pub fn find(&self, id: &str) -> Result<&StepDef, ConfigError> {
        self.steps
            .iter()
            .find(|step| &*step.id == id)
            .ok_or_else(|| {
                let hint = suggest(id, self.steps.iter().map(|step| &*step.id));
                ConfigError(format!(
                    "{} has no step `{id}`{hint}; `cargo xtask status` lists them",
                    self.source.name
                ))
            })
    }
}

/// The text for as long as the process lives. `watch` reads the same text over and over: it is kept once.
fn kept(text: String) -> &'static str {
    static LAST: Mutex<&str> = Mutex::new("");
    let mut last = LAST.lock().unwrap();
    if *last != text {
        *last = text.leak();
    }
    *last
}

/// The absolute folder that a pipeline's file lies in.
pub fn folder(file: &Path) -> std::io::Result<PathBuf> {
    file.parent()
        .filter(|dir| !dir.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
        .canonicalize()
}

/// ` (did you mean `x`?)`, or nothing if no name is near.
pub fn suggest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> String {
    let limit = wrong.chars().count() / 3 + 1;
    names
        .map(|name| (strsim::levenshtein(wrong, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map_or(String::new(), |(_, name)| {
            format!(" (did you mean `{name}`?)")
        })
}

/// serde names the expected keys in backticks; the nearest one to the unknown one is the suggestion.
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
        .replace("expected u32", number)
        .replace(" as i128", "");
    let shortened = |word: &str| match word.char_indices().nth(LONGEST) {
        Some((end, _)) if !word.contains(", ") => format!("{}…", &word[..end]),
        _ => word.to_string(),
    };
    let words: Vec<String> = message.split('`').map(shortened).collect();
    words.join("`")
}

fn unreadable(name: &str, err: &std::io::Error) -> String {
    match err.kind() {
        std::io::ErrorKind::NotFound => {
            format!(
                "{name}: there is no such file, here or in a folder above; `cargo xtask init` writes a small one, `-f FILE` names another"
            )
        }
        std::io::ErrorKind::InvalidData => format!("{name}: is not UTF-8 text; save it as UTF-8"),
        _ => format!("{name}: can't be read ({err}); check the path and its permissions"),
    }
}

/// A pipeline from text, for tests.
#[cfg(test)]
pub mod tests;
