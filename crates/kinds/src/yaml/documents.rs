//! YAML as JSON values, read as the cluster's own tools read it.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// The documents that say something, in order. Those that can't be read are left out: an error names
/// the line of the first, if there is nothing else.
pub(crate) fn documents(text: &str) -> Result<Vec<Value>, String> {
    let mut documents = Vec::new();
    let mut trouble = None;
    for one in apart(text) {
        match read(&one) {
            Ok(read) => documents.extend(read.into_iter().filter(|document| !document.is_null())),
            Err(err) => drop(trouble.get_or_insert(err)),
        }
    }
    match trouble {
        Some(err) if documents.is_empty() => Err(err),
        _ => Ok(documents),
    }
}

/// The texts between lines that begin a document.
fn apart(text: &str) -> Vec<String> {
    let mut texts = vec![String::new()];
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            texts.push(String::new());
        }
        if let Some(last) = texts.last_mut() {
            last.push_str(line);
        }
    }
    texts
}

fn read(text: &str) -> Result<Vec<Value>, String> {
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|err| err.to_string())?;
        reader.take(event);
    }
    Ok(reader.documents)
}

/// A list or mapping that has begun, and its anchor.
enum Open {
    List(usize, Vec<Value>),
    Mapping(usize, Map<String, Value>, Option<Key>),
}

enum Key {
    Named(String),
    /// `<<`: what follows is merged.
    Merge,
}

#[derive(Default)]
struct Reader {
    documents: Vec<Value>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Value>,
    /// The last scalar was a `<<` without quotes.
    is_merge: bool,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Scalar(text, ScalarStyle::Plain, anchor, tag) => {
                let is_text = tag.is_some_and(|tag| tag.suffix == "str");
                self.is_merge = text == "<<";
                self.put(anchor, if is_text { text.into() } else { plain(&text) });
            }
            Event::Scalar(text, _, anchor, _) => {
                self.is_merge = false;
                self.put(anchor, text.into());
            }
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned();
                self.put(0, value.unwrap_or_default());
            }
            Event::SequenceStart(anchor, _) => self.open.push(Open::List(anchor, Vec::new())),
            Event::MappingStart(anchor, _) => {
                self.open.push(Open::Mapping(anchor, Map::new(), None));
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List(anchor, list)) => self.put(anchor, Value::Array(list)),
                Some(Open::Mapping(anchor, map, _)) => self.put(anchor, Value::Object(map)),
                None => {}
            },
            _ => {}
        }
    }

    /// A key, or a value that is complete.
    fn put(&mut self, anchor: usize, value: Value) {
        if anchor != 0 {
            self.anchors.insert(anchor, value.clone());
        }
        match self.open.last_mut() {
            None => self.documents.push(value),
            Some(Open::List(_, list)) => list.push(value),
            Some(Open::Mapping(_, map, key)) => match (key.take(), value) {
                (None, _) if self.is_merge => *key = Some(Key::Merge),
                (None, Value::String(text)) => *key = Some(Key::Named(text)),
                (None, other) => *key = Some(Key::Named(other.to_string())),
                (Some(Key::Merge), Value::Array(several)) => {
                    several.into_iter().rev().for_each(|one| merge(map, one));
                }
                (Some(Key::Merge), one) => merge(map, one),
                (Some(Key::Named(key)), value) => drop(map.insert(key, value)),
            },
        }
    }
}

fn merge(map: &mut Map<String, Value>, value: Value) {
    if let Value::Object(merged) = value {
        map.extend(merged);
    }
}

/// A scalar without quotes, by the rules of YAML 1.1 that kubectl and helm keep to.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => {
            return Value::Bool(true);
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => {
            return Value::Bool(false);
        }
        _ => {}
    }
    let digits = text.replace('_', "");
    let number = whole(&digits).or_else(|| fraction(&digits));
    number
        .filter(|_| !text.starts_with('_'))
        .unwrap_or_else(|| text.into())
}

