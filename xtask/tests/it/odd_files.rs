//! Inputs and outputs that are no ordinary files: nothing hangs on them, and no change is missed
//! because of them.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::sandbox::{Sandbox, send, step};

fn sandbox(more: &str) -> Sandbox {
    let sandbox = Sandbox::new().pipeline(&step("a", &[], more));
    fs::create_dir(sandbox.dir.join("in")).unwrap();
    sandbox
}

fn fifo(path: PathBuf) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[track_caller]
fn runs_once(sandbox: &Sandbox) {
    sandbox.run(&["run", "a"]).code(0).says("1 done");
    sandbox.run(&["run", "a"]).code(0).says("1 skipped");
}

#[test]
fn pipes_sockets_and_devices_are_seen_but_not_read() {
    let sandbox = sandbox("inputs=['in/*']");
    fifo(sandbox.dir.join("in/pipe"));
    let _socket = UnixListener::bind(sandbox.dir.join("in/socket")).unwrap();
    symlink("/dev/zero", sandbox.dir.join("in/endless")).unwrap();
    runs_once(&sandbox);
    fs::remove_file(sandbox.dir.join("in/pipe")).unwrap();
    sandbox.write("in/pipe", "a file now");
    let ran = sandbox.run(&["run", "a"]).code(0);
    ran.says("a: input in/pipe changed");
}

/// As password managers put it in the place of `.env`.
#[test]
fn who_waits_for_a_pipe_says_so() {
    for (name, more) in [(".env", "secrets=['A']"), ("more.toml", "")] {
        let include = if more.is_empty() {
            "include=['more.toml']\n"
        } else {
            ""
        };
        let sandbox = Sandbox::new().pipeline(&(include.to_string() + &step("a", &[], more)));
        fifo(sandbox.dir.join(name));
        let waiting = sandbox
            .command(&["plan", "a"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(1500));
        send("TERM", waiting.id());
        let said = waiting.wait_with_output().unwrap().stderr;
        let said = String::from_utf8(said).unwrap();
        assert!(
            said.contains(&format!("waiting for {name}: it is a named pipe")),
            "{said}"
        );
    }
}

#[test]
fn links_that_lead_nowhere_or_in_a_circle() {
    let sandbox = sandbox("inputs=['in/**', 'in/file/below']");
    sandbox.write("in/file", "one");
    for (target, name) in [("nowhere", "dangling"), ("self", "self"), (".", "here")] {
        symlink(target, sandbox.dir.join("in").join(name)).unwrap();
    }
    runs_once(&sandbox);
    sandbox.write("in/nowhere", "there now");
    let ran = sandbox.run(&["run", "a"]).code(0);
    ran.says("a: input in/dangling changed");
}

#[test]
fn folders_that_link_to_each_other_are_counted_once_round() {
    let sandbox = sandbox("inputs=['in/*']");
    sandbox.write("one/file", "1");
    sandbox.write("two/file", "2");
    symlink("../two", sandbox.dir.join("one/other")).unwrap();
    symlink("../one", sandbox.dir.join("two/other")).unwrap();
    symlink("../one", sandbox.dir.join("in/first")).unwrap();
    runs_once(&sandbox);
    sandbox.write("two/file", "changed behind two links");
    let ran = sandbox.run(&["run", "a"]).code(0);
    ran.says("a: input in/first changed");
}

#[test]
fn a_name_that_is_no_utf8_is_told_and_not_passed_over() {
    let sandbox = sandbox("inputs=['in/*.c']");
    let odd = sandbox.dir.join("in").join(OsStr::from_bytes(b"\xff.c"));
    fs::write(&odd, "1").unwrap();
    let ran = sandbox.run(&["run", "a"]).code(1);
    ran.says("its name is not UTF-8").says("\"!in/?.c\"");
    sandbox.write(
        "pipeline.toml",
        &sandbox
            .read("pipeline.toml")
            .replace("['in/*.c']", "['in/*.c', '!in/?.c']"),
    );
    runs_once(&sandbox);
}

#[test]
fn names_with_all_sorts_of_separators_keep_apart() {
    let sandbox = sandbox("inputs=['in/*']");
    for name in ["a\nb", "c=d;e%f\tg", "!h", "i\\j", "é \"k\""] {
        sandbox.write(&format!("in/{name}"), "1");
    }
    runs_once(&sandbox);
    for name in ["a\nb", "c=d;e%f\tg", "!h", "i\\j", "é \"k\""] {
        sandbox.write(&format!("in/{name}"), "2");
        sandbox.run(&["run", "a"]).code(0).says("1 done");
    }
}

#[test]
fn an_output_may_hold_a_pipe() {
    let sandbox = Sandbox::new().pipeline(
        &step("a", &[], "outputs=['out']").replace(">> order", ">> order; mkdir out; mkfifo out/p"),
    );
    runs_once(&sandbox);
}

/// Larger than what is read at once.
#[test]
fn a_huge_input_is_digested_piece_by_piece() {
    let sandbox = sandbox("inputs=['in/*']");
    let file = fs::File::create(sandbox.dir.join("in/huge")).unwrap();
    file.set_len(300 << 20).unwrap();
    let ran = sandbox.run(&["run", "a", "-v"]).code(0);
    let needed = ran.stderr.split("xtask itself needed ").nth(1).unwrap();
    let mebibytes: u64 = needed.split(' ').next().unwrap().parse().unwrap();
    assert!(mebibytes < 150, "{mebibytes} MiB");
    sandbox.run(&["run", "a"]).code(0).says("1 skipped");
}

#[test]
fn a_name_is_shown_without_what_a_terminal_would_act_on() {
    let sandbox = sandbox("inputs=['in/*']")
        .file("in/new\nline", "")
        .file("in/\u{1b}[31mred", "");
    sandbox.run(&["run", "a"]).code(0);
    let sandbox = sandbox.file("in/new\nline", "x");
    for call in [&["plan", "a"][..], &["explain", "a"], &["status"]] {
        let shown = sandbox.run(call).prints(r"input in/new\nline").stdout;
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }
    sandbox.run(&["explain", "a"]).prints(r"in/\u{1b}[31mred");
    let told = r"a: input in/new\nline changed";
    sandbox.run(&["run", "a"]).code(0).says(told);
}
