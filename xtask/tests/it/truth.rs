//! What counts as a change and what does not, where tools of this sort have been wrong before.

use std::fs::{self, File};
use std::time::Duration;

use crate::sandbox::Sandbox;

const STEP: &str = "[[step]]\nid='a'\nkind='command'\ninputs=['in/*']\noutputs=['out']\nwith={argv=['sh','-c','cat in/* > out']}\n";

fn done(text: &str, files: &[(&str, &str)]) -> Sandbox {
    let sandbox = files
        .iter()
        .fold(Sandbox::new().pipeline(text), |sandbox, (path, text)| {
            sandbox.file(path, text)
        });
    sandbox.run(&["run", "a"]).code(0).says("1 done");
    sandbox.run(&["run", "a"]).code(0).says("0 done");
    sandbox
}

#[track_caller]
fn runs(sandbox: &Sandbox, reason: &str) {
    sandbox.run(&["run", "a"]).code(0).says(reason);
    sandbox.run(&["run", "a"]).code(0).says("0 done");
}

#[test]
fn an_edit_of_the_same_size_with_the_old_time_put_back_is_seen() {
    let sandbox = done(STEP, &[("in/a", "one\n")]);
    let path = sandbox.dir.join("in/a");
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    sandbox.write("in/a", "two\n");
    File::options()
        .append(true)
        .open(&path)
        .unwrap()
        .set_modified(before)
        .unwrap();
    runs(&sandbox, "a: input in/a changed");
    assert_eq!(sandbox.read("out"), "two\n");
}

#[test]
fn another_file_under_the_same_name_with_the_same_time_is_seen() {
    let sandbox = done(STEP, &[("in/a", "one\n")]);
    let path = sandbox.dir.join("in/a");
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    sandbox.write("new", "two\n");
    let new = File::options()
        .append(true)
        .open(sandbox.dir.join("new"))
        .unwrap();
    new.set_modified(before).unwrap();
    fs::rename(sandbox.dir.join("new"), path).unwrap();
    runs(&sandbox, "a: input in/a changed");
}

#[test]
fn text_that_moves_from_one_file_to_the_next_is_a_change() {
    let sandbox = done(STEP, &[("in/a", "one"), ("in/b", "two")]);
    for (a, b) in [("onetw", "o"), ("onetwo", ""), ("", "onetwo")] {
        sandbox.write("in/a", a);
        sandbox.write("in/b", b);
        runs(&sandbox, "changed");
    }
    fs::rename(sandbox.dir.join("in/b"), sandbox.dir.join("in/c")).unwrap();
    runs(&sandbox, "a: input in/c is new and 1 more");
}

#[test]
fn away_and_back_again_is_no_change() {
    let sandbox = done(STEP, &[("in/a", "one\n")]);
    sandbox.write("in/a", "two\n");
    std::thread::sleep(Duration::from_millis(20));
    sandbox.write("in/a", "one\n");
    sandbox.run(&["run", "a"]).code(0).says("0 done");
}

#[test]
fn names_that_look_alike_share_nothing() {
    let step = |id: &str| {
        format!(
            "[[step]]\nid='{id}'\nkind='command'\nwith={{argv=['sh','-c','echo \"$0\" >> order; echo said by \"$0\"','{id}']}}\n"
        )
    };
    let ids = ["b:x", "b-x", "b/x", "b_x"];
    let sandbox = Sandbox::new().pipeline(&ids.map(step).concat());
    for (number, id) in ids.iter().enumerate() {
        sandbox.run(&["run", id]).code(0).says("1 done");
        assert_eq!(sandbox.read("order").lines().count(), number + 1);
    }
    for id in ids {
        sandbox
            .run(&["logs", id])
            .code(0)
            .prints(&format!("\nsaid by {id}\n"));
    }
}

