//! `with` -> the kind. A value that a name stands for has a type of its own, and is read as text
//! where a text is wanted, as a number where its text is one. A fact that is not known yet may turn
//! out to be anything.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::Source;
use crate::vars::{scalar, text_of};
use protocol::template::whole_name;
use protocol::{Kind, KindEntry};

/// Reads `with`, and leaves in it what each name was read as.
pub(crate) fn read(
    source: &Source,
    entry: &KindEntry,
    with: &mut Spanned<DeValue<'static>>,
) -> Result<Arc<dyn Kind>, toml::de::Error> {
    let mut tried: Vec<(Range<usize>, std::vec::IntoIter<DeValue<'static>>)> = Vec::new();
    let mut first: Option<toml::de::Error> = None;
    loop {
        let err = match (entry.parse)(with.clone()) {
            Ok(kind) => return Ok(kind),
            Err(err) => err,
        };
        let Some(span) = err.span().filter(|span| is_name(source, span)) else {
            return Err(err);
        };
        let Some(value) = at(with, &span) else {
            return Err(err);
        };
        if !tried.iter().any(|(place, _)| *place == span) {
            tried.push((span.clone(), readings(value).into_iter()));
            first = Some(err);
        }
        let next = tried.iter_mut().find(|(place, _)| *place == span);
        match next.and_then(|(_, readings)| readings.next()) {
            Some(reading) => *value = reading,
            None => {
                return Err(first.unwrap_or_else(|| serde::de::Error::custom("it can't be read")));
            }
        }
    }
}

/// Reads the step's keys that are a number or a flag where a name stands in their place.
pub(super) fn scalars(source: &Source, keys: &mut Spanned<DeValue<'static>>) {
    let DeValue::Table(table) = keys.get_mut() else {
        return;
    };
    for (key, value) in table.iter_mut() {
        match &**key.get_ref() {
            "weight" | "always" | "keep" | "attempts" => {
                let reading = value.get_ref().as_str().and_then(scalar);
                if let (Some(reading), true) = (reading, is_name(source, &value.span())) {
                    *value.get_mut() = reading;
                }
            }
            "retry" => scalars(source, value),
            _ => {}
        }
    }
}

/// Whether nothing but `"${name}"` is written there.
fn is_name(source: &Source, span: &Range<usize>) -> bool {
    let text = source.text.get(span.clone()).unwrap_or_default();
    whole_name(text.trim_matches(['"', '\''])).is_some()
}

/// The value that is written there.
fn at<'v>(
    value: &'v mut Spanned<DeValue<'static>>,
    span: &Range<usize>,
) -> Option<&'v mut DeValue<'static>> {
    if value.span() == *span {
        return Some(value.get_mut());
    }
    match value.get_mut() {
        DeValue::Array(items) => items.iter_mut().find_map(|item| at(item, span)),
        DeValue::Table(table) => table.iter_mut().find_map(|(_, item)| at(item, span)),
        _ => None,
    }
}

/// What else a value may be read as.
fn readings(value: &DeValue<'static>) -> Vec<DeValue<'static>> {
    match value {
        DeValue::String(text) if whole_name(text).is_some() => vec![
            DeValue::Integer(Default::default()),
            DeValue::Boolean(false),
            DeValue::Float(Default::default()),
            DeValue::Array(DeArray::new()),
            DeValue::Table(DeTable::new()),
        ],
        DeValue::String(text) => scalar(text).into_iter().collect(),
        other => text_of(other)
            .map(|text| DeValue::String(text.into()))
            .into_iter()
            .collect(),
    }
}
