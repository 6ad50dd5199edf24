//! `{a,b}` in a pattern -> one text for each choice.

/// So many texts may come of one pattern.
const MOST: usize = 1000;

/// The texts that a pattern with braces stands for, in the order in which they are written.
pub(super) fn expanded(text: &str) -> Result<Vec<String>, String> {
    let Some((before, choices, after)) = first(text)? else {
        return Ok(vec![text.to_string()]);
    };
    let mut out = Vec::new();
    let rest = expanded(after)?;
    for choice in choices {
        for inner in expanded(choice)? {
            out.extend(rest.iter().map(|rest| format!("{before}{inner}{rest}")));
        }
        if out.len() > MOST {
            return Err(format!("its braces stand for more than {MOST} patterns"));
        }
    }
    Ok(out)
}

/// What stands before the first braces, their choices, and what follows them.
type Parts<'t> = (&'t str, Vec<&'t str>, &'t str);

fn first(text: &str) -> Result<Option<Parts<'_>>, String> {
    let (mut depth, mut open, mut cuts) = (0, 0, Vec::new());
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => chars.by_ref().take(1).for_each(|_| ()),
            '[' => {
                let inside = class_end(chars.as_str());
                chars.by_ref().take(inside).for_each(|_| ());
            }
            '{' => {
                if depth == 0 {
                    (open, cuts) = (at, vec![at]);
                }
                depth += 1;
            }
            ',' if depth == 1 => cuts.push(at),
            '}' if depth == 1 => {
                cuts.push(at);
                let choices = cuts.windows(2).map(|ends| &text[ends[0] + 1..ends[1]]);
                return Ok(Some((&text[..open], choices.collect(), &text[at + 1..])));
            }
            '}' if depth > 0 => depth -= 1,
            _ => {}
        }
    }
    match depth {
        0 => Ok(None),
        _ => Err("a `{` is never closed; write `\\{` for the character itself".to_string()),
    }
}

/// How many characters after a `[` belong to its class; none if it is never closed.
fn class_end(text: &str) -> usize {
    let inside = text.strip_prefix(['!', '^']).unwrap_or(text);
    let end = inside.chars().skip(1).position(|c| c == ']');
    end.map_or(0, |end| {
        text.chars().count() - inside.chars().count() + end + 2
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_are_expanded_as_a_shell_does() {
        for (text, expected) in [
            ("a", "a"),
            ("a{b,c}d", "abd acd"),
            ("{a,b}{1,2}", "a1 a2 b1 b2"),
            ("{a,b{c,d}}", "a bc bd"),
            ("x{,y}", "x xy"),
            ("a}b", "a}b"),
            ("\\{a,b\\}", "\\{a,b\\}"),
            ("{a\\,b,c}", "a\\,b c"),
            ("[{,}]{a,b}", "[{,}]a [{,}]b"),
            ("[{a,b}", "[a [b"),
        ] {
            assert_eq!(expanded(text).unwrap().join(" "), expected);
        }
        assert!(expanded("{a,b").is_err());
    }
}
