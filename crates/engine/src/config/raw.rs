//! The keys of pipeline.toml exactly as they are written.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{ConfigError, Source, include};

/// A whole file.
pub(crate) struct File {
    /// Everything but the steps and the tables that hold values of any type.
    pub root: Root,
    /// `[vars]`.
    pub vars: Vec<Variable>,
    /// `[targets]`.
    pub declared: Option<Spanned<DeTable<'static>>>,
    /// `[target.NAME]`: variables of one target, or of a group.
    pub targets: Vec<(Spanned<String>, Vec<Variable>)>,
    /// `[defaults]`: keys of `with`.
    pub defaults: Vec<Variable>,
    /// The steps as they are written.
    pub steps: Vec<Step>,
}

/// One variable and its value.
pub(crate) type Variable = (Spanned<String>, Spanned<DeValue<'static>>);

/// One step as it is written, or one item of its `each`.
#[derive(Clone)]
pub(crate) struct Step {
    /// Its keys.
    pub table: DeTable<'static>,
    /// Where it stands.
    pub span: Range<usize>,
    /// The item that `${each}` stands for.
    pub item: Option<Spanned<DeValue<'static>>>,
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
    /// What can be asked for by name: the steps that it wants, the same on every target or chosen
    /// by it, or another goal to undo.
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
    /// What `cargo xtask access` tells besides, by target or group of targets; a text is told once
    /// its facts are known.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Vec<String>>")]
    pub access: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    /// Variables for the environment of every step whose own `env` does not have them; they count
    /// like those. One that names a fact is for the steps that need whoever tells it, directly or
    /// not; a path below the pipeline's folder counts as seen from there, and an empty value is
    /// none.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub env: BTreeMap<Spanned<String>, Spanned<String>>,
    /// The words that `--profile` takes; the first is taken if none is given. If nothing is
    /// said there is only `local`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub profiles: Vec<Spanned<String>>,
    /// The file that secrets are read from: `.env` if nothing is said.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub env_file: Option<Spanned<String>>,
    /// Secrets that are made up once if nobody gives them.
    #[serde(default)]
    pub generate_secrets: Vec<String>,
}

/// One address, or one for each target.
#[derive(Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "an address is a text, or a table with one for each target"
)]
pub(crate) enum Url {
    /// The same on every target.
    Same(String),
    /// `{ local = "…", default = "…" }`.
    ByTarget(BTreeMap<String, String>),
}

/// A list of steps, a table that chooses by target, or `{ undo = "goal" }`.
#[derive(Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "a goal is a list of steps, such as `[\"build\"]`, a table with one for each target, or `{ undo = \"up\" }`"
)]
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
    /// Its name, unique among the steps of a target; with `each` it names the item.
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
    /// Files it makes, verified after the run and before a skip; of a folder all files in it.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub outputs: Vec<Spanned<String>>,
    /// Variables of its environment, part of the fingerprint.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub env: BTreeMap<Spanned<String>, Spanned<String>>,
    /// Names of the caller's variables that its processes inherit besides `PATH`, such as `HOME` or
    /// `LC_*`; nearly all of them if nothing is said.
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
    /// Memory that must be free before it starts, such as `2GiB`; when nothing else runs it starts
    /// all the same, with a warning.
    #[schemars(with = "Option<String>")]
    pub min_free_mem: Option<Spanned<String>>,
    /// Where it applies; everywhere if nothing is said.
    #[serde(default)]
    pub when: When,
    /// Run it in each run, changed or not. A run that was killed or interrupted is taken up by the
    /// next one of the same goal: what it had done, unchanged since, is not done again. Of a program
    /// without `inputs` nobody can tell that, so it runs again.
    #[serde(default)]
    pub always: bool,
    /// Left standing by `teardown`; `teardown --all` removes it too.
    #[serde(default)]
    pub keep: bool,
}

/// `retry = { attempts, backoff }`.
#[derive(Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a table, such as `{ attempts = 3, backoff = \"2s\" }`"
)]
pub(crate) struct Retry {
    /// Attempts in all, from 1.
    #[schemars(with = "u32")]
    pub attempts: Spanned<u32>,
    /// Pause after the first failure; it doubles after each further one. Up to a quarter is added, so
    /// that several steps do not try again at the same moment.
    #[schemars(with = "Option<String>")]
    pub backoff: Option<Spanned<String>>,
}

/// `when = { target = […], profile = […], os = […] }`; an empty list means any.
#[derive(Deserialize, Default, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct When {
    /// Targets, or groups of them.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub target: Vec<Spanned<String>>,
    /// Any of `profiles`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub profile: Vec<Spanned<String>>,
    /// Any of `linux`, `macos` and `windows`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub os: Vec<Spanned<String>>,
}

/// One target in `[targets]`.
#[derive(Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a table, such as `{ auto = [\"docker\"] }`"
)]
pub(crate) struct Target {
    /// `--target auto` takes the first target whose programs are all on PATH.
    #[serde(default)]
    pub auto: Option<Vec<String>>,
    /// The kubeconfig context that `${context}` stands for.
    #[serde(default)]
    pub context: String,
    /// It is given as `NAME:CONTEXT`.
    #[serde(default)]
    pub argument: bool,
}

