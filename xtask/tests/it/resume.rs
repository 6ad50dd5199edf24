//! A run that was killed at any moment goes on exactly where it was, and leaves no process behind.

use std::time::{Duration, Instant};

use crate::sandbox::{Sandbox, processes, processes_with, send, until};

/// Twenty steps, two of them long chains; each notes when it begins and when it ends.
fn sandbox() -> Sandbox {
    let step = |n: usize| {
        let needs = if n < 2 {
            String::new()
        } else {
            format!("needs = [\"s{}\"]\n", n - 2)
        };
        format!(
            "[[step]]\nid = \"s{n}\"\nkind = \"command\"\n{needs}outputs = [\"out/{n}\"]\n\
             with = {{ argv = [\"sh\", \"-c\", \"echo {n} >> begun; sleep 0.03; mkdir -p out; echo {n} > out/{n}; echo {n} >> ended\"] }}\n"
        )
    };
    let goal = "[goals]\nall = [\"s18\", \"s19\"]\n";
    Sandbox::new().pipeline(&[goal.to_string(), (0..20).map(step).collect()].concat())
}

fn count(text: &str, line: &str) -> usize {
    text.lines().filter(|other| *other == line).count()
}

#[test]
fn killed_at_twenty_moments_it_ends_as_if_undisturbed() {
    for round in 0..20_u64 {
        let sandbox = sandbox();
        let mut child = sandbox.start(&["run", "all", "-j2"]);
        std::thread::sleep(Duration::from_millis(10 + round * 23));
        child.kill().unwrap();
        child.wait().unwrap();
        let journal = sandbox.read(".pipeline/journal-local");
        let done: Vec<String> = (0..20)
            .map(|n| n.to_string())
            .filter(|n| journal.contains(&format!("done\ts{n}\t")))
            .collect();
        sandbox.run(&["run", "all", "-j2"]).code(0);
        let begun = sandbox.read("begun");
        for n in &done {
            assert_eq!(
                count(&begun, n),
                1,
                "round {round}: s{n} was done and ran again"
            );
        }
        for n in 0..20 {
            assert!(
                count(&begun, &n.to_string()) <= 2,
                "round {round}: s{n} ran more than twice"
            );
            assert_eq!(sandbox.read(&format!("out/{n}")), format!("{n}\n"));
        }
        assert_eq!(
            sandbox
                .run(&["run", "all"])
                .code(0)
                .stderr
                .matches("  skip ")
                .count(),
            20
        );
        assert!(sandbox.processes().is_empty());
    }
}

#[test]
fn orphans_of_a_killed_run_are_ended_before_anything_starts() {
    let text = "[[step]]\nid='a'\nkind='command'\nwith={argv=['sh','-c','touch up; setsid sleep 4321 & sleep 4322']}\n\
        [[step]]\nid='b'\nkind='command'\nwith={argv=['true']}\n";
    let sandbox = Sandbox::new().pipeline(text);
    let mut child = sandbox.start(&["run", "a"]);
    until("the step has begun", || {
        sandbox.has("up") && lives("sleep 4321") && lives("sleep 4322")
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        lives("sleep 4322"),
        "the kill must leave an orphan, or this shows nothing"
    );
    sandbox
        .run(&["run", "b"])
        .code(0)
        .says("processes that a killed run had left behind");
    assert!(!lives("sleep 4321") && !lives("sleep 4322"));
}

#[test]
fn an_interrupt_reaches_the_children_and_is_told() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let text = format!(
            "[[step]]\nid='a'\nkind='command'\nwith={{argv=['sh','-c','trap \"echo told > told; exit 1\" {signal}; touch up; while :; do sleep 0.02; done']}}\n"
        );
        let sandbox = Sandbox::new().pipeline(&text);
        let mut child = sandbox.start(&["run", "a"]);
        until("the step has begun", || sandbox.has("up"));
        send(signal, child.id());
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert_eq!(sandbox.read("told"), "told\n");
        sandbox.write("up", "");
        assert!(sandbox.run(&["plan", "a"]).code(0).stdout.contains("run"));
    }
}

