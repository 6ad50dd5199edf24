//! pipeline.toml and the files that it includes -> one document. Tables are put together, lists of
//! steps follow each other, and everything else stands once.

use std::path::Path;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{ConfigError, Source};

/// The lists that go on in the next file.
const LISTS: [&str; 2] = ["step", "group"];

/// The tables of all files.
pub(super) fn read(source: &mut Source) -> Result<Spanned<DeTable<'static>>, ConfigError> {
    let mut document = source.tables()?;
    let names = names(source, document.get_mut())?;
    for (at, name) in names.iter().enumerate() {
        if names[..at]
            .iter()
            .any(|other| other.get_ref() == name.get_ref())
        {
            let message = format!("`{}` is included twice; name it once", name.get_ref());
            return Err(source.error(name.span(), message));
        }
        let mut more = source.include(name)?.into_inner();
        if let Some((key, _)) = more.get_key_value("include") {
            let message =
                "a file that is included can't include others; name them all in the first";
            return Err(source.error(key.span(), message));
        }
        LISTS
            .iter()
            .for_each(|list| append(document.get_mut(), &mut more, list));
        unite(source, document.get_mut(), more)?;
    }
    Ok(document)
}

/// What a file names to be included, as far as it can be read, whether that is there or not.
pub fn included_by(path: &Path) -> Vec<String> {
    let read = || {
        let source = Source::read(path).ok()?;
        names(&source, source.tables().ok()?.get_mut()).ok()
    };
    let names = read().unwrap_or_default().into_iter();
    names.map(Spanned::into_inner).collect()
}

fn names(
    source: &Source,
    table: &mut DeTable<'static>,
) -> Result<Vec<Spanned<String>>, ConfigError> {
    let Some(list) = table.remove("include") else {
        return Ok(Vec::new());
    };
    let span = list.span();
    Vec::deserialize(list.into_deserializer()).map_err(|err| source.toml_error(&err, span))
}

/// What is no list in one of the two is left to [`unite`].
fn append(table: &mut DeTable<'static>, more: &mut DeTable<'static>, list: &str) {
    let is_list = |value: &Spanned<DeValue>| value.get_ref().is_array();
    let Some(DeValue::Array(mine)) = table.get_mut(list).map(Spanned::get_mut) else {
        return;
    };
    let others = more
        .get(list)
        .is_some_and(is_list)
        .then(|| more.remove(list));
    if let Some(DeValue::Array(others)) = others.flatten().map(Spanned::into_inner) {
        others.into_iter().for_each(|step| mine.push(step));
    }
}

fn unite(
    source: &Source,
    table: &mut DeTable<'static>,
    more: DeTable<'static>,
) -> Result<(), ConfigError> {
    for (key, value) in more {
        let Some((first, _)) = table.get_key_value(&**key.get_ref()) else {
            table.insert(key, value);
            continue;
        };
        let name = key.get_ref();
        let message = format!(
            "`{name}` stands at {} already; keep one of the two",
            source.line(first.span().start)
        );
        let mine = table.get_mut(&**name).map(Spanned::get_mut);
        match (mine, value.into_inner()) {
            (Some(DeValue::Table(mine)), DeValue::Table(more)) => unite(source, mine, more)?,
            _ => return Err(source.error(key.span(), message)),
        }
    }
    Ok(())
}
