//! Secrets reach the process that needs them and nothing else.

use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use crate::sandbox::{Sandbox, send, serve, until};

const CANARY: &str = "canary-7f3d-secret";

fn sandbox() -> Sandbox {
    let text = "[[step]]\nid='a'\nkind='command'\nsecrets=['TOKEN']\n\
        with={argv=['sh','-c','echo $TOKEN; printf %s $TOKEN > got; printf %s $TOKEN | base64; exit 1']}\n\
        [[step]]\nid='b'\nkind='command'\nwith={argv=['sh','-c','echo \"b sees <$TOKEN>\"']}\n";
    Sandbox::new()
        .pipeline(text)
        .file(".env", &format!("TOKEN={CANARY}\n"))
}

#[test]
fn a_secret_is_masked_wherever_it_could_show() {
    let sandbox = sandbox();
    let ran = sandbox
        .run(&["run", "a", "-v", "--progress", "plain"])
        .code(1);
    assert_eq!(sandbox.read("got"), CANARY);
    assert!(ran.stderr.contains("[masked]"));
    let everything = [ran.stdout, ran.stderr, below(&sandbox, ".pipeline")].concat();
    assert!(!everything.contains(CANARY), "{everything}");
    assert!(
        !everything.contains("Y2FuYXJ5LTdmM2Qtc2VjcmV0"),
        "{everything}"
    );
}

/// A plan asks as a run does.
#[test]
fn a_question_has_the_steps_secrets_whoever_asks() {
    let text = "[goals]\nup=['a']\n[[step]]\nid='a'\nkind='check'\nsecrets=['TOKEN']\n\
        with={argv=['sh','-c','test -n \"$TOKEN\"']}\n";
    let sandbox = sandbox().pipeline(text);
    sandbox.run(&["run", "up"]).code(0);
    sandbox.run(&["status"]).code(0).prints("everything stands");
    sandbox.run(&["explain", "a"]).prints("it says yes");
    sandbox.write(".env", "");
    sandbox.run(&["status"]).prints("broken   a");
}

/// As on a disk that was full.
#[test]
fn what_keeps_them_out_of_git_is_written_again_if_it_is_empty() {
    let sandbox = sandbox().file(".pipeline/.gitignore", "");
    sandbox.run(&["run", "b"]).code(0);
    assert_eq!(sandbox.read(".pipeline/.gitignore"), "*\n");
}

/// What a server replies and what a program answers is quoted, whoever asks.
#[test]
fn nor_does_it_show_where_somebody_else_said_it() {
    let reply = format!("{}{CANARY}", "x".repeat(150));
    let base = serve(vec![("/token", reply.into_bytes())]);
    let text = format!(
        "[[step]]\nid='a'\nkind='http-flow'\nretry={{attempts=2,backoff='1ms'}}\nwith={{base='{base}',requests=[{{name='q',call='GET /token',contains=['nothing']}}]}}\n\
        [[step]]\nid='b'\nkind='check'\nsecrets=['TOKEN']\ntimeout='1s'\nwith={{argv=['sh','-c','echo $TOKEN; exit 1'],wait=true}}\n\
        [[step]]\nid='c'\nkind='check'\nsecrets=['TOKEN']\nwith={{argv=['sh','-c','echo $TOKEN']}}\n"
    );
    let sandbox = sandbox().pipeline(&text);
    for call in [
        &["run", "a", "b", "c", "-k", "-v", "--progress", "plain"][..],
        &["run", "a", "b", "c", "-k", "--progress", "json"],
        &["plan", "a", "b", "c"],
        &["status"],
        &["explain", "c"],
    ] {
        let ran = sandbox.run(call);
        let all = [ran.stdout, ran.stderr, below(&sandbox, ".pipeline")].concat();
        assert!(all.contains("[masked]"), "{call:?}: {all}");
        for part in [CANARY, "canary-7f3d"] {
            assert!(!all.contains(part), "{call:?}: {all}");
        }
    }
}

