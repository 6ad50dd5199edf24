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
        true,
    );
    init_runs(
        &[cargo, ("src/main.rs", ""), ("Cargo.lock", "")],
        &["cargo"],
        "cargo-build",
        true,
    );
    init_runs(
        &[("go.mod", "module x"), ("a.go", "")],
        &["go"],
        "go-build",
        true,
    );
    init_runs(&[("Makefile", "all:\n\ttrue\n")], &["make"], "make", true);
    let scripts =
        r#"{"scripts": {"build": "x", "test": "echo \"Error: no test specified\" && exit 1"}}"#;
    init_runs(
        &[("package.json", scripts)],
        &["npm"],
        "build-package",
        true,
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
            true,
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

/// What such a project is made of is more than its sources, and what was made may be gone.
#[test]
fn what_init_writes_passes_over_no_change() {
    let cargo = [
        ("Cargo.toml", "[package]\nname='x'\n"),
        ("Cargo.lock", ""),
        (".cargo/config.toml", ""),
        ("rust-toolchain.toml", ""),
        ("src/main.rs", ""),
        ("src/included.txt", ""),
        ("tests/data/in", ""),
        ("target/debug/x", ""),
    ];
    let go = [
        ("go.mod", "module x"),
        ("go.sum", ""),
        ("a.go", ""),
        ("testdata/in", ""),
        ("page.html", ""),
    ];
    let package = r#"{"scripts": {"build": "x", "test": "x"}, "dependencies": {"y": "1"}}"#;
    let npm = [
        ("package.json", package),
        ("package-lock.json", ""),
        (".npmrc", ""),
        (".env.local", ""),
        ("pages/index.js", ""),
        ("node_modules/y/package.json", ""),
        (".next/made", ""),
        ("dist/made", ""),
    ];
    for (tool, files) in [("cargo", &cargo[..]), ("go", &go), ("npm", &npm)] {
        let sandbox = files.iter().fold(Sandbox::new(), |sandbox, (path, text)| {
            sandbox.file(path, text)
        });
        let sandbox = sandbox.tool(tool, "echo \"$@\" >> calls");
        sandbox.run(&["init"]).code(0);
        sandbox.run(&["run", "build", "test"]).code(0);
        let all = sandbox.read("calls");
        for (path, text) in files {
            fs::write(sandbox.dir.join("calls"), "").unwrap();
            match path.contains("made") || path.contains("/debug/") {
                true => fs::remove_file(sandbox.dir.join(path)).unwrap(),
                false => sandbox.write(path, &format!("{text}\n")),
            }
            sandbox.run(&["run", "build", "test"]).code(0);
            let sorted = |calls: &str| {
                let mut calls: Vec<_> = calls.lines().map(str::to_string).collect();
                calls.sort();
                calls
            };
            assert_eq!(sorted(&sandbox.read("calls")), sorted(&all), "{path}");
        }
    }
}

#[test]
fn an_image_can_be_taken_away_again() {
    let sandbox = Sandbox::new()
        .file("Dockerfile", "FROM scratch\nCOPY target/x /x\n")
        .file("target/x", "1")
        .tool("docker", "exit 0");
    sandbox.run(&["init"]).code(0);
    assert!(
        sandbox
            .read("pipeline.toml")
            .contains("teardown = { undo = \"build\" }")
    );
    sandbox.run(&["teardown"]).code(0);
    let inputs = sandbox.run(&["explain", "image"]).code(0).stdout;
    assert!(inputs.contains("target/x"), "{inputs}");
}

/// As with `up`, they need no name of a goal where nothing else can be meant.
#[test]
fn views_of_a_pipeline_without_up_are_about_all_of_it() {
    let two = format!("{STEP}{}", STEP.replace("'a'", "'b'"));
    for (goals, steps) in [
        ("", "2 to run"),
        ("[goals]\nbuild=['a']\n", "1 to run"),
        ("[goals]\nbuild=['a']\ngone={undo='build'}\n", "1 to run"),
        ("[goals]\nbuild=['a']\ntest=['b']\n", "2 to run"),
        ("[goals]\nbuild=['a','b']\nup=['a']\n", "1 to run"),
    ] {
        let sandbox = Sandbox::new().pipeline(&format!("{goals}{two}"));
        sandbox.run(&["plan"]).code(0).prints(steps);
        sandbox.run(&["ask", "why?"]).code(0).prints("a is not as");
        sandbox
            .run(&["access"])
            .code(0)
            .prints("nothing stands yet");
    }
}

#[test]
fn status_is_about_what_is_named() {
    let two = format!("{STEP}{}", STEP.replace("'a'", "'b'"));
    let goals = "[goals]\nbuild=['a']\ngone={undo='build'}\n";
    let sandbox = Sandbox::new().pipeline(&format!("{goals}{two}"));
    sandbox.run(&["status"]).code(0).prints("2 of 2 steps");
    for named in ["build", "a"] {
        let told = sandbox.run(&["status", named]).code(0);
        told.prints(&format!(
            "1 of 1 steps do not stand; `cargo xtask run {named}`"
        ));
    }
    sandbox
        .run(&["status", "gone"])
        .code(2)
        .says("`cargo xtask plan gone`");
}

/// Who installed it has no `cargo xtask`.
#[test]
fn without_cargo_it_goes_by_its_own_name() {
    let sandbox = Sandbox::new();
    let bin = std::env::temp_dir().join(format!("installed-{}", std::process::id()));
    let installed = bin.join("xtask");
    std::fs::create_dir(&bin).unwrap();
    // What this process had open for writing, a child of the test beside this one may still have.
    let mut copy = std::process::Command::new("cp");
    copy.arg(env!("CARGO_BIN_EXE_xtask")).arg(&installed);
    assert!(copy.status().unwrap().success());
    let told = |words: &[&str]| {
        let mut command = std::process::Command::new(&installed);
        command.args(words).current_dir(&sandbox.dir);
        let ran = command.env_remove("CARGO_MANIFEST_DIR").output().unwrap();
        String::from_utf8([ran.stdout, ran.stderr].concat()).unwrap()
    };
    for (words, text) in [
        (&["--help"][..], "Usage: xtask "),
        (&["status"], "`xtask init` writes a small one"),
        (&["init"], "`xtask run build` does it"),
        (&["status"], "`xtask run build test` runs them"),
        (&["access"], "`xtask run build test` brings it about"),
        (
            &["export", "github-actions", "build"],
            "run: \"xtask run greeting",
        ),
        (&["export", "argo", "build"], "command: [\"xtask\", \"run\""),
    ] {
        let told = told(words);
        assert!(told.contains(text), "{words:?}: {told}");
        assert!(!told.contains("cargo xtask"), "{words:?}: {told}");
    }
    assert!(!sandbox.read("pipeline.toml").contains("cargo"));
    let newer = "with = { tools = { helm = \"999\" } }";
    let step =
        format!("version = 1\nname = \"p\"\n[[step]]\nid = \"t\"\nkind = \"tools\"\n{newer}\n");
    sandbox.write("pipeline.toml", &step);
    let told = told(&["run", "t", "--progress", "json"]);
    let report = sandbox.read(".pipeline/report.md");
    for text in [told, report] {
        assert!(text.contains("`xtask doctor"), "{text}");
    }
    std::fs::remove_dir_all(&bin).unwrap();
}
