//! Escapes and `${NAME}` within one value.

use super::LookUp;

/// Replaces `\n` and its like, as in a shell's `$'…'`; `\$` becomes `$$`, which stands for a `$`.
/// Others stay as they are.
pub(super) fn escapes(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (text, taken) = escape(after);
        match text {
            Some(text) => out.push_str(&text),
            None => out.push_str(&rest[at..at + 1 + taken]),
        }
        rest = &after[taken..];
    }
    out + rest
}

/// What stands behind a backslash: its meaning, if it has one, and how many bytes belong to it.
fn escape(after: &str) -> (Option<String>, usize) {
    let Some(c) = after.chars().next() else {
        return (None, 0);
    };
    let plain = match c {
        'a' => "\x07",
        'b' => "\x08",
        'f' => "\x0c",
        'n' => "\n",
        'r' => "\r",
        't' => "\t",
        'v' => "\x0b",
        '"' => "\"",
        '\\' => "\\",
        '$' => "$$",
        '0' => return octal(after),
        _ => return (None, c.len_utf8()),
    };
    (Some(plain.to_string()), 1)
}

/// `0` and three octal digits.
fn octal(after: &str) -> (Option<String>, usize) {
    let digits = after
        .get(1..4)
        .and_then(|digits| u32::from_str_radix(digits, 8).ok());
    let c = digits.filter(|code| *code <= 255).and_then(char::from_u32);
    match c {
        Some(c) => (Some(c.to_string()), 4),
        None => (None, 1),
    }
}

/// Replaces `$NAME`, `${NAME}`, `${NAME:-otherwise}` and its like; `$$` is a `$`. What is set
/// nowhere is refused: nobody wants a password to end at its `$`.
pub(super) fn variables(text: &str, look_up: &LookUp) -> Result<String, String> {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        rest = if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            after
        } else if let Some(inside) = after.strip_prefix('{') {
            let end = closing(inside).ok_or("opens `${` and never closes it; put `'` around it")?;
            out.push_str(&braced(&inside[..end], look_up)?);
            &inside[end + 1..]
        } else {
            let name = name_of(after);
            match name {
                "" => out.push('$'),
                name => out.push_str(&look_up(name).ok_or_else(|| unset(name))?),
            }
            &after[name.len()..]
        };
    }
    Ok(out + rest)
}

/// What stands between `${` and `}`.
fn braced(inside: &str, look_up: &LookUp) -> Result<String, String> {
    let name = name_of(inside);
    let (operator, word) = operator(&inside[name.len()..]);
    if name.is_empty() || operator.is_empty() && !word.is_empty() {
        return Err("has a `${…}` that nobody can read; put `'` around it".to_string());
    }
    let value = look_up(name);
    let counts = |value: &String| !operator.starts_with(':') || !value.is_empty();
    match (operator.trim_start_matches(':'), value.filter(counts)) {
        ("+", Some(_)) => variables(word, look_up),
        ("+", None) => Ok(String::new()),
        (_, Some(value)) => Ok(value),
        ("-", None) => variables(word, look_up),
        ("?", None) => Err(format!("needs `{name}`, which is not set: {word}")),
        _ => Err(unset(name)),
    }
}

/// `:-word` -> `:-` and `word`.
fn operator(text: &str) -> (&str, &str) {
    let colon = usize::from(text.starts_with(':'));
    match text[colon..].starts_with(['-', '+', '?']) {
        true => text.split_at(colon + 1),
        false => ("", text),
    }
}

/// Where the `}` stands that closes what is open.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    text.char_indices().find_map(|(at, c)| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        (depth < 0).then_some(at)
    })
}

fn name_of(text: &str) -> &str {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = text.find(|c: char| !fits(c)).unwrap_or(text.len());
    match text.starts_with(|c: char| c.is_ascii_digit()) {
        true => "",
        false => &text[..end],
    }
}

fn unset(name: &str) -> String {
    // The name may be the end of a password.
    let name: String = name.chars().take(2).collect();
    format!(
        "has a `${name}…` that is set nowhere; put `'` around the value if the `$` is part of it"
    )
}
