//! Turns what schemars makes of Rust types into what holds for TOML: there is no null, and text may
//! stand for any type.

use schemars::Schema;
use schemars::transform::{RecursiveTransform, Transform};
use serde_json::{Value, json};

/// Drops what only JSON or only Rust knows: null, and the names of Rust's number types.
pub(super) fn tidied(mut schema: Value) -> Value {
    if let Ok(schema) = <&mut Schema>::try_from(&mut schema) {
        RecursiveTransform(without_null).transform(schema);
    }
    schema
}

fn without_null(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    object.remove("format");
    if let Some(Value::String(about)) = object.get_mut("description") {
        // Where a comment's lines end is no concern of an editor's.
        *about = about.replace('\n', " ");
    }
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    if let Some(types) = object.get_mut("type").and_then(Value::as_array_mut) {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_string(), only);
        }
    }
    if let Some(choices) = object.get_mut("anyOf").and_then(Value::as_array_mut) {
        choices.retain(|choice| choice["type"] != "null");
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            object.extend(only);
        }
    }
}

/// `${name}` alone may stand where another type than text is wanted: it takes the variable's own.
pub(super) fn reference() -> Value {
    json!({
        "description": "A variable or a fact that holds a value of the wanted type; `${...name}` in a list stands for the items of one.",
        "type": "string",
        "pattern": r"^\$\{.+\}$",
    })
}

/// Lets every key below `definition` that wants another type than text take a reference too.
pub(super) fn allow_references(definition: &mut Value) {
    for (_, key) in definition["properties"]
        .as_object_mut()
        .into_iter()
        .flatten()
    {
        let Some(object) = key.as_object_mut() else {
            continue;
        };
        if object.get("type").is_none_or(|name| name == "string") {
            continue;
        }
        if let Some(items) = object
            .get_mut("items")
            .filter(|items| items["type"] != "string")
        {
            *items = json!({"anyOf": [items.take(), {"$ref": "#/$defs/reference"}]});
        }
        let (about, own) = std::mem::take(object)
            .into_iter()
            .partition(|(name, _)| name == "description" || name == "default");
        *object = about;
        object.insert(
            "anyOf".to_string(),
            json!([own, {"$ref": "#/$defs/reference"}]),
        );
    }
}
