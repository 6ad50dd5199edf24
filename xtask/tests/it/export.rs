//! Workflows for other systems: every step once, in order, with what it needs. Read by their shape.

use crate::sandbox::{Sandbox, step};

fn sandbox() -> Sandbox {
    let text = [
        "[goals]\nup=['last']\ndown={undo='up'}\n",
        &step("first", &[], "secrets=['TOKEN']"),
        &step("b/x", &["first"], "timeout='90s'\nretry={attempts=2}"),
        &step("b-x", &["first"], ""),
        &step("last", &["b/x", "b-x"], ""),
        &step("unwanted", &[], ""),
    ];
    Sandbox::new().pipeline(&text.concat())
}

fn export(sandbox: &Sandbox, system: &str) -> String {
    sandbox.run(&["export", system]).code(0).stdout
}

/// The values of a key, wherever it stands.
fn values<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    let value = |line: &'a str| line.trim_start_matches([' ', '-']).strip_prefix(key);
    text.lines().filter_map(value).map(str::trim).collect()
}

#[test]
fn github_runs_every_step_once_in_order_with_all_secrets() {
    let text = export(&sandbox(), "github-actions");
    let runs: Vec<&str> = values(&text, "run:");
    let call = |id: &str| format!("\"cargo xtask run {id} --target local --profile local\"");
    let expected: Vec<String> = ["first", "b/x", "b-x", "last"].map(call).to_vec();
    assert_eq!(runs[0], "cargo xtask --version");
    assert_eq!(runs[1..], expected);
    assert_eq!(values(&text, "TOKEN:"), ["${{ secrets.TOKEN }}"]);
    assert_eq!(values(&text, "timeout-minutes:"), ["8"]);
}

/// Each `run:` line, in order, as the runner would: a shell, the secrets as they are where nobody
/// set them, and a `cargo xtask`.
#[test]
fn what_github_is_given_runs_and_runs_no_step_twice() {
    let sandbox = sandbox().tool(
        "cargo",
        &format!("shift; exec {} \"$@\"", env!("CARGO_BIN_EXE_xtask")),
    );
    let text = export(&sandbox, "github-actions");
    let path = format!("{}/bin:/usr/bin:/bin", sandbox.dir.display());
    for line in values(&text, "run:") {
        let line = serde_json::from_str(line).unwrap_or(line.to_string());
        let mut shell = std::process::Command::new("sh");
        shell.args(["-ec", &line]).current_dir(&sandbox.dir);
        let ran = shell.env("TOKEN", "").env("PATH", &path).output().unwrap();
        assert!(
            ran.status.success(),
            "{line}: {}",
            String::from_utf8_lossy(&ran.stderr)
        );
    }
    assert_eq!(
        sandbox.read("order").replace('\n', " "),
        "first b/x b-x last "
    );
}

#[test]
fn argo_has_a_task_for_every_step_that_waits_for_its_needs() {
    let text = export(&sandbox(), "argo");
    let (head, tail) = text.split_once("      dag:\n").unwrap();
    let (tasks, tail) = tail.split_once("\n    - name: checkout\n").unwrap();
    assert_eq!(
        values(tasks, "name:"),
        ["checkout", "first", "b-x-1", "b-x", "last"]
    );
    assert_eq!(
        values(tasks, "dependencies:"),
        ["[checkout]", "[first]", "[first]", "[b-x-1, b-x]"]
    );
    assert!(tasks.contains("value: \"b/x\""));
    assert!(!head.contains("parallelism") && tail.contains("\"--join\""));
    assert!(tail.contains("secretKeyRef: {name: test, key: TOKEN, optional: true}"));
}

/// The indentation of each line follows from the one before: one level deeper at most, and never a
/// tab.
#[test]
fn the_text_is_laid_out_as_yaml() {
    for system in ["github-actions", "argo"] {
        let mut depth = 0;
        for line in export(&sandbox(), system).lines() {
            let text = line.trim_start();
            let now = line.len() - text.len() + if text.starts_with("- ") { 2 } else { 0 };
            assert!(now <= depth + 4 && now % 2 == 0, "{system}: {line}");
            assert!(!line.contains('\t'));
            depth = now;
        }
    }
}

#[test]
fn what_removes_is_no_workflow() {
    sandbox()
        .run(&["export", "argo", "down"])
        .code(2)
        .says("`cargo xtask down`");
}
