//! A step as it is written -> the step of one target: one for each item of its `each`, with the
//! keys that this target changes, and with the keys of `with` that all steps share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use schemars::SchemaGenerator;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::raw::{self, Step};
use super::{ConfigError, Source};
use crate::vars::{Scope, Vars};
use protocol::KindEntry;

/// One step for each item of `each`.
pub(super) fn each(source: &Source, mut step: Step, vars: &Vars) -> Result<Vec<Step>, ConfigError> {
    let Some(each) = step.table.remove("each") else {
        return Ok(vec![step]);
    };
    let span = each.span();
    let scope = Scope::new(vars);
    let each = match scope.template(&each) {
        Some(value) => value,
        None => each.into_inner(),
    };
    let DeValue::Array(items) = each else {
        return Err(source.error(
            span,
            "`each` must be a list: there is one step for each of its items",
        ));
    };
    let of = |item| Step {
        item: Some(item),
        ..step.clone()
    };
    let items = items.into_iter().flat_map(|item| scope.items(item));
    Ok(items.map(of).collect())
}

/// Whether the step says something else on some targets.
pub(super) fn overrides(step: &Step) -> Vec<Spanned<String>> {
    let table = step
        .table
        .get("target")
        .and_then(|table| table.get_ref().as_table());
    let names = table.into_iter().flat_map(DeTable::keys);
    names
        .map(|name| Spanned::new(name.span(), name.get_ref().to_string()))
        .collect()
}

/// The step as it is where `covers` holds: what `[step.target.NAME]` says there wins; `with` and
/// `env` are put together.
pub(super) fn on_target(
    source: &Source,
    step: &mut Step,
    covers: impl Fn(&str) -> bool,
) -> Result<(), ConfigError> {
    for (name, value) in raw::variables(source, step.table.remove("target"))? {
        let keys = raw::table(
            source,
            value,
            "expected keys of the step, such as `timeout = \"5m\"`",
        )?;
        if covers(name.get_ref()) {
            merge(&mut step.table, keys.into_inner(), 0);
        }
    }
    Ok(())
}

/// Puts `more` into a table; tables directly in it are put together key by key.
pub(super) fn merge(table: &mut DeTable<'static>, more: DeTable<'static>, depth: u8) {
    for (key, value) in more {
        let together = depth == 0 && matches!(&**key.get_ref(), "with" | "env");
        let mine = table
            .get_mut(&**key.get_ref())
            .filter(|mine| together && mine.get_ref().is_table());
        if let (Some(mine), true) = (mine, value.get_ref().is_table()) {
            if let (DeValue::Table(mine), DeValue::Table(more)) =
                (mine.get_mut(), value.into_inner())
            {
                merge(mine, more, depth + 1);
            }
        } else {
            table.remove(&**key.get_ref());
            table.insert(key, value);
        }
    }
}

/// Keys of `with` that a kind needs and that a step may leave to `[defaults]`.
pub(super) struct Defaults {
    values: Vec<raw::Variable>,
    /// What each kind needs, found at the first question.
    required: Mutex<BTreeMap<&'static str, Arc<BTreeSet<String>>>>,
}

impl Defaults {
    pub(super) fn new(values: Vec<raw::Variable>) -> Defaults {
        Defaults {
            values,
            required: Mutex::default(),
        }
    }

    /// Adds what the kind needs and `with` does not have.
    pub(super) fn add(&self, entry: &'static KindEntry, with: &mut Spanned<DeValue<'static>>) {
        let DeValue::Table(table) = with.get_mut() else {
            return;
        };
        if self.values.is_empty() {
            return;
        }
        let required = self.required_by(entry);
        for (name, value) in &self.values {
            if required.contains(name.get_ref()) && !table.contains_key(name.get_ref().as_str()) {
                let key = Spanned::new(name.span(), name.get_ref().clone().into());
                table.insert(key, value.clone());
            }
        }
    }

    fn required_by(&self, entry: &'static KindEntry) -> Arc<BTreeSet<String>> {
        let mut known = self.required.lock().unwrap();
        let found = || Arc::new(required(entry));
        known.entry(entry.name).or_insert_with(found).clone()
    }
}

fn required(entry: &KindEntry) -> BTreeSet<String> {
    let schema = (entry.keys)(&mut SchemaGenerator::default());
    let names = schema.get("required").and_then(|names| names.as_array());
    names
        .into_iter()
        .flatten()
        .filter_map(|name| Some(name.as_str()?.to_string()))
        .collect()
}
