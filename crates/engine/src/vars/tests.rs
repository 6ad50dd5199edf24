use proptest::prelude::*;
use serde_json::json;
use toml::de::DeTable;

use super::*;
use protocol::template::fill_own;

fn variables(text: &str) -> Vars {
    let table = DeTable::parse(text.to_string().leak())
        .unwrap()
        .into_inner();
    let entry = |(name, value): (Spanned<std::borrow::Cow<str>>, Spanned<DeValue<'static>>)| {
        (
            name.get_ref().to_string(),
            Variable {
                value,
                literal: false,
            },
        )
    };
    let mut vars: Vars = table.into_iter().map(entry).collect();
    let outside = Spanned::new(0..0, DeValue::String("${a}{self.port}$".into()));
    vars.insert(
        "outside".into(),
        Variable {
            value: outside,
            literal: true,
        },
    );
    vars
}

const VARS: &str = r#"
a = "1"
b = "<${a}>"
on = true
list = ["x", "${a}"]
table = { key = "${b}", inner = { list = ["y"] } }
names = "${step.key}"
words = ["${...list}", "z", "${...table.inner.list}"]
circle = "${round}"
round = "a${circle}"
"#;

/// What a value is once everything in it is filled in, written as TOML.
fn filled(value: &str) -> Result<String, String> {
    let vars = variables(VARS);
    let facts = Facts::from([
        ("key".to_string(), json!("f$")),
        ("port".to_string(), json!(8080)),
        ("list".to_string(), json!(["p", {"q": [true]}])),
    ]);
    let known = FactMap::from([("step", &facts)]);
    let mut table = DeTable::parse(format!("v = {value}").leak())
        .unwrap()
        .into_inner();
    let mut value = table.remove("v").unwrap();
    let scope = Scope::new(&vars).facts(&known);
    scope.fill(&mut value).map_err(|err| err.message)?;
    Ok(written(value.get_ref()))
}

fn written(value: &DeValue) -> String {
    match value {
        DeValue::String(text) => format!("'{text}'"),
        DeValue::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| written(item.get_ref())).collect();
            format!("[{}]", items.join(", "))
        }
        DeValue::Table(table) => {
            let field = |(key, value): (&Spanned<std::borrow::Cow<str>>, &Spanned<DeValue>)| {
                format!("{} = {}", key.get_ref(), written(value.get_ref()))
            };
            format!(
                "{{{}}}",
                table.iter().map(field).collect::<Vec<_>>().join(", ")
            )
        }
        other => text_of(other).unwrap(),
    }
}

#[track_caller]
fn check(value: &str, expected: &str) {
    assert_eq!(filled(value).as_deref(), Ok(expected), "{value}");
}

#[track_caller]
fn refused(value: &str, words: &str) {
    let err = filled(value).unwrap_err();
    assert!(err.contains(words), "{value}: {err}");
}

#[test]
fn variables_name_variables_and_facts() {
    check("'a ${b} ${on}'", "'a <1> true'");
    check("'${table.key}-${names}'", "'<1>-f$'");
    check("'$${a} $${step.key} $a {a}'", "'${a} ${step.key} $a {a}'");
    check("'${outside}'", "'${a}{self.port}$'");
}

#[test]
fn values_keep_their_types() {
    check("'${on}'", "true");
    check("'${step.port}'", "8080");
    check("'${table}'", "{inner = {list = ['y']}, key = '<1>'}");
    check("['${list}', 'w']", "[['x', '1'], 'w']");
    check("'${step.list}'", "['p', {q = [true]}]");
}

#[test]
fn lists_are_spliced_into_lists() {
    check(
        "['${...list}', 'w', '${...step.list}']",
        "['x', '1', 'w', 'p', {q = [true]}]",
    );
    check("'${words}'", "['x', '1', 'z', 'y']");
    refused("['${...a}']", "must be a list");
    refused("'${...list}'", "stands for the items of a list");
}

#[test]
fn what_stands_for_nothing_is_named() {
    refused("'${aa}'", "unknown variable `${aa}` (did you mean `a`?)");
    refused("'${file}'", "for the shell to fill it in, write `$${file}`");
    refused(
        "'${table.kee}'",
        "`${table}` has no `kee` (did you mean `key`?)",
    );
    refused("'${step.nothing}'", "step `step` published no `nothing`");
    refused("'x${list}'", "is a list or a table");
    refused("'${a'", "never closes it");
    refused("'${circle}'", "`circle` -> `round` -> `circle`");
    refused("'${each}'", "`each`");
    refused("'${self.port}'", "no values of its own");
}

