//! The forms of output that programs rely on.

use std::time::{Duration, Instant};

use crate::sandbox::{Sandbox, step};

#[test]
fn progress_as_json_lines() {
    let text = [
        step("a", &[], ""),
        "[[step]]\nid='b'\nkind='command'\nneeds=['a']\nwith={argv=['false']}\n".to_string(),
    ]
    .concat();
    let ran = Sandbox::new()
        .pipeline(&text)
        .run(&["run", "b", "--progress", "json"])
        .code(1);
    let lines: Vec<serde_json::Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let events: Vec<&str> = lines
        .iter()
        .map(|line| line["event"].as_str().unwrap())
        .collect();
    let expected = [
        "run-started",
        "step-started",
        "step-finished",
        "step-started",
        "step-finished",
        "run-finished",
    ];
    assert_eq!(events, expected);
    assert_eq!(
        (&lines[2]["step"], &lines[2]["outcome"]),
        (&"a".into(), &"ok".into())
    );
    assert!(lines[2]["duration_ms"].is_u64());
    assert_eq!(
        (&lines[4]["outcome"], &lines[5]["exit_code"]),
        (&"failed".into(), &1.into())
    );
}

#[test]
fn the_graph_as_mermaid_and_dot() {
    let sandbox = Sandbox::new().pipeline(&[step("a", &[], ""), step("b", &["a"], "")].concat());
    sandbox
        .run(&["graph", "--format", "mermaid"])
        .code(0)
        .prints("flowchart TD")
        .prints("s0 --> s1");
    sandbox
        .run(&["graph", "--format", "dot"])
        .code(0)
        .prints("digraph")
        .prints("s0 -> s1;");
}

#[test]
fn the_graph_as_a_picture_that_needs_nothing_else() {
    let text = [
        step("a:b/c", &[], ""),
        step("b", &["a:b/c"], ""),
        step("c", &["a:b/c", "b"], ""),
    ];
    let sandbox = Sandbox::new().pipeline(&text.concat());
    let svg = sandbox.run(&["graph", "--format", "svg"]).code(0).stdout;
    let picture = roxmltree::Document::parse(&svg).unwrap();
    let texts: Vec<&str> = picture
        .descendants()
        .filter(|node| {
            node.has_tag_name(("http://www.w3.org/2000/svg", "text"))
                && !node.has_attribute("class")
        })
        .filter_map(|node| node.text())
        .collect();
    assert_eq!(texts, ["a:b/c", "b", "c"]);
    // That c needs a follows from its needing b.
    assert_eq!(svg.matches("class=\"edge\"").count(), 2);
    assert!(!svg.contains("href=") && !svg.contains("@import") && !svg.contains("<script"));
    assert!(svg.contains("prefers-color-scheme: dark"));
}

#[test]
fn logs_of_a_step_and_of_none() {
    let sandbox =
        Sandbox::new().pipeline("[[step]]\nid='a'\nkind='command'\nwith={argv=['echo','hello']}\n");
    sandbox
        .run(&["logs"])
        .code(2)
        .says("no step has written a log yet");
    sandbox.run(&["run", "a"]).code(0);
    sandbox
        .run(&["logs", "a"])
        .code(0)
        .prints("$ echo hello\nhello\n");
}

#[test]
fn github_gets_annotations() {
    let sandbox = Sandbox::new()
        .env("GITHUB_ACTIONS", "true")
        .pipeline("[[step]]\nid='a'\nkind='command'\nwith={argv=['false']}\n");
    sandbox
        .run(&["run", "a"])
        .code(1)
        .prints("::error title=step a::false ended with exit status 1");
    let text = "[[step]]\nid='a:b'\nkind='command'\nwith={argv=['sh','-c','echo error: 100% wrong; exit 1']}\n";
    Sandbox::new()
        .env("GITHUB_ACTIONS", "true")
        .pipeline(text)
        .run(&["run", "a:b"])
        .code(1)
        .prints("::error title=step a%3Ab::sh ended with exit status 1: error: 100%25 wrong\n");
}

