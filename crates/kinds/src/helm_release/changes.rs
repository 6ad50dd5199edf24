//! What differs between two manifests of a release: objects that come, go and change, and where.
//! Asks nothing.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::yaml;
use protocol::{Hides, cut};

/// How many places of an object are shown.
const SHOWN: usize = 6;
/// How many characters of a value are shown.
const WIDTH: usize = 48;
/// How many of a digest.
const DIGEST: usize = 12;

/// The values of an object by their places; items of lists go by their names where they have one.
type Places = BTreeMap<String, String>;

/// The objects of a manifest by kind and name.
type Objects = BTreeMap<String, Places>;

/// What the second manifest adds (`+`), takes away (`-`) and changes (`~`), a line each, with the
/// places that differ below it. What a Secret holds is not shown, nor either side of a place that has a
/// secret on one of them: the other is likely to have the one that was given before.
pub(super) fn between(now: &str, then: &str, secrets: &dyn Hides) -> Vec<String> {
    let (now, then) = match (objects(now), objects(then)) {
        (Ok(now), Ok(then)) => (now, then),
        (Err(why), _) | (_, Err(why)) => return vec![format!("a manifest is no YAML: {why}")],
    };
    let names: BTreeSet<&String> = now.keys().chain(then.keys()).collect();
    let lines: Vec<String> = names
        .into_iter()
        .flat_map(|name| object(name, now.get(name), then.get(name), secrets))
        .collect();
    match lines.is_empty() {
        true => vec!["no object would change".to_string()],
        false => lines,
    }
}

fn object(
    name: &str,
    now: Option<&Places>,
    then: Option<&Places>,
    secrets: &dyn Hides,
) -> Vec<String> {
    let (now, then) = match (now, then) {
        (Some(now), Some(then)) => (now, then),
        (None, _) => return vec![format!("+ {name}")],
        (_, None) => return vec![format!("- {name}")],
    };
    let differs = |place: &&String| now.get(*place) != then.get(*place);
    let places: BTreeSet<&String> = now.keys().chain(then.keys()).filter(differs).collect();
    if places.is_empty() {
        return Vec::new();
    }
    // A list may hold Secrets.
    let is_kind = |place: &str| place == "kind" || place.ends_with(".kind");
    let holds_secrets = |places: &Places| {
        let mut places = places.iter();
        places.any(|(place, value)| is_kind(place) && value == "Secret")
    };
    let is_secret = holds_secrets(now) || holds_secrets(then);
    let change = |place: &&String| match is_secret {
        true => format!("    {place}: hidden"),
        false => {
            let (now, then) = (now.get(*place), then.get(*place));
            format!("    {place}: {}", change(now, then, secrets))
        }
    };
    let means = meaning(name, &places);
    let more = places.len().saturating_sub(SHOWN);
    let more = (more > 0).then(|| format!("    and {more} more"));
    core::iter::once(format!("~ {name}{means}"))
        .chain(places.iter().take(SHOWN).map(change))
        .chain(more)
        .collect()
}

/// What of a StatefulSet's or claim's specification may be changed.
const OF_SETS: [&str; 7] = [
    "replicas",
    "template.",
    "updateStrategy",
    "minReadySeconds",
    "persistentVolumeClaimRetentionPolicy",
    "revisionHistoryLimit",
    "ordinals",
];
const OF_CLAIMS: [&str; 2] = ["resources.", "volumeAttributesClassName"];

/// What a change of these places comes to.
fn meaning(name: &str, places: &BTreeSet<&String>) -> &'static str {
    let places = places
        .iter()
        .filter_map(|place| place.strip_prefix("spec."));
    let any = |is: &dyn Fn(&str) -> bool| places.clone().any(is);
    let others_than =
        |may: &[&str]| any(&|place| !may.iter().any(|start| place.starts_with(start)));
    match name.split('/').next().unwrap_or_default() {
        "persistentvolumeclaim" if others_than(&OF_CLAIMS) => {
            ": the cluster refuses that, unless it was so anyway; deleting it loses its data"
        }
        "statefulset" if others_than(&OF_SETS) => {
            ": the cluster refuses that, unless it was so anyway; delete it first with --cascade=orphan"
        }
        "deployment" | "daemonset" if any(&|place| place.starts_with("selector.")) => {
            ": the cluster refuses that, delete it first"
        }
        _ if !any(&|place| place.starts_with("template.")) => "",
        "job" => ": a Job can't be changed, delete it first or make it a hook",
        _ => ": its pods are replaced",
    }
}

