//! Teardown removes what is ours and nothing else.

use crate::sandbox::{Sandbox, tells};

const FOLDER: &str = "[goals]\nup=['data']\nteardown={undo='up'}\n[[step]]\nid='data'\nkind='folder'\nwith={path='data'}\n";

/// The same with another path.
fn folder(path: &str) -> String {
    FOLDER.replace("path='data'", &format!("path='{path}'"))
}

#[track_caller]
fn shell(sandbox: &Sandbox, script: &str) {
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", script]).current_dir(&sandbox.dir);
    assert!(shell.status().unwrap().success());
}

#[test]
fn a_folder_that_was_made_is_deleted() {
    let sandbox = Sandbox::new().pipeline(FOLDER);
    sandbox.run(&["up"]).code(0);
    assert!(sandbox.has("data"));
    sandbox.run(&["teardown"]).code(0);
    assert!(!sandbox.has("data"));
    sandbox.run(&["up"]).code(0).says("1 done");
}

#[test]
fn one_that_was_made_under_another_path_goes_with_it() {
    let sandbox = Sandbox::new().pipeline(FOLDER);
    sandbox.run(&["up"]).code(0);
    let sandbox = sandbox.pipeline(&folder("data2/"));
    sandbox.run(&["up"]).code(0);
    sandbox.write("foreign/x", "1");
    let sandbox = sandbox.pipeline(&folder("data3"));
    sandbox.run(&["up"]).code(0);
    let status = sandbox.run(&["status"]).code(0);
    status.prints("data3 is there; made before and not removed: data, data2");
    assert!(sandbox.has("data") && sandbox.has("data2") && sandbox.has("data3"));
    sandbox.run(&["teardown"]).code(0);
    let left = ["data", "data2", "data3", "foreign"].map(|name| sandbox.has(name));
    assert_eq!(left, [false, false, false, true]);
}

/// Two clones, or two pipelines, may name the same folder.
#[test]
fn a_folder_that_another_clone_made_is_left() {
    let shared = Sandbox::new();
    let path = shared.dir.join("data");
    let text = folder(&path.display().to_string());
    let [one, other] = [(); 2].map(|()| Sandbox::new().pipeline(&text));
    one.run(&["up"]).code(0);
    shared.write("data/theirs", "x");
    other
        .run(&["up"])
        .code(1)
        .says(" was made for another pipeline, state folder or clone");
    other.run(&["teardown"]).code(0).says("left: the folder");
    assert!(shared.has("data/theirs"));
    other.run(&["up", "--adopt"]).code(0);
    other.run(&["teardown"]).code(0);
    assert!(!shared.has("data"));
}

/// What a plan says is what a run says.
#[test]
fn what_lies_where_a_folder_is_to_be_is_named_with_what_to_do() {
    let file = "the folder x/data can't be made: x is there and is no folder";
    let other = "the folder x/data is there already and nothing says that it is ours";
    for (lies, cause, fix) in [
        ("x", file, "move x away"),
        ("x/data/theirs", other, "--adopt"),
    ] {
        let sandbox = Sandbox::new().pipeline(&folder("x/data"));
        sandbox.run(&["up"]).code(0);
        shell(&sandbox, "rm -r x");
        let sandbox = sandbox.file(lies, "");
        sandbox.run(&["plan", "up"]).code(0).prints(cause);
        sandbox.run(&["status"]).prints(cause);
        sandbox.run(&["up"]).code(1).says(cause).says(fix);
    }
}

/// What lies in the project goes with it, and is each one's own in a copy.
#[test]
fn a_folder_in_the_project_is_moved_and_copied_with_it() {
    let text = folder("${state}/data");
    let outer = Sandbox::new();
    outer.write(
        "a/pipeline.toml",
        &Sandbox::new().pipeline(&text).read("pipeline.toml"),
    );
    outer.run(&["up", "-C", "a"]).code(0);
    outer.write("a/.pipeline/data/db", "x");
    shell(&outer, "cp -a a copy && mv a moved");
    outer.run(&["up", "-C", "moved", "--force"]).code(0);
    outer.run(&["up", "-C", "copy"]).code(0);
    outer
        .run(&["teardown", "-C", "copy"])
        .code(0)
        .says("1 removed");
    assert!(!outer.has("copy/.pipeline/data") && outer.has("moved/.pipeline/data/db"));
}

#[test]
fn a_folder_outside_is_shared_by_the_targets_of_a_clone() {
    let shared = Sandbox::new();
    let path = shared.dir.join("data");
    let text = folder(&path.display().to_string());
    let sandbox = Sandbox::new().pipeline(&format!("[targets]\none={{}}\ntwo={{}}\n{text}"));
    sandbox.run(&["up", "--target", "one"]).code(0);
    sandbox.run(&["up", "--target", "two"]).code(0);
}

