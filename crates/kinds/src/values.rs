//! Single values for a chart, handed to helm so that they arrive as they are written.
//!
//! `--set-string` gives commas, backslashes and braces a meaning, and JSON rounds numbers beyond
//! 2^53. So texts travel as JSON and whole numbers do not.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;
use serde_json::Value;

/// A single value: what is a text here is a text to the chart, whatever it looks like.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub(crate) enum Single {
    /// A text that holds the value as JSON: so a fact, which is always a text, becomes a number or
    /// a flag.
    Json(JsonText),
    /// The value itself.
    Plain(Value),
}

/// `{ json = "true" }`.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JsonText {
    /// Such as `true`, `3` or `["a"]`.
    json: String,
}

/// Value path, in helm's spelling (`a.b`, `a\.b`, `a[0]`) -> value.
pub(crate) type Singles = BTreeMap<String, Single>;

/// The arguments that set single values.
pub(crate) fn set_args(set: &Singles) -> Vec<String> {
    set.iter()
        .flat_map(|(path, value)| argument(path, &value.written()))
        .collect()
}

fn argument(path: &str, json: &str) -> [String; 2] {
    // Read by helm as a whole number of 64 bits, or as a flag.
    let exact = matches!(json, "true" | "false") || json.parse::<i64>().is_ok();
    let flag = if exact { "--set" } else { "--set-json" };
    [flag.to_string(), format!("{path}={json}")]
}

impl Single {
    fn written(&self) -> String {
        match self {
            Single::Json(text) => text.json.trim().to_string(),
            Single::Plain(value) => value.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_handed_over_as_they_are_written() {
        let cases = [
            (r#"'a'"#, r#"--set-json p="a""#),
            (r#"'C:\temp'"#, r#"--set-json p="C:\\temp""#),
            (r#"'{x}'"#, r#"--set-json p="{x}""#),
            (r#"'\d+,x'"#, r#"--set-json p="\\d+,x""#),
            (r#"'{"k":1}'"#, r#"--set-json p="{\"k\":1}""#),
            (r#"'true'"#, r#"--set-json p="true""#),
            (r#"'0123'"#, r#"--set-json p="0123""#),
            (r#"''"#, r#"--set-json p="""#),
            ("true", "--set p=true"),
            ("9007199254740993", "--set p=9007199254740993"),
            ("-3", "--set p=-3"),
            ("1.5", "--set-json p=1.5"),
            ("[1, 'a,b']", r#"--set-json p=[1,"a,b"]"#),
            ("{ a = 'b' }", r#"--set-json p={"a":"b"}"#),
            ("{ json = 'true' }", "--set p=true"),
            ("{ json = '[1]' }", "--set-json p=[1]"),
        ];
        for (written, expected) in cases {
            let set: Singles = toml::from_str(&format!("p = {written}")).unwrap();
            assert_eq!(set_args(&set).join(" "), expected, "{written}");
        }
    }
}
