//! What it said: logs hold what was written in its order, files hold it byte by byte, and what is
//! shown is masked.

use std::fs;

use crate::sandbox::Sandbox;

#[test]
fn the_log_has_the_order_of_the_writes() {
    for (script, expected) in [
        (
            "for i in 1 2 3; do echo o$i; echo e$i >&2; done",
            "o1 e1 o2 e2 o3 e3",
        ),
        ("echo e1 >&2; echo o1; echo e2 >&2", "e1 o1 e2"),
        ("printf begun; echo ' in' >&2; echo end", "begun in end"),
        (
            "echo o1; (echo e1; echo e2) >&2; printf last",
            "o1 e1 e2 last",
        ),
    ] {
        let text =
            format!("[[step]]\nid='a'\nkind='command'\nwith={{argv=['sh','-c',{script:?}]}}\n");
        let sandbox = Sandbox::new().pipeline(&text);
        sandbox.run(&["run", "a"]).code(0);
        let log = sandbox.read(".pipeline/logs/a.1.log");
        let words: Vec<&str> = log
            .lines()
            .skip(1)
            .flat_map(str::split_whitespace)
            .collect();
        assert_eq!(words.join(" "), expected, "{script}");
    }
}

#[test]
fn a_bracket_or_a_ruler_is_no_last_word() {
    let script = "echo the disk is full; echo '  }'; echo ------; exit 1";
    let text = format!("[[step]]\nid='a'\nkind='command'\nwith={{argv=['sh','-c',{script:?}]}}\n");
    let sandbox = Sandbox::new().pipeline(&text);
    let ran = sandbox.run(&["run", "a"]).code(1);
    ran.says("sh ended with exit status 1: the disk is full");
}

#[test]
fn nor_is_what_no_terminal_shows() {
    let script = r"printf '\033[31mred\033[0m\n\033]0;title\007\n'; exit 2";
    let text = format!("[[step]]\nid='a'\nkind='command'\nwith={{argv=['sh','-c',{script:?}]}}\n");
    let sandbox = Sandbox::new().pipeline(&text);
    let ran = sandbox.run(&["run", "a"]).code(1);
    ran.says("sh ended with exit status 2: red");
}

#[test]
fn a_progress_bar_does_not_hide_the_error_behind_it() {
    let script = "printf 'Receiving objects: %s%%\\r' $(seq 80); echo 'fatal: early EOF'; exit 128";
    for (kind, cause) in [
        ("command", "sh ended with exit status 128: fatal: early EOF"),
        ("check", "says no (exit status 128): fatal: early EOF"),
    ] {
        let text =
            format!("[[step]]\nid='a'\nkind='{kind}'\nwith={{argv=['sh','-c',{script:?}]}}\n");
        let sandbox = Sandbox::new().pipeline(&text);
        let ran = sandbox.run(&["run", "a"]).code(1).says(cause);
        assert!(!ran.stderr.contains("7%"), "{}", ran.stderr);
        assert!(
            sandbox
                .read(".pipeline/report.md")
                .contains("fatal: early EOF")
        );
    }
}

/// A step that renders with a fake helm.
fn rendered(script: &str, secrets: &str) -> Sandbox {
    let text = format!(
        "[[step]]\nid='t'\nkind='helm-template'\n{secrets}\noutputs=['m.yaml']\n\
         with={{chart='c',namespace='n',release='r',output='m.yaml'}}\n"
    );
    let helm = format!("[ \"$1\" = version ] && {{ echo v3.19.0; exit; }}\n{script}");
    Sandbox::new()
        .pipeline(&text)
        .file("c/Chart.yaml", "name: c\n")
        .tool("helm", &helm)
}

#[test]
fn what_is_printed_into_a_file_is_there_byte_by_byte() {
    for (script, expected) in [
        (
            "printf 'a: 1\\r\\nb: 2\\r\\n'",
            b"a: 1\r\nb: 2\r\n".to_vec(),
        ),
        ("printf 'a: \\377\\302'", b"a: \xff\xc2".to_vec()),
        ("printf 'no newline'", b"no newline".to_vec()),
        ("printf 'a: postgres:15\\n'", b"a: postgres:15\n".to_vec()),
        ("echo noise >&2; printf 'a: 1\\n'", b"a: 1\n".to_vec()),
        (
            "awk 'BEGIN { for (i = 0; i < 2500000; i++) print \"a: 7 b\" }'",
            b"a: 7 b\n".repeat(2_500_000),
        ),
    ] {
        let sandbox = rendered(script, "secrets=['PW']").env("PW", "postgres");
        sandbox.run(&["run", "t"]).code(0);
        let got = fs::read(sandbox.dir.join("m.yaml")).unwrap();
        assert!(got == expected, "{script}: {} bytes", got.len());
        assert!(!sandbox.has("m.yaml.new"));
    }
}

