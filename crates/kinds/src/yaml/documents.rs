//! YAML as JSON values, read as the cluster's own tools read it.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// The documents that say something, in order; an error names the line.
pub(crate) fn documents(text: &str) -> Result<Vec<Value>, String> {
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|err| err.to_string())?;
        reader.take(event);
    }
    reader.documents.retain(|document| !document.is_null());
    Ok(reader.documents)
}

/// A list or mapping that has begun, and its anchor.
enum Open {
    List(usize, Vec<Value>),
    Mapping(usize, Map<String, Value>, Option<String>),
}

#[derive(Default)]
struct Reader {
    documents: Vec<Value>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Value>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Scalar(text, ScalarStyle::Plain, anchor, _) => self.put(anchor, plain(&text)),
            Event::Scalar(text, _, anchor, _) => self.put(anchor, Value::String(text.into())),
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
                (None, Value::String(text)) => *key = Some(text),
                (None, other) => *key = Some(other.to_string()),
                (Some(key), Value::Object(merged)) if key == "<<" => {
                    for (key, value) in merged {
                        map.entry(key).or_insert(value);
                    }
                }
                (Some(key), value) => drop(map.insert(key, value)),
            },
        }
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
    number.unwrap_or_else(|| text.into())
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
        check("{1: a, y: b}", &[json!({"1": "a", "true": "b"})]);
    }

    #[test]
    fn what_has_a_name_is_repeated_and_merged() {
        check(
            "a: &a {x: 1, z: 2}\nb: *a\nc:\n  x: 3\n  <<: *a\nd: &d v\ne: [*d]\n",
            &[
                json!({"a": {"x": 1, "z": 2}, "b": {"x": 1, "z": 2}, "c": {"x": 3, "z": 2}, "d": "v", "e": ["v"]}),
            ],
        );
    }

    #[test]
    fn what_is_no_yaml_is_told_with_its_line() {
        assert!(documents("a: 1\nb: [\n").unwrap_err().contains("line 3"));
    }
}
