//! The foreign example: a C project that knows nothing of the chatbot, built, changed and built
//! again in a copy of its own.

use std::collections::BTreeSet;
use std::path::Path;

use crate::sandbox::{Sandbox, skipped};

const EVERYTHING: [&str; 6] = [
    "library",
    "obj:calc",
    "obj:stack",
    "program",
    "test",
    "test-program",
];

/// The example in a sandbox; nothing where there is no C compiler.
fn c_library() -> Option<Sandbox> {
    let found = |tool: &str| {
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
            .any(|dir| dir.join(tool).exists())
    };
    if !found("cc") || !found("ar") {
        skipped(
            "the example examples/c-library",
            "it needs `cc` and `ar`, and they are not on PATH",
        );
        return None;
    }
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/c-library");
    Some(Sandbox::copy_of(&example))
}

/// Reaches the goal; says which steps ran.
fn ran(sandbox: &Sandbox) -> BTreeSet<String> {
    let told = sandbox.run(&["run", "all", "--progress", "json"]).code(0);
    told.stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|line| line["outcome"] == "ok")
        .map(|line| line["step"].as_str().unwrap().to_string())
        .collect()
}

fn steps<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_string).into()
}

fn edit(sandbox: &Sandbox, path: &str, from: &str, to: &str) {
    let text = sandbox.read(path);
    assert!(text.contains(from), "{path} has no `{from}`");
    sandbox.write(path, &text.replace(from, to));
}

#[test]
fn a_header_runs_exactly_what_includes_it() {
    let Some(sandbox) = c_library() else { return };
    assert_eq!(ran(&sandbox), steps(EVERYTHING));
    assert_eq!(ran(&sandbox), steps([]));

    // A word in a comment: what includes the header is compiled, comes out the same, and nothing
    // behind it runs.
    edit(
        &sandbox,
        "include/calc.h",
        "Sums in postfix",
        "Sums in the postfix",
    );
    assert_eq!(
        ran(&sandbox),
        steps(["obj:calc", "program", "test-program"])
    );

    // A change that moves code: everything that includes it, and everything behind that.
    edit(&sandbox, "include/stack.h", "STACK_ROOM 64", "STACK_ROOM 8");
    assert_eq!(ran(&sandbox), steps(EVERYTHING));

    // A source file that only one object has.
    edit(
        &sandbox,
        "src/stack.c",
        "stack->count == 0",
        "stack->count <= 0",
    );
    let behind = ["obj:stack", "library", "program", "test-program", "test"];
    assert_eq!(ran(&sandbox), steps(behind));
    assert_eq!(ran(&sandbox), steps([]));
}

#[test]
fn a_failing_test_fails_the_run_and_is_put_right() {
    let Some(sandbox) = c_library() else { return };
    edit(&sandbox, "src/calc.c", "left - right", "right - left");
    sandbox
        .run(&["run", "all"])
        .code(1)
        .says("FAIL test")
        .says("\"2 3 4 * -\": 0 and 10");
    edit(&sandbox, "src/calc.c", "right - left", "left - right");
    let again = ["obj:calc", "library", "program", "test-program", "test"];
    assert_eq!(ran(&sandbox), steps(again));
}
