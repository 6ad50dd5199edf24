//! Records as text: fields between tabs, percent-encoded.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use protocol::Facts;
use serde_json::Value;

use super::frames::framed;
use super::{Components, Record};
use crate::digest::Digest;
use crate::fingerprint::Kinds;

/// All that is known of a step, as lines.
pub(super) fn record_written(step: &str, record: &Record) -> Vec<u8> {
    let mut text = framed(&done_body(step, record));
    if record.done.is_none() {
        text.extend(framed(&format!("begin\t{}", escape(step))));
    }
    if let Some((fingerprint, attempt)) = record.failed {
        text.extend(framed(&format!(
            "fail\t{}\t{fingerprint}\t{attempt}",
            escape(step)
        )));
    }
    if let Some(how) = &record.ended {
        text.extend(framed(&ended_body(step, how)));
    }
    text
}

/// A step that ended, and not well.
pub(super) fn ended_body(step: &str, how: &str) -> String {
    format!("ended\t{}\t{}", escape(step), escape(how))
}

/// A run of this goal begins to change things.
pub(super) fn run_body(goal: &str) -> String {
    format!("run\t{}", escape(goal))
}

/// The fields of a failed attempt.
pub(super) fn failure<'a>(mut fields: impl Iterator<Item = &'a str>) -> Option<(Digest, u32)> {
    Digest::parse(fields.next()?).zip(fields.next()?.parse().ok())
}

/// A step that is done.
pub(super) fn done_body(step: &str, record: &Record) -> String {
    let pair = |(name, value): (&String, &Value)| {
        format!("{}={}", escape(name), escape(&fact_written(value)))
    };
    let facts: Vec<String> = record.facts.iter().map(pair).collect();
    let facts = facts.join(";");
    let (fingerprint, outputs, millis) = (
        record.done.unwrap_or_default(),
        record.outputs,
        record.millis,
    );
    format!(
        "done\t{}\t{fingerprint}\t{outputs}\t{millis}\t{facts}\t{}\t{}",
        escape(step),
        record.components.written(),
        record.kinds
    )
}

/// Later versions may add fields at the end; they are passed over, so an older journal and a newer
/// one both re-run nothing.
pub(super) fn done_record<'a>(
    mut fields: impl Iterator<Item = &'a str>,
    whole: &Arc<Vec<u8>>,
) -> Option<Record> {
    Some(Record {
        done: Some(Digest::parse(fields.next()?)?),
        outputs: Digest::parse(fields.next()?)?,
        millis: fields.next()?.parse().ok()?,
        facts: facts(fields.next()?)?,
        components: Components::kept(whole, index(fields.next()?, whole)),
        kinds: Kinds::parse(fields.next()),
        ..Record::default()
    })
}

/// Goes before a fact that is no text.
const TYPED: char = '\u{1}';

/// A text stands for itself, as version 0.1.0 wrote it.
pub(super) fn fact_written(fact: &Value) -> Cow<'_, str> {
    match fact {
        Value::String(text) if !text.starts_with(TYPED) => text.into(),
        other => format!("{TYPED}{other}").into(),
    }
}

/// A fact as it was before it was written.
pub(super) fn fact(written: &str) -> Value {
    let text = unescape(written);
    let typed = text
        .strip_prefix(TYPED)
        .and_then(|json| serde_json::from_str(json).ok());
    typed.unwrap_or_else(|| text.into_owned().into())
}

fn facts(text: &str) -> Option<Facts> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        Some((unescape(name).into_owned(), fact(value)))
    };
    text.split(';')
        .filter(|pair| !pair.is_empty())
        .map(pair)
        .collect()
}

/// Where a piece of a text lies in it.
fn index(chunk: &str, whole: &[u8]) -> Range<usize> {
    let start = chunk.as_ptr() as usize - whole.as_ptr() as usize;
    start..start + chunk.len()
}

/// Percent-encodes what separates fields.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '\t', '\n', '\r', ';', '=']) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '%' | '\t' | '\n' | '\r' | ';' | '=' => out.push_str(&format!("%{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    out.into()
}

/// The text before [`escape`].
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return text.into();
    }
    let mut components = text.split('%');
    let mut out = components.next().unwrap_or_default().to_string();
    for component in components {
        match component
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok())
        {
            Some(byte) => {
                out.push(char::from(byte));
                out.push_str(&component[2..]);
            }
            None => {
                out.push('%');
                out.push_str(component);
            }
        }
    }
    out.into()
}
