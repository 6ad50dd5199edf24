//! A chart's values as a table: what they mean from `values.schema.json`, their defaults from
//! `values.yaml`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use serde_json::Value;

use kinds::yaml::{Leaf, leaves};

const HEAD: &str = "| key | default | |\n| --- | --- | --- |\n";

/// The table of the chart in that folder: every key that its schema describes.
pub(super) fn table(chart: &Path) -> Result<String> {
    let read = |file: &str| {
        let file = chart.join(file);
        fs::read_to_string(&file).with_context(|| file.display().to_string())
    };
    let schema = serde_json::from_str(&read("values.schema.json")?)?;
    let values = leaves(&read("values.yaml")?).map_err(|why| anyhow!(why))?;
    Ok(of(&schema, &values))
}

fn of(schema: &Value, values: &[Leaf]) -> String {
    let mut found = Vec::new();
    describe(schema, schema, &mut Vec::new(), &mut found);
    // What several components have alike stands once.
    let mut rows: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for (path, about) in &found {
        let key = (&path[1..], default(values, path), about);
        rows.entry(key).or_default().push(&path[0]);
    }
    let mut lines: Vec<String> = rows
        .iter()
        .map(|((rest, default, about), heads)| {
            let head = match heads.as_slice() {
                [one] => one.to_string(),
                all => format!("{{{}}}", all.join(",")),
            };
            let key = [&[head], *rest].concat().join(".");
            format!("| `{key}` | {default} | {about} |\n")
        })
        .collect();
    lines.sort();
    HEAD.to_string() + &lines.concat()
}

/// The keys below a node that are described, each with its path and what is said of it. What stands
/// at the top is a component: its own keys count.
fn describe(
    root: &Value,
    node: &Value,
    path: &mut Vec<String>,
    found: &mut Vec<(Vec<String>, String)>,
) {
    for (key, about) in node["properties"].as_object().into_iter().flatten() {
        let meant = meant(root, about);
        path.push(key.clone());
        let says = [about, meant]
            .into_iter()
            .find_map(|node| node["description"].as_str());
        match says {
            Some(says) if path.len() > 1 || meant["properties"].is_null() => {
                found.push((path.clone(), says.to_string()))
            }
            _ => describe(root, meant, path, found),
        }
        path.pop();
    }
}

/// What a `$ref` leads to, alone or as the first of `allOf`; any other node itself.
fn meant<'a>(root: &'a Value, node: &'a Value) -> &'a Value {
    let refers = node["$ref"].as_str().or(node["allOf"][0]["$ref"].as_str());
    refers
        .and_then(|to| root.pointer(to.strip_prefix('#')?))
        .unwrap_or(node)
}

/// The default as it would be written; nothing for what has several parts.
fn default(values: &[Leaf], path: &[String]) -> String {
    match values.iter().find(|leaf| leaf.path == path) {
        Some(leaf) if leaf.value.is_empty() => "`\"\"`".to_string(),
        Some(leaf) => format!("`{}`", leaf.value),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn described_keys_are_listed_with_their_defaults_and_equal_ones_once() {
        let image = json!({"properties": {"tag": {"description": "Its version."}, "name": {}}});
        let part = json!({"description": "A part.", "properties": {"image": {"$ref": "#/definitions/image"}}});
        let schema = json!({
            "definitions": {"image": image, "env": {"description": "Variables.", "properties": {"x": {"description": "no row"}}}},
            "properties": {"api": part, "page": part, "env": {"$ref": "#/definitions/env"}, "plain": {"description": "Said."}},
        });
        let values =
            leaves("api: {image: {tag: ''}}\npage: {image: {tag: ''}}\nplain: 3\n").unwrap();
        let wanted =
            "| `plain` | `3` | Said. |\n| `{api,page}.image.tag` | `\"\"` | Its version. |\n";
        let made = of(&schema, &values);
        assert!(made.ends_with(wanted), "{made}");
    }
}
