//! The keys of pipeline.toml exactly as they are written. Knows nothing of targets or variables.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{ConfigError, Source};

/// A whole file.
pub(crate) struct File {
    /// Everything but the steps and the tables that hold values of any type.
    pub root: Root,
    /// `[vars]`.
    pub vars: Vec<Variable>,
    /// `[target.NAME]`: variables of one target.
    pub targets: BTreeMap<String, Vec<Variable>>,
    /// The steps, each with its `with`.
    pub steps: Vec<Step>,
    /// Ids that the file has, where steps were passed over.
    pub unread: Vec<Arc<str>>,
}

/// One variable and its value.
pub(crate) type Variable = (Spanned<String>, Spanned<DeValue<'static>>);

/// One step: its own keys, and its kind's.
pub(crate) struct Step {
    /// The keys every step may have.
    pub keys: Keys,
    /// The kind's table; empty if the step has none.
    pub with: Spanned<DeValue<'static>>,
    /// Where the step begins.
    pub start: usize,
}

/// The top of the file.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Root {
    /// The version of this format.
    #[schemars(with = "u32", extend("const" = 1))]
    pub version: Spanned<u32>,
    /// What the pipeline is called.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// What can be asked for by name: the steps that it wants, the same on every target or chosen by it, or another goal to undo.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Goal>")]
    pub goals: BTreeMap<Spanned<String>, Spanned<Goal>>,
    /// How many steps of a pool may run at once.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, usize>")]
    pub pools: BTreeMap<String, Spanned<usize>>,
    /// Addresses that are told once everything stands; they may use facts.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Url>")]
    pub urls: BTreeMap<String, Spanned<Url>>,
    /// The file that secrets are read from: `.env` if nothing is said.
    #[serde(default)]
    pub env_file: Option<String>,
    /// Secrets that are made up once if nobody gives them.
    #[serde(default)]
    pub generate_secrets: Vec<String>,
}

/// One address, or one for each target.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Url {
    /// The same on every target.
    Same(String),
    /// `{ local = "…", default = "…" }`.
    ByTarget(BTreeMap<String, String>),
}

/// A list of steps, a table that chooses by target, or `{ undo = "goal" }`.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Goal {
    /// The same steps on every target.
    Steps(Vec<String>),
    /// `{ local = […], default = […] }`.
    ByTarget(BTreeMap<String, Vec<String>>),
    /// `{ undo = "up" }`.
    Undo(BTreeMap<String, String>),
}

/// The keys that every step may have.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Keys {
    /// Its name, unique among the steps of a target.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// What it does: one of the kinds.
    #[schemars(with = "String")]
    pub kind: Spanned<String>,
    /// Steps that must be done before.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub needs: Vec<Spanned<String>>,
    /// Globs of the files it depends on; their contents count, not their times.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub inputs: Vec<Spanned<String>>,
    /// Files it makes, verified after the run and before a skip.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub outputs: Vec<Spanned<String>>,
    /// Variables of its environment, part of the fingerprint.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub env: BTreeMap<Spanned<String>, Spanned<String>>,
    /// Names of the caller's variables that its processes inherit besides `PATH`, such as `HOME` or `LC_*`; nearly all of them
    /// if nothing is said.
    #[schemars(with = "Option<Vec<String>>")]
    pub inherit: Option<Vec<Spanned<String>>>,
    /// Names of the secrets it gets, from the env file or the environment.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub secrets: Vec<Spanned<String>>,
    /// How long one attempt may take, such as `90s`, `10m` or `1h`.
    #[schemars(with = "Option<String>")]
    pub timeout: Option<Spanned<String>>,
    /// How often to try; once if nothing is said.
    pub retry: Option<Retry>,
    /// The pool it takes a place of, a name from `[pools]`.
    #[schemars(with = "Option<String>")]
    pub pool: Option<Spanned<String>>,
    /// How many places of `--jobs` it takes.
    #[serde(default = "one")]
    #[schemars(with = "usize")]
    pub weight: Spanned<usize>,
    /// Memory that must be free before it starts, such as `2GiB`.
    #[schemars(with = "Option<String>")]
    pub min_free_mem: Option<Spanned<String>>,
    /// Where it applies; everywhere if nothing is said.
    #[serde(default)]
    pub when: When,
    /// Run it each time, changed or not.
    #[serde(default)]
    pub always: bool,
    /// Left standing by `teardown`; `teardown --all` removes it too.
    #[serde(default)]
    pub keep: bool,
}

