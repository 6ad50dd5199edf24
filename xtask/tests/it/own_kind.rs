//! Kinds from outside: a foreign project's xtask brings one, and no crate of kinds can start a
//! process.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::sandbox::Sandbox;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

/// Runs cargo in a folder; what this build has compiled already is shared.
fn cargo(dir: &Path, args: &[&str]) -> Output {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let mut command = Command::new(env!("CARGO"));
    command
        .args(args)
        .current_dir(dir)
        .env("CARGO_TARGET_DIR", target);
    command.env_remove("PIPELINE_STATE_DIR").output().unwrap()
}

/// A file of this repository, with paths to its crates that hold anywhere.
fn manifest(path: &str) -> String {
    let text = fs::read_to_string(root().join(path)).unwrap();
    text.replace("../../", &format!("{}/", root().display()))
}

#[track_caller]
fn said(output: &Output, expected: &str) {
    let text = String::from_utf8_lossy(&output.stderr).into_owned()
        + &String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains(expected),
        "expected: {expected}\ngot:\n{text}"
    );
}

#[test]
fn a_foreign_project_brings_one() {
    let project = Sandbox::copy_of(&root().join("examples/own-kind"));
    project.write("Cargo.toml", &manifest("examples/own-kind/Cargo.toml"));
    let xtask = |args: &[&str]| cargo(&project.dir, &[&["run", "--quiet", "--"], args].concat());
    let live = || fs::read_link(project.dir.join("live")).ok();

    said(&xtask(&["run", "publish"]), "2 done");
    assert_eq!(live().unwrap(), Path::new("releases/1"));
    said(&xtask(&["run", "publish"]), "0 done");
    // Only an answer counts: what somebody moved is seen, though no file of the step changed.
    fs::remove_file(project.dir.join("live")).unwrap();
    said(&xtask(&["plan", "publish"]), "live is no link");
    said(&xtask(&["run", "publish", "--set", "release=2"]), "2 done");
    assert_eq!(live().unwrap(), Path::new("releases/2"));
    said(&xtask(&["kinds"]), "has a link that points to a release");
    said(
        &xtask(&["schema"]),
        "Where the link is, relative to pipeline.toml.",
    );
    said(
        &xtask(&["run", "withdraw", "--set", "release=2"]),
        "1 removed",
    );
    assert_eq!(live(), None);
}

#[test]
fn no_kind_can_start_a_process() {
    let project = Sandbox::copy_of(&root().join("crates/kinds"));
    let text = manifest("crates/kinds/Cargo.toml")
        .replace("name = \"kinds\"", "name = \"kinds-with-std\"");
    let workspace = manifest("Cargo.toml").replace("\"crates/*\", \"xtask\"", "\".\"");
    let workspace = workspace.replace(
        "path = \"crates",
        &format!("path = \"{}/crates", root().display()),
    );
    project.write("Cargo.toml", &format!("{workspace}\n{text}"));
    project.write("Cargo.lock", &manifest("Cargo.lock"));
    let checked = || cargo(&project.dir, &["check", "--offline", "--quiet"]);
    let as_it_is = checked();
    assert!(
        as_it_is.status.success(),
        "{}",
        String::from_utf8_lossy(&as_it_is.stderr)
    );

    let source = fs::read_to_string(root().join("crates/kinds/src/check.rs")).unwrap();
    let start =
        "pub(crate) fn start() {\n    let _ = std::process::Command::new(\"true\").status();\n}\n";
    project.write("src/check.rs", &(source + start));
    let refused = checked();
    assert!(!refused.status.success());
    said(&refused, "cannot find module or crate `std`");
}
