//! The one grammar by which texts name values.
//!
//! `${name}` stands for a value; a `$` in front makes a text of it: `$${name}` is the text
//! `${name}`. All else stands for itself. A name may hold names: `${build-${each}.image}`. What
//! stands in a value is never looked through again.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};

/// Names of what only the step itself learns while it is at work: `${self.port}`.
pub const OWN: &str = "self.";

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Stands for itself.
    Text(&'t str),
    /// What stands between `${` and `}`.
    Name(&'t str),
}

/// A text that opens `${` and never closes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unclosed;

/// The pieces of a text, in order.
pub fn pieces(text: &str) -> impl Iterator<Item = Result<Piece<'_>, Unclosed>> {
    let mut rest = text;
    core::iter::from_fn(move || {
        let (piece, left) = next(rest)?;
        rest = left;
        Some(piece)
    })
}

/// The name that is all there is in a text.
pub fn whole_name(text: &str) -> Option<&str> {
    let mut pieces = pieces(text);
    match (pieces.next()?.ok()?, pieces.next()) {
        (Piece::Name(name), None) => Some(name),
        _ => None,
    }
}

/// The name of a `$` that stands in front of another name.
const DOLLAR: &str = "$";

/// A text that stands for itself, as the grammar writes it; `ahead` if a name follows.
pub fn escaped(text: &str, ahead: bool) -> Cow<'_, str> {
    let (text, dollars) = match ahead {
        true => text.split_at(text.trim_end_matches('$').len()),
        false => (text, ""),
    };
    let own = format!("${{{OWN}{DOLLAR}}}").repeat(dollars.len());
    match text.contains("${") || !own.is_empty() {
        true => (text.replace("${", "$${") + &own).into(),
        false => text.into(),
    }
}

/// Fills in what only the step itself knows; the sentence names what it does not.
pub fn fill_own(text: &str, own: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Ok(Piece::Text(text)) => out.push_str(text),
            Ok(Piece::Name(name)) => out.push_str(&own_value(name, &own)?),
            Err(Unclosed) => return Err(format!("`{text}` opens `${{` and never closes it")),
        }
    }
    Ok(out)
}

fn own_value(name: &str, own: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let value = name.strip_prefix(OWN).and_then(|name| match name {
        DOLLAR => Some(DOLLAR.to_string()),
        name => own(name),
    });
    value.ok_or_else(|| format!("nothing is known as `${{{name}}}`"))
}

/// A text with the older spelling `{name}` of these names written as `${self.name}`.
pub fn respelt<'n>(text: &str, names: impl Iterator<Item = &'n str> + Clone) -> String {
    if !text.contains('{') {
        return text.to_string();
    }
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            // An escape stays one.
            Ok(Piece::Text(text)) if text.ends_with("${") => out.push_str(&escaped(text, false)),
            Ok(Piece::Text(text)) => {
                out.push_str(&names.clone().fold(text.to_string(), |text, name| {
                    text.replace(&format!("{{{name}}}"), &format!("${{{OWN}{name}}}"))
                }))
            }
            Ok(Piece::Name(name)) => out.push_str(&format!("${{{name}}}")),
            Err(Unclosed) => return text.to_string(),
        }
    }
    out
}

/// The first piece and what comes behind it.
fn next(text: &str) -> Option<(Result<Piece<'_>, Unclosed>, &str)> {
    let Some(brace) = text.find("${").map(|at| at + 1) else {
        return (!text.is_empty()).then_some((Ok(Piece::Text(text)), ""));
    };
    let before = text[..brace].trim_end_matches('$');
    let dollars = brace - before.len();
    if !before.is_empty() {
        return Some((Ok(Piece::Text(before)), &text[before.len()..]));
    }
    if dollars >= 2 {
        let end = brace + 1;
        return Some((Ok(Piece::Text(&text[1..end])), &text[end..]));
    }
    let inner = &text[brace + 1..];
    Some(match closing(inner) {
        Some(end) => (Ok(Piece::Name(&inner[..end])), &inner[end + 1..]),
        None => (Err(Unclosed), ""),
    })
}

/// Where the brace is that closes a name.
fn closing(inner: &str) -> Option<usize> {
    let (mut depth, mut before) = (0, ' ');
    for (at, c) in inner.char_indices() {
        match c {
            '{' if before == '$' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
        before = c;
    }
    None
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[Piece]) {
        let found: Vec<Piece> = pieces(text).map(Result::unwrap).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn names_texts_and_escapes() {
        use Piece::{Name, Text};
        check("a ${b} c", &[Text("a "), Name("b"), Text(" c")]);
        check("$${b}", &[Text("${"), Text("b}")]);
        check("$$${b}", &[Text("$${"), Text("b}")]);
        check("$$$${b}", &[Text("$$${"), Text("b}")]);
        check("${a-${b}.c}", &[Name("a-${b}.c")]);
        check("$a $$ {b} {{c}}", &[Text("$a $$ {b} {{c}}")]);
        check("é${é}", &[Text("é"), Name("é")]);
        assert_eq!(pieces("${a").next(), Some(Err(Unclosed)));
        assert_eq!(whole_name("${a}"), Some("a"));
        assert_eq!(whole_name("${a}${b}"), None);
    }

    #[test]
    fn what_a_step_knows_is_filled_in_once() {
        let own = |name: &str| (name == "port").then(|| "${self.port}".to_string());
        assert_eq!(fill_own("-p ${self.port}", own).unwrap(), "-p ${self.port}");
        assert_eq!(fill_own("$${self.port}", own).unwrap(), "${self.port}");
        assert!(
            fill_own("${self.prot}", own)
                .unwrap_err()
                .contains("`${self.prot}`")
        );
    }

    #[test]
    fn an_older_spelling_is_read() {
        let new = |text| respelt(text, ["port"].into_iter());
        assert_eq!(new("a {port} {other}"), "a ${self.port} {other}");
        assert_eq!(new("$${port} ${self.port}"), "$${port} ${self.port}");
    }
}
