//! The bill of materials of a program, from `cargo metadata`, as CycloneDX 1.6.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// The version of that package, and all packages that are compiled into it. Build dependencies
/// count, as they can shape what is built; those of tests do not.
pub(super) fn of(metadata: &Value, name: &str) -> Result<(String, Value)> {
    let packages = by_id(&metadata["packages"]);
    let nodes = by_id(&metadata["resolve"]["nodes"]);
    let is_root = |package: &&&Value| package["name"] == name && package["source"].is_null();
    let root = packages.values().find(is_root);
    let root = *root.with_context(|| format!("the workspace has no package {name}"))?;
    let needed = closure(&nodes, root["id"].as_str().unwrap_or_default());
    let libraries = needed.iter().filter(|id| root["id"] != **id);
    let dependency = |id: &&str| {
        let needs = needs(nodes[id]).map(|id| reference(packages[id]));
        json!({"ref": reference(packages[id]), "dependsOn": needs.collect::<Vec<_>>()})
    };
    let sbom = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": component(root, "application")},
        "components": libraries.map(|id| component(packages[id], "library")).collect::<Vec<_>>(),
        "dependencies": needed.iter().map(dependency).collect::<Vec<_>>(),
    });
    Ok((
        root["version"].as_str().unwrap_or_default().to_string(),
        sbom,
    ))
}

fn by_id(list: &Value) -> BTreeMap<&str, &Value> {
    let entries = list.as_array().into_iter().flatten();
    entries
        .filter_map(|entry| Some((entry["id"].as_str()?, entry)))
        .collect()
}

/// The package and everything that it needs, directly or not.
fn closure<'a>(nodes: &BTreeMap<&'a str, &'a Value>, root: &'a str) -> BTreeSet<&'a str> {
    let (mut found, mut open) = (BTreeSet::new(), vec![root]);
    while let Some(id) = open.pop() {
        if found.insert(id) {
            open.extend(needs(nodes[id]));
        }
    }
    found
}

/// What a node of the resolved graph needs other than for its tests.
fn needs(node: &Value) -> impl Iterator<Item = &str> {
    let edges = node["deps"].as_array().into_iter().flatten();
    let counts = |edge: &&Value| {
        edge["dep_kinds"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|kind| kind["kind"] != "dev")
    };
    edges.filter(counts).filter_map(|edge| edge["pkg"].as_str())
}

/// A package as a component of that type.
fn component(package: &Value, kind: &str) -> Value {
    let mut component = json!({
        "type": kind,
        "bom-ref": reference(package),
        "name": package["name"],
        "version": package["version"],
        "purl": reference(package),
    });
    if let Some(license) = package["license"].as_str() {
        // The older form of "either" in manifests.
        component["licenses"] = json!([{"expression": license.replace('/', " OR ")}]);
    }
    component
}

/// The package's address (purl), by which other entries name it.
fn reference(package: &Value) -> String {
    let text = |key: &str| package[key].as_str().unwrap_or_default();
    format!("pkg:cargo/{}@{}", text("name"), text("version"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata() -> Value {
        let package = |name: &str| json!({"id": name, "name": name, "version": "1.0.0", "source": null, "license": "MIT/Apache-2.0"});
        let edge = |to: &str, kind: Value| json!({"pkg": to, "dep_kinds": [{"kind": kind}]});
        json!({
            "packages": (["app", "lib", "deep", "macro", "test"].map(package)),
            "resolve": {"nodes": [
                {"id": "app", "deps": [edge("lib", Value::Null), edge("macro", json!("build")), edge("test", json!("dev"))]},
                {"id": "lib", "deps": [edge("deep", Value::Null)]},
                {"id": "deep", "deps": []}, {"id": "macro", "deps": []}, {"id": "test", "deps": []},
            ]},
        })
    }

    #[test]
    fn everything_compiled_in_is_listed_and_what_tests_need_is_not() {
        let (version, sbom) = of(&metadata(), "app").unwrap();
        assert_eq!(version, "1.0.0");
        assert_eq!(sbom["metadata"]["component"]["name"], "app");
        let names: Vec<_> = sbom["components"]
            .as_array()
            .unwrap()
            .iter()
            .map(|part| &part["name"])
            .collect();
        assert_eq!(names, ["deep", "lib", "macro"]);
        assert_eq!(
            sbom["components"][0]["licenses"][0]["expression"],
            "MIT OR Apache-2.0"
        );
        let app = json!({"ref": "pkg:cargo/app@1.0.0", "dependsOn": ["pkg:cargo/lib@1.0.0", "pkg:cargo/macro@1.0.0"]});
        assert_eq!(sbom["dependencies"][0], app);
    }

    #[test]
    fn an_unknown_package_is_named() {
        assert!(
            of(&metadata(), "other")
                .unwrap_err()
                .to_string()
                .contains("other")
        );
    }
}
