//! Names: what collides is refused where it is written.

use crate::sandbox::{Sandbox, step};

const STEP: &str = "[[step]]\nid='a'\nkind='command'\nwith={argv=['true']}\n";

#[test]
fn names_that_collide_are_refused_at_their_place() {
    let service = |id: &str| {
        format!("[[step]]\nid='{id}'\nkind='process'\nwith={{name='web',argv=['true']}}\n")
    };
    let folder = |id: &str, path: &str| {
        format!("[[step]]\nid='{id}'\nkind='folder'\nwith={{path='{path}'}}\n")
    };
    let mut cases: Vec<(String, &str)> = vec![
        (
            format!("[vars]\nmy-x='1'\nmy_x='2'\n{STEP}"),
            ":5:1: PIPELINE_MY_X would override both `my-x` and `my_x`",
        ),
        (
            format!("[vars]\nstate_dir='1'\n{STEP}"),
            ":4:1: the variable `state_dir` would be overridden by PIPELINE_STATE_DIR",
        ),
        (
            format!("[goals]\na=['b']\n{STEP}{}", step("b", &[], "")),
            ":4:1: `a` is a goal and a step too",
        ),
        (
            format!("[goals]\na={{undo='b'}}\nb=['a']\n{STEP}"),
            ":4:1: `a` is a goal and a step too",
        ),
        (
            service("a") + &service("b"),
            "step `b` has the service `web`, and so has step `a` at pipeline.toml:3",
        ),
        (
            folder("a", "x") + &folder("b", "x/"),
            "step `b` has the folder `x`, and so has step `a`",
        ),
    ];
    for own in ["target", "profile", "context", "state", "root", "name"] {
        cases.push((
            format!("[vars]\n{own}='1'\n{STEP}"),
            "is a variable that xtask sets itself",
        ));
        cases.push((format!("[target.local]\n{own}='1'\n{STEP}"), ":4:1: `"));
    }
    for (text, said) in cases {
        Sandbox::new()
            .pipeline(&text)
            .run(&["plan", "a"])
            .code(2)
            .says(said);
    }
}

#[test]
fn the_engines_own_variables_are_not_to_be_set() {
    for (own, by) in [
        ("target", "--target"),
        ("profile", "--profile"),
        ("state", "PIPELINE_STATE_DIR"),
        ("name", "at the top"),
    ] {
        let set = format!("{own}=x");
        let sandbox = Sandbox::new().pipeline(STEP);
        sandbox
            .run(&["run", "a", "--set", &set])
            .code(2)
            .says(&format!("--set {own}: xtask sets"))
            .says(by);
    }
}

/// Steps of which no target has both may share what only one may have.
#[test]
fn what_no_target_has_twice_does_not_collide() {
    let service = |target: &str| {
        format!(
            "[[step]]\nid='a'\nkind='process'\nwhen={{target=['{target}']}}\nwith={{name='web',argv=['true']}}\n"
        )
    };
    let sandbox = Sandbox::new().pipeline(&(service("local") + &service("minikube")));
    sandbox.run(&["plan", "a", "--target", "local"]).code(0);
}

#[test]
fn a_name_that_was_refused_is_not_remembered() {
    let text = "[vars]\ndir='old'\n[[step]]\nid='f'\nkind='folder'\nwith={path='${dir}'}\n";
    let sandbox = Sandbox::new().pipeline(text).file("full/x", "");
    sandbox.run(&["run", "f"]).code(0);
    for refused in ["full", ".pipeline", "full/x"] {
        let dir = format!("dir={refused}");
        sandbox.run(&["run", "f", "--set", &dir]).code(1);
    }
    let ran = sandbox.run(&["run", "f", "--set", "dir=new"]).code(0);
    ran.says("stays until it is torn down: old\n");
}

#[test]
fn two_pipelines_do_not_share_a_state_folder() {
    let sandbox = Sandbox::new()
        .pipeline(STEP)
        .file("b.toml", &format!("version=1\nname='other'\n{STEP}"));
    sandbox.run(&["run", "a"]).code(0).says("1 done");
    for verb in [&["run", "a"][..], &["plan", "a"], &["status"]] {
        let words = [&["-f", "b.toml"], verb].concat();
        sandbox
            .run(&words)
            .code(2)
            .says("holds the state of")
            .says("PIPELINE_STATE_DIR=");
    }
    let written = sandbox.run(&["init", "-f", "c.toml"]).code(0);
    written.prints("PIPELINE_STATE_DIR=");
    let apart = sandbox.env("PIPELINE_STATE_DIR", ".pipeline-b");
    apart
        .run(&["-f", "b.toml", "run", "a"])
        .code(0)
        .says("1 done");
    apart.run(&["run", "a"]).code(2).says("holds the state of");
}

#[test]
fn a_pipeline_that_is_renamed_or_moved_keeps_its_state() {
    let sandbox = Sandbox::new().pipeline(STEP);
    sandbox.run(&["run", "a"]).code(0).says("1 done");
    std::fs::rename(
        sandbox.dir.join("pipeline.toml"),
        sandbox.dir.join("c.toml"),
    )
    .unwrap();
    sandbox
        .run(&["-f", "c.toml", "run", "a"])
        .code(0)
        .says("0 done");
    let moved = Sandbox::new();
    for name in ["c.toml", ".pipeline"] {
        std::fs::rename(sandbox.dir.join(name), moved.dir.join(name)).unwrap();
    }
    moved
        .run(&["-f", "c.toml", "run", "a"])
        .code(0)
        .says("0 done");
}

#[test]
fn a_value_that_is_no_text_is_refused_wherever_it_comes_from() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let text = "[vars]\ns='1'\n".to_string() + STEP;
    let sandbox = Sandbox::new().pipeline(&text);
    let mut call = sandbox.command(&["run", "a"]);
    let ran = call
        .env("PIPELINE_S", OsStr::from_bytes(b"\xff"))
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(2));
    let told = "error: PIPELINE_S: its value is not UTF-8 text; give it one that is, or unset it\n";
    assert_eq!(String::from_utf8_lossy(&ran.stderr), told);
}

#[test]
fn a_name_is_no_option_of_a_command_line() {
    let step = "[[step]]\nid='ID'\nkind='command'\nwith={argv=['true']}\n";
    for (text, place) in [
        (step.replace("ID", "--all"), "pipeline.toml:4:4"),
        (format!("[goals]\n-a=['ID']\n{step}"), "pipeline.toml:4:1"),
    ] {
        let ran = Sandbox::new().pipeline(&text).run(&["plan"]).code(2);
        ran.says(&format!("{place}: `-")).says("begins with `-`");
    }
}