/// `retry = { attempts, backoff }`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retry {
    /// Attempts in all, from 1.
    #[schemars(with = "u32")]
    pub attempts: Spanned<u32>,
    /// Pause after the first failure.
    #[schemars(with = "Option<String>")]
    pub backoff: Option<Spanned<String>>,
}

/// `when = { target = […], profile = […], os = […] }`; an empty list means any.
#[derive(Deserialize, Default, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct When {
    /// Any of `local`, `minikube`, `kind` and `context`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub target: Vec<Spanned<String>>,
    /// Any of `dev`, `local`, `staging` and `prod`.
    #[serde(default)]
    pub profile: Vec<String>,
    /// Any of `linux`, `macos` and `windows`.
    #[serde(default)]
    pub os: Vec<String>,
}

impl File {
    /// Whether anything in the file depends on the target.
    pub(crate) fn tells_targets_apart(&self) -> bool {
        let goal = |goal: &Spanned<Goal>| matches!(goal.get_ref(), Goal::ByTarget(_));
        !self.targets.is_empty()
            || self
                .steps
                .iter()
                .any(|step| !step.keys.when.target.is_empty())
            || self.root.goals.values().any(goal)
    }
}

fn one() -> Spanned<usize> {
    Spanned::new(0..0, 1)
}

/// Splits the document: typed keys through serde, free tables kept as values.
pub(crate) fn read(source: &Source) -> Result<File, ConfigError> {
    let whole = 0..0;
    let document =
        DeTable::parse(source.text).map_err(|err| source.toml_error(&err, whole.clone()))?;
    let span = document.span();
    let mut table = document.into_inner();
    let steps = step_tables(source, table.remove("step"), 0)?;
    file(source, Spanned::new(span, table), steps)
}

/// Everything but the steps, which were taken out.
pub(super) fn file(
    source: &Source,
    table: Spanned<DeTable<'static>>,
    steps: Vec<Step>,
) -> Result<File, ConfigError> {
    let span = table.span();
    let mut table = table.into_inner();
    let vars = variables(source, table.remove("vars"))?;
    let targets = target_tables(source, table.remove("target"))?;
    let rest = Spanned::new(span, DeValue::Table(table));
    let root =
        Root::deserialize(rest.into_deserializer()).map_err(|err| source.toml_error(&err, 0..0))?;
    Ok(File {
        root,
        vars,
        targets,
        steps,
        unread: Vec::new(),
    })
}

fn variables(
    source: &Source,
    value: Option<Spanned<DeValue<'static>>>,
) -> Result<Vec<Variable>, ConfigError> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let span = value.span();
    let DeValue::Table(table) = value.into_inner() else {
        return Err(source.error(
            span,
            "expected a table of variables, such as `[vars]` and `name = \"value\"` below it",
        ));
    };
    Ok(table
        .into_iter()
        .map(|(key, value)| (Spanned::new(key.span(), key.get_ref().to_string()), value))
        .collect())
}

fn target_tables(
    source: &Source,
    value: Option<Spanned<DeValue<'static>>>,
) -> Result<BTreeMap<String, Vec<Variable>>, ConfigError> {
    let entries = variables(source, value)?;
    entries
        .into_iter()
        .map(|(name, value)| Ok((name.into_inner(), variables(source, Some(value))?)))
        .collect()
}

/// The steps of a document that begins at `offset` in the file.
pub(super) fn step_tables(
    source: &Source,
    value: Option<Spanned<DeValue<'static>>>,
    offset: usize,
) -> Result<Vec<Step>, ConfigError> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let span = value.span();
    let DeValue::Array(items) = value.into_inner() else {
        return Err(source.error(span, "expected `[[step]]`, one for each step"));
    };
    let step = |item| step(source, item, offset);
    items.into_iter().map(step).collect()
}

fn step(
    source: &Source,
    item: Spanned<DeValue<'static>>,
    offset: usize,
) -> Result<Step, ConfigError> {
    let span = item.span();
    let DeValue::Table(mut table) = item.into_inner() else {
        return Err(source.error(span, "expected `[[step]]`, a table for each step"));
    };
    let empty = || Spanned::new(span.clone(), DeValue::Table(DeTable::new()));
    let with = table.remove("with").unwrap_or_else(empty);
    let with_span = with.span().start + offset..with.span().end + offset;
    let rest = Spanned::new(span.clone(), DeValue::Table(table));
    let keys = Keys::deserialize(rest.into_deserializer())
        .map_err(|err| source.toml_error(&err, span.clone()))?;
    Ok(Step {
        keys,
        with: Spanned::new(with_span, with.into_inner()),
        start: span.start + offset,
    })
}
