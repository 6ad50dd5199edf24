//! The short way: a run that finds nothing to do seals what it looked at, and whatever moves breaks
//! the seal.

use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::sandbox::Sandbox;

const PIPELINE: &str = "[vars]\nword='one'\n[goals]\nup=['a','b']\n\
    [[step]]\nid='a'\nkind='command'\ninputs=['in/**/*', 'maybe']\noutputs=['out']\nsecrets=['TOKEN_A']\n\
    with={argv=['tool', '${word}']}\n\
    [[step]]\nid='b'\nkind='command'\nneeds=['a']\nwith={argv=['tool', 'other']}\n";

/// A pipeline with nothing left to do, and a seal that says so.
fn sealed() -> Sandbox {
    let sandbox = Sandbox::new()
        .pipeline(PIPELINE)
        .tool(
            "tool",
            "mkdir -p out; cat in/deep/* > out/y; echo \"$1\" >> ran",
        )
        .file("in/deep/x", "one\n")
        .file(".env", "TOKEN_A=first\n");
    sandbox.run(&["up"]).code(0).says("2 done");
    // What has just moved is not trusted: clocks of files may tick slowly.
    std::thread::sleep(Duration::from_millis(60));
    sandbox.run(&["up"]).code(0).says("2 skipped");
    assert_eq!(seals(&sandbox), 1);
    sandbox
}

fn seals(sandbox: &Sandbox) -> usize {
    fs::read_dir(sandbox.dir.join(".pipeline/seals")).map_or(0, Iterator::count)
}

fn ran(sandbox: &Sandbox, change: impl Fn(&mut Command) -> &mut Command) -> String {
    let mut command = sandbox.command(&["up"]);
    change(&mut command);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stderr).unwrap()
}

/// After the change, the run does what a run without a seal does.
#[track_caller]
fn breaks(
    what: &str,
    files: impl Fn(&Sandbox),
    call: impl Fn(&mut Command) -> &mut Command,
    said: &str,
) {
    let sandbox = sealed();
    files(&sandbox);
    let text = ran(&sandbox, call);
    assert!(text.contains(said), "{what}: `{said}` is not in\n{text}");
}

