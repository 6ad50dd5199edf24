//! What a text says behind its escapes. Programs quote what they print, each in its own way, and
//! more than once: JSON within JSON, a shell's command line within a log. So a secret is looked for
//! in the text with its escapes undone, whatever mixture of them there is.

use std::ops::Range;

/// How often a text may have been quoted.
const LAYERS: usize = 3;

/// How many bytes one of them may have become: `\\u0026`.
pub(super) const LONGEST: usize = 7;

/// Where something is found in a text, or behind escapes in one of its lines.
pub(super) fn find(text: &str, find: &dyn Fn(&str) -> Vec<Range<usize>>) -> Vec<Range<usize>> {
    let (mut found, mut start) = (find(text), 0);
    for line in text.split_inclusive('\n') {
        if line.contains(['\\', '&', '%']) {
            let there = |range: Range<usize>| start + range.start..start + range.end;
            found.extend(behind(line, find).into_iter().map(there));
        }
        start += line.len();
    }
    found
}

fn behind(line: &str, find: &dyn Fn(&str) -> Vec<Range<usize>>) -> Vec<Range<usize>> {
    let (mut text, mut places) = (line.to_string(), (0..=line.len()).collect::<Vec<_>>());
    let mut found = Vec::new();
    for _ in 0..LAYERS {
        let (plain, from) = undone(&text);
        // Whatever is undone gets shorter.
        if plain.len() == text.len() {
            break;
        }
        places = from.iter().map(|&place| places[place]).collect();
        let there = |range: Range<usize>| places[range.start]..places[range.end];
        found.extend(find(&plain).into_iter().map(there));
        text = plain;
    }
    found
}

/// The text with one layer of escapes undone, and where each of its bytes comes from; its end, too.
pub(super) fn undone(text: &str) -> (String, Vec<usize>) {
    let (mut plain, mut from) = (String::new(), Vec::new());
    let mut at = 0;
    while let Some(more) = text[at..].find(['\\', '&', '\'', '%']) {
        let escape = at + more;
        plain.push_str(&text[at..escape]);
        from.extend(at..escape);
        let (made, length) = undo(&text[escape..]).unwrap_or((text[escape..=escape].into(), 1));
        plain.push_str(&made);
        from.extend(made.bytes().map(|_| escape));
        at = escape + length;
    }
    plain.push_str(&text[at..]);
    from.extend(at..=text.len());
    (plain, from)
}

/// What the escape at the beginning stands for, and how long it is.
fn undo(text: &str) -> Option<(String, usize)> {
    // How a shell writes a quote within quotes.
    if text.starts_with(r"'\''") {
        return Some(("'".into(), 4));
    }
    if let Some(entity) = text.strip_prefix('&') {
        let end = entity.bytes().take(10).position(|byte| byte == b';')?;
        return Some((entity_of(&entity[..end])?.into(), end + 2));
    }
    if text.starts_with('%') {
        return percent(text);
    }
    let escape = text.strip_prefix('\\')?;
    match escape.as_bytes().first()? {
        b'u' | b'U' => unicode(text),
        b'x' | b'0'..=b'7' => bytes(text),
        b'n' => Some(("\n".into(), 2)),
        b'r' => Some(("\r".into(), 2)),
        b't' => Some(("\t".into(), 2)),
        sign if sign.is_ascii_punctuation() || *sign == b' ' => Some((char::from(*sign).into(), 2)),
        _ => None,
    }
}

/// What stands between `&` and `;`.
fn entity_of(name: &str) -> Option<char> {
    let code = name
        .strip_prefix('#')
        .and_then(|code| match code.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => code.parse().ok(),
        });
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => char::from_u32(code?),
    }
}