#[test]
fn a_file_of_which_only_a_part_came_is_not_put_in_place() {
    let sandbox = rendered("echo 'a: half'; echo 'Error: broken' >&2; exit 3", "");
    sandbox.write("m.yaml", "before");
    sandbox.run(&["run", "t"]).code(1).says("Error: broken");
    assert_eq!(sandbox.read("m.yaml"), "before");
    assert!(!sandbox.has("m.yaml.new"));
}

#[test]
fn a_weak_secret_is_said_and_a_strong_one_is_not() {
    for (value, said) in [
        ("postgres", Some("the secret PW is too short, or too plain")),
        (
            "1234",
            Some("the secret PW is too short to be masked at all"),
        ),
        (
            "123456789",
            Some("the secret PW is too short, or too plain"),
        ),
        ("a-strong-one-7f3d", None),
    ] {
        let text = "[[step]]\nid='a'\nkind='command'\nsecrets=['PW']\nwith={argv=['true']}\n";
        let sandbox = Sandbox::new().pipeline(text).env("PW", value);
        let ran = sandbox.run(&["run", "a"]).code(0);
        assert_eq!(
            ran.stderr.contains("warning: the secret PW"),
            said.is_some(),
            "{}",
            ran.stderr
        );
        said.map(|said| ran.says(said));
    }
}

/// What the steps print is shown whole to who asks for it: not a sample, not only the last line,
/// none lost at the end.
#[test]
fn a_verbose_run_shows_every_line() {
    let script = "echo one; echo; echo two; sleep 0.3; seq 3000; printf last";
    let text = format!(
        "[[step]]\nid='a'\nkind='command'\nalways=true\nwith={{argv=['sh','-c','{script}']}}\n"
    );
    let sandbox = Sandbox::new().pipeline(&text);
    let numbers = (1..=3000).map(|number| number.to_string());
    let expected = ["one", "", "two"].map(str::to_string).into_iter();
    let expected: Vec<String> = expected
        .chain(numbers)
        .chain(["last".to_string()])
        .collect();

    let told = sandbox
        .run(&["run", "a", "-v", "--progress", "plain"])
        .code(0)
        .stderr;
    let plain = told
        .lines()
        .filter_map(|line| line.trim().strip_prefix("a:"));
    let plain = plain.filter(|line| !line.contains("each time"));
    assert_eq!(plain.map(str::trim).collect::<Vec<_>>(), expected);

    let told = sandbox
        .run(&["run", "a", "--progress", "json"])
        .code(0)
        .stdout;
    let events = told.lines().map(|line| serde_json::from_str(line).unwrap());
    let json =
        events.filter_map(|event: serde_json::Value| Some(event["line"].as_str()?.to_string()));
    assert_eq!(json.collect::<Vec<_>>(), expected);

    let told = sandbox.run(&["run", "a"]).code(0).stderr;
    assert!(!told.contains("two"), "{told}");
}

#[test]
fn a_program_that_a_signal_ended_is_said_to_be() {
    for (script, said) in [
        ("kill -KILL $$", "exit status 137, as SIGKILL leaves it"),
        ("kill -KILL $$", "`min_free_mem`"),
        ("kill -SEGV $$", "exit status 139, as SIGSEGV leaves it"),
        // What a shell tells of the program that it has called.
        (
            "sh -c 'kill -KILL $$'; exit $?",
            "exit status 137, as SIGKILL leaves it",
        ),
        ("exit 128", "ended with exit status 128\n"),
        ("exit 1", "ended with exit status 1\n"),
        ("exit 255", "ended with exit status 255\n"),
    ] {
        let text =
            format!("[[step]]\nid='a'\nkind='command'\nwith={{argv=['sh','-c',{script:?}]}}\n");
        Sandbox::new()
            .pipeline(&text)
            .run(&["run", "a"])
            .code(1)
            .says(said);
    }
}