/// A process writes into its log without anybody between.
#[test]
fn what_a_process_writes_is_for_its_user_alone() {
    let text = "[goals]\nup=['a']\nteardown={undo='up'}\n[[step]]\nid='a'\nkind='process'\nsecrets=['TOKEN']\n\
                with={argv=['sh','-c','echo $TOKEN; exec sleep 60'],name='a'}\n";
    let sandbox = sandbox().pipeline(text);
    sandbox.run(&["up"]).code(0);
    let log = sandbox.dir.join(".pipeline/logs/services/a.log");
    let mode = std::fs::metadata(log).unwrap().permissions().mode();
    sandbox.run(&["teardown"]).code(0);
    assert_eq!(mode & 0o777, 0o600);
}

/// Who looks at it may have other values by then, or none.
#[test]
fn what_a_process_writes_is_masked_for_who_lacks_the_secret() {
    let text = "[goals]\nup=['a']\nteardown={undo='up'}\n[[step]]\nid='a'\nkind='process'\nsecrets=['TOKEN']\n\
                with={argv=['sh','-c','echo dsn=u:$TOKEN@h; exec sleep 60'],name='a'}\n";
    let sandbox = Sandbox::new().pipeline(text).env("TOKEN", CANARY);
    sandbox.run(&["up"]).code(0);
    let log = || sandbox.read(".pipeline/logs/services/a.log");
    until("it has written", || !log().is_empty());
    let sandbox = sandbox.env("TOKEN", "");
    let mut follow = sandbox.command(&["logs", "a", "--follow"]);
    let following = follow.stdout(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_secs(1));
    send("TERM", following.id());
    let followed = following.wait_with_output().unwrap().stdout;
    let followed = String::from_utf8(followed).unwrap();
    let while_it_runs = sandbox.run(&["logs", "a"]).stdout;
    sandbox.run(&["teardown"]).code(0);
    let status = sandbox.run(&["status"]).stdout;
    for shown in [followed, while_it_runs, sandbox.run(&["logs", "a"]).stdout] {
        assert!(shown.contains("dsn=u:[masked]@h"), "{shown}");
    }
    std::fs::remove_file(sandbox.dir.join(".pipeline/logs/services/a.log")).unwrap();
    assert!(!status.contains(CANARY) && !below(&sandbox, ".pipeline").contains(CANARY));
}

#[test]
fn only_the_step_that_declares_it_gets_it() {
    let sandbox = sandbox();
    sandbox.run(&["run", "b"]).code(0);
    assert!(sandbox.read(".pipeline/logs/b.1.log").contains("b sees <>"));
}

/// As in CI, where secrets are in the environment of everything.
#[test]
fn nor_does_another_step_get_it_from_the_environment() {
    let sandbox = sandbox().env("TOKEN", CANARY);
    sandbox.run(&["run", "a", "b", "-k"]).code(1);
    assert_eq!(sandbox.read("got"), CANARY);
    assert!(sandbox.read(".pipeline/logs/b.1.log").contains("b sees <>"));
}

/// Each prints the secret in a way in which a search for it line by line would miss it.
#[test]
fn a_secret_is_found_where_output_is_cut() {
    for script in [
        // In two writes.
        "printf %s $A; sleep 0.3; echo $B",
        // Where a line without an end is cut into pieces.
        "head -c 65530 /dev/zero; printf %s $TOKEN; head -c 90000 /dev/zero",
        "head -c 81910 /dev/zero; printf %s $TOKEN; head -c 90000 /dev/zero",
        "head -c 81500 /dev/zero; for i in $(seq 100); do printf %s $TOKEN; done; head -c 90000 /dev/zero",
        // Coloured half-way.
        "printf 'error: %s\\033[31m%s\\n' $A $B",
        // As a part of something longer that is encoded whole.
        "printf 'Authorization: Basic '; printf user:$TOKEN | base64",
    ] {
        let cut = "A=$(echo $TOKEN | cut -c-9); B=$(echo $TOKEN | cut -c10-)";
        let script = format!("{cut}; {script}; exit 1");
        let text = format!(
            "[[step]]\nid='a'\nkind='command'\nsecrets=['TOKEN']\nwith={{argv=['sh','-c',{script:?}]}}\n"
        );
        let sandbox = Sandbox::new().pipeline(&text).env("TOKEN", CANARY);
        let ran = sandbox.run(&["run", "a", "-v"]).code(1);
        let all = [ran.stdout, ran.stderr, below(&sandbox, ".pipeline")].concat();
        assert!(all.contains("[masked]"), "{script}");
        for part in ["canary", "3d-secret", "YW5hcnktN2YzZC1zZWNyZX"] {
            assert!(!all.contains(part), "{script}: {part}");
        }
    }
}

