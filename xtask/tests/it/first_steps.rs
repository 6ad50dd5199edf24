//! First steps: the pipeline is found from any folder below it, and what `init` writes runs.

use std::fs;

use crate::sandbox::Sandbox;

const STEP: &str = "[[step]]\nid='a'\nkind='command'\nwith={argv=['touch','ran']}\n";

#[test]
fn a_pipeline_is_found_from_the_folders_below() {
    for verb in [
        &["run", "a"][..],
        &["plan", "a"],
        &["status"],
        &["explain", "a"],
        &["graph"],
    ] {
        let sandbox = Sandbox::new().pipeline(STEP).file("deep/er/file", "");
        let below = |words: &[&str]| {
            let words = [&["-C", "deep/er"], words].concat();
            sandbox.run(&words)
        };
        below(verb).code(0);
        assert!(!sandbox.has("deep/er/.pipeline"));
        assert_eq!(sandbox.has("ran"), verb[0] == "run");
    }
}

#[test]
fn the_nearest_one_counts_and_a_named_one_is_not_searched_for() {
    let sandbox = Sandbox::new()
        .pipeline(STEP)
        .file("x/pipeline.toml", &format!("version=1\nname='x'\n{STEP}"));
    fs::create_dir(sandbox.dir.join("x/y")).unwrap();
    sandbox.run(&["-C", "x/y", "run", "a"]).code(0);
    assert!(sandbox.has("x/ran") && !sandbox.has("ran"));
    sandbox
        .run(&["-C", "x/y", "-f", "./pipeline.toml", "run", "a"])
        .code(2)
        .says("there is no such file");
    let none = Sandbox::new();
    none.run(&["run", "a"])
        .code(2)
        .says("here or in a folder above")
        .says("cargo xtask init");
}

/// `init` in a folder with these files; the goal that it begins with runs, and then comes to rest.
#[track_caller]
fn init_runs(files: &[(&str, &str)], tools: &[&str], step: &str, always: bool) {
    let sandbox = files.iter().fold(Sandbox::new(), |sandbox, (path, text)| {
        sandbox.file(path, text)
    });
    let sandbox = tools
        .iter()
        .fold(sandbox, |sandbox, tool| sandbox.tool(tool, "exit 0"));
    let told = sandbox.run(&["init"]).code(0).stdout;
    let goal = told
        .split("cargo xtask run ")
        .nth(1)
        .unwrap()
        .split('`')
        .next()
        .unwrap();
    let ran = sandbox.run(&["run", goal]).code(0);
    assert!(ran.stderr.contains(step), "{}", ran.stderr);
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
    if !always {
        sandbox.run(&["run", goal]).code(0).says("0 done");
    }
    sandbox.run(&["graph"]).code(0);
    sandbox
        .run(&["init"])
        .code(2)
        .says("is there already and stays as it is");
}

#[test]
fn what_init_writes_runs() {
    init_runs(&[], &[], "greeting", false);
    init_runs(&[("README.md", "x")], &[], "greeting", false);
    let cargo = ("Cargo.toml", "[package]\nname='x'\n");
    init_runs(
        &[cargo, ("src/main.rs", "")],
        &["cargo"],
        "cargo-build",
        false,
    );
    init_runs(
        &[cargo, ("src/main.rs", ""), ("Cargo.lock", "")],
        &["cargo"],
        "cargo-build",
        false,
    );
    init_runs(
        &[("go.mod", "module x"), ("a.go", "")],
        &["go"],
        "go-build",
        false,
    );
    init_runs(&[("Makefile", "all:\n\ttrue\n")], &["make"], "make", true);
    let scripts =
        r#"{"scripts": {"build": "x", "test": "echo \"Error: no test specified\" && exit 1"}}"#;
    init_runs(
        &[("package.json", scripts)],
        &["npm"],
        "build-package",
        false,
    );
    let packages = r#"{"scripts": {"build": "x"}, "dependencies": {"y": "1"}}"#;
    for (lock, tool) in [
        ("package-lock.json", "npm"),
        ("pnpm-lock.yaml", "pnpm"),
        ("yarn.lock", "yarn"),
    ] {
        init_runs(
            &[("package.json", packages), (lock, "")],
            &[tool],
            "install-packages",
            false,
        );
    }
    let chart = ("deploy/app/Chart.yaml", "name: app\n");
    init_runs(
        &[chart, ("deploy/app/values.yaml", "")],
        &["helm"],
        "lint-chart",
        false,
    );
    init_runs(
        &[cargo, ("src/main.rs", ""), ("Makefile", "all:\n")],
        &["cargo", "make"],
        "cargo-build",
        true,
    );
}

#[test]
fn what_init_writes_for_an_image_can_be_planned() {
    let sandbox = Sandbox::new()
        .file("Dockerfile", "FROM scratch\n")
        .tool("docker", "exit 1");
    sandbox.run(&["init"]).code(0);
    sandbox.run(&["plan", "build"]).code(0).prints("image");
}
