//! What pipeline.toml may hold, as JSON Schema (draft 2020-12), made from the types that read the
//! file.
//!
//! The committed copies `docs/pipeline.schema.json` and `docs/pipeline.md` are written by
//! `cargo xtask codegen`.

mod markdown;
mod tidy;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::config::raw;
use protocol::{KindEntry, Kinds};

const ABOUT: &str = "A pipeline from source to a verified deployment, run by `cargo xtask`.";

/// The schema as text.
pub fn json(kinds: Kinds) -> String {
    format!("{:#}\n", for_editors(kinds))
}

/// The reference that people read, as Markdown.
pub fn markdown(kinds: Kinds) -> String {
    markdown::of(&pipeline(kinds))
}

/// The schema by which a file is checked: what a kind requires may come from `[defaults]` or from a
/// step's target.
pub fn for_editors(kinds: Kinds) -> Value {
    let mut schema = pipeline(kinds);
    for entry in kinds.0 {
        if let Some(kind) = schema["$defs"][entry.name].as_object_mut() {
            kind.remove("required");
        }
    }
    schema
}

/// The schema.
pub fn pipeline(kinds: Kinds) -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .for_deserialize()
        .into_generator();
    let mut definitions = definitions(kinds, &mut generator);
    let mut root = raw::Root::json_schema(&mut generator).to_value();
    let step = step(kinds, &mut generator);
    let part = part(&step);
    definitions.insert("group".to_string(), group(&part));
    definitions.insert("part".to_string(), part);
    definitions.insert("step".to_string(), step);
    definitions.insert(
        "target".to_string(),
        raw::Target::json_schema(&mut generator).to_value(),
    );
    definitions.extend(generator.take_definitions(true));
    root["properties"]
        .as_object_mut()
        .expect("a struct's schema has properties")
        .extend(tables());
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("pipeline.toml");
    root["description"] = json!(ABOUT);
    root["$defs"] = Value::Object(definitions);
    tidy::tidied(root)
}

/// Every kind's `with`, under the kind's name, and what these refer to.
fn definitions(kinds: Kinds, generator: &mut SchemaGenerator) -> Map<String, Value> {
    let mut definitions: Map<String, Value> = kinds
        .0
        .iter()
        .map(|entry| (entry.name.to_string(), kind(entry, generator)))
        .collect();
    definitions.extend(generator.take_definitions(true));
    definitions.values_mut().for_each(tidy::allow_references);
    definitions.insert("reference".to_string(), tidy::reference());
    definitions
}

fn kind(entry: &KindEntry, generator: &mut SchemaGenerator) -> Value {
    let mut keys = (entry.keys)(generator).to_value();
    keys["description"] = json!(entry.about);
    keys
}

/// A step: its own keys, and `with` as its kind wants it.
fn step(kinds: Kinds, generator: &mut SchemaGenerator) -> Value {
    let mut step = raw::Keys::json_schema(generator).to_value();
    let names: Vec<&str> = kinds.0.iter().map(|entry| entry.name).collect();
    step["properties"]["kind"]["enum"] = json!(names);
    step["properties"]["with"] = json!({
        "description": "The kind's own keys; see its section.",
        "anyOf": [{"type": "object"}, {"$ref": "#/$defs/reference"}],
    });
    step["properties"]["each"] = json!({
        "description": "Makes one step for each item of this list: `${each}` stands for the item, `${each.key}` for what a table has.",
        "anyOf": [{"type": "array"}, {"$ref": "#/$defs/reference"}],
    });
    step["properties"]["target"] = json!({
        "description": "Keys of the step that are others on a target, or on a group of them; `with` and `env` are put together key by key.",
        "type": "object",
        "additionalProperties": {"type": "object"},
    });
    // What is said for single targets may be what is required.
    step["required"] = json!(["id"]);
    step["allOf"] = kinds.0.iter().map(with_of).collect();
    step
}

/// A step, or what several share, as far as it is said: what is required may stand in the other.
fn part(step: &Value) -> Value {
    let mut part = step.clone();
    for key in ["required", "allOf"] {
        part.as_object_mut().map(|keys| keys.remove(key));
    }
    part["description"] = json!("Keys of a step.");
    part
}

/// What steps share, and the steps.
fn group(part: &Value) -> Value {
    let mut group = part.clone();
    group["description"] = json!("What several steps share.");
    group["required"] = json!(["step"]);
    group["properties"]["step"] = json!({
        "description": "The steps, each with the keys that it has for itself.",
        "type": "array",
        "items": {"$ref": "#/$defs/part"},
    });
    group
}