/// Of texts of several lines the first one that differs.
fn change(now: Option<&String>, then: Option<&String>, secrets: &dyn Hides) -> String {
    let mut sides = now.into_iter().chain(then);
    if sides.any(|value| secrets.hides(value)) {
        return hidden(now, then).to_string();
    }
    let text = |value: Option<&String>| value.map_or("none".to_string(), |value| shown(value));
    match (now, then) {
        (Some(now), Some(then)) if now.contains('\n') || then.contains('\n') => {
            let (now, then): (Vec<&str>, Vec<&str>) =
                (now.lines().collect(), then.lines().collect());
            let same = now.iter().zip(&then).take_while(|(a, b)| a == b).count();
            let line = |lines: &[&str]| {
                lines
                    .get(same)
                    .map_or("none".to_string(), |line| shown(line))
            };
            format!("line {}: {} → {}", same + 1, line(&now), line(&then))
        }
        _ => format!("{} → {}", text(now), text(then)),
    }
}

fn hidden(now: Option<&String>, then: Option<&String>) -> &'static str {
    match (now, then) {
        (None, _) => "none → [masked]",
        (_, None) => "[masked] → none",
        _ => "[masked] → [masked], another value",
    }
}

fn shown(value: &str) -> String {
    let is_digest = value.len() >= 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    let width = if is_digest { DIGEST } else { WIDTH };
    match value.trim() {
        "" => "\"\"".to_string(),
        value => cut(value, width),
    }
}

fn objects(manifest: &str) -> Result<Objects, String> {
    let mut objects = Objects::new();
    for document in documents(manifest) {
        let leaves = yaml::leaves(&document)?;
        let flat: BTreeMap<Vec<String>, String> = leaves
            .into_iter()
            .map(|leaf| (leaf.path, leaf.value))
            .collect();
        let top = |path: &[&str]| {
            let path: Vec<String> = path.iter().map(|key| key.to_string()).collect();
            flat.get(&path).cloned().unwrap_or_default()
        };
        let kind = top(&["kind"]).to_lowercase();
        if !kind.is_empty() {
            let elsewhere = match top(&["metadata", "namespace"]) {
                namespace if namespace.is_empty() => namespace,
                namespace => format!(" in {namespace}"),
            };
            let name = format!("{kind}/{}{elsewhere}", top(&["metadata", "name"]));
            let places = flat
                .iter()
                .map(|(path, value)| (place(path, &flat), value.clone()));
            objects.insert(name, places.collect());
        }
    }
    Ok(objects)
}

/// The YAML documents of a manifest.
fn documents(manifest: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for line in manifest.lines() {
        match (line.trim_end(), documents.last_mut()) {
            ("---", _) | (_, None) => documents.push(String::new()),
            (_, Some(last)) => last.extend([line, "\n"]),
        }
    }
    documents
}