/// A file may be called by one.
#[test]
fn nor_does_it_show_in_what_a_step_depends_on() {
    let text = "[[step]]\nid='a'\nkind='command'\nsecrets=['TOKEN']\ninputs=['in/*']\nwith={argv=['true']}\n";
    let sandbox = Sandbox::new().pipeline(text).env("TOKEN", CANARY);
    sandbox.write(&format!("in/{CANARY}"), "");
    sandbox.run(&["run", "a"]).code(0);
    sandbox.write(&format!("in/{CANARY}"), "1");
    sandbox.write(&format!("in/new-{CANARY}"), "");
    for call in [
        &["plan", "a"][..],
        &["plan", "a", "--format", "json"],
        &["explain", "a"],
        &["explain", "a", "--format", "json"],
        &["run", "a"],
    ] {
        let ran = sandbox.run(call).code(0);
        let all = ran.stdout + &ran.stderr;
        assert!(
            all.contains("[masked]") && !all.contains(CANARY),
            "{call:?}: {all}"
        );
    }
}

/// As other programs write it into their own output.
#[test]
fn a_secret_is_found_behind_escapes() {
    let value = "hünter2&Sons<prod>!x";
    let shown = [
        r"h\u00fcnter2\u0026Sons\u003cprod\u003e!x",
        r"h\\u00FCnter2&Sons<prod>\\u0021x",
    ];
    let sandbox = Sandbox::new()
        .pipeline(
            "[[step]]\nid='a'\nkind='command'\nsecrets=['TOKEN']\nwith={argv=['cat','said']}\n",
        )
        .file(
            "said",
            &format!("{{\"p\":\"{}\"}}\n{{\"q\":\"{}\"}}\n", shown[0], shown[1]),
        )
        .env("TOKEN", value);
    let ran = sandbox.run(&["run", "a", "-v"]).code(0);
    let all = [ran.stdout, ran.stderr, below(&sandbox, ".pipeline")].concat();
    for line in ["{\"p\":\"[masked]\"}", "{\"q\":\"[masked]\"}"] {
        assert!(all.contains(line), "{all}");
    }
    assert!(!all.contains("Sons"), "{all}");
}

#[test]
fn a_changed_secret_runs_the_step_again() {
    let text = "[[step]]\nid='a'\nkind='command'\nsecrets=['TOKEN']\nwith={argv=['true']}\n";
    let sandbox = Sandbox::new().pipeline(text).file(".env", "TOKEN=one\n");
    sandbox.run(&["run", "a"]).code(0);
    sandbox.run(&["run", "a"]).code(0).says("skip a");
    sandbox.write(".env", "TOKEN=two\n");
    sandbox
        .run(&["run", "a"])
        .code(0)
        .says("a: secret TOKEN changed");
}

/// Whoever reads it first, and whether secrets are made up or not.
#[test]
fn a_broken_file_is_called_by_its_name() {
    for more in ["", "generate_secrets=['B']\n"] {
        let text = "env_file='conf/dev.env'\n".to_string()
            + more
            + "[[step]]\nid='a'\nkind='command'\nsecrets=['A']\nwith={argv=['true']}\n";
        let sandbox = Sandbox::new().pipeline(&text);
        let sandbox = sandbox.file("conf/dev.env", "A=\"x\n");
        let told = "error: conf/dev.env:1: the quote";
        sandbox.run(&["run", "a"]).code(2).says(told);
        sandbox.run(&["plan", "a"]).code(2).says(told);
    }
}

