//! One pattern as it is written: what it may name. Text only; the rules stand in docs/pipeline.md.

use glob::{MatchOptions, Pattern};

use super::braces;

const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// What one written pattern stands for, its braces expanded.
#[derive(Default)]
pub(super) struct Named {
    /// Names that stand for themselves, there or not.
    pub plain: Vec<String>,
    /// Patterns that are looked for.
    pub globs: Vec<Glob>,
}

/// A pattern without braces that names files.
pub(super) struct Glob {
    whole: Pattern,
    /// Name by name; `None` stands for `**`.
    names: Vec<Option<Pattern>>,
    /// The folder that every match lies in.
    pub prefix: String,
}

impl Named {
    /// What is written, without a `!` in front; `root` is the folder that relative paths begin at.
    pub(super) fn new(written: &str, root: &str) -> Result<Named, String> {
        if is_settled(written) {
            let plain = vec![written.to_string()];
            return Ok(Named {
                plain,
                globs: Vec::new(),
            });
        }
        let below_root = below_root(written, root);
        let mut named = Named::default();
        for text in braces::expanded(below_root)? {
            named.add(&plainly(&text)?)?;
        }
        // Somebody's file may have brackets in its name: it is found as it is written, too.
        if below_root.contains(['[', '{']) && !below_root.contains('\\') {
            let literally = normal(&escaped(below_root));
            named.globs.extend(Glob::new(&literally).ok());
            named
                .globs
                .extend(Glob::with_all_in_it(&literally).ok().flatten());
        }
        Ok(named)
    }

    fn add(&mut self, text: &str) -> Result<(), String> {
        match literal(text) {
            Some(name) => self.plain.push(name),
            None => {
                self.globs.push(Glob::new(text)?);
                self.globs.extend(Glob::with_all_in_it(text)?);
            }
        }
        Ok(())
    }
}

impl Glob {
    /// A pattern in the syntax of the crate: nothing but `*`, `?`, `**` and `[…]` means anything.
    fn new(text: &str) -> Result<Glob, String> {
        let pattern = |text: &str| Pattern::new(text).map_err(|err| plain_words(err.msg));
        let name = |name: &str| match name {
            "**" => Ok(None),
            name => pattern(name).map(Some),
        };
        let literals: Vec<String> = text.split('/').map_while(literal).collect();
        let depth = literals.len().min(text.split('/').count() - 1);
        Ok(Glob {
            whole: pattern(text)?,
            names: text.split('/').map(name).collect::<Result<_, _>>()?,
            prefix: literals[..depth].join("/"),
        })
    }

    /// Everything below what the pattern names, if its last name is one and may be a folder.
    fn with_all_in_it(text: &str) -> Result<Option<Glob>, String> {
        let last = text.rsplit('/').next().and_then(literal);
        last.map(|_| Glob::new(&format!("{text}/**"))).transpose()
    }

    /// Everything below a folder, whatever characters its name has.
    pub(super) fn below(folder: &str) -> Glob {
        let folder = folder.trim_end_matches('/');
        Glob::new(&format!("{}/**", Pattern::escape(folder))).expect("an escaped name is a pattern")
    }

    /// Whether it names this path.
    pub(super) fn matches(&self, path: &str) -> bool {
        self.whole.matches_with(path, OPTIONS)
    }

    /// Whether something below this folder may be named.
    pub(super) fn reaches_into(&self, folder: &str) -> bool {
        let mut names = self.names.iter();
        for part in folder.split('/').filter(|part| !part.is_empty()) {
            match names.next() {
                Some(None) => return true,
                Some(Some(name)) if name.matches_with(part, OPTIONS) => {}
                // An absolute path begins with an empty name.
                Some(Some(name)) if name.as_str().is_empty() => return true,
                _ => return false,
            }
        }
        names.next().is_some()
    }

    /// Whether it names everything below this folder.
    pub(super) fn holds_all_of(&self, folder: &str) -> bool {
        self.names.last().is_some_and(Option::is_none) && self.matches(&format!("{folder}/x"))
    }
}

/// Why a written pattern can't be used, if it can't.
pub fn valid_pattern(written: &str) -> Result<(), String> {
    if is_settled(written) {
        return Ok(());
    }
    let text = written.strip_prefix('!').unwrap_or(written);
    Named::new(text, "")
        .map(drop)
        .map_err(|why| format!("`{written}` is no pattern: {why}"))
}

/// The same name without `.`, `..` and doubled `/`, as far as its text tells, and relative if it
/// lies below `root`. A pattern stays one.
pub fn normalized(written: &str, root: &str) -> String {
    if is_settled(written) {
        return written.to_string();
    }
    let (sign, text) = match written.strip_prefix('!') {
        Some(text) => ("!", text),
        None => ("", written),
    };
    let text = below_root(text, root);
    // Within braces `..` is not what it seems.
    let text = if text.contains('{') {
        text.to_string()
    } else {
        normal(below_root(&normal(text), root))
    };
    // A name that begins with `!` must not be taken for an exclusion.
    let guard = if sign.is_empty() && text.starts_with('!') {
        "\\"
    } else {
        ""
    };
    format!("{sign}{guard}{text}")
}

