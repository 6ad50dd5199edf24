//! Machines that give little: few open files, few processes, a full disk, a state folder that is
//! not as it should be.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use crate::sandbox::{Ran, Sandbox, step};

/// Runs xtask under a limit of the shell's.
fn limited(sandbox: &Sandbox, limit: &str, args: &str) -> Ran {
    let xtask = env!("CARGO_BIN_EXE_xtask");
    let output = Command::new("bash")
        .args(["-c", &format!("ulimit {limit} && exec {xtask} {args}")])
        .current_dir(&sandbox.dir)
        .env_remove("CI")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

fn many(count: usize) -> Sandbox {
    let ids: Vec<String> = (0..count).map(|n| format!("s{n}")).collect();
    let steps: String = ids.iter().map(|id| step(id, &[], "")).collect();
    Sandbox::new().pipeline(&format!("[goals]\nall = {ids:?}\n{steps}"))
}

#[test]
fn few_open_files_mean_fewer_steps_at_once_and_no_failure() {
    let sandbox = many(150);
    let ran = limited(&sandbox, "-n 64", "run all -j 150");
    ran.code(0)
        .says("warning: only 3 steps at once")
        .says("150 done");
}

#[test]
fn a_file_that_must_not_grow_is_an_error_and_what_was_done_is_known() {
    let sandbox = many(150);
    limited(&sandbox, "-f 4", "run all -j 2")
        .code(2)
        .says("error: can't write the journal: File too large");
    let done = sandbox.read("order").lines().count();
    assert!((1..150).contains(&done), "{done} steps");
    sandbox.run(&["run", "all"]).code(0);
    let again = sandbox.read("order").lines().count() - 150;
    assert!(
        again <= 2,
        "{again} steps ran twice: at most those that were running"
    );
}

#[test]
fn events_that_can_not_be_written_are_told_and_end_nothing() {
    let sandbox = many(3);
    let mut command = sandbox.command(&["run", "all", "--progress", "json"]);
    let full = File::create("/dev/full").unwrap();
    let output = command.stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8_lossy(&output.stderr);
    let told = said.matches("warning: events are missing on standard output");
    assert_eq!(told.count(), 1, "{said}");
    assert_eq!(sandbox.read("order").lines().count(), 3);
}

#[test]
fn what_can_not_be_read_any_more_is_an_error_and_no_crash() {
    let sandbox = Sandbox::new().pipeline(&step("a", &[], ""));
    for view in [vec!["plan", "a"], vec!["graph"], vec!["kinds"]] {
        let mut command = sandbox.command(&view);
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = command.stdout(full).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{view:?}: {said}");
        assert!(said.starts_with("error: can't write to standard output: No space"));
    }
    let mut command = sandbox.command(&["plan", "b"]);
    let full = File::options().write(true).open("/dev/full").unwrap();
    assert_eq!(command.stderr(full).status().unwrap().code(), Some(2));
}

#[test]
fn a_state_folder_that_can_not_be_used_is_named() {
    for (path, folder, expected) in [
        (".pipeline", false, "can't look into the state folder"),
        (".pipeline/logs", false, "can't create the folder"),
        (".pipeline/secrets.env", true, "it is a folder"),
        (".pipeline/lock", true, "can't write"),
        (".pipeline/key", true, "can't write"),
        (".pipeline/journal-local", true, "can't open the journal in"),
    ] {
        let sandbox = Sandbox::new().pipeline(&step("a", &[], ""));
        match folder {
            true => fs::create_dir_all(sandbox.dir.join(path)).unwrap(),
            false => sandbox.write(path, ""),
        }
        let named = sandbox.dir.join(".pipeline").display().to_string();
        let ran = sandbox.run(&["run", "a"]).code(2);
        ran.says(expected).says(&named);
        assert!(!sandbox.has("order"), "{path}");
    }
}

/// The file cache is a hint: without it the run is as good.
#[test]
fn a_step_that_removes_the_state_folder_fails_nobody() {
    let text = step("a", &[], "inputs=['in']").replace(">> order", ">> order; rm -rf .pipeline");
    let sandbox = Sandbox::new().pipeline(&text).file("in", "");
    for _ in 0..2 {
        let ran = sandbox.run(&["run", "a"]).code(0).says("1 done");
        ran.says("so the next run reads its files again");
    }
}

/// Steps go on without a log that can't be written, but who reads it later must know that it is not
/// all.
#[test]
fn a_log_that_was_cut_is_said() {
    let text =
        "[[step]]\nid='a'\nkind='command'\nwith={argv=['sh','-c','seq 20000; touch made']}\n";
    let sandbox = Sandbox::new().pipeline(text);
    limited(&sandbox, "-f 8", "run a --progress plain")
        .says("a: its log is not complete: File too large");
    assert!(sandbox.has("made"));
}
