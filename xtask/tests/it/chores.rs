//! The repository's own chores: `ci`, `codegen`, `dist`.

use std::process::Command;

use crate::sandbox::Sandbox;

const CHECKS: &str = "[goals]\nci=['test','lint','browser']\n\
    [[step]]\nid='test'\nkind='command'\ninputs=['src']\nwith={argv=['sh','-c','echo running; cat src']}\n\
    [[step]]\nid='lint'\nkind='command'\nwith={argv=['echo','nothing found']}\n\
    [[step]]\nid='browser'\nkind='command'\nwith={argv=['sh','-c','echo it needs chromium; exit 77'],left_out=77}\n";

fn checks(src: &str) -> Sandbox {
    Sandbox::new().pipeline(CHECKS).file("src", src)
}

#[test]
fn a_gate_tells_how_each_check_closed_and_what_it_left_out() {
    let ran = checks("SKIPPED: no cluster\ntest result: ok. 3 passed\nthe end\n")
        .run(&["ci"])
        .code(0)
        .says("LEFT OUT browser: it needs chromium")
        .says("2 done, 0 skipped, 1 left out")
        .prints("== test\nSKIPPED: no cluster\ntest result: ok. 3 passed\n")
        .prints("== lint\nnothing found\n");
    assert!(!ran.stdout.contains("the end"), "{}", ran.stdout);
}

#[test]
fn a_gate_runs_only_the_checks_for_which_something_moved() {
    let sandbox = checks("test result: ok. 1 passed\n");
    sandbox.run(&["ci"]).code(0);
    let again = sandbox.run(&["ci"]).code(0).says("0 done, 2 skipped");
    assert!(!again.stdout.contains("test result"), "{}", again.stdout);
    sandbox.write("src", "test result: ok. 2 passed\n");
    sandbox
        .run(&["ci"])
        .code(0)
        .says("1 done, 1 skipped")
        .prints("2 passed");
}

#[test]
fn a_check_that_fails_is_told_in_full() {
    let sandbox = Sandbox::new().pipeline(
        "[goals]\nci=['a']\n[[step]]\nid='a'\nkind='command'\nwith={argv=['sh','-c','for n in 1 2 3; do echo line $n; done; exit 1']}\n",
    );
    sandbox
        .run(&["ci"])
        .code(1)
        .prints("line 1\nline 2\nline 3\n");
}

#[test]
fn generated_files_are_written_once_and_a_change_of_them_is_told() {
    let sandbox = Sandbox::new().pipeline("");
    git(&sandbox, &["init", "-q"]);
    std::fs::create_dir(sandbox.dir.join("docs")).unwrap();
    sandbox.write(
        "README.md",
        "before\n<!-- codegen: causes -->\n<!-- /codegen -->\nafter\n",
    );
    sandbox
        .run(&["codegen", "--check"])
        .code(1)
        .prints("run `cargo xtask codegen`");
    sandbox
        .run(&["codegen"])
        .code(0)
        .prints("docs/pipeline.md written");
    sandbox.run(&["codegen", "--check"]).code(0);
    let text = sandbox.read("README.md");
    assert!(
        text.starts_with("before\n") && text.ends_with("\nafter\n"),
        "{text}"
    );
    assert!(text.contains("`image-missing`"), "{text}");
    sandbox.write("README.md", &text.replace("image-missing", "image-gone"));
    sandbox
        .run(&["codegen", "--check"])
        .code(1)
        .prints("README.md is not what the code says");
}

const APP: &str = "[package]\nname='app'\nversion='1.2.3'\nedition='2024'\nlicense='MIT'\n\
    [workspace]\n[workspace.metadata.dist]\npackages=['app']\n";

/// Says what it was given, as `helm package FOLDER --destination FOLDER` would write it.
const HELM: &str = "echo \"$2\" > \"$4/chart-1.2.3.tgz\"";

#[test]
fn a_release_has_programs_charts_materials_and_checksums() {
    let sandbox = Sandbox::new()
        .pipeline("")
        .file("Cargo.toml", APP)
        .file(
            "Cargo.lock",
            "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"1.2.3\"\n",
        )
        .file("src/main.rs", "fn main() {}\n")
        .file("chart/Chart.yaml", "name: chart\n")
        .file("chart/charts/inner/Chart.yaml", "name: inner\n")
        .tool("helm", HELM);
    let path = format!(
        "{}/bin:{}",
        sandbox.dir.display(),
        std::env::var("PATH").unwrap()
    );
    let sandbox = sandbox.env("PATH", &path);
    git(&sandbox, &["init", "-q"]);
    git(&sandbox, &["add", "."]);
    sandbox
        .run(&["dist"])
        .code(0)
        .prints("target/dist/SHA256SUMS written");
    let dist = |name: &str| sandbox.read(&format!("target/dist/{name}"));
    assert_eq!(dist("chart-1.2.3.tgz"), "chart\n");
    assert!(dist("app-1.2.3.cdx.json").contains("\"purl\": \"pkg:cargo/app@1.2.3\""));
    let sums = dist("SHA256SUMS");
    let program = sums.lines().find(|line| line.contains("  app-1.2.3-"));
    let program = program.unwrap().split("  ").last().unwrap();
    let program = sandbox.dir.join("target/dist").join(program);
    assert!(Command::new(program).status().unwrap().success());
    assert_eq!(sums.lines().count(), 3, "{sums}");
}

fn git(sandbox: &Sandbox, args: &[&str]) {
    let status = Command::new("git")
        .args(args)
        .current_dir(&sandbox.dir)
        .status();
    assert!(status.unwrap().success());
}
