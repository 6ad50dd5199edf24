//! The schema as a page that people read: one table of keys for the file, for a step, and for each
//! kind.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::config::facts::KEY;

const HEAD: &str = "\
# pipeline.toml

<!-- Made by `cargo xtask codegen`. Change the doc comments in crates/, not this page. -->

What the file may hold. The same as JSON Schema, for editors and validators: [pipeline.schema.json](pipeline.schema.json)
(editors that know TOML take it from a first line `#:schema docs/pipeline.schema.json`). An unknown key is an error.

## Values

In any text of a step, in `[urls]` and in `[access]`, `${name}` stands for a variable. Below `with` and in `env` `${step.key}` stands for a
fact that a step publishes once it is done; the step is then needed, said or not.

- A text that is one `${name}` alone takes the value's own type: a number, a list, a table, `with` as a whole. It is read as a text where
  a text is wanted, and a text that writes a number or a flag as that where one is wanted.
- `\"${...name}\"` in a list stands for the items of a list. `${name.key}` is what a table has under that key.
- Variables may name variables and facts. `${build-${each}.image}`: a name may hold names. Neither goes more than 100 deep, and no value
  has more than 1 MiB with all that it names.
- `${self.name}` is what only the step itself learns while it is at work: the `port` of a `process`, the `image` that `image-load`
  is about, `unique` and what was saved in `http-flow`.
- `$${name}` is the text `${name}`. Nothing else is special, and what stands in a value is never filled in.
- Besides `[vars]` there are `${target}`, `${context}` (the kubeconfig context), `${profile}`, `${state}` (the state folder), `${root}`
  (the folder of pipeline.toml) and `${name}` (the pipeline's). No variable can have one of these names. `${arch}` is this machine's
  processor, such as `x86_64` or `aarch64`, unless `[vars]` says otherwise.
- Later ones win: `[vars]`, `[target.GROUP]`, `[target.NAME]`, `PIPELINE_NAME` in the environment, `--set name=value`. What comes from
  outside is a text that names nothing; in place of a list, a table, true or false it is written as here: `--set \"flags=['a', 'b']\"`.
";

/// What no key's comment can say: which files count, what a step inherits, and how `.env` is read.
const RULES: &str = include_str!("rules.md");

/// The whole page.
pub(super) fn of(schema: &Value) -> String {
    let definitions = &schema["$defs"];
    let mut page = HEAD.to_string();
    page.push_str("\n## The file\n\n");
    page.push_str(&table(schema, definitions));
    page.push_str("\n## A step: `[[step]]`\n\n");
    page.push_str(&table(&definitions["step"], definitions));
    page.push_str(RULES);
    let kinds = definitions["step"]["properties"]["kind"]["enum"].as_array();
    for name in kinds.into_iter().flatten().filter_map(Value::as_str) {
        page.push_str(&kind(name, &definitions[name], definitions));
    }
    page
}

/// An example as one line of TOML.
pub(super) fn inline(value: &Value) -> String {
    toml::Value::try_from(value).map_or_else(|_| String::new(), |value| value.to_string())
}

fn kind(name: &str, definition: &Value, definitions: &Value) -> String {
    let about = text(&definition["description"]);
    let keys = table(definition, definitions);
    let facts = facts(&definition[KEY]);
    let mut section = format!("\n## `{name}`\n\n{}.\n\n{keys}{facts}", capital(about));
    for example in definition["examples"].as_array().into_iter().flatten() {
        let _ = write!(
            section,
            "\n```toml\nkind = \"{name}\"\nwith = {}\n```\n",
            inline(example)
        );
    }
    section
}

/// What a step publishes, if that is known of its kind.
fn facts(published: &Value) -> String {
    let Some(published) = published.as_object().filter(|facts| !facts.is_empty()) else {
        return String::new();
    };
    let row = |(name, about): (&String, &Value)| format!("| `{name}` | {} |\n", cell(text(about)));
    let rows: String = published.iter().map(row).collect();
    format!("\n| fact | what it is |\n| --- | --- |\n{rows}")
}

fn table(definition: &Value, definitions: &Value) -> String {
    let mut page = "| key | type | default | what it is |\n| --- | --- | --- | --- |\n".to_string();
    rows(&mut page, "", definition, definitions);
    page
}

/// What has a section of its own, or the keys of one that has.
const TOLD_BY_THEMSELVES: [&str; 2] = ["#/$defs/step", "#/$defs/group"];

/// A row for each key, and below it one for each key of the tables that it holds.
fn rows(page: &mut String, prefix: &str, definition: &Value, definitions: &Value) {
    for (name, key) in keys(definition).filter(is_described) {
        let required = is_required(definition, name);
        let _ = writeln!(
            page,
            "| `{prefix}{name}` | {} | {} | {} |",
            cell(&type_of(key, definitions)),
            default(key, required),
            cell(text(&key["description"]))
        );
        let (mark, inner) = inside(key, definitions);
        if !TOLD_BY_THEMSELVES.contains(&text(&inner["$ref"])) {
            rows(
                page,
                &format!("{prefix}{name}{mark}."),
                resolved(inner, definitions),
                definitions,
            );
        }
    }
}

/// The keys of a table: required ones first, then by name.
fn keys(definition: &Value) -> std::vec::IntoIter<(&String, &Value)> {
    let properties = definition["properties"].as_object();
    let mut keys: Vec<_> = properties.into_iter().flat_map(Map::iter).collect();
    keys.sort_by_key(|(name, _)| (!is_required(definition, name), name.to_string()));
    keys.into_iter()
}

/// Keys that only choose, such as the names of tools, are told with the type of their table.
fn is_described((_, key): &(&String, &Value)) -> bool {
    key["description"].is_string()
}

fn is_required(definition: &Value, name: &str) -> bool {
    let required = definition["required"].as_array();
    required.into_iter().flatten().any(|other| other == name)
}

/// What a key holds if that is tables with keys of their own: itself, the items of a list, or what
/// stands under names that the user chooses.
fn inside<'s>(key: &'s Value, definitions: &'s Value) -> (&'static str, &'s Value) {
    let key = own(key);
    if let Some(items) = key.get("items") {
        return ("[]", own(items));
    }
    match &key["additionalProperties"]["anyOf"][0] {
        Value::Null => ("", resolved(key, definitions)),
        named => (".NAME", named),
    }
}

