//! House rules as tests: what a review would otherwise have to say each time.

use std::fs;
use std::path::{Path, PathBuf};

use crate::sandbox::Sandbox;

/// Lines a source file may have.
const LONGEST: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The engine's layers and the command line.
fn ours() -> Vec<(PathBuf, String)> {
    ["crates", "xtask"]
        .iter()
        .flat_map(|dir| sources(&root().join(dir)))
        .collect()
}

fn sources(dir: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

#[track_caller]
fn none(what: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent = ours()
        .into_iter()
        .filter(|(path, text)| !text.starts_with("//!") && !path.ends_with("tests.rs"));
    none(
        "files without module documentation",
        silent.map(|(path, _)| shown(&path)).collect(),
    );
}

#[test]
fn no_file_is_too_long() {
    let long = ours()
        .into_iter()
        .filter(|(_, text)| text.lines().count() > LONGEST);
    none(
        "files over the limit",
        long.map(|(path, text)| format!("{}: {}", shown(&path), text.lines().count()))
            .collect(),
    );
}

#[test]
fn only_the_loop_writes_the_journal() {
    let writes = |text: &str| {
        ["step_done(", "step_noted(", "attempt_failed(", "step_gone("]
            .iter()
            .any(|word| text.contains(word))
    };
    let others = sources(&root().join("crates/engine/src"))
        .into_iter()
        .filter(|(path, text)| {
            !shown(path).contains("src/run") && !shown(path).contains("src/journal") && writes(text)
        });
    none(
        "files that write the journal",
        others.map(|(path, _)| shown(&path)).collect(),
    );
}

#[test]
fn nothing_unfinished_is_left() {
    let marks = [
        "dbg!(",
        "todo!(",
        "unimplemented!(",
        "#[ignore",
        concat!("FIX", "ME"),
        concat!("XX", "X"),
    ];
    let left = ours().into_iter().filter(|(path, text)| {
        !path.ends_with("tidy.rs") && marks.iter().any(|mark| text.contains(mark))
    });
    none(
        "unfinished work",
        left.map(|(path, _)| shown(&path)).collect(),
    );
}

#[test]
fn every_kind_is_documented_and_every_test_listed() {
    let docs = fs::read_to_string(root().join("docs/pipeline.md")).unwrap_or_default();
    let kinds = Sandbox::new().run(&["kinds"]).code(0).stdout;
    let names = kinds
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    let silent = names
        .filter(|name| !docs.contains(&format!("## `{name}`")))
        .map(str::to_string);
    none(
        "kinds that docs/pipeline.md does not describe",
        silent.collect(),
    );
    let main = fs::read_to_string(root().join("xtask/tests/it/main.rs")).unwrap();
    let files = fs::read_dir(root().join("xtask/tests/it"))
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.path().file_stem()?.to_str().map(str::to_string));
    none(
        "test files that main.rs does not list",
        files
            .filter(|name| name != "main" && !main.contains(&format!("mod {name};")))
            .collect(),
    );
}

#[test]
fn the_changelog_has_this_version() {
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).unwrap_or_default();
    assert_eq!(
        changelog
            .matches(&format!("## {}", env!("CARGO_PKG_VERSION")))
            .count(),
        1
    );
}