#[test]
fn a_sealed_run_says_what_the_long_one_said() {
    let sandbox = sealed();
    let told = |text: String| {
        text.lines()
            .map(without_time)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let short = told(ran(&sandbox, |c| c));
    let before = fs::read(sandbox.dir.join(".pipeline/journal-local")).unwrap();
    fs::remove_dir_all(sandbox.dir.join(".pipeline/seals")).unwrap();
    assert_eq!(short, told(ran(&sandbox, |c| c)));
    assert_eq!(
        before,
        fs::read(sandbox.dir.join(".pipeline/journal-local")).unwrap()
    );
    assert!(short.contains("inputs unchanged"), "{short}");
}

/// The count is followed by a duration, which differs.
fn without_time(line: &str) -> &str {
    line.split(" skipped in ").next().unwrap_or(line)
}

#[test]
fn files_that_move_break_it() {
    let call: fn(&mut Command) -> &mut Command = |c| c;
    let remove = |path: &'static str| move |s: &Sandbox| fs::remove_file(s.dir.join(path)).unwrap();
    breaks(
        "edit",
        |s| s.write("in/deep/x", "two\n"),
        call,
        "input in/deep/x changed",
    );
    breaks(
        "new file",
        |s| s.write("in/deep/y", ""),
        call,
        "input in/deep/y is new",
    );
    breaks(
        "new folder",
        |s| s.write("in/other/y", ""),
        call,
        "input in/other/y is new",
    );
    breaks(
        "missing input appears",
        |s| s.write("maybe", ""),
        call,
        "input maybe changed",
    );
    breaks(
        "input goes",
        remove("in/deep/x"),
        call,
        "input in/deep/x is gone",
    );
    breaks("output goes", remove("out/y"), call, "out was changed");
    breaks(
        "output edited",
        |s| s.write("out/y", "z"),
        call,
        "out was changed",
    );
    breaks(
        "file beside the output",
        |s| s.write("out/z", "z"),
        call,
        "out was changed",
    );
    breaks(
        "secret edited",
        |s| s.write(".env", "TOKEN_A=second\n"),
        call,
        "secret TOKEN_A changed",
    );
    breaks(
        "journal goes",
        remove(".pipeline/journal-local"),
        call,
        "2 done",
    );
    let edited = PIPELINE.replace("'other'", "'another'");
    let whole = format!("version = 1\nname = \"test\"\n{edited}");
    breaks(
        "pipeline edited",
        |s| s.write("pipeline.toml", &whole),
        call,
        "with.argv changed",
    );
    breaks(
        "program replaced",
        |s| s.write("bin/tool", "#!/bin/sh\nmkdir -p out; :\n"),
        call,
        "program tool changed",
    );
    breaks(
        "program goes first",
        |s| shadow(s, "tool"),
        call,
        "program tool changed",
    );
}

/// Puts another program of that name in front of the first.
fn shadow(sandbox: &Sandbox, name: &str) {
    let (old, new) = (
        sandbox.dir.join("bin").join(name),
        sandbox.dir.join("basics").join(name),
    );
    fs::rename(old, new).unwrap();
}

#[test]
fn words_and_variables_that_move_break_it() {
    let nothing = |_: &Sandbox| ();
    breaks(
        "--set",
        nothing,
        |c| c.args(["--set", "word=two"]),
        "with.argv changed",
    );
    breaks("--force", nothing, |c| c.arg("--force"), "2 done");
    breaks(
        "variable",
        nothing,
        |c| c.env("PIPELINE_WORD", "two"),
        "with.argv changed",
    );
    breaks(
        "secret",
        nothing,
        |c| c.env("TOKEN_A", "second"),
        "secret TOKEN_A changed",
    );
}

#[test]
fn a_touch_and_a_change_of_the_words_of_progress_do_no_work() {
    let sandbox = sealed();
    let old = std::time::SystemTime::UNIX_EPOCH;
    fs::File::options()
        .append(true)
        .open(sandbox.dir.join("in/deep/x"))
        .unwrap()
        .set_modified(old)
        .unwrap();
    sandbox.run(&["up"]).code(0).says("2 skipped");
    sandbox.run(&["up", "-q", "-j1"]).code(0);
    assert_eq!(seals(&sandbox), 1);
}

#[test]
fn a_run_that_asks_a_tool_is_never_sealed() {
    let text = "[goals]\nup=['c']\n[[step]]\nid='c'\nkind='check'\nwith={argv=['sh','-c','echo x >> asked']}\n";
    let sandbox = Sandbox::new().pipeline(text);
    for round in 1..=3 {
        sandbox.run(&["up"]).code(0);
        std::thread::sleep(Duration::from_millis(40));
        assert!(sandbox.read("asked").lines().count() >= round);
    }
    assert_eq!(seals(&sandbox), 0);
}

/// Whether something lies behind it or not.
#[test]
fn a_link_where_nothing_was_breaks_it() {
    let sandbox = sealed();
    let link = |target: &str| {
        let _ = fs::remove_file(sandbox.dir.join("maybe"));
        std::os::unix::fs::symlink(target, sandbox.dir.join("maybe")).unwrap();
        std::thread::sleep(Duration::from_millis(60));
    };
    for target in ["nowhere", "elsewhere"] {
        link(target);
        sandbox.run(&["up"]).code(0).says("a: link maybe");
        sandbox.run(&["up"]).code(0).says("2 skipped");
        sandbox.run(&["up"]).code(0).says("2 skipped");
    }
}

#[test]
fn a_damaged_seal_is_no_seal() {
    let sandbox = sealed();
    let folder = sandbox.dir.join(".pipeline/seals");
    let seal = fs::read_dir(folder).unwrap().next().unwrap().unwrap();
    let whole = fs::read(seal.path()).unwrap();
    for at in (0..whole.len()).step_by(whole.len() / 20) {
        let mut flipped = whole.clone();
        flipped[at] ^= 4;
        let bytes = if at % 2 == 0 { &flipped } else { &whole[..at] };
        fs::write(seal.path(), bytes).unwrap();
        sandbox.write("in/deep/x", &format!("{at}\n"));
        let text = ran(&sandbox, |c| c);
        assert!(
            text.contains("input in/deep/x changed"),
            "byte {at}: {text}"
        );
    }
}

#[test]
fn what_moved_a_moment_ago_is_not_sealed() {
    let sandbox = sealed();
    fs::remove_dir_all(sandbox.dir.join(".pipeline/seals")).unwrap();
    // In the future, so that a slow machine can't make it old.
    let soon = std::time::SystemTime::now() + Duration::from_secs(60);
    fs::File::options()
        .append(true)
        .open(sandbox.dir.join("in/deep/x"))
        .unwrap()
        .set_modified(soon)
        .unwrap();
    sandbox.run(&["up"]).code(0).says("2 skipped");
    assert_eq!(seals(&sandbox), 0);
}
