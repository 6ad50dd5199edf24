//! What lies in a folder, as steps that fit it.

use std::fs;
use std::path::Path;

use serde_json::Value;

use engine::called;

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
        step(
            "build",
            "greeting",
            &greeting.replace("cargo xtask", called::name()),
        ),
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

/// What counts for these tools may be any file, here or elsewhere, and they look at each by
/// themselves.
fn always(who: &str) -> String {
    format!("always = true                     # {who} knows best what is up to date\n")
}

fn cargo(folder: &Path) -> Vec<Part> {
    if !folder.join("Cargo.toml").exists() {
        return Vec::new();
    }
    let build = always("cargo");
    let test = format!("needs = [\"cargo-build\"]\n{build}");
    vec![
        command("build", "cargo-build", &build, &["cargo", "build"]),
        command("test", "cargo-test", &test, &["cargo", "test"]),
    ]
}

/// Where a script writes, only its author knows. Taken for an input, that would have it run for
/// ever; not named as an output, nobody would miss it.
const SCRIPT: &str = r#"always = true                     # it may read and write anything; in place of this, once you know what:
# inputs = ["**", "!node_modules", "!dist"]
"#;
const BUILDS: &str = "# outputs = [\"dist\"]\n";

/// The package's own scripts. Who installs its dependencies depends on whose lock file lies there.
/// Not `npm ci`, which begins from nothing each time.
fn npm(folder: &Path) -> Vec<Part> {
    let text = fs::read_to_string(folder.join("package.json")).unwrap_or_default();
    let Ok(package) = serde_json::from_str::<Value>(&text) else {
        return Vec::new();
    };
    let has = |file: &str| folder.join(file).exists();
    let tool = match () {
        () if has("pnpm-lock.yaml") => "pnpm",
        () if has("yarn.lock") => "yarn",
        () => "npm",
    };
    let mut parts = Vec::new();
    let needs = ["dependencies", "devDependencies", "workspaces"]
        .iter()
        .any(|key| !package[key].is_null());
    if needs {
        let keys = always(tool);
        parts.push(command(
            "build",
            "install-packages",
            &keys,
            &[tool, "install"],
        ));
    }
    let needs = if needs {
        "needs = [\"install-packages\"]\n"
    } else {
        ""
    };
    // What npm itself writes into a new package only fails.
    let has = |goal: &str| {
        let script = package["scripts"][goal].as_str().unwrap_or_default();
        !script.is_empty() && !script.contains("no test specified")
    };
    let after = match has("build") {
        true => "needs = [\"build-package\"]\n",
        false => needs,
    };
    for (goal, id, needs, outputs) in [
        ("build", "build-package", needs, BUILDS),
        ("test", "test-package", after, ""),
    ] {
        if has(goal) {
            let keys = format!("{needs}{SCRIPT}{outputs}");
            parts.push(command(goal, id, &keys, &[tool, "run", goal]));
        }
    }
    parts
}

fn go(folder: &Path) -> Vec<Part> {
    if !folder.join("go.mod").exists() {
        return Vec::new();
    }
    let keys = always("go");
    vec![
        command("build", "go-build", &keys, &["go", "build", "./..."]),
        command("test", "go-test", &keys, &["go", "test", "./..."]),
    ]
}

fn make(folder: &Path) -> Vec<Part> {
    let is_there = |name: &&str| folder.join(name).exists();
    let file = ["GNUmakefile", "makefile", "Makefile"]
        .into_iter()
        .find(is_there);
    let part = |_| command("build", "make", &always("make"), &["make"]);
    file.map(part).into_iter().collect()
}

fn image(folder: &Path) -> Vec<Part> {
    if !folder.join("Dockerfile").exists() {
        return Vec::new();
    }
    let keys = r#"kind = "image-build"              # what the Dockerfile copies counts, less what .dockerignore names
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
