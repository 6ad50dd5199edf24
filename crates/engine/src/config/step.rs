//! One step of one target: its keys read, its names filled in, its kind made.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::expand::Defaults;
use super::raw::{self, APART_IN_STEP, Keys};
use super::units::{bytes, duration, some_time};
use super::{ConfigError, Retry, Source, StepDef, kind, suggest, values};
use crate::vars::{Each, Scope, Vars};
use protocol::template::whole_name;
use protocol::{Kind, KindEntry, Kinds};

/// What all steps of a target are read with.
pub(super) struct Reader<'a> {
    pub source: &'a Source,
    pub kinds: Kinds,
    pub defaults: Defaults,
}

/// A step whose keys are read, and the names of what it needs.
pub(super) struct Read {
    /// Without `needs`, which are names still.
    pub step: StepDef,
    /// Where the id is written.
    pub id: Range<usize>,
    /// As written.
    pub needs: Vec<Spanned<String>>,
    /// Where it applies.
    pub when: raw::When,
}

/// What a kind's `with` comes to.
struct Made {
    kind: Arc<dyn Kind>,
    /// `with` as far as it can be filled in.
    filled: Spanned<DeValue<'static>>,
    /// The steps whose facts it names.
    givers: BTreeSet<String>,
}

impl Reader<'_> {
    /// The step, on the target that has these variables.
    pub(super) fn read(&self, step: raw::Step, vars: &Arc<Vars>) -> Result<Read, ConfigError> {
        let raw::Step {
            mut table,
            span,
            item,
        } = step;
        let names = Waits {
            vars: vars.clone(),
            item,
        };
        let empty = || Spanned::new(span.clone(), DeValue::Table(DeTable::new()));
        let with = table.remove("with").unwrap_or_else(empty);
        let env = table.remove("env");
        let mut rest = Spanned::new(span.clone(), DeValue::Table(table));
        let filled = names.scope().early().fill(&mut rest);
        filled.map_err(|err| self.source.error(err.span, err.message))?;
        if let (DeValue::Table(table), Some(env)) = (rest.get_mut(), env) {
            table.insert(Spanned::new(env.span(), "env".into()), env);
        }
        kind::scalars(self.source, &mut rest);
        let keys = Keys::deserialize(rest.into_deserializer())
            .map_err(|err| self.source.key_error(&err, span.clone(), &APART_IN_STEP))?;
        super::views::valid_id(self.source, &keys.id)?;
        self.definition(keys, with, span.start, names)
    }

    fn definition(
        &self,
        keys: Keys,
        mut with: Spanned<DeValue<'static>>,
        start: usize,
        names: Waits,
    ) -> Result<Read, ConfigError> {
        let source = self.source;
        let entry = self.kinds.find(keys.kind.get_ref());
        let entry = entry.ok_or_else(|| unknown_kind(source, &keys.kind, self.kinds))?;
        let Made {
            kind,
            filled,
            mut givers,
        } = self.kind(entry, &mut with, &names)?;
        let (env, more) = env(source, &keys.env, &names)?;
        givers.extend(more);
        let waits = !givers.is_empty();
        let input = |text: Spanned<String>| values::input(source, &text, text.get_ref());
        let output =
            |text: Spanned<String>| values::output(source, &text, text.get_ref().to_string());
        let mut outputs = all(keys.outputs, output)?;
        let mut written = kind.writes();
        written.retain(|path| !path.contains("${"));
        for path in written {
            let path = output(Spanned::new(with.span(), path))?;
            if !outputs.contains(&path) {
                outputs.push(path);
            }
        }
        let secret = |name| named(source, name, values::variable);
        let passed = |name| named(source, name, values::passed);
        let step = StepDef {
            id: Arc::from(keys.id.get_ref().as_str()),
            entry,
            kind,
            // Facts are filled in together with all else, once they are known.
            with: if waits { with } else { filled },
            env: if waits { as_written(&keys.env) } else { env },
            given: Vec::new(),
            waits: waits.then_some(names),
            givers: givers.into_iter().map(Arc::from).collect(),
            needs: Vec::new(),
            inputs: all(keys.inputs, input)?,
            outputs,
            later: Vec::new(),
            inherit: keys.inherit.map(|names| all(names, passed)).transpose()?,
            secrets: all(keys.secrets, secret)?,
            timeout: keys
                .timeout
                .map(|time| some_time(source, "timeout", &time))
                .transpose()?,
            retry: retry(source, keys.retry)?,
            pool: keys.pool.map(Spanned::into_inner),
            weight: values::count(source, "weight", &keys.weight)?,
            min_free_mem: keys
                .min_free_mem
                .map_or(Ok(0), |size| bytes(source, &size))?,
            always: keys.always,
            keep: keys.keep,
            start,
        };
        Ok(Read {
            step,
            id: keys.id.span(),
            needs: keys.needs,
            when: keys.when,
        })
    }

    /// What `with` makes of the kind. Defaults are added to it.
    fn kind(
        &self,
        entry: &'static KindEntry,
        with: &mut Spanned<DeValue<'static>>,
        names: &Waits,
    ) -> Result<Made, ConfigError> {
        let source = self.source;
        let scope = names.scope().own(entry.own_names);
        if let Some(value) = scope.template(with) {
            *with.get_mut() = value;
        }
        self.defaults.add(entry, with);
        let mut filled = with.clone();
        scope
            .fill(&mut filled)
            .map_err(|err| source.error(err.span, err.message))?;
        if let Some(name) = filled.get_ref().as_str().and_then(whole_name) {
            let message = format!(
                "`with` can't be the fact `{name}`: its keys must be known before the run; name facts in its values"
            );
            return Err(source.error(with.span(), message));
        }
        let kind = kind::read(source, entry, &mut filled)
            .map_err(|err| source.toml_error(&err, filled.span()))?;
        Ok(Made {
            kind,
            filled,
            givers: scope.givers(),
        })
    }
}

