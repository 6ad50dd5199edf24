//! One step of one target: its keys read, its names filled in, its kind made.

use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::expand::Defaults;
use super::raw::{self, Keys};
use super::units::{bytes, duration};
use super::{ConfigError, Retry, Source, StepDef, kind, suggest, values};
use crate::vars::{Each, Scope, Unresolved, Vars};
use protocol::Kinds;
use protocol::template::whole_name;

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

impl Reader<'_> {
    /// The step, on the target that has these variables.
    pub(super) fn read(&mut self, step: raw::Step, vars: &Arc<Vars>) -> Result<Read, ConfigError> {
        let raw::Step {
            mut table,
            span,
            item,
        } = step;
        let wrong = |err: Unresolved| self.source.error(err.span, err.message);
        let scope = || Scope::new(vars).each(item.as_ref().map_or(Each::None, Each::Item));
        let empty = || Spanned::new(span.clone(), DeValue::Table(DeTable::new()));
        let with = table.remove("with").unwrap_or_else(empty);
        let env = table.remove("env");
        let mut rest = Spanned::new(span.clone(), DeValue::Table(table));
        scope().early().fill(&mut rest).map_err(wrong)?;
        if let (DeValue::Table(table), Some(env)) = (rest.get_mut(), env) {
            table.insert(Spanned::new(env.span(), "env".into()), env);
        }
        let keys = Keys::deserialize(rest.into_deserializer())
            .map_err(|err| self.source.toml_error(&err, span.clone()))?;
        super::resolve::valid_id(self.source, &keys.id)?;
        self.definition(keys, with, (span.start, item), vars)
    }

    fn definition(
        &mut self,
        keys: Keys,
        mut with: Spanned<DeValue<'static>>,
        (start, item): (usize, Option<Spanned<DeValue<'static>>>),
        vars: &Arc<Vars>,
    ) -> Result<Read, ConfigError> {
        let source = self.source;
        let wrong = |err: Unresolved| source.error(err.span, err.message);
        let entry = self.kinds.find(keys.kind.get_ref());
        let entry = entry.ok_or_else(|| unknown_kind(source, &keys.kind, self.kinds))?;
        let scope = Scope::new(vars)
            .each(item.as_ref().map_or(Each::None, Each::Item))
            .own(entry.own_names);
        if let Some(value) = scope.template(&with) {
            *with.get_mut() = value;
        }
        self.defaults.add(entry, &mut with);
        let mut filled = with.clone();
        scope.fill(&mut filled).map_err(wrong)?;
        if let Some(name) = filled.get_ref().as_str().and_then(whole_name) {
            let message = format!(
                "`with` can't be the fact `{name}`: its keys must be known before the run; name facts in its values"
            );
            return Err(source.error(with.span(), message));
        }
        let kind = kind::read(source, entry, &mut filled)
            .map_err(|err| source.toml_error(&err, filled.span()))?;
        let plain = Scope::new(vars).each(item.as_ref().map_or(Each::None, Each::Item));
        let mut env = std::collections::BTreeMap::new();
        for (name, value) in &keys.env {
            values::variable(source, name)?;
            let text = plain
                .text(value.get_ref())
                .map_err(|err| source.error(value.span(), err.message))?;
            values::value(source, value, &text)?;
            env.insert(name.get_ref().clone(), text);
        }
        let mut givers = scope.givers();
        givers.extend(plain.givers());
        let waits = !givers.is_empty();
        if waits {
            // Facts are filled in together with all else, once they are known.
            let written = keys.env.iter();
            env = written
                .map(|(name, value)| (name.get_ref().clone(), value.get_ref().clone()))
                .collect();
        }
        let input = |text: Spanned<String>| values::input(source, &text, text.get_ref());
        let output = |text: Spanned<String>| {
            let filled = text.get_ref().clone();
            values::output(source, &text, filled)
        };
        let secret = |name: Spanned<String>| {
            values::variable(source, &name)?;
            Ok(name.into_inner())
        };
        let passed = |name: Spanned<String>| {
            values::passed(source, &name)?;
            Ok(name.into_inner())
        };
        let min_free_mem = keys
            .min_free_mem
            .map(|size| bytes(source, &size))
            .transpose()?;
        let step = StepDef {
            id: Arc::from(keys.id.get_ref().as_str()),
            entry,
            kind,
            with: if waits { with } else { filled },
            waits: waits.then(|| Waits {
                vars: vars.clone(),
                item,
            }),
            givers: givers.into_iter().map(Arc::from).collect(),
            needs: Vec::new(),
            inputs: keys
                .inputs
                .into_iter()
                .map(input)
                .collect::<Result<_, _>>()?,
            outputs: keys
                .outputs
                .into_iter()
                .map(output)
                .collect::<Result<_, _>>()?,
            env,
            later: Vec::new(),
            inherit: keys
                .inherit
                .map(|names| names.into_iter().map(passed).collect())
                .transpose()?,
            secrets: keys
                .secrets
                .into_iter()
                .map(secret)
                .collect::<Result<_, _>>()?,
            timeout: keys
                .timeout
                .map(|time| duration(source, &time))
                .transpose()?,
            retry: retry(source, keys.retry)?,
            pool: keys.pool.map(Spanned::into_inner),
            weight: values::count(source, "weight", &keys.weight)?,
            min_free_mem: min_free_mem.unwrap_or(0),
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
}

/// What is needed to fill in facts later.
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
