//! Teardown removes what is ours and nothing else.

use crate::sandbox::{Sandbox, tells};

const FOLDER: &str = "[goals]\nup=['data']\nteardown={undo='up'}\n[[step]]\nid='data'\nkind='folder'\nwith={path='data'}\n";

#[test]
fn a_folder_that_was_made_is_deleted() {
    let sandbox = Sandbox::new().pipeline(FOLDER);
    sandbox.run(&["up"]).code(0);
    assert!(sandbox.has("data"));
    sandbox.run(&["teardown"]).code(0);
    assert!(!sandbox.has("data"));
    sandbox.run(&["up"]).code(0).says("1 done");
}

/// `--adopt` takes over what is there, but for what holds the project or the state.
#[test]
fn what_holds_the_project_is_no_folder_of_a_step() {
    for path in [".", "..", "./data/..", ".pipeline", "link", "${nothere}"] {
        let text = FOLDER.replace("path='data'", &format!("path='{path}'"));
        let sandbox = Sandbox::new().pipeline(&format!("vars.nothere=''\n{text}"));
        std::os::unix::fs::symlink("..", sandbox.dir.join("link")).unwrap();
        let ran = sandbox.run(&["up", "--adopt"]);
        assert_ne!(ran.code, 0, "{path}");
        let told = format!("{}{}", ran.stdout, ran.stderr);
        let refused = ["none to be made or deleted by a step", "an empty path"];
        assert!(refused.iter().any(|words| told.contains(words)), "{told}");
        sandbox.run(&["teardown"]);
        assert!(sandbox.has("pipeline.toml"), "{path}");
    }
}

#[test]
fn a_lost_journal_loses_no_truth() {
    let sandbox = Sandbox::new().pipeline(FOLDER);
    sandbox.run(&["up"]).code(0);
    std::fs::remove_dir_all(sandbox.dir.join(".pipeline")).unwrap();
    sandbox.run(&["teardown"]).code(0).says("1 removed");
    assert!(!sandbox.has("data"));
}

#[test]
fn a_folder_that_was_there_before_is_left() {
    let sandbox = Sandbox::new().pipeline(FOLDER).file("data/mine", "x");
    sandbox.run(&["teardown"]).code(0).says("0 removed");
    assert!(sandbox.has("data/mine"));
}

/// As when a cluster was made anew between `up` and `teardown`: its ingress has no address any
/// more.
#[test]
fn what_a_check_no_longer_tells_keeps_nothing_from_being_removed() {
    let goals = "[goals]\nup = [\"uses\"]\nteardown = { undo = \"up\" }\n";
    let uses = r#"
[[step]]
id = "data"
kind = "folder"
with = { path = "data" }
[[step]]
id = "uses"
kind = "command"
needs = ["data"]
with = { argv = ["test", "${where.helm}", "=", "3.19.0"] }
"#;
    let sandbox = Sandbox::new()
        .pipeline(&[goals, &tells("helm"), uses].concat())
        .tool("helm", "echo v3.19.0")
        .tool("test", "exit 0");
    sandbox.run(&["up"]).code(0);
    assert!(sandbox.has("data"));
    sandbox.write("bin/helm", "#!/bin/sh\nexit 1");
    sandbox.run(&["teardown"]).code(0).says("1 removed");
    assert!(!sandbox.has("data"));
}
