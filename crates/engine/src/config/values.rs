//! What is wrong with single values of a step, seen by themselves: names of variables, globs,
//! outputs, counts.

use std::path::Path;

use toml::Spanned;

use super::{ConfigError, Source};
use crate::files::{self, scope};

/// A pattern that can be read, in its normal form.
pub(super) fn input(
    source: &Source,
    written: &Spanned<String>,
    filled: &str,
) -> Result<String, ConfigError> {
    files::valid_pattern(filled).map_err(|why| source.error(written.span(), why))?;
    Ok(files::normalized(filled, &source.dir.to_string_lossy()))
}

/// The path of an output, without `.` and `..`; a file or folder that holds neither pipeline.toml
/// nor what the engine keeps.
pub(super) fn output(
    source: &Source,
    written: &Spanned<String>,
    filled: String,
) -> Result<String, ConfigError> {
    let wrong =
        |why: &str| Err(source.error(written.span(), format!("the output `{filled}` {why}")));
    let (whole, path) = (source.dir.join(&filled), scope::plain(Path::new(&filled)));
    let whole = scope::plain(&whole);
    // What leaves the folder and comes back is called as what never left it.
    let path = whole.strip_prefix(&source.dir).unwrap_or(&path);
    let has = |sign: char| path.to_string_lossy().contains(sign);
    if filled.starts_with('!') {
        return wrong("takes nothing out, as it would in `inputs`: an output is all that is in it");
    }
    if has('*') || has('{') && has(',') {
        return wrong("is no pattern; name a file, or a folder with all that is in it");
    }
    if source.dir.starts_with(source.dir.join(path)) {
        return wrong("holds pipeline.toml itself; name what the step makes");
    }
    Ok(path.display().to_string())
}

/// The name of a variable or secret.
pub(super) fn variable(source: &Source, name: &Spanned<String>) -> Result<(), ConfigError> {
    let text = name.get_ref();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if begins_well && text.chars().all(fits) {
        return Ok(());
    }
    let message = format!("`{text}` is no variable name; use letters, digits and `_`");
    Err(source.error(name.span(), message))
}

/// A variable that is inherited, or the beginning of several and a `*`.
pub(super) fn passed(source: &Source, name: &Spanned<String>) -> Result<(), ConfigError> {
    let text = name.get_ref();
    let start = text.strip_suffix('*').unwrap_or(text).to_string();
    variable(source, &Spanned::new(name.span(), start))
}

/// What a process can be given.
pub(super) fn value(
    source: &Source,
    written: &Spanned<String>,
    filled: &str,
) -> Result<(), ConfigError> {
    match filled.contains('\0') {
        true => Err(source.error(written.span(), "no variable can hold a NUL character")),
        false => Ok(()),
    }
}

/// A number of which there must be one at least.
pub(super) fn count<T: Copy + Default + PartialEq>(
    source: &Source,
    key: &str,
    number: &Spanned<T>,
) -> Result<T, ConfigError> {
    match *number.get_ref() == T::default() {
        true => Err(source.error(number.span(), format!("`{key}` must be 1 or more"))),
        false => Ok(*number.get_ref()),
    }
}