/// The first choice, if the other is a reference.
fn own(key: &Value) -> &Value {
    match key["anyOf"].as_array().map(Vec::as_slice) {
        Some([own, other]) if other["$ref"] == "#/$defs/reference" => own,
        _ => key,
    }
}

fn resolved<'s>(schema: &'s Value, definitions: &'s Value) -> &'s Value {
    let name = text(&schema["$ref"]).strip_prefix("#/$defs/");
    name.map_or(schema, |name| &definitions[name])
}

fn type_of(key: &Value, definitions: &Value) -> String {
    let schema = resolved(own(key), definitions);
    if let Some(choices) = schema["anyOf"].as_array() {
        let mut names: Vec<String> = Vec::new();
        for name in choices.iter().map(|choice| type_of(choice, definitions)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        return names.join(" or ");
    }
    match text(&schema["type"]) {
        "string" => "text".to_string(),
        "integer" => "integer".to_string(),
        "number" => "number".to_string(),
        "boolean" => "true or false".to_string(),
        "array" => format!(
            "list of {}",
            plural(&type_of(&schema["items"], definitions))
        ),
        "object" => table_type(schema, definitions),
        _ => "any value".to_string(),
    }
}

fn table_type(table: &Value, definitions: &Value) -> String {
    let names: Vec<String> = keys(table)
        .filter(|key| !is_described(key))
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    match table.get("additionalProperties") {
        _ if !names.is_empty() => format!("table of {}", names.join(", ")),
        Some(inner) if inner.is_object() => {
            format!("table of {}", plural(&type_of(inner, definitions)))
        }
        _ => "table".to_string(),
    }
}

fn plural(name: &str) -> String {
    match name {
        "text" => "texts".to_string(),
        "integer" | "number" | "table" | "any value" => format!("{name}s"),
        _ if name.contains(" or ") => format!("({name})"),
        _ => name
            .replacen("list", "lists", 1)
            .replacen("table", "tables", 1),
    }
}

fn default(key: &Value, required: bool) -> String {
    match key.get("default") {
        _ if required => "required".to_string(),
        None => String::new(),
        Some(Value::String(value)) if value.is_empty() => String::new(),
        Some(Value::Array(items)) if items.is_empty() => String::new(),
        Some(Value::Object(table)) if table.values().all(is_empty) => String::new(),
        Some(value) => format!("`{value}`"),
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A text that fits into a cell.
fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

/// The tables of rules are true: each row is tried.
#[cfg(test)]
mod tests {
    use super::RULES;
    use crate::files::names_path;
    use crate::secrets::value_in;

    /// The rows of the table below this heading, each cell's codes.
    fn rows(heading: &str) -> Vec<Vec<Vec<&'static str>>> {
        let section = RULES.split_once(heading).unwrap().1;
        let lines = section.lines().skip_while(|line| !line.starts_with('|'));
        let rows = lines.take_while(|line| line.starts_with('|')).skip(2);
        let cell = |cell: &'static str| cell.split('`').skip(1).step_by(2).collect();
        rows.map(|row| row.split('|').skip(1).map(cell).collect())
            .collect()
    }

    #[test]
    fn the_table_of_patterns_is_true() {
        let rows = rows("## Which files count");
        assert!(rows.len() > 10);
        for row in rows {
            let pattern = row[0][0];
            assert!(!row[1].is_empty(), "{pattern}");
            for path in &row[1] {
                assert!(names_path(pattern, path), "`{pattern}` must name {path}");
            }
            for path in &row[2] {
                assert!(
                    !names_path(pattern, path),
                    "`{pattern}` must not name {path}"
                );
            }
        }
    }

    #[test]
    fn the_table_of_env_files_is_true() {
        let rows = rows("## `.env`");
        assert!(rows.len() > 10);
        for row in rows {
            let expected = row[1].first().copied();
            match value_in(row[0][0], "A") {
                Ok(value) => assert_eq!(
                    value.unwrap_or_default(),
                    expected.unwrap_or_default(),
                    "{row:?}"
                ),
                Err(_) => assert_eq!(expected, None, "{row:?}"),
            }
        }
    }
}
