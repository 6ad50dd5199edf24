use serde_json::Value;

use super::*;

/// What docker compose's own parser (github.com/compose-spec/compose-go/v2/dotenv) makes of each
/// text, recorded; `OUTER` was set to `outer value` around it.
const RECORDED: &str = include_str!("compose.json");

fn ours(text: &str) -> Result<Values, ConfigError> {
    parse(text, ".env", &|name| {
        (name == "OUTER").then(|| "outer value".to_string())
    })
}

/// A file, and what is read from it or why not.
type Case = (
    &'static str,
    Result<&'static [(&'static str, &'static str)], &'static str>,
);

/// Where we differ on purpose: what a person must have meant, or a refusal instead of a guess.
const OTHERWISE: &[Case] = &[
    (
        "KEY=   # put your key here\nB=value\t# a tab in front\n",
        Ok(&[("KEY", ""), ("B", "value")]),
    ),
    (
        " KEY= # c\nD=plain # c\n",
        Ok(&[("KEY", ""), ("D", "plain")]),
    ),
    ("A=$B\n", Err("set nowhere")),
    ("A=\\$B\n", Err("set nowhere")),
    ("A=pa$word\n", Err("set nowhere")),
    ("B=${A}\nA=1\n", Err("set nowhere")),
    ("A=\"x\"trailing\n", Err("behind the closing quote")),
    ("A=\"x\" trailing\n", Err("behind the closing quote")),
    ("A=\"a\" B=2\n", Err("behind the closing quote")),
    ("=x\n", Err("is no name")),
];

#[test]
fn values_are_those_of_docker_compose() {
    let recorded: Vec<Value> = serde_json::from_str(RECORDED).unwrap();
    assert!(recorded.len() > 80);
    for row in recorded {
        let text = row["text"].as_str().unwrap();
        let got = ours(text);
        if let Some((_, otherwise)) = OTHERWISE.iter().find(|(other, _)| *other == text) {
            match otherwise {
                Ok(values) => assert_eq!(got.unwrap(), pairs(values), "{text:?}"),
                Err(why) => assert!(got.unwrap_err().0.contains(why), "{text:?}"),
            }
        } else if row["error"].is_string() {
            assert!(got.is_err(), "{text:?} gives {got:?}");
        } else {
            let expected: Values =
                serde_json::from_value(row["values"].clone()).unwrap_or_default();
            assert_eq!(
                got.unwrap_or_else(|err| panic!("{text:?}: {err}")),
                expected,
                "{text:?}"
            );
        }
    }
}

fn pairs(values: &[(&str, &str)]) -> Values {
    let owned = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
    values.iter().map(owned).collect()
}

#[test]
fn bad_lines_are_named_without_their_value() {
    for (text, expected) in [
        ("A=1\nhunter2!\n", ".env:2: this line has no `=`"),
        (
            "A B=hunter2",
            ".env:1: what stands in front of the `=` is no name",
        ),
        (
            "A='hunter2",
            ".env:1: the quote that opens the value of `A` is never closed",
        ),
        (
            "# c\n\nA='x' hunter2",
            ".env:3: something stands behind the closing quote of `A`",
        ),
        ("A=\"two\nlines\"\nB='hunter2", ".env:3: the quote"),
        ("A=${hunter2", ".env:1: the value of `A` opens `${`"),
        (
            "A=x$hunter2",
            ".env:1: the value of `A` has a `$hu…` that is set nowhere",
        ),
    ] {
        let err = ours(text).unwrap_err().0;
        assert!(err.contains(expected), "{err}");
        assert!(!err.contains("hunter2"), "{err}");
    }
}
