//! What lies in a folder, as steps that fit it.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// One step.
pub(super) struct Part {
    /// The goal that wants it: `build` or `test`.
    pub goal: &'static str,
    /// The step's id.
    pub id: &'static str,
    /// The step as it is written.
    pub text: String,
}

/// The steps for all that is found; a small example where nothing is.
pub(super) fn parts(folder: &Path) -> Vec<Part> {
    let found = [cargo, npm, go, make, image, chart].map(|look| look(folder));
    let found: Vec<Part> = found.into_iter().flatten().collect();
    if found.is_empty() { example() } else { found }
}

fn example() -> Vec<Part> {
    let greeting = r#"kind = "command"                  # `cargo xtask kinds` lists the others
outputs = ["out/greeting"]        # verified after the run and before a skip; `inputs` are the files that count
with = { argv = ["sh", "-c", "mkdir -p out && echo hello > out/greeting"] }
"#;
    let check = r#"kind = "check"                    # asked each time, changes nothing
needs = ["greeting"]
with = { argv = ["test", "-s", "out/greeting"] }
"#;
    vec![
        step("build", "greeting", greeting),
        step("test", "is-greeted", check),
    ]
}

fn step(goal: &'static str, id: &'static str, keys: &str) -> Part {
    let text = format!("[[step]]\nid = \"{id}\"\n{keys}");
    Part { goal, id, text }
}

fn command(goal: &'static str, id: &'static str, keys: &str, argv: &[&str]) -> Part {
    step(
        goal,
        id,
        &format!("kind = \"command\"\n{keys}with = {{ argv = {argv:?} }}\n"),
    )
}

fn cargo(folder: &Path) -> Vec<Part> {
    if !folder.join("Cargo.toml").exists() {
        return Vec::new();
    }
    let lock = if folder.join("Cargo.lock").exists() {
        "\"Cargo.lock\", "
    } else {
        ""
    };
    let inputs = format!("inputs = [{lock}\"**/Cargo.toml\", \"**/*.rs\", \"!target\"]\n");
    let tests = format!("needs = [\"cargo-build\"]\n{inputs}");
    vec![
        command("build", "cargo-build", &inputs, &["cargo", "build"]),
        command("test", "cargo-test", &tests, &["cargo", "test"]),
    ]
}

/// The package's own scripts. What installs its dependencies depends on whose lock file lies there.
fn npm(folder: &Path) -> Vec<Part> {
    let text = fs::read_to_string(folder.join("package.json")).unwrap_or_default();
    let Ok(package) = serde_json::from_str::<Value>(&text) else {
        return Vec::new();
    };
    let has = |file: &str| folder.join(file).exists();
    let (tool, install, lock) = match () {
        () if has("pnpm-lock.yaml") => ("pnpm", "install", "pnpm-lock.yaml"),
        () if has("yarn.lock") => ("yarn", "install", "yarn.lock"),
        () if has("package-lock.json") => ("npm", "ci", "package-lock.json"),
        () => ("npm", "install", "package.json"),
    };
    let mut parts = Vec::new();
    let needs = ["dependencies", "devDependencies"]
        .iter()
        .any(|key| package[key].is_object());
    if needs {
        let inputs = format!("inputs = [\"package.json\", \"{lock}\"]\n");
        parts.push(command(
            "build",
            "install-packages",
            &inputs,
            &[tool, install],
        ));
    }
    let needs = if needs {
        "needs = [\"install-packages\"]\n"
    } else {
        ""
    };
    let keys = format!("{needs}inputs = [\"**\", \"!node_modules\", \"!dist\", \"!build\"]\n");
    for (goal, id) in [("build", "build-package"), ("test", "test-package")] {
        let script = package["scripts"][goal].as_str().unwrap_or_default();
        // What npm itself writes into a new package only fails.
        if !script.is_empty() && !script.contains("no test specified") {
            parts.push(command(goal, id, &keys, &[tool, "run", goal]));
        }
    }
    parts
}

fn go(folder: &Path) -> Vec<Part> {
    if !folder.join("go.mod").exists() {
        return Vec::new();
    }
    let keys = "inputs = [\"go.{mod,sum}\", \"**/*.go\"]\n";
    vec![
        command("build", "go-build", keys, &["go", "build", "./..."]),
        command("test", "go-test", keys, &["go", "test", "./..."]),
    ]
}

/// make knows best what is up to date.
fn make(folder: &Path) -> Vec<Part> {
    let is_there = |name: &&str| folder.join(name).exists();
    let file = ["GNUmakefile", "makefile", "Makefile"]
        .into_iter()
        .find(is_there);
    let part = |_| command("build", "make", "always = true\n", &["make"]);
    file.map(part).into_iter().collect()
}

fn image(folder: &Path) -> Vec<Part> {
    if !folder.join("Dockerfile").exists() {
        return Vec::new();
    }
    let keys = r#"kind = "image-build"
inputs = ["**", "!target", "!node_modules"]
with = { image = "${name}", version = "0.1.0", dockerfile = "Dockerfile", transport = "docker" }
"#;
    vec![step("build", "image", keys)]
}

/// The first chart, here or up to two folders below.
fn chart(folder: &Path) -> Vec<Part> {
    let charts = charts(folder, 2);
    let Some(chart) = charts.first() else {
        return Vec::new();
    };
    let path = chart
        .strip_prefix(folder)
        .unwrap_or(chart)
        .display()
        .to_string();
    let path = if path.is_empty() {
        ".".to_string()
    } else {
        path
    };
    let values = chart.join("values.yaml").exists();
    let values = if values {
        format!(", values = [\"{path}/values.yaml\"]")
    } else {
        String::new()
    };
    let keys = format!("kind = \"helm-lint\"\nwith = {{ chart = \"{path}\"{values} }}\n");
    vec![step("test", "lint-chart", &keys)]
}

fn charts(folder: &Path, depth: usize) -> Vec<std::path::PathBuf> {
    if folder.join("Chart.yaml").exists() {
        return vec![folder.to_path_buf()];
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut below: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    below.sort();
    let deeper = |below: &std::path::PathBuf| {
        if depth > 0 {
            charts(below, depth - 1)
        } else {
            Vec::new()
        }
    };
    below.iter().flat_map(deeper).collect()
}