/// Every part of what a step depends on, changed alone, runs it, and is the only part that is
/// named.
#[test]
fn each_part_alone_runs_the_step_and_is_named() {
    let text = "[[step]]\nid='a'\nkind='command'\ninputs=['in/*']\nenv={MODE='one'}\nsecrets=['TOKEN']\n\
        with={argv=['./tool','one'],cwd='.'}\n";
    let tool = |word: &str| format!("#!/bin/sh\n# {word}\nexit 0\n");
    let sandbox = Sandbox::new()
        .pipeline(text)
        .file("in/a", "one\n")
        .file("folder/tool", &tool("one"))
        .file(".env", "TOKEN=one-secret-word\n")
        .tool("unused", "true");
    let install = |word: &str| {
        sandbox.write("tool", &tool(word));
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(sandbox.dir.join("tool"), mode).unwrap();
    };
    install("one");
    sandbox.run(&["run", "a"]).code(0).says("never done");
    let replace = |path: &str, from: &str, to: &str| {
        let text = sandbox.read(path);
        assert!(text.contains(from));
        sandbox.write(path, &text.replace(from, to));
    };
    sandbox.write("in/a", "two\n");
    runs(&sandbox, "a: input in/a changed\n");
    replace("pipeline.toml", "MODE='one'", "MODE='two'");
    runs(&sandbox, "a: env MODE changed\n");
    replace("pipeline.toml", "'./tool','one'", "'./tool','two'");
    runs(&sandbox, "a: with.argv changed\n");
    replace(".env", "one-secret-word", "two-secret-word");
    runs(&sandbox, "a: secret TOKEN changed\n");
    install("two");
    runs(&sandbox, "a: program ./tool changed\n");
    fs::remove_file(sandbox.dir.join("in/a")).unwrap();
    runs(&sandbox, "a: input in/a is gone\n");
    replace("pipeline.toml", "inputs=['in/*']\n", "");
    sandbox.run(&["run", "a"]).code(0).says("0 done");
}

/// Fifty outputs, each lost and each altered in turn: its own step runs, and no other.
#[test]
fn each_lost_or_altered_output_runs_its_own_step_only() {
    let step = |n: usize| {
        format!(
            "[[step]]\nid='s{n}'\nkind='command'\noutputs=['out/{n}']\nwith={{argv=['sh','-c','mkdir -p out; echo {n} > out/{n}; echo {n} >> order']}}\n"
        )
    };
    let goal = format!(
        "[goals]\nall={:?}\n",
        (0..50).map(|n| format!("s{n}")).collect::<Vec<_>>()
    );
    let sandbox = Sandbox::new().pipeline(&[goal, (0..50).map(step).collect()].concat());
    sandbox.run(&["run", "all"]).code(0).says("50 done");
    for n in 0..50 {
        let out = format!("out/{n}");
        if n % 2 == 0 {
            fs::remove_file(sandbox.dir.join(&out)).unwrap();
        } else {
            sandbox.write(&out, "somebody else's\n");
        }
        sandbox.write("order", "");
        sandbox
            .run(&["run", "all"])
            .code(0)
            .says("1 done, 49 skipped");
        assert_eq!(sandbox.read("order"), format!("{n}\n"));
        assert_eq!(sandbox.read(&out), format!("{n}\n"));
    }
}

/// A long file is only read in part to explain one step; that must not show. A text of several
/// lines forces reading it whole.
#[test]
fn one_step_of_a_long_file_is_explained_as_in_a_short_one() {
    let step = |n: usize| {
        let needs = if n == 0 {
            String::new()
        } else {
            format!(", \"s{}\"", n / 3)
        };
        format!(
            "[[step]]\nid = \"s{n}\"\nkind = \"command\"\nneeds = [\"first\"{needs}]\ninputs = [\"in/{}\"]\nwith = {{ argv = [\"true\"] }}\n",
            n % 3
        )
    };
    let first = "[[step]]\nid = \"first\"\nkind = \"command\"\nwith = { argv = [\"${word}\"] }\n";
    let steps: String = (0..1500).map(step).collect();
    let text = format!("version = 1\nname = \"t\"\nvars.word = \"true\"\n{first}{steps}");
    let sandbox = Sandbox::new().file("pipeline.toml", &text);
    (0..3).for_each(|n| sandbox.write(&format!("in/{n}"), "a"));
    sandbox.run(&["run", "s1499"]).code(0);
    for change in ["in/9", "in/0", "in/2"] {
        sandbox.write(change, "b");
        for step in ["first", "s1499", "s7"] {
            let explained = |text: &str| {
                sandbox.write("pipeline.toml", text);
                let ran = sandbox.run(&["explain", step, "--format", "json"]);
                ran.code(0).json()
            };
            let whole = format!("# '''\n{text}");
            assert_eq!(explained(&text), explained(&whole), "{step} after {change}");
        }
    }
}