/// A link is removed, not what it leads to.
#[test]
fn what_a_link_leads_to_is_left() {
    let sandbox = Sandbox::new().pipeline(FOLDER);
    std::fs::create_dir(sandbox.dir.join("theirs")).unwrap();
    std::os::unix::fs::symlink("theirs", sandbox.dir.join("data")).unwrap();
    sandbox.run(&["up"]).code(0);
    sandbox.write("theirs/db", "x");
    sandbox.run(&["teardown"]).code(0);
    assert!(sandbox.has("theirs/db") && !sandbox.dir.join("data").is_symlink());
}

#[test]
fn of_a_link_that_was_taken_over_only_the_link_goes() {
    let sandbox = Sandbox::new().pipeline(FOLDER).file("theirs/db", "x");
    std::os::unix::fs::symlink("theirs", sandbox.dir.join("data")).unwrap();
    let refused = sandbox.run(&["up"]).code(1);
    refused.says("`teardown` then deletes the link, and not what it leads to");
    sandbox.run(&["up", "--adopt"]).code(0);
    assert!(sandbox.has("theirs/.made-by-pipeline"));
    sandbox.run(&["teardown"]).code(0).says("1 removed");
    let left: Vec<_> = std::fs::read_dir(sandbox.dir.join("theirs"))
        .unwrap()
        .collect();
    assert!(left.len() == 1 && !sandbox.dir.join("data").is_symlink());
}

/// The mark goes last, so what is left is still ours once the cause is mended.
#[test]
fn a_folder_that_can_not_be_deleted_whole_stays_ours() {
    let sandbox = Sandbox::new().pipeline(FOLDER);
    sandbox.run(&["up"]).code(0);
    for name in ["a", "db", "m", "zz"] {
        sandbox.write(&format!("data/{name}/x"), "1");
    }
    // What root may delete all the same takes an attribute of the file system.
    shell(
        &sandbox,
        "chmod u-w data/m; chattr +i data/m/x 2>/dev/null || :",
    );
    let ran = sandbox.run(&["teardown"]);
    shell(
        &sandbox,
        "chmod u+w data/m; chattr -i data/m/x 2>/dev/null || :",
    );
    ran.code(1).says("can't delete").says("data/m: ");
    sandbox.run(&["teardown"]).code(0).says("1 removed");
    assert!(!sandbox.has("data"));
}

