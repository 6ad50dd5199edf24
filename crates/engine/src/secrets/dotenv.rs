//! `.env` files in the dialect of docker compose, as its own parser reads them; the rules stand in
//! docs/pipeline.md.
//!
//! Where compose goes on with something that nobody can have meant, this stops and says so. No
//! message quotes a value: it may be a secret.

mod expand;

use std::collections::BTreeMap;

use crate::config::ConfigError;

/// Names and their values.
pub(super) type Values = BTreeMap<String, String>;

/// Looks a name up outside of the file.
pub(super) type LookUp<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// Reads a file's text; `shown` is what messages call it. Names in `${…}` are looked up with
/// `outside` first, then in the lines above.
pub(super) fn parse(text: &str, shown: &str, outside: &LookUp) -> Result<Values, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut file = File {
        whole: text,
        rest: text,
        values: Values::new(),
        outside,
    };
    loop {
        let line = file.next_entry();
        match file.entry() {
            Ok(true) => {}
            Ok(false) => return Ok(file.values),
            Err(why) => return Err(ConfigError(format!("{shown}:{line}: {why}"))),
        }
    }
}

struct File<'a> {
    whole: &'a str,
    rest: &'a str,
    values: Values,
    outside: &'a LookUp<'a>,
}

impl<'a> File<'a> {
    /// Passes over blank lines and comments; the line of what follows, from 1.
    fn next_entry(&mut self) -> usize {
        loop {
            self.rest = self.rest.trim_start();
            if !self.rest.starts_with('#') {
                let read = &self.whole[..self.whole.len() - self.rest.len()];
                return read.matches('\n').count() + 1;
            }
            self.take_line();
        }
    }

    /// The rest of the line, without its end.
    fn take_line(&mut self) -> &'a str {
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        line
    }

    /// Reads one entry; `false` at the end.
    fn entry(&mut self) -> Result<bool, String> {
        if self.rest.is_empty() {
            return Ok(false);
        }
        let name = self.name()?;
        let Some(name) = name.value_follows() else {
            // A name alone takes its value from outside; it has none if there is none.
            let name = name.0.to_string();
            self.values
                .extend((self.outside)(&name).map(|value| (name, value)));
            return Ok(true);
        };
        self.rest = self.rest.trim_start_matches(is_blank);
        let value = match self.rest.chars().next() {
            Some(quote @ ('"' | '\'')) => self.quoted(name, quote)?,
            _ => {
                let value = without_comment(self.take_line()).trim();
                self.expanded(value)
            }
            .map_err(|why| format!("the value of `{name}` {why}"))?,
        };
        if value.contains('\0') {
            return Err(format!(
                "the value of `{name}` holds a NUL character, and no variable can"
            ));
        }
        self.values.insert(name.to_string(), value);
        Ok(true)
    }

    /// The name, and whether a value follows; that may begin behind a `:` too.
    fn name(&mut self) -> Result<Name<'a>, String> {
        let rest = self.rest;
        let rest = match rest.strip_prefix("export") {
            Some(after) if after.starts_with(is_blank) => after.trim_start_matches(is_blank),
            _ => rest,
        };
        let end = rest.find(['=', ':', '\n']).unwrap_or(rest.len());
        let (name, has_value) = (rest[..end].trim(), rest[end..].starts_with(['=', ':']));
        let fits = |c: char| c.is_alphanumeric() || "_.-[]".contains(c);
        if name.is_empty() || !name.chars().all(fits) {
            return Err(match has_value {
                true => "what stands in front of the `=` is no name; use letters, digits and `_`",
                false => "this line has no `=`; write `NAME=value`, or `#` in front of a comment",
            }
            .to_string());
        }
        self.rest = &rest[end + usize::from(end < rest.len())..];
        Ok(Name(name, has_value))
    }

    /// The value in quotes, which may go over several lines. Within `'` only `\'` means anything.
    fn quoted(&mut self, name: &str, quote: char) -> Result<String, String> {
        let inside = &self.rest[1..];
        let end = end_of(inside, quote).ok_or_else(|| {
            format!("the quote that opens the value of `{name}` is never closed; add `{quote}` at the end")
        })?;
        self.rest = &inside[end + 1..];
        let behind = self.take_line().trim();
        if !behind.is_empty() && !behind.starts_with('#') {
            return Err(format!(
                "something stands behind the closing quote of `{name}`; remove it"
            ));
        }
        let text = inside[..end].replace(&format!("\\{quote}"), &quote.to_string());
        match quote {
            '"' => self
                .expanded(&expand::escapes(&text))
                .map_err(|why| format!("the value of `{name}` {why}")),
            _ => Ok(text),
        }
    }

    fn expanded(&self, text: &str) -> Result<String, String> {
        let inside = |name: &str| self.values.get(name).cloned();
        expand::variables(text, &|name| (self.outside)(name).or_else(|| inside(name)))
    }
}

/// A name, and whether a value follows.
struct Name<'a>(&'a str, bool);

impl<'a> Name<'a> {
    fn value_follows(&self) -> Option<&'a str> {
        self.1.then_some(self.0)
    }
}

/// A comment begins with a `#` at the beginning or behind a blank.
fn without_comment(line: &str) -> &str {
    let mut hashes = line.match_indices('#').map(|(at, _)| at);
    let begins = |at: &usize| *at == 0 || line[..*at].ends_with(is_blank);
    hashes.find(begins).map_or(line, |at| &line[..at])
}

/// Where the closing quote stands: the first that no backslash escapes.
fn end_of(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let is_end = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        is_end.then_some(at)
    })
}

fn is_blank(c: char) -> bool {
    c != '\n' && c.is_whitespace()
}

#[cfg(test)]
mod tests;
