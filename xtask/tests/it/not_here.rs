//! What is asked for and is not there, or not here: said with what leads on.

use crate::errors::refused;
use crate::sandbox::{Sandbox, send, step, until};

/// A release need not be named by variables: its step knows it, unless there are several.
#[test]
fn a_release_is_found_by_the_step_that_makes_it() {
    let release = |id: &str| {
        format!(
            "[[step]]\nid = \"{id}\"\nkind = \"helm-release\"\nwith = {{ release = \"{id}\" }}\n"
        )
    };
    let head = "[targets]\ncontext = { argument = true }\n[defaults]\ncontext = \"${context}\"\nnamespace = \"n\"\nchart = \"chart\"\n";
    let rollback = |steps: &str| {
        let sandbox = Sandbox::new().pipeline(&format!("{head}{steps}"));
        sandbox.run(&["rollback", "--dry-run", "--target", "context:lab"])
    };
    rollback(&release("web"))
        .code(0)
        .prints("helm rollback web --wait --timeout 3m --kube-context lab --namespace n");
    rollback(&(release("web") + &release("db")))
        .code(2)
        .says("has several releases; say which one to roll back");
}

/// What is told of a step that is there, and of a call that finds nothing, leads on.
#[test]
fn steps_and_goals_that_are_not_here() {
    let text = format!(
        "[goals]\nbuild=['a']\n{}{}",
        step("a", &[], ""),
        step("w", &[], "when = { os = ['windows'] }")
    );
    let sandbox = Sandbox::new().pipeline(&text);
    for call in [&["run", "w"][..], &["explain", "w"]] {
        sandbox
            .run(call)
            .code(2)
            .says("the step `w` of pipeline.toml is left out by its `when`");
    }
    sandbox
        .run(&["teardown"])
        .code(2)
        .says("add `teardown = { undo = \"build\" }` to [goals]");
    sandbox
        .run(&["report"])
        .code(2)
        .says("`cargo xtask run build` writes");
}

#[test]
fn files_of_secrets_that_are_none() {
    for (bytes, said) in [
        (&b"KEY=\xff\xfe12\n"[..], ".env: is not UTF-8 text"),
        (b"\nKEY=a\0b\n", ".env:2: the value of `KEY` holds a NUL"),
    ] {
        let sandbox = Sandbox::new().pipeline(&step("a", &[], "secrets = ['KEY']"));
        std::fs::write(sandbox.dir.join(".env"), bytes).unwrap();
        refused(sandbox, &["run", "a"], &[said]);
    }
    let sandbox = Sandbox::new().pipeline(&format!("env_file = ''\n{}", step("a", &[], "")));
    refused(
        sandbox,
        &["run", "a"],
        &["pipeline.toml:3:", "`env_file` names no file"],
    );
}

/// The user's own line comes before the engine's.
#[test]
fn what_a_check_waited_for_in_vain_is_told_with_its_fix() {
    let text = "[[step]]\nid='a'\nkind='check'\ntimeout='300ms'\n\
                with={argv=['sh','-c','echo not up; exit 1'],wait=true,fix='start it with make db'}\n";
    let ran = Sandbox::new().pipeline(text).run(&["run", "a"]).code(1);
    ran.says("still: not up").says("fix: start it with make db");
}

#[test]
fn what_a_run_is_at_is_not_said_to_be_missing() {
    let text = step("a", &[], "").replace("echo a >> order", "touch begun; sleep 30");
    let sandbox = Sandbox::new().pipeline(&text);
    let mut child = sandbox.start(&["run", "a"]);
    until("it has begun", || sandbox.has("begun"));
    let views = [&["status"][..], &["plan"], &["explain", "a"]];
    let views = views.map(|view| sandbox.run(view).code(0));
    send("TERM", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(143));
    for view in views {
        let view = view.prints("a run is under way");
        assert!(!view.stdout.contains("last time"), "{}", view.stdout);
    }
}

#[test]
fn calls_that_make_no_sense() {
    let text = [
        "[goals]\nup=['a']\n",
        &step("a", &[], ""),
        &step("b", &[], ""),
    ];
    let sandbox = Sandbox::new().pipeline(&text.concat());
    sandbox
        .run(&["watch", "up", "--dry-run"])
        .code(2)
        .says("`cargo xtask plan up` tells what it would begin with");
    for verb in ["run", "plan"] {
        sandbox
            .run(&[verb, "up", "--force=b"])
            .code(2)
            .says("--force=b: the step is no part of up; name it too: `cargo xtask run up b ");
    }
    sandbox
        .run(&["run", "up", "-j", "0"])
        .code(2)
        .says("0 is not in 1..");
}

/// It was never done, and what it takes from others is known all the same.
#[test]
fn what_a_step_takes_is_explained_before_it_was_done() {
    let text = "[[step]]\nid='data'\nkind='folder'\nwith={path='data'}\n\
                [[step]]\nid='a'\nkind='command'\nwith={argv=['sh','-c','echo ${data.path}; exit 1']}\n";
    let sandbox = Sandbox::new().pipeline(text);
    sandbox.run(&["run", "a"]).code(1);
    let ran = sandbox.run(&["explain", "a"]).code(0);
    ran.prints("~ need data").prints("~ with.argv");
}

const HELM: &str = r#"case "$1" in
version) echo v3.19.0+g1 ;;
upgrade) touch up ;;
list) if [ -e forbidden ]; then
        echo 'Error: list: failed to list: secrets is forbidden: User "eve" cannot list resource "secrets" in API group "" in the namespace "n"' >&2
        exit 1
    fi
    [ -e up ] && echo '[{"name":"app","revision":"1","status":"deployed","updated":"2026-01-01 00:00:00 +0000 UTC","chart":"c-1"}]' || echo '[]' ;;
esac"#;

#[test]
fn what_somebody_may_not_look_at_is_not_called_missing() {
    let text = "[[step]]\nid='release'\nkind='helm-release'\n\
                with={context='lab',namespace='n',release='app',chart='c'}\n";
    let sandbox = Sandbox::new()
        .pipeline(text)
        .file("c/Chart.yaml", "name: c\n");
    let sandbox = sandbox.tool("helm", HELM);
    sandbox.run(&["run", "release"]).code(0);
    sandbox.run(&["status"]).code(0).prints("stands   release");
    sandbox.write("forbidden", "");
    let status = sandbox.run(&["status"]).code(0);
    status
        .prints("broken   release")
        .prints("eve may not list secrets in the namespace n");
}

#[test]
fn a_goal_that_has_no_steps_here_is_told_apart_from_none() {
    let text = "[goals]\nlater=['a']\n[[step]]\nid='a'\nkind='command'\nwhen={os=['plan9-like']}\nwith={argv=['true']}\n\
                [[step]]\nid='b'\nkind='command'\nwith={argv=['true']}\n";
    let os = if cfg!(target_os = "macos") {
        "linux"
    } else {
        "macos"
    };
    let sandbox = Sandbox::new().pipeline(&text.replace("plan9-like", os));
    let ran = sandbox.run(&["run", "later"]).code(2);
    ran.says("the goal `later` of pipeline.toml has no steps here: the target is ");
    let sandbox = sandbox
        .pipeline("[goals]\nnow=['b']\n[[step]]\nid='b'\nkind='command'\nwith={argv=['true']}\n");
    let explained = sandbox.run(&["explain", "now"]).code(2);
    assert!(!explained.stderr.contains("has no steps here"));
}
