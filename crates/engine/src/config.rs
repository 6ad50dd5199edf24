//! pipeline.toml -> [`Pipeline`], keeping the place of everything so that errors can point at it.

mod everywhere;
mod expand;
pub(crate) mod facts;
mod goals;
mod include;
pub(crate) mod kind;
mod names;
mod outputs;
pub(crate) mod raw;
pub(crate) mod reads;
mod resolve;
mod source;
mod step;
mod targets;
mod units;
mod values;
mod views;
mod when;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use crate::report::line::listed;
use crate::target::{Target, Targets};
use crate::vars::{Scope, Vars};
pub use include::included_by;
use protocol::{Kind, KindEntry, Kinds, Nature};
pub(crate) use resolve::ENV_FILE;
pub use source::Source;
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
    /// Every goal in the file, also those that this target can't reach.
    pub declared_goals: BTreeSet<String>,
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
    /// Outputs that its inputs may match and that are made by steps that need it: they are no
    /// inputs.
    pub later: Vec<String>,
    /// Environment given to the step's processes, filled in like `with`.
    pub env: BTreeMap<String, String>,
    /// Variables of `[env]` that name facts.
    pub given: Vec<Given>,
    /// Names of the caller's variables that its processes inherit; `None` for all that are fit for
    /// them.
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

impl StepDef {
    /// Whether it only checks, and there is nothing to remove of it.
    pub fn leaves_nothing(&self) -> bool {
        self.entry.nature == Nature::Checks && !self.kind.leaves_something()
    }
}

/// A variable of `[env]` that names facts.
#[derive(Debug, Clone)]
pub struct Given {
    /// Its name.
    pub name: String,
    /// Its value as it is written.
    pub text: Spanned<String>,
    /// The ids of the steps whose facts it names: they come first, and count by the value alone.
    pub by: Vec<Arc<str>>,
}

/// `retry = { attempts = 3, backoff = "2s" }`.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// How often the step is tried in all.
    pub attempts: u32,
    /// The pause after the first failure; it doubles each time, with up to a quarter of jitter.
    pub backoff: Duration,
}

impl Retry {
    /// The pause after an attempt, the first being 1, without jitter.
    pub(crate) fn pause(&self, attempt: u32) -> Duration {
        self.backoff.saturating_mul(1 << (attempt - 1).min(16))
    }

    /// All pauses together, with as much jitter as there may be.
    pub fn longest_pauses(&self) -> Duration {
        let pauses = (1..self.attempts).map(|attempt| self.pause(attempt));
        let all = pauses.fold(Duration::ZERO, Duration::saturating_add);
        all.saturating_add(all / 4)
    }
}

impl Default for Retry {
    fn default() -> Retry {
        Retry {
            attempts: 1,
            backoff: Duration::from_secs(1),
        }
    }
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

/// How many steps are named to who asks for one that is not there.
const NAMED: usize = 30;

impl Pipeline {
    /// Reads the text for the target that `choose` takes; it is told which targets there are, and
    /// whether the pipeline tells them apart.
    pub fn parse(
        source: Source,
        choose: impl FnOnce(&Targets, bool) -> Result<Choices, ConfigError>,
    ) -> Result<Pipeline, ConfigError> {
        let (source, mut file) = raw::read(source)?;
        let source = Arc::new(source);
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

    /// The steps that run a program in each run and say of no file what that reads: nobody can tell
    /// whether it would do the same again.
    pub fn secretive(&self) -> HashSet<&str> {
        let says_nothing = |step: &&StepDef| {
            step.always
                && step.inputs.is_empty()
                && step.kind.inputs().is_empty()
                && !step.kind.programs().is_empty()
        };
        let steps = self.steps.iter().filter(says_nothing);
        steps.map(|step| &*step.id).collect()
    }

    /// The step of that name, or a sentence that suggests the nearest one.
    pub fn find(&self, id: &str) -> Result<&StepDef, ConfigError> {
        self.steps
            .iter()
            .find(|step| &*step.id == id)
            .ok_or_else(|| {
                let ids: Vec<&str> = self.steps.iter().map(|step| &*step.id).collect();
                let hint = suggest(id, ids.iter().copied());
                ConfigError(self.left_out(id).unwrap_or_else(|| {
                    let file = &self.source.name;
                    let ids = listed(&ids, NAMED);
                    format!("{file} has no step `{id}`{hint}; its steps are {ids}")
                }))
            })
    }

    /// A sentence about a step or goal that is in the file and does not apply here, if it is one.
    pub fn left_out(&self, id: &str) -> Option<String> {
        let file = &self.source.name;
        let chosen = self.chosen();
        if self.declared.contains(id) {
            let told = format!("the step `{id}` of {file} is left out by its `when`: {chosen}");
            return Some(told);
        }
        let told = || format!("the goal `{id}` of {file} has no steps here: {chosen}");
        let is_elsewhere = self.declared_goals.contains(id) && !self.goals.contains_key(id);
        is_elsewhere.then(told)
    }

    /// What decides which steps apply.
    pub fn chosen(&self) -> String {
        let (target, os) = (&self.target, std::env::consts::OS);
        let profile = self.text("profile").unwrap_or_default();
        format!("the target is {target}, the profile {profile}, the system {os}")
    }
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
        .min_by_key(|(distance, name)| (!name.eq_ignore_ascii_case(wrong), *distance, *name))
        .map_or(String::new(), |(_, name)| {
            format!(" (did you mean `{name}`?)")
        })
}

/// A pipeline from text, for tests.
#[cfg(test)]
pub mod tests;
