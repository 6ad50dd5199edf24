//! A run that was cut short is taken up by the next one of the same goal, also in what runs in each
//! run.

use crate::sandbox::{Sandbox, send, until};

/// What runs in each run, in three steps; the second takes as long as the file `wait` is there.
fn each_time() -> Sandbox {
    let step = |id: &str, needs: &str, script: &str| {
        format!(
            "[[step]]\nid='{id}'\nkind='command'\nalways=true\ninputs=['wanted']\nneeds=[{needs}]\n\
             with={{argv=['sh','-c','echo {id} >> begun; {script}']}}\n"
        )
    };
    let steps = [
        "[goals]\nall = ['c']\n".to_string(),
        step("a", "", "true"),
        step("b", "'a'", "while [ -e wait ]; do sleep 0.02; done"),
        step("c", "'b'", "[ ! -e broken ]"),
    ];
    Sandbox::new()
        .pipeline(&steps.concat())
        .file("wait", "")
        .file("wanted", "")
}

#[test]
fn a_run_cut_short_is_taken_up_without_repeating_what_runs_each_time() {
    for signal in ["KILL", "INT"] {
        let sandbox = each_time();
        let mut child = sandbox.start(&["run", "all"]);
        until("the second step has begun", || {
            sandbox.has("begun") && sandbox.read("begun").ends_with("b\n")
        });
        send(signal, child.id());
        child.wait().unwrap();
        std::fs::remove_file(sandbox.dir.join("wait")).unwrap();
        let plan = sandbox.run(&["plan", "all"]).code(0).stdout;
        assert!(plan.contains("2 to run"), "{plan}");
        let told = sandbox.run(&["run", "all"]).code(0);
        told.says("passed in this run already");
        assert_eq!(sandbox.read("begun"), "a\nb\nb\nc\n", "{signal}");
        // That run came to its end, so the next is a new one.
        sandbox.run(&["run", "all"]).code(0);
        assert_eq!(sandbox.read("begun"), "a\nb\nb\nc\na\nb\nc\n", "{signal}");
    }
}

#[test]
fn neither_a_failed_run_nor_one_of_another_goal_is_taken_up() {
    let sandbox = each_time().file("broken", "");
    std::fs::remove_file(sandbox.dir.join("wait")).unwrap();
    sandbox.run(&["run", "all"]).code(1);
    sandbox.run(&["run", "all"]).code(1);
    assert_eq!(sandbox.read("begun"), "a\nb\nc\na\nb\nc\n");
    sandbox.write("wait", "");
    let mut child = sandbox.start(&["run", "all"]);
    until("the second step has begun", || {
        sandbox.read("begun").ends_with("c\na\nb\n")
    });
    child.kill().unwrap();
    child.wait().unwrap();
    sandbox.run(&["run", "a"]).code(0);
    assert!(sandbox.read("begun").ends_with("b\na\n"));
}

/// Nobody can tell whether it would do the same again.
#[test]
fn a_program_that_says_of_no_file_what_it_reads_runs_again() {
    let sandbox = each_time();
    let text = sandbox.read("pipeline.toml");
    sandbox.write("pipeline.toml", &text.replace("inputs=['wanted']\n", ""));
    let mut child = sandbox.start(&["run", "all"]);
    until("the second step has begun", || {
        sandbox.has("begun") && sandbox.read("begun").ends_with("b\n")
    });
    send("INT", child.id());
    child.wait().unwrap();
    std::fs::remove_file(sandbox.dir.join("wait")).unwrap();
    sandbox.run(&["run", "all"]).code(0);
    assert_eq!(sandbox.read("begun"), "a\nb\na\nb\nc\n");
}

#[test]
fn status_tells_how_what_runs_each_time_ended_last() {
    let sandbox = each_time().file("broken", "");
    std::fs::remove_file(sandbox.dir.join("wait")).unwrap();
    sandbox.run(&["run", "all"]).code(1);
    let status = sandbox.run(&["status", "all"]).code(0);
    let status = status.prints("stands   a                    runs each time; it passed last time");
    status.prints("missing  c                    runs each time");
    std::fs::remove_file(sandbox.dir.join("broken")).unwrap();
    sandbox.run(&["run", "all"]).code(0);
    let status = sandbox.run(&["status", "all"]).code(0);
    status.prints("everything stands");
    sandbox.write("wanted", "something else");
    let status = sandbox.run(&["status", "all"]).code(0);
    status.prints("missing  a ");
}
