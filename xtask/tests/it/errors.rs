//! Bad input: a sentence with place, cause and next action, exit code 2, nothing touched.

use crate::sandbox::{Sandbox, step};

#[track_caller]
pub(crate) fn refused(sandbox: Sandbox, args: &[&str], expected: &[&str]) {
    let mut ran = sandbox.run(args).code(2);
    for text in expected {
        ran = ran.says(text);
    }
    assert!(
        !sandbox.has(".pipeline/journal-local"),
        "something was touched"
    );
    assert!(!sandbox.has("order"), "something ran");
}

#[test]
fn a_missing_file() {
    refused(
        Sandbox::new(),
        &["up"],
        &["pipeline.toml: there is no such file", "cargo xtask init"],
    );
}

#[test]
fn broken_toml() {
    refused(
        Sandbox::new().pipeline("[[step\n"),
        &["run", "a"],
        &["pipeline.toml:3:"],
    );
}

#[test]
fn unknown_names() {
    let one = || Sandbox::new().pipeline(&step("build", &[], ""));
    refused(
        one(),
        &["run", "biuld"],
        &[
            "no goal and no step of pipeline.toml is called `biuld`",
            "did you mean `build`",
        ],
    );
    let elsewhere = step("build", &[], "when = { target = ['minikube'] }\n");
    refused(
        Sandbox::new().pipeline(&elsewhere),
        &["run", "build", "--target", "kind"],
        &["left out by its `when`: the target is kind", "--target"],
    );
    refused(
        one(),
        &["explain", "biuld"],
        &["no step `biuld`", "did you mean `build`"],
    );
    refused(
        one(),
        &["run", "build", "--target", "minicube"],
        &[
            "--target: unknown target `minicube`",
            "did you mean `minikube`",
        ],
    );
    refused(
        one(),
        &["run", "build", "--set", "x=1"],
        &["--set x", "declares no variable `x`"],
    );
    refused(
        one(),
        &["run", "build", "--force=biuld"],
        &["no step `biuld`"],
    );
    refused(
        Sandbox::new().pipeline(&step("a", &["b"], "")),
        &["run", "a"],
        &["step `a` needs unknown step `b`", "pipeline.toml:6:"],
    );
    refused(
        Sandbox::new().pipeline(&step("a", &[], "inputz = []")),
        &["run", "a"],
        &["unknown field `inputz`", "did you mean `inputs`"],
    );
    refused(
        Sandbox::new().pipeline(&step("a", &[], "").replace("command", "comand")),
        &["run", "a"],
        &["unknown kind `comand`", "`command`"],
    );
}

#[test]
fn a_cycle_is_shown() {
    let text = [step("a", &["b"], ""), step("b", &["a"], "")].concat();
    refused(
        Sandbox::new().pipeline(&text),
        &["run", "a"],
        &[
            "pipeline.toml:3:1: dependency cycle: a -> b -> a",
            "remove one of these needs",
        ],
    );
}

#[test]
fn a_duplicate_and_a_wrong_type() {
    refused(
        Sandbox::new().pipeline(&[step("a", &[], ""), step("a", &[], "")].concat()),
        &["run", "a"],
        &["the id `a` is taken by the step at pipeline.toml:3"],
    );
    refused(
        Sandbox::new().pipeline(&step("a", &[], "outputs = 1")),
        &["run", "a"],
        &["pipeline.toml:7:11: invalid type: integer `1`"],
    );
}

#[test]
fn values_that_can_not_be_meant() {
    for (more, expected) in [
        (
            "inputs = ['src/[a']",
            "7:11: `src/[a` is no pattern: a `[` is never closed",
        ),
        ("outputs = ['']", "7:12: the output `` holds pipeline.toml"),
        ("outputs = ['x/..']", "7:12: the output `x/..` holds"),
        ("outputs = ['/']", "7:12: the output `/` holds"),
        ("outputs = ['*.o']", "7:12: the output `*.o` is no pattern"),
        (
            "outputs = ['!o']",
            "7:12: the output `!o` takes nothing out",
        ),
        ("env = { 'A=B' = '' }", "7:9: `A=B` is no variable name"),
        ("env = { A = \"\\u0000\" }", "7:13: no variable can hold"),
        ("secrets = ['a b']", "7:12: `a b` is no variable name"),
        ("weight = 0", "7:10: `weight` must be 1 or more"),
        ("retry = { attempts = 0 }", "7:22: `attempts` must be 1"),
        (
            "weight = -1",
            "7:10: invalid value: integer `-1`, expected a whole",
        ),
        (
            "pool = 'x'",
            "pipeline.toml:3:1: step `a` is in unknown pool",
        ),
    ] {
        let sandbox = Sandbox::new().pipeline(&step("a", &[], more));
        refused(sandbox, &["run", "a"], &[expected]);
    }
}