/// In as little stack as any thread of ours has.
#[test]
fn a_few_lines_can_not_stand_for_too_much() {
    let thread = std::thread::spawn(|| {
        for (start, next, count, outcome) in [
            ("v0 = 'x'", "'${V}'", 95, None),
            ("v0 = 'x'", "'y${V}'", 95, None),
            ("v0 = 'x'", "'y${V}'", 2000, Some("more than 100 deep")),
            ("v0 = 'x'", "'${V}'", 2000, Some("more than 100 deep")),
            ("v0 = 'x'", "'${V}${V}'", 18, None),
            ("v0 = 'x'", "'${V}${V}'", 40, Some("more than 1 MiB")),
            (
                "v0 = ['x']",
                "['${...V}', '${...V}']",
                40,
                Some("more than 1 MiB"),
            ),
            ("v0 = []", "['${V}', '${V}']", 40, Some("more than 1 MiB")),
            (
                "v0 = {}",
                "{a = '${V}', b = '${V}'}",
                40,
                Some("more than 1 MiB"),
            ),
        ] {
            let line =
                |at: usize| format!("v{} = {}\n", at + 1, next.replace('V', &format!("v{at}")));
            let text: String = (0..count).map(line).collect();
            let vars = variables(&format!("{start}\n{text}"));
            let whole = format!("${{v{count}}}");
            let mut value = Spanned::new(0..1, DeValue::String(whole.into()));
            let told = Scope::new(&vars).fill(&mut value).err();
            let fits = match (&told, outcome) {
                (Some(told), Some(words)) => told.message.contains(words),
                (told, words) => told.is_none() && words.is_none(),
            };
            assert!(fits, "{next} {count}: {told:?}");
        }
    });
    thread.join().unwrap();
}

#[test]
fn names_within_names_have_an_end() {
    let nested = |depth: usize| format!("'{}a{}'", "${".repeat(depth), "}".repeat(depth));
    let inner = |depth| {
        std::thread::spawn(move || filled(&nested(depth)))
            .join()
            .unwrap()
    };
    assert!(
        inner(100)
            .unwrap_err()
            .contains("`1` can be the name of nothing")
    );
    assert!(inner(20_000).unwrap_err().contains("more than 100 deep"));
}

#[test]
fn facts_wait_and_their_givers_are_known() {
    let vars = variables(VARS);
    let scope = Scope::new(&vars);
    assert_eq!(
        scope.text("${b} ${names} $${not.this}").unwrap(),
        "<1> ${step.key} ${not.this}"
    );
    assert_eq!(scope.givers(), BTreeSet::from(["step".to_string()]));
}

/// The grammar once more, letter by letter: one `$` before a `{` opens a name; of several the first
/// makes a text of the others and of the brace. `None` where there is no such name.
fn oracle(text: &[char]) -> Option<String> {
    let (mut out, mut at) = (String::new(), 0);
    while at < text.len() {
        let dollars = text[at..].iter().take_while(|&&c| c == '$').count();
        let brace = text.get(at + dollars) == Some(&'{');
        if dollars == 0 || !brace {
            let plain = dollars.max(1);
            out.extend(&text[at..at + plain]);
            at += plain;
            continue;
        }
        out.extend(std::iter::repeat_n('$', dollars - 1));
        at += dollars + 1;
        if dollars > 1 {
            out.push('{');
            continue;
        }
        let mut open = 1;
        let close = (at..text.len()).find(|&here| {
            match text[here] {
                '{' if text[here - 1] == '$' => open += 1,
                '}' => open -= 1,
                _ => {}
            }
            open == 0
        })?;
        let name = oracle(&text[at..close])?;
        out.push_str(match name.as_str() {
            "a" => "1",
            "b" => "<1>",
            "outside" => "${a}{self.port}$",
            "step.key" => "f$",
            "self.port" => "${b}",
            _ => return None,
        });
        at = close + 1;
    }
    Some(out)
}

proptest! {
    #[test]
    fn any_text_is_filled_as_the_oracle_says(
        parts in prop::collection::vec(
            prop::sample::select(vec!["$", "$$", "{", "}", "}", "${", "${a}", "a", "b", "outside", "step.key", "self.port", "é", ".", " "]),
            0..14,
        )
    ) {
        let text = parts.concat();
        let vars = variables("a = '1'\nb = '<${a}>'\n");
        let facts = Facts::from([("key".to_string(), json!("f$"))]);
        let known = FactMap::from([("step", &facts)]);
        let scope = Scope::new(&vars).facts(&known).own(true);
        let own = |name: &str| (name == "port").then(|| "${b}".to_string());
        let got = scope.text(&text).ok().and_then(|text| fill_own(&text, own).ok());
        let letters: Vec<char> = text.chars().collect();
        prop_assert_eq!(got, oracle(&letters), "{}", text);
    }
}