/// As `… 2>&1 | head -1` does: the work goes on although nobody reads what is said of it.
#[test]
fn a_reader_that_goes_away_ends_nothing() {
    let text = [
        step("a", &[], ""),
        step("b", &["a"], ""),
        step("c", &["b"], ""),
    ];
    for form in ["plain", "json", "bars"] {
        let sandbox = Sandbox::new().pipeline(&text.concat());
        let mut command = sandbox.command(&["run", "c", "--progress", form]);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        command.stdout(writer.try_clone().unwrap()).stderr(writer);
        assert_eq!(command.status().unwrap().code(), Some(0), "{form}");
        assert_eq!(sandbox.read("order"), "a\nb\nc\n", "{form}");
    }
}

#[test]
fn kinds_are_listed() {
    Sandbox::new()
        .run(&["kinds"])
        .code(0)
        .prints("command")
        .prints("helm-release");
}

#[test]
fn a_view_whose_reader_goes_away_ends_quietly() {
    let sandbox = Sandbox::new().pipeline(&step("a", &[], ""));
    let views = "plan a|explain a|status|graph|schema|kinds|completions bash|completions zsh|completions fish";
    for view in views.split('|') {
        let words: Vec<&str> = view.split(' ').collect();
        let mut command = sandbox.command(&words);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command.stdout(writer).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*said), (Some(141), ""), "{view}");
    }
}

#[test]
fn the_report_says_which_run_it_is_about() {
    let sandbox = Sandbox::new().pipeline(&[step("a", &[], ""), step("b", &[], "")].concat());
    sandbox
        .run(&["report"])
        .code(2)
        .says("no run has left a report");
    sandbox.run(&["run", "a"]).code(0);
    sandbox.run(&["run", "b"]).code(0);
    // Once the long way and once the short one.
    for _ in 0..2 {
        sandbox.run(&["run", "a"]).code(0).says("1 skipped");
        let ran = sandbox.run(&["report"]).code(0);
        ran.prints(".pipeline/report.html\n")
            .says("about b on local, ")
            .says(": succeeded; runs since then had nothing to do");
    }
    sandbox.write("pipeline.toml", "[[[");
    let ran = sandbox.run(&["report"]).code(0);
    ran.prints(".pipeline/report.html\n")
        .says("about b on local, ");
}

/// Three attempts, and later a run that needs only one: its log is all there is then.
#[test]
fn logs_hold_nothing_of_earlier_runs() {
    let text = "[[step]]\nid='a'\nkind='command'\nretry={attempts=3, backoff='1ms'}\n\
        with={argv=['sh','-c','echo x >> tries; test $(wc -l < tries) -ge 3']}\n";
    let sandbox = Sandbox::new().pipeline(text);
    let logs = || {
        let ran = sandbox.run(&["logs", "a"]).code(0);
        ran.stdout.matches("==> ").count()
    };
    sandbox.run(&["run", "a"]).code(0);
    assert_eq!(logs(), 3);
    sandbox.run(&["run", "a", "--force"]).code(0);
    assert_eq!(logs(), 1);
}

#[test]
fn a_tool_that_says_nothing_is_told_so_once() {
    let text = "[[step]]\nid='a'\nkind='command'\nwith={argv=['false']}\n";
    let ran = Sandbox::new().pipeline(text).run(&["run", "a"]).code(1);
    ran.says("a: false ended with exit status 1\n");
}

#[test]
fn what_can_not_be_started_is_told_with_what_helps() {
    let long = "x".repeat(200_000);
    for (argv, expected) in [
        (
            format!("['true', '{long}']"),
            "fix: hand it the words in a file",
        ),
        (
            "['./script']".to_string(),
            "fix: check which interpreter the first line of ./script",
        ),
    ] {
        let sandbox = Sandbox::new()
            .pipeline(&format!(
                "[[step]]\nid='a'\nkind='command'\nwith={{argv={argv}}}\n"
            ))
            .file("script", "#!/no/such/interpreter\n");
        let script = sandbox.dir.join("script");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(script, mode).unwrap();
        let ran = sandbox.run(&["run", "a"]).says(expected);
        assert!(ran.code == 1 || ran.code == 2);
    }
}