impl File {
    /// Whether anything in the file depends on the target.
    pub(crate) fn tells_targets_apart(&self) -> bool {
        let goal = |goal: &Spanned<Goal>| matches!(goal.get_ref(), Goal::ByTarget(_));
        self.declared.is_some()
            || !self.targets.is_empty()
            || self.steps.iter().any(Step::is_for_some_targets)
            || self.root.goals.values().any(goal)
    }
}

impl Step {
    /// Whether it is not the same on every target.
    fn is_for_some_targets(&self) -> bool {
        self.table.contains_key("target") || !self.when_target().is_empty()
    }

    /// The targets in its `when`.
    pub(crate) fn when_target(&self) -> Vec<Spanned<String>> {
        let when = self
            .table
            .get("when")
            .and_then(|when| when.get_ref().get("target"));
        let names = when.and_then(|names| names.get_ref().as_array());
        let name = |name: &Spanned<DeValue>| {
            Spanned::new(
                name.span(),
                name.get_ref().as_str().unwrap_or_default().to_string(),
            )
        };
        names.into_iter().flatten().map(name).collect()
    }
}

fn one() -> Spanned<usize> {
    Spanned::new(0..0, 1)
}

/// The keys of a file that [`Root`] does not read.
const APART: [&str; 7] = [
    "step", "group", "vars", "target", "targets", "defaults", "include",
];
/// The keys of a step that [`Keys`] does not read.
pub(super) const APART_IN_STEP: [&str; 3] = ["with", "each", "target"];

/// Splits the document: typed keys through serde, free tables kept as values.
pub(crate) fn read(mut source: Source) -> Result<(Source, File), ConfigError> {
    let document = include::read(&mut source)?;
    let file = split(&source, document)?;
    Ok((source, file))
}

fn split(source: &Source, document: Spanned<DeTable<'static>>) -> Result<File, ConfigError> {
    let span = document.span();
    let mut table = document.into_inner();
    let mut steps = steps(source, table.remove("step"))?;
    steps.extend(groups(source, table.remove("group"))?);
    steps.sort_by_key(|step| step.span.start);
    let vars = variables(source, table.remove("vars"))?;
    let targets = variables(source, table.remove("target"))?;
    let targets = targets
        .into_iter()
        .map(|(name, value)| Ok((name, variables(source, Some(value))?)));
    let targets = targets.collect::<Result<Vec<_>, ConfigError>>()?;
    let defaults = variables(source, table.remove("defaults"))?;
    let declared = table.remove("targets");
    let declared = declared
        .map(|value| self::table(source, value, "expected a table of targets"))
        .transpose()?;
    let rest = Spanned::new(span, DeValue::Table(table));
    let root = Root::deserialize(rest.into_deserializer())
        .map_err(|err| source.key_error(&err, 0..0, &APART))?;
    Ok(File {
        root,
        vars,
        declared,
        targets,
        defaults,
        steps,
    })
}

/// The entries of a table that holds values of any type.
pub(super) fn variables(
    source: &Source,
    value: Option<Spanned<DeValue<'static>>>,
) -> Result<Vec<Variable>, ConfigError> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let wrong = "expected a table of variables, such as `[vars]` and `name = \"value\"` below it";
    let entries = table(source, value, wrong)?.into_inner().into_iter();
    let owned = |key: Spanned<Cow<str>>| Spanned::new(key.span(), key.get_ref().to_string());
    Ok(entries.map(|(key, value)| (owned(key), value)).collect())
}

fn steps(
    source: &Source,
    value: Option<Spanned<DeValue<'static>>>,
) -> Result<Vec<Step>, ConfigError> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let span = value.span();
    let DeValue::Array(items) = value.into_inner() else {
        return Err(source.error(span, "expected `[[step]]`, one for each step"));
    };
    let step = |item| {
        let table = table(source, item, "expected `[[step]]`, a table for each step")?;
        Ok(Step {
            span: table.span(),
            table: table.into_inner(),
            item: None,
        })
    };
    items.into_iter().map(step).collect()
}

/// The steps of groups, each with the keys of its group that it does not say itself.
fn groups(
    source: &Source,
    value: Option<Spanned<DeValue<'static>>>,
) -> Result<Vec<Step>, ConfigError> {
    let mut all = Vec::new();
    for Step {
        table: mut shared, ..
    } in self::steps(source, value)?
    {
        for step in self::steps(source, shared.remove("step"))? {
            let mut table = shared.clone();
            super::expand::merge(&mut table, step.table, 0);
            all.push(Step { table, ..step });
        }
    }
    Ok(all)
}

/// A value that must be a table.
pub(super) fn table(
    source: &Source,
    value: Spanned<DeValue<'static>>,
    wrong: &str,
) -> Result<Spanned<DeTable<'static>>, ConfigError> {
    let span = value.span();
    match value.into_inner() {
        DeValue::Table(table) => Ok(Spanned::new(span, table)),
        _ => Err(source.error(span, wrong)),
    }
}