/// `--adopt` takes over what is there, but for what holds the project or the state.
#[test]
fn what_holds_the_project_is_no_folder_of_a_step() {
    for path in [".", "..", "./data/..", ".pipeline", "link", "${nothere}"] {
        let text = folder(path);
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
    sandbox.run(&["teardown"]).code(0).says("nothing to remove");
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

/// It would only say what is of no use any more, and may take long over it.
#[test]
fn no_check_is_asked_when_things_are_removed() {
    let check = "[[step]]\nid='check'\nkind='check'\nneeds=['data']\nwith={argv=['sh','-c','echo asked >> asked']}\n";
    let text = FOLDER.replace("['data']", "['check']") + check;
    let sandbox = Sandbox::new().pipeline(&text);
    sandbox.run(&["up"]).code(0);
    sandbox.write("asked", "");
    sandbox
        .run(&["teardown", "--dry-run"])
        .code(0)
        .prints("delete data");
    let plan = sandbox
        .run(&["teardown", "--dry-run", "--progress", "json"])
        .code(0)
        .json();
    assert_eq!(plan["removals"][1]["id"], "data", "{plan}");
    let acts = plan["removals"][1]["remove"].to_string();
    assert!(acts.contains("delete data"), "{acts}");
    sandbox.run(&["teardown"]).code(0);
    assert_eq!(sandbox.read("asked"), "");
    assert!(!sandbox.has("data"));
}

const TWO_GOALS: &str = "[goals]\nup=['web']\ntools=['tool']\nteardown={undo='up'}\ntools-down={undo='tools'}\n\
    [[step]]\nid='data'\nkind='folder'\nwith={path='data'}\n\
    [[step]]\neach=[{id='web',s='601'},{id='tool',s='602'}]\nid='${each.id}'\nkind='process'\nneeds=['data']\nwith={name='${each.id}',argv=['sleep','${each.s}']}\n";

/// Each removes its own; what both stand on goes with the last.
#[test]
fn what_a_service_of_another_goal_stands_on_stays() {
    let sandbox = Sandbox::new().pipeline(TWO_GOALS);
    sandbox.run(&["run", "up", "tools"]).code(0);
    let kept = "leave  data             kept: web, which still runs, needs it";
    sandbox.run(&["plan", "tools-down"]).code(0).prints(kept);
    sandbox.run(&["run", "tools-down"]).code(0);
    assert!(sandbox.has("data"));
    let status = sandbox.run(&["status"]).code(0);
    status.prints("everything stands");
    sandbox.run(&["teardown"]).code(0).says("2 removed");
    assert!(!sandbox.has("data"));
}

#[test]
fn what_another_profile_made_is_named() {
    let text = "profiles=['dev','prod']\n".to_string() + FOLDER + "when={profile=['prod']}\n";
    let other = "[[step]]\nid='other'\nkind='folder'\nwith={path='other'}\n";
    let text = text.replace("up=['data']", "up=['data','other']") + other;
    let sandbox = Sandbox::new().pipeline(&text);
    sandbox.run(&["up", "--profile", "prod"]).code(0);
    let left = "left: what data made; the profile dev leaves that out";
    sandbox.run(&["status"]).code(0).prints(left);
    sandbox.run(&["teardown"]).code(0).says(left);
    let removed = sandbox.run(&["teardown", "--profile", "prod"]).code(0);
    removed.says("1 removed, 1 skipped");
    let again = sandbox.run(&["teardown"]).code(0);
    assert!(!again.stderr.contains("left:") && !sandbox.has("data"));
}

/// Nobody can remove it without knowing how it was made, so it is named, and once in the end.
#[test]
fn what_a_step_made_that_is_no_longer_in_the_file_is_named() {
    let other = "[[step]]\nid='other'\nkind='folder'\nwith={path='other'}\n";
    let both = FOLDER.replace("up=['data']", "up=['data','other']") + other;
    let sandbox = Sandbox::new().pipeline(&both);
    sandbox.run(&["up"]).code(0);
    let renamed = both.replace("id='other'", "id='renamed'");
    let renamed = renamed.replace("'data','other'", "'data','renamed'");
    let sandbox = sandbox.pipeline(&renamed);
    sandbox.run(&["up"]).code(0);
    let status = sandbox.run(&["status"]).code(0);
    assert!(!status.stdout.contains("not looked at"), "it has it still");
    sandbox.run(&["teardown"]).code(0).says("2 removed");
    let status = sandbox.run(&["status"]).code(0);
    assert!(!status.stdout.contains("not looked at"), "it was removed");
    sandbox.run(&["up"]).code(0);
    let sandbox = sandbox.pipeline(FOLDER);
    let left = "not looked at: other, made by the step `renamed` that pipeline.toml no longer has";
    sandbox.run(&["status"]).code(0).prints(left);
    sandbox.run(&["teardown"]).code(0).says(left);
    let again = sandbox.run(&["teardown"]).code(0);
    assert!(!again.stderr.contains("not looked at"));
    assert!(sandbox.has("other"), "what nobody looked at stays");
}

/// Each has a state of its own, so what one made is not the other's; a project that was moved keeps
/// what is its own.
#[test]
fn a_folder_of_another_pipeline_in_the_same_project_is_left() {
    let one = Sandbox::new().pipeline(FOLDER);
    one.run(&["up"]).code(0);
    one.write("data/kept", "x");
    let other = Sandbox::copy_of(&one.dir);
    let other = other.env("PIPELINE_STATE_DIR", ".pipeline-other");
    other
        .run(&["up"])
        .code(1)
        .says("the folder data was made for another pipeline, state folder or clone");
    other.run(&["teardown"]).code(0).says("left: the folder");
    assert!(other.has("data/kept"));
    let moved = Sandbox::copy_of(&one.dir);
    let state = one.dir.join(".pipeline");
    shell(&moved, &format!("cp -a {} .", state.display()));
    moved.run(&["up"]).code(0).says("1 skipped");
    moved.run(&["teardown"]).code(0);
    assert!(!moved.has("data"));
}

#[test]
fn folders_that_were_made_on_the_way_go_too() {
    let sandbox = Sandbox::new().pipeline(&folder("a/b/c"));
    sandbox.run(&["up"]).code(0);
    sandbox.write("a/mine", "");
    sandbox.run(&["teardown"]).code(0);
    assert!(sandbox.has("a/mine") && !sandbox.has("a/b"));
    shell(&sandbox, "rm a/mine; mkdir -p a/b");
    sandbox.run(&["up"]).code(0);
    sandbox.run(&["teardown"]).code(0);
    assert!(sandbox.has("a/b"), "it was there before");
}

#[test]
fn what_was_asked_for_beside_all_goals_is_named() {
    let beside = "[[step]]\nid='dev'\nkind='process'\nwith={name='dev',argv=['sleep','603']}\n\
                  [[step]]\nid='extra'\nkind='folder'\nwith={path='extra'}\n";
    let sandbox = Sandbox::new().pipeline(&(FOLDER.to_string() + beside));
    sandbox.run(&["run", "up", "dev", "extra"]).code(0);
    let folder = "no goal removes extra, made by the step `extra`; add the step to one that does";
    let status = sandbox.run(&["status"]).code(0);
    status
        .prints(folder)
        .prints("no goal removes the service dev (process ");
    sandbox.run(&["teardown"]).code(0).says(folder);
    let removable = FOLDER.replace("['data']", "['data','dev','extra']") + beside;
    let sandbox = sandbox.pipeline(&removable);
    let removed = sandbox.run(&["teardown"]).code(0).says("2 removed");
    assert!(!removed.stderr.contains("no goal removes"));
    let within =
        "[[step]]\nid='within'\nkind='folder'\nneeds=['data']\nwith={path='data/within'}\n";
    let sandbox = sandbox.pipeline(&(FOLDER.to_string() + within));
    sandbox.run(&["run", "up", "within"]).code(0);
    let removed = sandbox.run(&["teardown"]).code(0);
    assert!(!removed.stderr.contains("no goal removes"), "it is gone");
}