/// `spec.containers[web].image`: an item of a list goes by its name, so that one that is put before
/// it changes nothing.
fn place(path: &[String], flat: &BTreeMap<Vec<String>, String>) -> String {
    let mut place = String::new();
    for (at, key) in path.iter().enumerate() {
        let mut name = path[..=at].to_vec();
        name.push("name".to_string());
        let is_item = key.bytes().all(|byte| byte.is_ascii_digit());
        match (is_item, flat.get(&name), place.is_empty()) {
            (true, Some(name), _) => place.push_str(&format!("[{name}]")),
            (true, None, _) => place.push_str(&format!("[{key}]")),
            (false, _, true) => place.push_str(key),
            (false, _, false) => place.push_str(&format!(".{key}")),
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "---
# Source: app/deployment.yaml
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  template:
    spec:
      containers:
        - name: web
          image: web:1
---
kind: Job
metadata: {name: migrate-1}
---
kind: Secret
metadata: {name: given}
data: {KEY: Zmlyc3Q=}
---
kind: ConfigMap
metadata: {name: conf}
data:
  conf: |
    one
    ---: two
";

    #[test]
    fn what_comes_goes_and_changes_is_told_with_its_place() {
        let then = NOW
            .replace(
                "- name: web\n",
                "- {name: guard, image: g}\n        - name: web\n",
            )
            .replace("web:1", "web:2")
            .replace("migrate-1", "migrate-2")
            .replace("Zmlyc3Q=", "c2Vjb25k")
            .replace(": two", ": three");
        let lines = between(NOW, &then, &()).join("\n");
        assert_eq!(
            lines,
            "~ configmap/conf
    data.conf: line 2: ---: two → ---: three
~ deployment/web: its pods are replaced
    spec.template.spec.containers[guard].image: none → g
    spec.template.spec.containers[guard].name: none → guard
    spec.template.spec.containers[web].image: web:1 → web:2
- job/migrate-1
+ job/migrate-2
~ secret/given
    data.KEY: hidden"
        );
    }

    #[test]
    fn what_the_cluster_will_refuse_is_told() {
        let object = |kind: &str, spec: &str| {
            format!("kind: {kind}\nmetadata: {{name: a}}\nspec: {{{spec}}}\n")
        };
        for (kind, then, now, refused) in [
            (
                "Deployment",
                "selector: {matchLabels: {a: b}}",
                "selector: {matchLabels: {a: c}}",
                true,
            ),
            ("Deployment", "replicas: 1", "replicas: 2", false),
            ("StatefulSet", "serviceName: s", "serviceName: t", true),
            ("StatefulSet", "template: {a: 1}", "template: {a: 2}", false),
            (
                "PersistentVolumeClaim",
                "storageClassName: s",
                "storageClassName: t",
                true,
            ),
            (
                "PersistentVolumeClaim",
                "resources: {requests: {storage: 1}}",
                "resources: {requests: {storage: 2}}",
                false,
            ),
        ] {
            let lines = between(&object(kind, then), &object(kind, now), &());
            assert_eq!(
                lines[0].contains("the cluster refuses that"),
                refused,
                "{lines:?}"
            );
        }
    }

    #[test]
    fn a_secret_in_a_list_is_hidden_and_namespaces_keep_names_apart() {
        let list = |value: &str| {
            format!(
                "kind: List\nitems:\n  - kind: Secret\n    metadata: {{name: s}}\n    stringData: {{pw: {value}}}\n"
            )
        };
        let lines = between(&list("hunter-1"), &list("hunter-2"), &()).join("\n");
        assert!(
            lines.contains("pw: hidden") && !lines.contains("hunter"),
            "{lines}"
        );
        let in_two = |value: &str| {
            let one = |namespace: &str, value: &str| {
                format!(
                    "---\nkind: ConfigMap\nmetadata: {{name: c, namespace: {namespace}}}\ndata: {{a: {value}}}\n"
                )
            };
            [one("x", value), one("y", "1")].concat()
        };
        let lines = between(&in_two("1"), &in_two("2"), &());
        assert_eq!(lines, ["~ configmap/c in x", "    data.a: 1 → 2"]);
    }

    /// The old password is in use until the change is made.
    #[test]
    fn a_secret_hides_both_sides_of_what_it_stands_in() {
        struct New;
        impl Hides for New {
            fn hides(&self, text: &str) -> bool {
                text.contains("new-password")
            }
        }
        let of = |dsn: &str| {
            format!(
                "kind: Widget\nmetadata: {{name: w, annotations: {{a: 'u:{dsn}'}}}}\nspec:\n  conf: |\n    first\n    {dsn}\n"
            )
        };
        let lines = between(&of("old-password"), &of("new-password"), &New);
        let other = "[masked] → [masked], another value";
        let expected = [
            "~ widget/w".to_string(),
            format!("    metadata.annotations.a: {other}"),
            format!("    spec.conf: {other}"),
        ];
        assert_eq!(lines, expected);
        let back = between(&of("new-password"), &of("none"), &New);
        assert_eq!(back, expected);
    }

    #[test]
    fn the_same_is_no_change_and_a_new_release_is_all_new() {
        assert_eq!(between(NOW, NOW, &()), ["no object would change"]);
        let all = [
            "+ configmap/conf",
            "+ deployment/web",
            "+ job/migrate-1",
            "+ secret/given",
        ];
        assert_eq!(between("", NOW, &()), all);
    }

    #[test]
    fn much_is_cut_short() {
        let of = |value: &str| {
            let keys = (0..9).map(|key| format!("  k{key}: '{value}'\n"));
            format!(
                "kind: Service\nmetadata: {{name: a}}\nspec:\n{}",
                keys.collect::<String>()
            )
        };
        let lines = between(&of("1"), &of(&"x".repeat(60)), &());
        assert_eq!(lines.len(), 8);
        assert_eq!(lines[1], format!("    spec.k0: 1 → {}…", "x".repeat(48)));
        assert_eq!(lines[7], "    and 3 more");
    }
}