/// If the step is of this kind, then `with` holds this kind's keys.
fn with_of(entry: &KindEntry) -> Value {
    let with = json!({"$ref": format!("#/$defs/{}", entry.name)});
    let then = json!({"properties": {"with": {"anyOf": [with, {"$ref": "#/$defs/reference"}]}}});
    json!({"if": {"properties": {"kind": {"const": entry.name}}, "required": ["kind"]}, "then": then})
}

/// The tables that hold values of any type, and the steps: what is read without serde.
fn tables() -> Map<String, Value> {
    let tables = json!({
        "include": {
            "description": "Files whose tables and steps count as if they stood here, such as `[\"pipeline/ci.toml\"]`; paths in them start from this file's folder as well.",
            "type": "array",
            "items": {"type": "string"},
        },
        "vars": {
            "description": "Variables: `${name}` in any text stands for them. Values of any type, which may name variables and facts.",
            "type": "object",
        },
        "targets": {
            "description": "Where it can deploy to, and groups of targets as lists of their names: wherever a target is named, a group stands for all in it. Without it there are `minikube`, `local`, `kind` and `context:NAME`.",
            "type": "object",
            "additionalProperties": {"anyOf": [
                {"$ref": "#/$defs/target"},
                {"type": "array", "items": {"type": "string"}},
            ]},
        },
        "target": {
            "description": "Variables of one target, or of a group; they win over `[vars]`.",
            "type": "object",
            "additionalProperties": {"type": "object"},
        },
        "defaults": {
            "description": "Keys of `with` that a step need not say: each is given to the steps whose kind requires it.",
            "type": "object",
        },
        "group": {
            "description": "Steps that have keys in common: `[[group]]` with those, and its steps in `step` or `[[group.step]]`; what a step says itself wins, `with` and other tables are put together key by key.",
            "type": "array",
            "items": {"$ref": "#/$defs/group"},
        },
        "step": {
            "description": "The steps, in any order.",
            "type": "array",
            "items": {"$ref": "#/$defs/step"},
        },
    });
    tables.as_object().cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    use super::*;

    const ALL: Kinds = Kinds(kinds::KINDS);

    #[test]
    fn every_example_is_read_by_its_kind() {
        let schema = pipeline(ALL);
        for entry in ALL.0 {
            let examples = schema["$defs"][entry.name]["examples"].as_array();
            let example = &examples.expect("each kind has an example")[0];
            let text = format!("with = {}", markdown::inline(example)).leak();
            let mut table = DeTable::parse(text).unwrap().into_inner();
            let parsed = (entry.parse)(table.remove("with").unwrap());
            assert!(parsed.is_ok(), "{text}: {}", parsed.err().unwrap());
        }
    }

    #[test]
    fn every_key_of_our_own_pipeline_is_known() {
        let schema = pipeline(ALL);
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        for file in [
            "pipeline.toml",
            "pipeline/kind.toml",
            "pipeline/test-e2e.toml",
            "pipeline/ci.toml",
        ] {
            let text = std::fs::read_to_string(format!("{root}/{file}")).unwrap();
            let known = schema["properties"].as_object().unwrap();
            for (key, value) in DeTable::parse(&text).unwrap().get_ref() {
                assert!(
                    known.contains_key(&**key.get_ref()),
                    "{file}: {}",
                    key.get_ref()
                );
                let Some(tables) = value.get_ref().as_array() else {
                    continue;
                };
                let items = known[&**key.get_ref()]["items"]["$ref"].as_str();
                let Some(name) = items.and_then(|name| name.strip_prefix("#/$defs/")) else {
                    continue;
                };
                for key in tables
                    .iter()
                    .flat_map(|table| table.get_ref().as_table().unwrap().keys())
                {
                    assert!(
                        schema["$defs"][name]["properties"][&**key.get_ref()].is_object(),
                        "{file}: {name}.{}",
                        key.get_ref()
                    );
                }
            }
        }
    }

    #[test]
    fn every_key_is_described() {
        let schema = pipeline(ALL);
        for (name, definition) in schema["$defs"].as_object().unwrap() {
            for (key, about) in definition["properties"].as_object().into_iter().flatten() {
                assert!(about["description"].is_string(), "{name}.{key}");
            }
        }
    }
}