#[test]
fn a_second_interrupt_is_immediate() {
    let text = "[[step]]\nid='a'\nkind='command'\nwith={argv=['sh','-c','trap \"\" INT; touch up; while :; do sleep 0.02; done']}\n";
    let sandbox = Sandbox::new().pipeline(text);
    let told = std::fs::File::create(sandbox.dir.join("told")).unwrap();
    let mut child = sandbox.command(&["run", "a"]).stderr(told).spawn().unwrap();
    until("the step has begun", || sandbox.has("up"));
    send("INT", child.id());
    let line = "interrupted: ending a; press Ctrl-C again to end it now\n";
    until(line, || sandbox.read("told").contains(line));
    let second = Instant::now();
    send("INT", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(second.elapsed() < Duration::from_secs(3));
    let markdown = sandbox.read(".pipeline/report.md");
    assert!(markdown.starts_with("## `a` on local interrupted after "));
    assert!(
        sandbox
            .read(".pipeline/report.xml")
            .contains("<error message=\"interrupted\"/>")
    );
}

#[test]
fn a_background_child_that_holds_the_output_hangs_nobody() {
    let text = "[[step]]\nid='a'\nkind='command'\ntimeout='30s'\nwith={argv=['sh','-c','sleep 4323 & echo started']}\n";
    let sandbox = Sandbox::new().pipeline(text);
    let began = Instant::now();
    sandbox.run(&["run", "a"]).code(0);
    assert!(began.elapsed() < Duration::from_secs(10));
    assert!(!lives("sleep 4323"));
    assert!(
        sandbox
            .read(".pipeline/logs/a.1.log")
            .contains("a background process still held the output")
    );
}

/// A session of its own takes it out of the group, but it still holds the output.
#[test]
fn nor_does_one_that_left_the_group() {
    let text = "[[step]]\nid='a'\nkind='command'\nwith={argv=['sh','-c','setsid -f sleep 4324; echo started']}\n";
    let sandbox = Sandbox::new().pipeline(text);
    sandbox.run(&["run", "a"]).code(0);
    until("it is gone", || !lives("sleep 4324"));
}

#[test]
fn an_interrupt_while_questions_are_asked_leaves_nobody_behind() {
    let text =
        "[[step]]\nid='a'\nkind='check'\nwith={argv=['sh','-c','touch asked; sleep 4325']}\n";
    for view in ["run", "plan"] {
        let sandbox = Sandbox::new().pipeline(text);
        let mut child = sandbox.start(&[view, "a"]);
        until("it is asked", || sandbox.has("asked"));
        send("INT", child.id());
        assert_eq!(child.wait().unwrap().code(), Some(130), "{view}");
        until("it is gone", || !lives("sleep 4325"));
    }
}

/// The mark of a folder is read; this one never gives anything.
#[test]
fn a_second_interrupt_ends_even_what_can_not_be_ended() {
    let text = "[[step]]\nid='a'\nkind='folder'\nwith={path='data'}\n";
    let sandbox = Sandbox::new().pipeline(text);
    std::fs::create_dir(sandbox.dir.join("data")).unwrap();
    let mark = sandbox.dir.join("data/.made-by-pipeline");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(mark)
            .status()
            .unwrap()
            .success()
    );
    let mut child = sandbox.start(&["run", "a"]);
    std::thread::sleep(Duration::from_millis(500));
    send("INT", child.id());
    std::thread::sleep(Duration::from_millis(300));
    assert!(
        child.try_wait().unwrap().is_none(),
        "it waits for its worker"
    );
    send("INT", child.id());
    let second = Instant::now();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(second.elapsed() < Duration::from_secs(5));
}

