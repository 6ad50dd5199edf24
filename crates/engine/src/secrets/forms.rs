//! The forms in which a secret can show up in what tools print.

use super::{SHORTEST, escapes};
use crate::digest;

const PLAIN: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const FOR_URLS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The forms of all values that are long enough, longest first.
pub(super) fn of_all<'a>(values: impl Iterator<Item = &'a String>) -> Vec<String> {
    let is_long = |text: &String| text.len() >= SHORTEST;
    let values = values.filter(|value| is_long(value));
    let mut forms: Vec<String> = values.flat_map(|value| of(value)).filter(is_long).collect();
    forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    forms.dedup();
    forms
}

/// A value as it is, each of its lines, in base64 (how Kubernetes shows it, and as a part of
/// something longer, as in basic authentication), as forms are sent, and in hexadecimal digits.
/// Inside JSON, addresses and the like they are found by undoing their escapes.
fn of(value: &str) -> Vec<String> {
    let hex: String = digest::digits(value.as_bytes()).collect();
    let mut forms = vec![value.to_string(), hex.to_uppercase(), hex];
    for digits in [PLAIN, FOR_URLS] {
        forms.extend((0..3).map(|offset| base64_within(value.as_bytes(), offset, digits)));
    }
    // Where escapes are undone, its own are, too.
    forms.push(escapes::undone(value).0);
    // As forms are sent.
    forms.push(value.replace(' ', "+"));
    if value.contains('\n') {
        forms.extend(value.lines().map(str::to_string));
    }
    forms
}

/// The digits that follow from `bytes` alone when `offset` others stand before them and any others
/// behind.
fn base64_within(bytes: &[u8], offset: usize, digits: &[u8; 64]) -> String {
    let byte = |at: usize| {
        let own = at.checked_sub(offset).and_then(|at| bytes.get(at));
        own.map_or(0, |byte| u16::from(*byte))
    };
    let six_bits = |at: usize| {
        let pair = (byte(at / 8) << 8) | byte(at / 8 + 1);
        usize::from((pair >> (10 - at % 8)) & 63)
    };
    let (first, end) = ((offset * 8).div_ceil(6), (offset + bytes.len()) * 8 / 6);
    (first..end)
        .map(|index| char::from(digits[six_bits(index * 6)]))
        .collect()
}

/// Percent-encoded, but for letters, digits and what is to be `left`.
pub(crate) fn url_encoded(value: &str, left: &str) -> String {
    let encode = |byte: u8| match char::from(byte) {
        c if c.is_ascii_alphanumeric() || left.contains(c) => c.to_string(),
        _ => format!("%{byte:02X}"),
    };
    value.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Secrets;

    #[track_caller]
    fn hidden(value: &str, shown: &str, expected: &str) {
        let secrets = Secrets::new(BTreeMap::from([("P".to_string(), value.to_string())]));
        assert_eq!(secrets.mask(shown), expected);
    }

    #[test]
    fn every_form_of_a_secret_is_masked() {
        for shown in [
            "s3cret/\"x",
            "czNjcmV0LyJ4",
            "s3cret%2F%22x",
            "s3cret%2f%22x",
            "s3cret/%22x",
            "s3cret/\\\"x",
            "s3cret/&quot;x",
            "7333637265742f2278",
            "7333637265742F2278",
            // PHP's JSON, JSON within JSON, and in HTML.
            "s3cret\\/\\\"x",
            "s3cret/\\\\\\\"x",
            "s3cret\\\\\\/\\\\\\\"x",
            "s3cret/&#34;x",
            // .NET's.
            "s3cret/\\u0022x",
        ] {
            hidden("s3cret/\"x", &format!("a {shown} b"), "a [masked] b");
        }
    }

    #[test]
    fn no_escape_that_programs_write_shows_a_secret() {
        let value = "Söns&<pro>'d'!x";
        for shown in [
            // Go, Python and PHP, and .NET, which write upper-case digits.
            r"Söns\u0026\u003cpro\u003e'd'!x",
            r"S\u00f6ns&<pro>'d'!x",
            r"S\u00F6ns\u0026\u003Cpro\u003E\u0027d\u0027!x",
            // Python's `repr` of a text and of bytes.
            r"Söns&<pro>\'d\'!x",
            r"S\xc3\xb6ns&<pro>\'d\'!x",
            // JSON within JSON.
            r"Söns\\u0026\\u003cpro\\u003e'd'!x",
            // What a shell that is told `set -x` writes, and its `printf %q`.
            r"Söns&<pro>'\''d'\''!x",
            r"Söns\&\<pro\>\'d\'\!x",
            "S&#246;ns&amp;&lt;pro&gt;&#39;d&#x27;!x",
        ] {
            hidden(
                value,
                &format!("\"a\\n\": {shown} é\n"),
                "\"a\\n\": [masked] é\n",
            );
        }
        for shown in [
            "two+%2B+words",
            "two%20%2b%20words",
            "two%20+%20words",
            r"two\ +\ words",
        ] {
            hidden("two + words", shown, "[masked]");
        }
        for shown in [
            r"u:p%40ss@h?a=1\u0026b",
            "u:p%40ss@h?a=1&amp;b",
            r"u:p%40ss@h\?a=1\&b",
        ] {
            hidden("u:p%40ss@h?a=1&b", shown, "[masked]");
        }
        hidden(
            "пароль",
            "q=%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C%26x=1",
            "q=[masked]%26x=1",
        );
        hidden("pass-word!", "%20pass-word%21%26x", "%20[masked]%26x");
        hidden("p@ss&word;(1)x", "p@ss%26word%3B%281%29x", "[masked]");
        hidden("/+x/y+z/", "wJ\\/+x\\/y+z\\/", "wJ[masked]");
    }

    #[test]
    fn base64_is_found_within_something_longer() {
        // `user:pass-word`, `me:pass-word`, `m:pass-word`: at most the digit that a neighbour
        // shares is left.
        hidden("pass-word", "dXNlcjpwYXNzLXdvcmQ=", "dXNlcjp[masked]Q=");
        hidden("pass-word", "bWU6cGFzcy13b3Jk", "bWU6[masked]");
        hidden("pass-word", "bTpwYXNzLXdvcmQ=", "bTp[masked]Q=");
        hidden("~~~???>>>", "fn5-Pz8_Pj4-", "[masked]");
    }

    #[test]
    fn each_line_of_a_key_is_masked() {
        hidden("-----BEGIN\nMIIabc123\n", "MIIabc123", "[masked]");
        hidden("short", "short", "short");
    }
}