/// Variables of the environment by name.
type Env = BTreeMap<String, String>;

/// The environment as far as it can be filled in, and the steps whose facts it names.
fn env(
    source: &Source,
    written: &BTreeMap<Spanned<String>, Spanned<String>>,
    names: &Waits,
) -> Result<(Env, BTreeSet<String>), ConfigError> {
    let scope = names.scope();
    let mut env = Env::new();
    for (name, value) in written {
        values::variable(source, name)?;
        let text = scope
            .text(value.get_ref())
            .map_err(|err| source.error(value.span(), err.message))?;
        values::value(source, value, &text)?;
        env.insert(name.get_ref().clone(), text);
    }
    Ok((env, scope.givers()))
}

fn as_written(env: &BTreeMap<Spanned<String>, Spanned<String>>) -> Env {
    let pair = |(name, value): (&Spanned<String>, &Spanned<String>)| {
        (name.get_ref().clone(), value.get_ref().clone())
    };
    env.iter().map(pair).collect()
}

/// A name that `check` lets pass.
fn named(
    source: &Source,
    name: Spanned<String>,
    check: fn(&Source, &Spanned<String>) -> Result<(), ConfigError>,
) -> Result<String, ConfigError> {
    check(source, &name).map(|()| name.into_inner())
}

fn all(
    texts: Vec<Spanned<String>>,
    read: impl Fn(Spanned<String>) -> Result<String, ConfigError>,
) -> Result<Vec<String>, ConfigError> {
    texts.into_iter().map(read).collect()
}

/// What a step's names stand for: for now, and for when the facts are known.
pub(crate) struct Waits {
    vars: Arc<Vars>,
    item: Option<Spanned<DeValue<'static>>>,
}

impl Waits {
    /// Where the step's names are looked up.
    pub(crate) fn scope(&self) -> Scope<'_> {
        Scope::new(&self.vars).each(self.item.as_ref().map_or(Each::None, Each::Item))
    }
}

fn unknown_kind(source: &Source, kind: &Spanned<String>, kinds: Kinds) -> ConfigError {
    let hint = suggest(kind.get_ref(), kinds.0.iter().map(|entry| entry.name));
    source.error(
        kind.span(),
        format!(
            "unknown kind `{}`{hint}; `cargo xtask kinds` lists them",
            kind.get_ref()
        ),
    )
}

fn retry(source: &Source, retry: Option<raw::Retry>) -> Result<Retry, ConfigError> {
    let Some(raw) = retry else {
        return Ok(Retry::default());
    };
    let backoff = raw
        .backoff
        .as_ref()
        .map(|value| duration(source, value))
        .transpose()?;
    Ok(Retry {
        attempts: values::count(source, "attempts", &raw.attempts)?,
        backoff: backoff.unwrap_or(Retry::default().backoff),
    })
}