/// Closing the terminal ends a run, unless it was started with `nohup`.
#[test]
fn hanging_up_ends_a_run_unless_it_is_ignored() {
    let text = "[[step]]\nid='a'\nkind='command'\nwith={argv=['sh','-c','touch up; sleep 1; touch finished']}\n";
    for (signal, ignored, code) in [("HUP", false, 129), ("QUIT", false, 131), ("HUP", true, 0)] {
        let sandbox = Sandbox::new().pipeline(text);
        let xtask = env!("CARGO_BIN_EXE_xtask");
        // A shell can't take back that whoever started it, such as `nohup`, ignores a signal; `env`
        // can.
        let before = if ignored {
            "trap '' HUP; exec"
        } else {
            "exec env --default-signal=HUP,QUIT"
        };
        let script = format!("{before} {xtask} run a -q");
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &script]).current_dir(&sandbox.dir);
        let mut child = shell.stderr(std::process::Stdio::null()).spawn().unwrap();
        until("the step has begun", || sandbox.has("up"));
        send(signal, child.id());
        assert_eq!(child.wait().unwrap().code(), Some(code), "{signal}");
        assert_eq!(sandbox.has("finished"), ignored);
    }
}

#[test]
fn time_spent_stopped_is_not_counted() {
    let text = "[[step]]\nid='a'\nkind='command'\ntimeout='2s'\nwith={argv=['sh','-c','touch up; sleep 1; touch finished']}\n";
    let sandbox = Sandbox::new().pipeline(text);
    let mut child = sandbox.start(&["run", "a"]);
    until("the step has begun", || sandbox.has("up"));
    send("TSTP", child.id());
    std::thread::sleep(Duration::from_secs(3));
    send("CONT", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(sandbox.has("finished"));
}

/// The second of two acts has what is left of the step's time, and being stopped during the first
/// took none of it.
#[test]
fn time_spent_stopped_is_not_counted_for_the_next_act_either() {
    let text = "[[step]]\nid='a'\nkind='helm-lint'\ntimeout='4s'\nwith={chart='chart',values=['v.yaml','w.yaml']}\n";
    let sandbox = Sandbox::new()
        .pipeline(text)
        .tool("helm", "touch up; sleep 0.8")
        .file("chart/Chart.yaml", "")
        .file("v.yaml", "")
        .file("w.yaml", "");
    let mut child = sandbox.start(&["run", "a"]);
    until("the first act has begun", || sandbox.has("up"));
    send("TSTP", child.id());
    std::thread::sleep(Duration::from_secs(5));
    send("CONT", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn only_one_run_at_a_time_and_the_holder_is_named() {
    let text = "[[step]]\nid='a'\nkind='command'\nwith={argv=['sh','-c','touch up; sleep 30']}\n";
    let sandbox = Sandbox::new().pipeline(text);
    let mut child = sandbox.start(&["run", "a"]);
    until("the step has begun", || sandbox.has("up"));
    sandbox
        .run(&["run", "a"])
        .code(2)
        .says(&format!("process {}", child.id()));
    sandbox.run(&["plan", "a"]).code(0);
    child.kill().unwrap();
    child.wait().unwrap();
    sandbox.write(
        "pipeline.toml",
        &sandbox.read("pipeline.toml").replace("sleep 30", "true"),
    );
    sandbox.run(&["run", "a"]).code(0);
}

/// Whether a process with exactly this command line lives.
fn lives(line: &str) -> bool {
    processes_with(line)
        .iter()
        .any(|other| other.trim() == line)
}

#[test]
fn what_a_good_run_leaves_running_on_purpose_is_left() {
    let text = "[[step]]\nid='a'\nkind='command'\nwith={argv=['sh','-c','setsid sleep 4333 >/dev/null 2>&1 &']}\n\
        [[step]]\nid='b'\nkind='command'\nwith={argv=['true']}\n";
    let sandbox = Sandbox::new().pipeline(text);
    sandbox.run(&["run", "a"]).code(0);
    until("it runs", || lives("sleep 4333"));
    sandbox.run(&["run", "b"]).code(0);
    assert!(lives("sleep 4333"));
    end("sleep 4333");
}

/// Ends the processes with exactly this command line.
fn end(line: &str) {
    let those = processes().filter(|(_, other)| other.trim() == line);
    those.for_each(|(pid, _)| send("KILL", pid));
}

#[test]
fn output_without_line_ends_is_no_burden() {
    let text = "[[step]]\nid='a'\nkind='command'\ntimeout='20s'\nwith={argv=['sh','-c','head -c 30000000 /dev/zero']}\n";
    Sandbox::new().pipeline(text).run(&["run", "a"]).code(0);
}

/// A run may be killed after it took the lock and before it ended the orphans of the run before.
#[test]
fn orphans_are_remembered_over_a_second_kill() {
    let text = "[[step]]\nid='a'\nkind='command'\nwith={argv=['sh','-c','touch up; sleep 4332']}\n\
        [[step]]\nid='b'\nkind='command'\nwith={argv=['true']}\n";
    let sandbox = Sandbox::new().pipeline(text);
    let mut child = sandbox.start(&["run", "a"]);
    until("the step has begun", || {
        sandbox.has("up") && lives("sleep 4332")
    });
    child.kill().unwrap();
    child.wait().unwrap();
    // What the second one left: its own name after the first one's.
    let lock = sandbox.read(".pipeline/lock");
    sandbox.write(".pipeline/lock", &format!("{lock}999999999 1\n"));
    sandbox
        .run(&["run", "b"])
        .code(0)
        .says("ended 2 processes that a killed run had left behind");
    assert!(!lives("sleep 4332"));
    assert_eq!(sandbox.read(".pipeline/lock"), "");
}

/// While nobody reads what the engine prints, it can't write its journal either; a step must not
/// act before its record is there.
#[test]
fn nothing_acts_before_the_journal_says_so() {
    // `noise` changes a large input of `a`, so that `a` is still reading it when the pipe is full.
    let text = "[[step]]\nid='noise'\nkind='command'\nalways=true\n\
        with={argv=['sh','-c','truncate -s 128M big; sleep 0.1; while :; do head -c 60000 /dev/zero | tr \"\\0\" x; echo; sleep 0.02; done']}\n\
        [[step]]\nid='before'\nkind='command'\nalways=true\nwith={argv=['sleep','0.04']}\n\
        [[step]]\nid='a'\nkind='command'\nneeds=['before']\ninputs=['in','big']\nwith={argv=['sh','-c','cp in effect']}\n";
    let sandbox = Sandbox::new().pipeline(text).file("in", "good\n");
    let grow = |megabytes: u64| {
        let file = std::fs::File::create(sandbox.dir.join("big")).unwrap();
        file.set_len(megabytes << 20).unwrap();
    };
    grow(1);
    sandbox.run(&["run", "a"]).code(0);
    sandbox.write("in", "bad\n");
    let mut child = sandbox
        .command(&["run", "noise", "a", "--verbose", "-j3"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(6));
    child.kill().unwrap();
    child.wait().unwrap();
    sandbox.write("in", "good\n");
    grow(1);
    sandbox.run(&["run", "a"]).code(0);
    assert_eq!(sandbox.read("effect"), "good\n");
}

/// Whoever waited for the run that it is part of would wait for ever.
#[test]
fn a_step_that_calls_for_another_run_here_is_told_so() {
    let program = env!("CARGO_BIN_EXE_xtask");
    let text = format!(
        "[[step]]\nid='a'\nkind='command'\nwith={{argv=['{program}','run','b']}}\n[[step]]\nid='b'\nkind='command'\nwith={{argv=['true']}}\n"
    );
    let ran = Sandbox::new().pipeline(&text).run(&["run", "a"]).code(1);
    ran.says("is held by the run that this call is a step of");
}
