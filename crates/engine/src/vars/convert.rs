//! Values of pipeline.toml, from JSON and from text, and as text.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Mutex;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::suggest;
use protocol::Facts;
use protocol::template;

/// A fact as a value of pipeline.toml.
pub(crate) fn from_json(value: &Value) -> DeValue<'static> {
    match value {
        Value::Null => DeValue::String("".into()),
        Value::Bool(flag) => DeValue::Boolean(*flag),
        Value::Number(number) => scalar(&number.to_string()).unwrap_or(DeValue::Boolean(false)),
        Value::String(text) => DeValue::String(text.clone().into()),
        Value::Array(items) => DeValue::Array(
            items
                .iter()
                .map(|item| Spanned::new(0..0, from_json(item)))
                .collect(),
        ),
        Value::Object(fields) => {
            let field = |(key, value): (&String, &Value)| {
                (
                    Spanned::new(0..0, key.clone().into()),
                    Spanned::new(0..0, from_json(value)),
                )
            };
            DeValue::Table(fields.iter().map(field).collect())
        }
    }
}

/// The number or flag that a text writes.
pub(crate) fn scalar(text: &str) -> Option<DeValue<'static>> {
    let is_scalar = |value: &DeValue| {
        matches!(
            value,
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_)
        )
    };
    read(text).filter(is_scalar)
}

/// The value that a text writes.
pub(crate) fn read(text: &str) -> Option<DeValue<'static>> {
    static KEPT: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    DeValue::parse(text).ok()?;
    // What is parsed borrows from its text, which is kept once.
    let mut kept = KEPT.lock().unwrap();
    let kept = kept.get_or_insert_default();
    let text = match kept.get(text) {
        Some(text) => text,
        None => {
            let text: &'static str = text.to_string().leak();
            kept.insert(text);
            text
        }
    };
    DeValue::parse(text).ok().map(Spanned::into_inner)
}

/// Every string in a value, so that it stands for itself.
pub(super) fn escape(value: &mut DeValue<'static>) {
    match value {
        DeValue::String(text) => *text = template::escaped(text, false).into_owned().into(),
        DeValue::Array(items) => items.iter_mut().for_each(|item| escape(item.get_mut())),
        DeValue::Table(table) => table
            .iter_mut()
            .for_each(|(_, item)| escape(item.get_mut())),
        _ => {}
    }
}

/// A scalar as text.
pub fn text_of(value: &DeValue) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        DeValue::Datetime(time) => Some(time.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// Gives everything in a value that stands nowhere in the file the place where it is asked for.
pub(super) fn placed(value: &mut DeValue<'static>, span: &Range<usize>) {
    let place = |item: &mut Spanned<DeValue<'static>>| {
        placed(item.get_mut(), span);
        *item = Spanned::new(
            span.clone(),
            std::mem::replace(item.get_mut(), DeValue::Boolean(false)),
        );
    };
    match value {
        DeValue::Array(items) => items.iter_mut().for_each(place),
        DeValue::Table(table) => {
            let moved = std::mem::take(table).into_iter().map(|(key, mut item)| {
                place(&mut item);
                (Spanned::new(span.clone(), key.into_inner()), item)
            });
            *table = moved.collect();
        }
        _ => {}
    }
}

/// What lies in a table, key below key; the hint names a key that is near.
pub(super) fn below<'v>(
    value: &'v DeValue<'static>,
    path: &str,
) -> Result<&'v Spanned<DeValue<'static>>, String> {
    let (key, rest) = path
        .split_once('.')
        .map_or((path, None), |(key, rest)| (key, Some(rest)));
    let table = value.as_table();
    let names = || table.into_iter().flat_map(DeTable::keys);
    let found = table
        .and_then(|table| table.get(key))
        .ok_or_else(|| suggest(key, names().map(|key| &**key.get_ref())))?;
    match rest {
        Some(rest) => below(found.get_ref(), rest),
        None => Ok(found),
    }
}

/// A fact inside a fact.
pub(super) fn inside<'f>(facts: &'f Facts, path: &str) -> Option<&'f Value> {
    let (key, path) = path.split_once('.')?;
    path.split('.')
        .try_fold(facts.get(key)?, |value, key| value.get(key))
}