#[test]
fn goals_that_undo_each_other() {
    for goals in ["up={undo='up'}", "a={undo='b'}\nb={undo='a'}"] {
        let text = format!("[goals]\n{goals}\n{}", step("made", &[], ""));
        let sandbox = Sandbox::new().pipeline(&text);
        let name = &goals[..goals.find('=').unwrap()];
        refused(
            sandbox,
            &["run", name],
            &["pipeline.toml:4:", "nothing of it can be undone"],
        );
    }
}

/// What is to be made would otherwise be removed.
#[test]
fn making_and_removing_at_once() {
    let text = "[goals]\nup=['d']\nteardown={undo='up'}\n[[step]]\nid='d'\nkind='folder'\nwith={path='data'}\n\
        [[step]]\nid='e'\nkind='folder'\nwith={path='other'}\n";
    let sandbox = Sandbox::new().pipeline(text);
    sandbox.run(&["run", "up", "e"]).code(0);
    for verb in ["run", "plan"] {
        let ran = sandbox.run(&[verb, "e", "teardown"]).code(2);
        ran.says("`teardown` removes and `e` makes");
    }
    assert!(sandbox.has("data") && sandbox.has("other"));
    sandbox.run(&["run", "teardown"]).code(0);
    assert!(!sandbox.has("data") && sandbox.has("other"));
}

#[test]
fn a_state_folder_that_holds_the_pipeline() {
    for folder in [".", "x/..", "..", "/"] {
        let sandbox = Sandbox::new().pipeline(&step("a", &[], ""));
        let sandbox = sandbox.env("PIPELINE_STATE_DIR", folder);
        refused(sandbox, &["run", "a"], &["PIPELINE_STATE_DIR: /", "itself"]);
    }
}

#[test]
fn a_message_stays_readable_however_long_the_mistake_is() {
    let key = "x".repeat(100_000);
    let sandbox = Sandbox::new().pipeline(&step("a", &[], &format!("{key} = 1")));
    let ran = sandbox.run(&["run", "a"]).code(2);
    assert!(ran.stderr.len() < 600, "{} bytes", ran.stderr.len());
    ran.says("pipeline.toml:7:1: unknown field `xxx").says("…`");
}

#[test]
fn bytes_that_editors_leave_are_no_mistake() {
    let text = format!("version = 1\nname = \"test\"\n{}", step("a", &[], ""));
    for text in [format!("\u{feff}{text}"), text.replace('\n', "\r\n")] {
        let sandbox = Sandbox::new().file("pipeline.toml", &text);
        sandbox.run(&["run", "a"]).code(0).says("1 done");
    }
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.dir.join("pipeline.toml"), b"# \xff").unwrap();
    refused(sandbox, &["run", "a"], &["pipeline.toml: is not UTF-8"]);
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.dir.join("pipeline.toml")).unwrap();
    refused(sandbox, &["run", "a"], &["it is a folder"]);
}

/// A link to itself is what not even root can look into.
#[test]
fn a_state_folder_that_can_not_be_looked_into() {
    let loops = Sandbox::new().pipeline(&step("a", &[], ""));
    std::os::unix::fs::symlink(".pipeline", loops.dir.join(".pipeline")).unwrap();
    let file = Sandbox::new()
        .pipeline(&step("a", &[], ""))
        .file(".pipeline", "");
    for (sandbox, why) in [(loops, "symbolic links"), (file, "Not a directory")] {
        let state = sandbox.dir.join(".pipeline").display().to_string();
        for view in ["run a", "plan a", "explain a", "status", "report", "logs"] {
            let words: Vec<&str> = view.split(' ').collect();
            let ran = sandbox.run(&words).code(2);
            ran.says(&format!("can't look into the state folder {state} ("))
                .says(why)
                .says("PIPELINE_STATE_DIR=FOLDER");
        }
        assert!(!sandbox.has("order"), "something ran");
    }
}

#[test]
fn a_missing_tool_and_an_old_one() {
    let tools = "[[step]]\nid='tools'\nkind='tools'\nwith={tools={helm='3.13',kubectl='1.28'}}\n";
    let needs = [tools, &step("a", &["tools"], "")].concat();
    let sandbox = Sandbox::new()
        .pipeline(&needs)
        .tool("helm", "echo v3.9.4+gabc");
    let ran = sandbox.run(&["run", "a"]).code(2);
    let ran = ran
        .says("2 things are missing on this machine")
        .says("helm 3.9.4 at ")
        .says("too old, 3.13 is the oldest");
    ran.says("kubectl is not on PATH: install kubectl");
    assert!(!sandbox.has("order"));
    sandbox
        .run(&["doctor"])
        .code(2)
        .prints("kubectl is not on PATH");
    assert_eq!(
        sandbox.run(&["doctor", "--format", "json"]).code(2).json()["checks"][0]["ok"],
        false
    );
}

#[test]
fn a_docker_daemon_that_does_not_answer() {
    let tools = "[[step]]\nid='tools'\nkind='tools'\nwith={tools={docker=''}}\n";
    let docker = "echo 28.2.2; echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' >&2; exit 1";
    let ran = Sandbox::new()
        .pipeline(tools)
        .tool("docker", docker)
        .run(&["run", "tools"])
        .code(2);
    ran.says("the docker daemon does not answer: Cannot connect")
        .says("fix: start Docker");
}

