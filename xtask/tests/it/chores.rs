//! The repository's own chores.

use std::process::Command;

use crate::sandbox::Sandbox;

#[test]
fn generated_files_are_written_once_and_a_change_of_them_is_told() {
    let sandbox = Sandbox::new().pipeline("");
    let git = Command::new("git")
        .args(["init", "-q"])
        .current_dir(&sandbox.dir)
        .status();
    assert!(git.unwrap().success());
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