/// `\u00e9`, two of them for what lies beyond 16 bits, `\u{e9}` and `\U000000e9`.
fn unicode(text: &str) -> Option<(String, usize)> {
    if let Some(digits) = text.strip_prefix("\\u{") {
        let end = digits.find('}')?;
        let code = u32::from_str_radix(&digits[..end], 16).ok()?;
        return Some((char::from_u32(code)?.into(), end + 4));
    }
    if text.starts_with("\\U") {
        return Some((char::from_u32(hex(text, 2..10)?)?.into(), 10));
    }
    let unit = |at: usize| u16::try_from(hex(text, at..at + 4)?).ok();
    let first = unit(2)?;
    if let Some(c) = char::from_u32(first.into()) {
        return Some((c.into(), 6));
    }
    let both = [first, unit(8).filter(|_| text[6..].starts_with("\\u"))?];
    Some((String::from_utf16(&both).ok()?, 12))
}

/// `%C3%A9`, and `%u00e9` as JavaScript's `escape` writes it.
fn percent(text: &str) -> Option<(String, usize)> {
    if text.starts_with("%u") {
        return Some((char::from_u32(hex(text, 2..6)?)?.into(), 6));
    }
    bytes_by(text, |text| {
        let is_one = text.starts_with('%');
        let byte = u8::try_from(hex(text, 1..3)?).ok().filter(|_| is_one)?;
        Some((byte, 3))
    })
}

/// `\xc3\xa9` and `\303\251`.
fn bytes(text: &str) -> Option<(String, usize)> {
    bytes_by(text, byte)
}

/// The first letter of a text whose bytes are written so; a byte that begins none is one itself.
fn bytes_by(text: &str, byte: impl Fn(&str) -> Option<(u8, usize)>) -> Option<(String, usize)> {
    let (mut bytes, mut at) = (Vec::new(), 0);
    while let Some((one, length)) = byte(&text[at..]).filter(|_| bytes.len() < 4) {
        bytes.push(one);
        at += length;
        if let Ok(letter) = std::str::from_utf8(&bytes) {
            return Some((letter.to_string(), at));
        }
    }
    let (first, length) = byte(text)?;
    Some((char::from(first).into(), length))
}

fn byte(text: &str) -> Option<(u8, usize)> {
    let digits = text.strip_prefix('\\')?;
    if digits.starts_with('x') {
        return Some((u8::try_from(hex(text, 2..4)?).ok()?, 4));
    }
    Some((u8::try_from(number(digits.get(..3)?, 8)?).ok()?, 4))
}

fn hex(text: &str, at: Range<usize>) -> Option<u32> {
    number(text.get(at)?, 16)
}

/// Digits only: a sign is none.
fn number(digits: &str, radix: u32) -> Option<u32> {
    let is_plain = digits.chars().all(|c| c.is_digit(radix));
    u32::from_str_radix(digits, radix).ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_one_layer_at_a_time() {
        for (text, plain) in [
            (r#"a\"b\\c\/d"#, r#"a"b\c/d"#),
            (r"\u0026\u003C\u00e9\uD83D\ude00", "&<é😀"),
            (r"\u{e9}\U0001F600", "é😀"),
            (r"\xc3\xa9 \xe9 \303\251", "é é é"),
            ("&lt;&#39;&#x27;&amp;amp;", "<''&amp;"),
            (r"'it'\''s'", "'it's'"),
            (r"\\u0026", r"\u0026"),
            (
                "a%20b%2fc%C3%A9%21 %u00e9 100% %zz %+1",
                "a b/cé! é 100% %zz %+1",
            ),
            ("%FF%C3%A9", "ÿé"),
            (r"a\ b", "a b"),
            // What only looks like it.
            (
                r"C:\dir \u00 \ud83d \x \é & &; &é;",
                r"C:\dir \u00 \ud83d \x \é & &; &é;",
            ),
            ("\\", "\\"),
        ] {
            assert_eq!(undone(text).0, plain, "{text}");
        }
    }

    #[test]
    fn what_is_found_is_told_by_its_place_in_the_text() {
        let text = "x\nq\\\\u0026é\\u00e9w\\n";
        let word = |text: &str| {
            let found = text.match_indices("&éé");
            found.map(|(at, word)| at..at + word.len()).collect()
        };
        let found: Vec<_> = find(text, &word)
            .into_iter()
            .map(|range| &text[range])
            .collect();
        assert_eq!(found, ["\\\\u0026é\\u00e9"]);
    }
}
