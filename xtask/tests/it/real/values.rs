//! Values reach a chart as they are written: the referee is what real helm makes of them.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::sandbox::{Sandbox, skipped};

const TEMPLATE: &str = "values: |\n  {{ .Values | toJson }}\n";

fn helm_is_there() -> bool {
    std::process::Command::new("helm")
        .arg("version")
        .output()
        .is_ok_and(|output| output.status.success())
}

/// Renders a chart with these values, each as TOML has it, and reads back what the chart saw.
fn seen_by_the_chart(set: &[(String, String)]) -> Value {
    let lines: Vec<String> = set
        .iter()
        .map(|(name, value)| format!("{} = {value}\n", json!(name)))
        .collect();
    let step = format!(
        "[[step]]\nid='t'\nkind='helm-template'\noutputs=['m.yaml']\n[step.with]\nchart='c'\nnamespace='n'\nrelease='r'\noutput='m.yaml'\n[step.with.set]\n{}",
        lines.concat()
    );
    let sandbox = Sandbox::new()
        .pipeline(&step)
        .file("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n")
        .file("c/templates/v.yaml", TEMPLATE);
    sandbox.run(&["run", "t"]).code(0);
    let text = sandbox.read("m.yaml");
    let line = text.lines().find(|line| line.starts_with("  {")).unwrap();
    serde_json::from_str(line).unwrap()
}

/// A text as TOML's basic string.
fn basic(text: &str) -> String {
    json!(text).to_string()
}

#[test]
fn a_chart_sees_what_is_written() {
    if !helm_is_there() {
        return skipped("the test of values", "there is no helm");
    }
    let written: Vec<(&str, String, Value)> = vec![
        ("backslash", basic(r"C:\temp"), json!(r"C:\temp")),
        ("brace", basic("{x}"), json!("{x}")),
        ("comma", basic(r"\d+,x"), json!(r"\d+,x")),
        ("object", basic(r#"{"k":1}"#), json!(r#"{"k":1}"#)),
        ("equals", basic("a=b,c=d"), json!("a=b,c=d")),
        ("flag", basic("true"), json!("true")),
        ("nothing", basic("null"), json!("null")),
        ("zero", basic("0123"), json!("0123")),
        ("exponent", basic("1e3"), json!("1e3")),
        ("empty", basic(""), json!("")),
        ("lines", basic("a\nb\tc "), json!("a\nb\tc ")),
        ("list", basic("[1]"), json!("[1]")),
        (
            "umlaut",
            basic("ä \u{1F600} \u{2028}"),
            json!("ä \u{1F600} \u{2028}"),
        ),
        ("quotes", basic(r#"it's "so""#), json!(r#"it's "so""#)),
        ("template", basic("{{ .Values }}"), json!("{{ .Values }}")),
        (
            "big",
            "9007199254740993".to_string(),
            json!(9_007_199_254_740_993_i64),
        ),
        ("small", "-9223372036854775808".to_string(), json!(i64::MIN)),
        ("half", "0.5".to_string(), json!(0.5)),
        ("yes", "true".to_string(), json!(true)),
        ("read", "{ json = \"false\" }".to_string(), json!(false)),
        (
            "many",
            "[1, \"a,b\", { c = \"{d}\" }]".to_string(),
            json!([1, "a,b", {"c": "{d}"}]),
        ),
    ];
    let set: Vec<(String, String)> = written
        .iter()
        .map(|(name, value, _)| ((*name).to_string(), value.clone()))
        .collect();
    let seen = seen_by_the_chart(&set);
    for (name, _, expected) in &written {
        assert_eq!(seen[name], *expected, "{name}");
    }
    let paths = [("a.b", "1"), (r"c\.d/e", "\"2\""), ("f[1].g", "\"3,4\"")];
    let set: Vec<(String, String)> = paths
        .map(|(path, value)| (path.to_string(), value.to_string()))
        .into();
    let seen = seen_by_the_chart(&set);
    assert_eq!(
        seen,
        json!({"a": {"b": 1}, "c.d/e": "2", "f": [null, {"g": "3,4"}]})
    );
}

#[test]
fn a_chart_sees_any_text() {
    if !helm_is_there() {
        return skipped("the test of any text", "there is no helm");
    }
    // `${` begins a variable of the pipeline. What YAML takes for the end of a line would break the
    // template, not the value.
    let unwanted = |c: &char| {
        c.is_control()
            || matches!(
                c,
                '$' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
            )
    };
    let text = prop::collection::vec(
        prop_oneof![
            prop::char::any(),
            prop::sample::select(r#"\{}[],=.'"`#:!|>&*%@- "#.chars().collect::<Vec<_>>())
        ],
        0..12,
    );
    let config = ProptestConfig {
        cases: 12,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(texts in prop::collection::vec(text, 20))| {
        let texts: Vec<String> = texts
            .iter()
            .map(|chars| chars.iter().filter(|c| !unwanted(c)).collect())
            .collect();
        let set: Vec<(String, String)> = texts
            .iter()
            .enumerate()
            .map(|(at, text)| (format!("v{at}"), basic(text)))
            .collect();
        let seen = seen_by_the_chart(&set);
        for (at, text) in texts.iter().enumerate() {
            prop_assert_eq!(seen[format!("v{at}")].as_str(), Some(text.as_str()));
        }
    });
}