fn whole(text: &str) -> Option<Value> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, radix) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&digits[2..], 16),
        [b'0', b'o' | b'O', ..] => (&digits[2..], 8),
        [b'0', b'b' | b'B', ..] => (&digits[2..], 2),
        [b'0', _, ..] => (&digits[1..], 8),
        _ => (digits, 10),
    };
    if !digits.starts_with(|first: char| first.is_ascii_hexdigit()) {
        return None;
    }
    let whole = i128::from_str_radix(&format!("{sign}{digits}"), radix).ok()?;
    let small = i64::try_from(whole).map(Value::from);
    small
        .or_else(|_| u64::try_from(whole).map(Value::from))
        .ok()
}

fn fraction(text: &str) -> Option<Value> {
    let is_part = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
    let has_digit = text.contains(|c: char| c.is_ascii_digit());
    let number = Some(text).filter(|text| has_digit && text.chars().all(is_part));
    serde_json::Number::from_f64(number?.parse().ok()?).map(Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(text: &str, wanted: &[Value]) {
        assert_eq!(documents(text).unwrap(), wanted, "{text}");
    }

    #[test]
    fn documents_come_in_order_with_what_is_nested() {
        check(
            "---\n# only a comment\n---\nkind: A\nlist:\n- 1\n- {b: c, d: [x, {}]}\nnone:\ntext: |\n  a: 1\n---\nkind: B\n",
            &[
                json!({"kind": "A", "list": [1, {"b": "c", "d": ["x", {}]}], "none": null, "text": "a: 1\n"}),
                json!({"kind": "B"}),
            ],
        );
    }

    #[test]
    fn plain_scalars_are_what_kubectl_takes_them_for() {
        check(
            "[1, -2, +3, 0644, 0o17, 0x1F, 1_000, 0, 18446744073709551615, 09]",
            &[json!([1, -2, 3, 420, 15, 31, 1000, 0, u64::MAX, 9.0])],
        );
        check(
            "[1.5, .5, 1., 1e3, 1_0.5, 99999999999999999999, 012345678901]",
            &[json!([1.5, 0.5, 1.0, 1e3, 10.5, 1e20, 12345678901.0])],
        );
        check(
            "[1.2.3, 500m, 1-2, 2026-01-01, e, '1', \"true\"]",
            &[json!([
                "1.2.3",
                "500m",
                "1-2",
                "2026-01-01",
                "e",
                "1",
                "true"
            ])],
        );
        check(
            "[yes, Off, on, TRUE, nope, ~, null, Null]",
            &[json!([true, false, true, true, "nope", null, null, null])],
        );
        check("[!!str 80, _1]", &[json!(["80", "_1"])]);
        check("{1: a, y: b}", &[json!({"1": "a", "true": "b"})]);
    }

    #[test]
    fn what_has_a_name_is_repeated_and_merged() {
        check(
            "a: &a {x: 1, z: 2}\nb: *a\nc:\n  x: 3\n  <<: *a\nf: {<<: [{x: 5}, *a], '<<': 1}\nd: &d v\ne: [*d]\n",
            &[
                json!({"a": {"x": 1, "z": 2}, "b": {"x": 1, "z": 2}, "c": {"x": 1, "z": 2}, "d": "v", "e": ["v"], "f": {"x": 5, "z": 2, "<<": 1}}),
            ],
        );
    }

    /// A bracket that closes at the place of its key is read by others.
    #[test]
    fn one_that_can_not_be_read_takes_none_of_the_others_along() {
        let odd = "a: [\n  'x'\n]\n";
        assert_eq!(
            documents(&format!("{odd}---\nb: 1\n")).unwrap(),
            [json!({"b": 1})]
        );
    }

    #[test]
    fn what_is_no_yaml_is_told_with_its_line() {
        assert!(documents("a: 1\nb: [\n").unwrap_err().contains("line 3"));
    }
}