/// A step that fails before anything is made leaves nobody with a target that sticks.
#[test]
fn a_target_sticks_once_something_was_made_on_it() {
    let pipeline = "[targets]\none={auto=[]}\ntwo={}\n[goals]\nup=['b']\n\
        [[step]]\nid='a'\nkind='check'\nwith={argv=['test','-e','there']}\n\
        [[step]]\nid='b'\nkind='command'\nneeds=['a']\nwith={argv=['true']}\n";
    let sandbox = Sandbox::new().pipeline(pipeline);
    let chosen = |says: &str| {
        let plan = sandbox.run(&["plan"]).code(0);
        assert!(
            format!("{}{}", plan.stdout, plan.stderr).contains(says),
            "{}{}",
            plan.stdout,
            plan.stderr
        );
    };
    sandbox.run(&["up", "--target", "two"]).code(1);
    chosen("target one");
    sandbox.write("there", "");
    sandbox.run(&["up", "--target", "two"]).code(0);
    chosen("target two: chosen by an earlier `up`");
}

#[test]
fn what_a_step_tells_later_is_no_mistake() {
    let pipeline = "[[step]]\nid='a'\nkind='folder'\nwith={path='data'}\n\
        [[step]]\nid='b'\nkind='command'\nwith={argv=['echo','${a.path}']}\n";
    let explained = Sandbox::new()
        .pipeline(pipeline)
        .run(&["explain", "b"])
        .code(0);
    let told = "a will run before it, and what follows from that is not known yet";
    assert!(explained.stdout.contains(told), "{}", explained.stdout);
}

#[test]
fn where_nothing_stands_no_address_is_told() {
    let pipeline = "[goals]\nup=['a']\n[urls]\nweb='http://127.0.0.1'\n\
        [[step]]\nid='a'\nkind='command'\nwith={argv=['true']}\n";
    let sandbox = Sandbox::new().pipeline(pipeline);
    let tells = |verb: &str| sandbox.run(&[verb]).code(0).stdout.contains("127.0.0.1");
    assert!(!tells("status") && !tells("access"));
    let nothing = "nothing stands yet; `cargo xtask up` brings it about";
    sandbox.run(&["access"]).code(0).prints(nothing);
    sandbox.run(&["up"]).code(0);
    assert!(tells("status") && tells("access"));
}

#[test]
fn a_script_of_several_lines_is_shown_with_its_line_ends() {
    let text = "[[step]]\nid='a'\nkind='command'\nwith={argv=['sh','-c',\"echo hi\\nexit 7\"]}\n";
    let sandbox = Sandbox::new().pipeline(text);
    let shown = r"$ sh -c 'echo hi\nexit 7'";
    sandbox.run(&["run", "a"]).code(1).says(shown);
    let report: serde_json::Value =
        serde_json::from_str(&sandbox.read(".pipeline/report.json")).unwrap();
    assert_eq!(report["steps"][0]["evidence"][0], shown);
}

/// What stands behind `$ ` can be given to a shell.
#[test]
fn what_is_no_command_is_not_shown_as_one() {
    let text = "[[step]]\nid='a'\nkind='folder'\nwith={path='data'}\n";
    let sandbox = Sandbox::new().pipeline(text);
    sandbox.run(&["run", "a"]).code(0);
    let log = sandbox.read(".pipeline/logs/a.1.log");
    assert_eq!(log, "note at = [\"data\"]\nmake data\n");
}

#[test]
fn a_name_that_is_misspelt_in_the_env_file_is_told() {
    for (given, is_told) in [
        ("TOKEM", true),
        ("token", true),
        ("TOKEN", false),
        ("OTHER", false),
    ] {
        let step = "[[step]]\nid='a'\nkind='command'\nsecrets=['TOKEN']\nwith={argv=['true']}\n";
        let sandbox = Sandbox::new().pipeline(step);
        sandbox.write(".env", &format!("{given}=abc-123-def-456\n"));
        let ran = sandbox.run(&["run", "a"]).code(0);
        let told = format!("the secret TOKEN has no value, and the env file gives {given}");
        assert_eq!(
            ran.stderr.contains(&told),
            is_told,
            "{given}: {}",
            ran.stderr
        );
    }
}
