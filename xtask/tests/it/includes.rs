//! A pipeline of several files: `include`.

use crate::sandbox::{Sandbox, step};
use crate::watch::Watching;

const FIRST: &str = "include=['ci/checks.toml']\n[goals]\nall=['a']\n[vars]\nword='first'\n";

fn sandbox(first: &str, included: &str) -> Sandbox {
    let first = format!("{FIRST}{first}{}", step("a", &[], "inputs=['in']"));
    Sandbox::new()
        .pipeline(&first)
        .file("ci/checks.toml", included)
        .file("in", "1\n")
}

fn checks() -> String {
    let b =
        step("b", &["a"], "inputs=['in']").replace(">> order", ">> order; echo ${word} ${more}");
    format!("[goals]\nci=['b']\n[vars]\nmore='second'\n{b}")
}

#[test]
fn steps_goals_and_variables_of_all_files_are_one_pipeline() {
    let sandbox = sandbox("", &checks());
    sandbox
        .run(&["run", "ci", "-v"])
        .code(0)
        .says("first second");
    assert_eq!(sandbox.read("order"), "a\nb\n");
    sandbox.run(&["run", "ci"]).code(0).says("0 done");
}

#[test]
fn an_edit_of_an_included_file_is_seen() {
    let sandbox = sandbox("", &checks());
    sandbox.run(&["run", "ci"]).code(0);
    sandbox.run(&["run", "ci"]).code(0).says("0 done");
    sandbox.write("ci/checks.toml", &checks().replace("second", "third"));
    sandbox
        .run(&["run", "ci", "-v"])
        .code(0)
        .says("first third");
    let watching = Watching::start(&sandbox, "ci");
    watching.said("0 done");
    sandbox.write("ci/checks.toml", &checks().replace("second", "fourth"));
    watching.said("changed: ci/checks.toml");
    watching.said("1 done");
}

#[test]
fn what_is_wrong_is_said_where_it_stands() {
    let comand = "\n[[step]]\nid='b'\nkind='comand'\n";
    let again = step("a", &[], "");
    for (included, said) in [
        (comand, "ci/checks.toml:4:6: unknown kind `comand`"),
        ("[[step]\n", "ci/checks.toml:1:"),
        (
            again.as_str(),
            "ci/checks.toml:2:6: the id `a` is taken by the step at pipeline.toml:8",
        ),
        (
            "[vars]\nword='x'\n",
            "ci/checks.toml:2:1: `word` stands at pipeline.toml:7 already",
        ),
        (
            "name='x'\n",
            "ci/checks.toml:1:1: `name` stands at pipeline.toml:2 already",
        ),
        (
            "include=['x']\n",
            "ci/checks.toml:1:1: a file that is included can't include others",
        ),
        (
            "step=1\n",
            "ci/checks.toml:1:1: `step` stands at pipeline.toml:8 already",
        ),
    ] {
        sandbox("", included)
            .run(&["plan", "all"])
            .code(2)
            .says(said);
    }
    let missing = sandbox("", "");
    std::fs::remove_file(missing.dir.join("ci/checks.toml")).unwrap();
    let said = "pipeline.toml:3:10: can't include `ci/checks.toml`: there is no such file";
    missing.run(&["plan", "all"]).code(2).says(said);
}

#[test]
fn a_file_is_included_once_and_by_its_name() {
    for (names, said) in [
        (
            "'a.toml', 'a.toml'",
            "`a.toml` is included twice; name it once",
        ),
        (
            "'*.toml'",
            "can't include `*.toml`: it is no pattern; name each file",
        ),
    ] {
        let sandbox = Sandbox::new().pipeline(&format!("include=[{names}]\n"));
        sandbox.write("a.toml", "");
        sandbox.run(&["plan", "a"]).code(2).says(said);
    }
}

#[test]
fn a_watch_notices_one_that_comes_or_is_mended() {
    let sandbox = Sandbox::new()
        .pipeline(&step("a", &[], "inputs=['in']"))
        .file("in", "1\n");
    let watching = Watching::start(&sandbox, "a");
    watching.said("1 done");
    let alone = sandbox.read("pipeline.toml");
    sandbox.write(
        "pipeline.toml",
        &format!("include=['ci/later.toml']\n{alone}"),
    );
    watching.said("can't include");
    sandbox.write("ci/later.toml", "[gaols]");
    watching.said("gaols");
    sandbox.write("ci/later.toml", &step("b", &[], ""));
    watching.said("0 done, 1 skipped");
}