#[test]
fn a_program_that_is_not_there() {
    let text = "[[step]]\nid='a'\nkind='command'\nwith={argv=['no-such-program']}\n";
    Sandbox::new()
        .pipeline(text)
        .run(&["run", "a"])
        .code(2)
        .says("`no-such-program` is not on PATH")
        .says("fix: install no-such-program");
    Sandbox::new()
        .pipeline(&text.replace("no-such-program", "ls -l"))
        .run(&["run", "a"])
        .code(2)
        .says("fix: `argv` has a text for each word: \"ls\", \"-l\"");
}

#[test]
fn a_malformed_env_file() {
    let sandbox = Sandbox::new()
        .pipeline(&step("a", &[], "secrets = ['TOKEN']"))
        .file(".env", "TOKEN='abc\n");
    refused(
        sandbox,
        &["run", "a"],
        &[".env:1: the quote that opens the value of `TOKEN` is never closed"],
    );
}

#[test]
fn init_writes_a_pipeline_that_works_and_overwrites_none() {
    let sandbox = Sandbox::new().file("src/a", "hello");
    sandbox.run(&["init"]).code(0);
    sandbox.run(&["run", "build"]).code(0).says("1 done");
    sandbox.run(&["init"]).code(2).says("is there already");
}

#[test]
fn a_folder_that_is_not_there() {
    let sandbox = Sandbox::new();
    let init = sandbox.run(&["init", "-f", "/nonexist/p.toml"]).code(2);
    init.says("can't write /nonexist/p.toml, since its folder can't be reached")
        .says("or name another file");
    let mut gone = std::process::Command::new("sh");
    gone.args(["-c", "mkdir gone; cd gone; rmdir ../gone; $0 status"]);
    gone.arg(env!("CARGO_BIN_EXE_xtask"))
        .current_dir(&sandbox.dir);
    let told = String::from_utf8(gone.output().unwrap().stderr).unwrap();
    assert!(told.contains("can't be reached"), "{told}");
    assert!(told.contains("change to one that can"), "{told}");
}

/// What the sentence says to do works.
#[test]
fn a_goal_that_is_not_there_is_said_with_what_to_add() {
    let step = "[[step]]\nid='a'\nkind='command'\nwith={argv=['true']}\n";
    let sandbox = Sandbox::new().pipeline(&format!("[goals]\nup=['a']\n{step}"));
    let add = "teardown = { undo = \"up\" }";
    sandbox
        .run(&["teardown"])
        .code(2)
        .says(&format!("; add `{add}` to [goals]"));
    let sandbox = Sandbox::new().pipeline(&format!("[goals]\nup=['a']\n{add}\n{step}"));
    sandbox.run(&["teardown"]).code(0);
    let sandbox = Sandbox::new().pipeline(step);
    sandbox
        .run(&["up"])
        .code(2)
        .says("add it to [goals] with the steps that it wants");
    sandbox
        .run(&["explain", "aa"])
        .code(2)
        .says("has no step `aa` (did you mean `a`?); its steps are a\n");
    sandbox.run(&["status"]).code(0).prints("a ");
}

/// An address that can't be one is not waited for.
#[test]
fn what_is_no_address_is_refused_before_anything_is_asked() {
    let health = |urls: &str| {
        format!("[[step]]\nid='a'\nkind='health'\ntimeout='5m'\nwith={{urls={urls}}}\n")
    };
    let flow = |base: &str, call: &str| {
        format!(
            "[[step]]\nid='a'\nkind='http-flow'\nwith={{base='{base}',requests=[{{name='x',call='{call}'}}]}}\n"
        )
    };
    for (text, said) in [
        (health("[]"), "`urls` must name an address"),
        (
            health("['https://localhost/']"),
            "`https://localhost/` is no address: write one that begins with `http://`",
        ),
        (
            health("['localhost:3000/']"),
            "write one that begins with `http://`",
        ),
        (
            health("['http://localhost:99999/']"),
            "after `:` comes a port",
        ),
        (health("['http://localhost/a b']"), "write `%20` for ' '"),
        (
            flow("localhost:1", "GET /"),
            "write one that begins with `http://`",
        ),
        (flow("http://localhost:1", "get /"), "GET, HEAD, POST, PUT"),
        (
            flow("http://localhost:1", "GET tasks"),
            "`GET tasks` is no call",
        ),
        (
            flow("http://localhost:1", "GET"),
            "write the method and the path",
        ),
    ] {
        refused(
            Sandbox::new().pipeline(&text),
            &["run", "a"],
            &["pipeline.toml:", said],
        );
    }
    // What another step tells is looked at as soon as it is known.
    let told = health("['${b.url}/']")
        + "[[step]]\nid='b'\nkind='process'\nwith={name='b',argv=['true'],port=8609}\n";
    Sandbox::new().pipeline(&told).run(&["plan", "a"]).code(0);
}