#[test]
fn what_lies_there_and_is_no_program_is_told_with_what_helps() {
    for (name, bytes, mode, cause, fix) in [
        (
            "crlf",
            &b"#!/bin/sh\r\ntrue\r\n"[..],
            0o755,
            "its lines end as on Windows",
            "sed -i",
        ),
        (
            "text",
            b"true\n",
            0o755,
            "does not begin with `#!`",
            "make `#!/bin/sh`",
        ),
        (
            "empty",
            b"",
            0o755,
            "it is empty",
            "see what was to write it",
        ),
        (
            "other",
            b"\x7fELF\x02\x01\x01\0\0\0",
            0o755,
            "another kind of machine",
            "build it for this one",
        ),
        (
            "plain",
            b"#!/bin/sh\n",
            0o644,
            "`./plain` is not executable",
            "chmod +x ./plain",
        ),
        (
            "folder/x",
            b"",
            0o755,
            "`./folder` is a folder",
            "name the program that lies in it",
        ),
    ] {
        let program = name.split('/').next().unwrap();
        let sandbox = Sandbox::new()
            .pipeline(&format!(
                "[[step]]\nid='a'\nkind='command'\nwith={{argv=['./{program}']}}\n"
            ))
            .file(name, "");
        let path = sandbox.dir.join(name);
        std::fs::write(&path, bytes).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        std::fs::set_permissions(path, mode).unwrap();
        let ran = sandbox.run(&["run", "a"]).says(cause).says(fix);
        assert_ne!(ran.code, 0);
    }
}

/// File systems take no name of that length.
#[test]
fn a_step_with_a_very_long_name_has_a_log_too() {
    let id = "long".repeat(100);
    let sandbox =
        Sandbox::new().pipeline(&[step(&id, &[], ""), step(&format!("{id}er"), &[], "")].concat());
    for id in [id.clone(), format!("{id}er")] {
        sandbox.run(&["run", &id]).code(0);
        let ran = sandbox.run(&["logs", &id]).code(0);
        ran.prints(&format!("echo {id} >> order"));
    }
}

#[test]
fn status_without_a_goal_up_is_about_every_step() {
    let sandbox = Sandbox::new().pipeline(&[step("a", &[], ""), step("b", &[], "")].concat());
    sandbox.run(&["run", "a"]).code(0);
    let ran = sandbox.run(&["status"]).code(0).prints("stands   a");
    ran.prints("missing  b")
        .prints("1 of 2 steps do not stand; `cargo xtask run b` runs");
    let goal = "[goals]\nfirst=['a']\n";
    let sandbox = sandbox.pipeline(&(goal.to_string() + &step("a", &[], "") + &step("b", &[], "")));
    let ran = sandbox.run(&["status"]).code(0);
    // A goal that stands need not be reached again.
    ran.prints("`cargo xtask run b` runs");
    let both = step("a", &[], "") + &step("c", &[], "");
    let sandbox = sandbox.pipeline(&format!("[goals]\nfirst=['a']\nnext=['c']\n{both}"));
    let ran = sandbox.run(&["status"]).code(0);
    ran.prints("`cargo xtask run next` runs");
}

/// As in an editor's shell, and where bars are asked for and there is no terminal.
#[test]
fn bars_that_can_not_be_drawn_are_lines() {
    let sandbox = Sandbox::new()
        .pipeline(&step("a", &[], ""))
        .env("TERM", "dumb");
    for form in ["bars", "auto"] {
        let ran = sandbox
            .run(&["run", "a", "--force", "--progress", form])
            .code(0);
        ran.says("done a").says("1 done");
    }
}

/// As `logs -f | head -1` does; without it the shell would wait for a signal.
#[test]
fn following_logs_ends_once_nobody_reads_on() {
    let text = "[[step]]\nid='web'\nkind='process'\nwith={name='web',argv=['true']}\n";
    let sandbox = Sandbox::new()
        .pipeline(text)
        .file(".pipeline/logs/services/web.log", "one\ntwo\n");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = sandbox.command(&["logs", "-f"]);
    command.stdout(writer).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() && began.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(10));
    }
    // If it has not ended it must not outlive the test.
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(141), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(
        said.starts_with("no service runs on the target local"),
        "{said}"
    );
}

#[test]
fn programs_learn_that_no_run_could_begin() {
    let ran = Sandbox::new()
        .pipeline("[[step]]\nid='a'\nkind='command'\nwith={argv=['true']}\n")
        .run(&["run", "b", "--progress", "json"])
        .code(2);
    let told = ran.json();
    assert_eq!(told["event"], "run-failed");
    assert!(ran.stderr.contains(told["error"].as_str().unwrap()));
}