/// Whether a pattern can name more than itself, or names itself in another way.
pub(super) fn is_wild(pattern: &str) -> bool {
    pattern.contains(['*', '?', '[', '{', '\\'])
}

/// Whether it names itself, relative and in its normal form, as most do.
pub(super) fn is_settled(text: &str) -> bool {
    let is_normal = |part: &str| !part.is_empty() && part != "." && part != "..";
    !text.starts_with('!') && !is_wild(text) && text.split('/').all(is_normal)
}

/// A path as it is called from the root, if it lies below.
pub(super) fn below_root<'t>(text: &'t str, root: &str) -> &'t str {
    let below = text
        .strip_prefix(root)
        .filter(|_| !root.is_empty() && root != "/");
    match below {
        Some("") => ".",
        Some(below) if below.starts_with('/') => below.trim_start_matches('/'),
        _ => come_back(text, root).unwrap_or(text),
    }
}

/// What leaves the root with `..` and comes back into it by its name, as it is called there.
fn come_back<'t>(text: &'t str, root: &str) -> Option<&'t str> {
    let (mut below, mut left) = (text, 0);
    while let Some(rest) = below.strip_prefix("./").or(below.strip_prefix("../")) {
        left += usize::from(below.starts_with(".."));
        below = rest.trim_start_matches('/');
    }
    let folders: Vec<&str> = root.split('/').filter(|name| !name.is_empty()).collect();
    let names = &folders[folders.len().checked_sub(left)?..];
    for name in names {
        let rest = below.strip_prefix(name)?;
        let is_name = rest.is_empty() || rest.starts_with('/');
        below = is_name.then(|| rest.trim_start_matches('/'))?;
    }
    match below {
        _ if left == 0 => None,
        "" => Some("."),
        below => Some(below),
    }
}

fn normal(text: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match (part, parts.last()) {
            ("" | ".", _) => {}
            ("..", Some(&last)) if last != ".." && last != "**" => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let is_folder = text.ends_with('/') && parts.last().is_some_and(|last| is_wild(last));
    // All that is in the folder of pipeline.toml.
    if parts.is_empty() && !text.starts_with('/') || is_folder && parts.last() != Some(&"**") {
        parts.push("**");
    }
    let start = if text.starts_with('/') { "/" } else { "" };
    format!("{start}{}", parts.join("/"))
}

/// What is written with `\` and `[^…]` -> what the crate reads: escaped characters in brackets,
/// `[!…]`.
fn plainly(text: &str) -> Result<String, String> {
    let (mut out, mut rest) = (String::new(), text.chars());
    while let Some(c) = rest.next() {
        match c {
            '\\' => match rest.next() {
                Some(c) => out.push_str(&Pattern::escape(&c.to_string())),
                None => return Err("nothing stands behind the `\\` at its end".to_string()),
            },
            '[' => {
                let (class, after) = class(rest.as_str())?;
                out.push_str(&class);
                rest = after.chars();
            }
            c => out.push(c),
        }
    }
    Ok(normal(&out))
}

/// What follows a `[` up to its `]`, in the crate's syntax, and what comes after it.
fn class(text: &str) -> Result<(String, &str), String> {
    let (not, inside) = match text.strip_prefix(['!', '^']) {
        Some(inside) => ("!", inside),
        None => ("", text),
    };
    // The first one may be a `]` itself.
    let first = inside.chars().next().map_or(0, char::len_utf8);
    let end = inside[first..].find(']').map(|end| first + end);
    let end = end.ok_or("a `[` is never closed; write `\\[` for the character itself")?;
    if inside[..end].contains('/') {
        return Err("a `/` can't stand within `[…]`".to_string());
    }
    Ok((format!("[{not}{}]", &inside[..end]), &inside[end + 1..]))
}

/// Brackets and braces as characters; `*` and `?` keep their meaning.
fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '[' | ']' => format!("[{c}]"),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}

/// The name, if nothing in it means more than itself; a bracket around one character only escapes
/// it.
fn literal(pattern: &str) -> Option<String> {
    let (mut name, mut rest) = (String::new(), pattern);
    while let Some(at) = rest.find(['*', '?', '[']) {
        name.push_str(&rest[..at]);
        let one = rest[at..].strip_prefix('[')?;
        let c = one.chars().next().filter(|&c| c != '!')?;
        rest = one[c.len_utf8()..].strip_prefix(']')?;
        name.push(c);
    }
    Some(name + rest)
}

fn plain_words(message: &str) -> String {
    match message {
        message if message.contains("recursive") => {
            "`**` must stand alone between `/`; within a name write `*`".to_string()
        }
        message => message.to_string(),
    }
}

#[cfg(test)]
mod tests;