/// What it opened would be closed without a word.
#[test]
fn a_secret_that_has_lost_its_value_is_told_first() {
    let text = "[[step]]\nid='a'\nkind='command'\nsecrets=['TOKEN']\ninputs=['in']\nwith={argv=['true']}\n";
    let sandbox = Sandbox::new().pipeline(text).file(".env", "TOKEN=x\n");
    sandbox.run(&["run", "a"]).code(0);
    let sandbox = sandbox.file(".env", "").file("in", "");
    let told = "a: it had a value for TOKEN, and there is none now";
    sandbox.run(&["run", "a"]).code(0).says(told);
}

/// The text of every file below a folder.
fn below(sandbox: &Sandbox, folder: &str) -> String {
    let entries = std::fs::read_dir(sandbox.dir.join(folder))
        .unwrap()
        .flatten();
    let text = |entry: std::fs::DirEntry| match entry.path().is_dir() {
        true => below(
            sandbox,
            &format!("{folder}/{}", entry.file_name().display()),
        ),
        false => String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()).into_owned(),
    };
    entries.map(text).collect()
}

/// Keys, made-up secrets and logs are in the state folder: `git add .` must not take them along.
#[test]
fn the_state_folder_stays_out_of_git() {
    let text = "generate_secrets=['PW']\n[[step]]\nid='a'\nkind='command'\nsecrets=['PW']\n\
                with={argv=['true']}\n";
    for folder in [".pipeline", "of/its/own", "empty", "theirs"] {
        let sandbox = Sandbox::new()
            .pipeline(text)
            .env("PIPELINE_STATE_DIR", folder);
        sandbox.write("theirs/work", "1");
        std::fs::create_dir(sandbox.dir.join("empty")).unwrap();
        sandbox.run(&["run", "a"]).code(0);
        assert!(sandbox.has(&format!("{folder}/secrets.env")));
        let git = |args: &[&str]| {
            let mut git = std::process::Command::new("git");
            let output = git.args(args).current_dir(&sandbox.dir).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        git(&["init", "-q"]);
        git(&["add", "."]);
        let added = git(&["ls-files"]);
        // What somebody else has put into a folder is not ours to hide.
        assert!(added.contains("theirs/work"), "{added}");
        let is_ours = |name: &str| {
            ["secrets.env", "/key", "/logs/"]
                .iter()
                .any(|own| name.contains(own))
        };
        assert!(!added.lines().any(is_ours), "{added}");
    }
}

/// The usual file may be absent, not one that is named.
#[test]
fn an_env_file_that_is_named_and_missing_is_told() {
    let step = "[[step]]\nid='a'\nkind='command'\nsecrets=['PW']\nwith={argv=['true']}\n";
    let told = "`env_file` names prod.env, which is not there, and nobody else gives PW";
    let sandbox = Sandbox::new().pipeline(&format!("env_file='prod.env'\n{step}"));
    sandbox.run(&["run", "a"]).code(0).says(told);
    let given = sandbox.env("PW", "hunter2hunter2");
    assert!(!given.run(&["run", "a"]).code(0).stderr.contains("env_file"));
    let usual = Sandbox::new().pipeline(step);
    assert!(!usual.run(&["run", "a"]).code(0).stderr.contains("env_file"));
}

#[test]
fn a_value_that_another_has_the_better_of_is_a_secret_all_the_same() {
    let text = "[[step]]\nid='a'\nkind='command'\nsecrets=['TOKEN']\nwith={argv=['sh','-c','cat .env; exit 1']}\n";
    let sandbox = Sandbox::new()
        .pipeline(text)
        .file(".env", &format!("TOKEN={CANARY}\n"))
        .env("TOKEN", "given-by-the-caller");
    let ran = sandbox.run(&["run", "a"]).code(1);
    let everything = [ran.stdout, ran.stderr, below(&sandbox, ".pipeline")].concat();
    assert!(everything.contains("TOKEN=[masked]") && !everything.contains(CANARY));
}
