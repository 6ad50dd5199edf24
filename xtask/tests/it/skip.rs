//! What is done is skipped while it stands, and every run and skip has a reason.

use crate::sandbox::{Sandbox, step};

const COPY: &str = "[[step]]\nid='copy'\nkind='command'\ninputs=['in/*']\noutputs=['out']\nenv={MODE='fast'}\n\
    with={argv=['sh','-c','echo copy >> order; cat in/* > out']}\n";

fn sandbox() -> Sandbox {
    let user = "[[step]]\nid='use'\nkind='command'\nneeds=['copy']\ninputs=['out']\nwith={argv=['sh','-c','echo use >> order']}\n";
    let sandbox = Sandbox::new()
        .pipeline(&[COPY, user].concat())
        .file("in/a", "one")
        .file("in/b", "two");
    sandbox
        .run(&["run", "use"])
        .code(0)
        .says("copy: never done");
    sandbox
}

#[track_caller]
fn next_run(sandbox: &Sandbox, order: &str, reason: &str) {
    sandbox.write("order", "");
    sandbox.run(&["run", "use"]).code(0).says(reason);
    assert_eq!(sandbox.read("order"), order);
}

#[test]
fn nothing_runs_twice() {
    let sandbox = sandbox();
    next_run(&sandbox, "", "skip copy  inputs unchanged");
}

#[test]
fn a_touch_is_no_change() {
    let sandbox = sandbox();
    let file = std::fs::File::options()
        .append(true)
        .open(sandbox.dir.join("in/a"))
        .unwrap();
    file.set_modified(std::time::SystemTime::now()).unwrap();
    next_run(&sandbox, "", "0 done, 2 skipped");
}

#[test]
fn a_changed_input_runs_what_depends_on_it() {
    let sandbox = sandbox();
    sandbox.write("in/a", "ONE");
    next_run(&sandbox, "copy\nuse\n", "copy: input in/a changed");
}

#[test]
fn a_new_and_a_removed_input_are_seen() {
    let sandbox = sandbox();
    sandbox.write("in/c", "three");
    next_run(&sandbox, "copy\nuse\n", "copy: input in/c is new");
    std::fs::remove_file(sandbox.dir.join("in/c")).unwrap();
    next_run(&sandbox, "copy\nuse\n", "copy: input in/c is gone");
}

#[test]
fn an_equal_result_goes_no_further() {
    let sandbox = sandbox();
    // The same bytes from other files: copy runs, its output is the same, use is not run.
    sandbox.write("in/a", "");
    sandbox.write("in/b", "onetwo");
    next_run(&sandbox, "copy\n", "copy: input in/a changed and 1 more");
}

#[test]
fn a_missing_or_altered_output_is_made_again() {
    let sandbox = sandbox();
    std::fs::remove_file(sandbox.dir.join("out")).unwrap();
    next_run(&sandbox, "copy\n", "copy: out is missing");
    sandbox.write("out", "someone else's");
    next_run(&sandbox, "copy\n", "copy: out was changed by someone else");
}

#[test]
fn the_definition_is_part_of_what_counts() {
    let sandbox = sandbox();
    let text = sandbox.read("pipeline.toml");
    sandbox.write("pipeline.toml", &text.replace("MODE='fast'", "MODE='slow'"));
    next_run(&sandbox, "copy\n", "copy: env MODE changed");
    sandbox.write(
        "pipeline.toml",
        &text
            .replace("echo copy", "true; echo copy")
            .replace("MODE='fast'", "MODE='slow'"),
    );
    next_run(&sandbox, "copy\n", "copy: with.argv changed");
}

#[test]
fn force_and_always_are_obeyed() {
    let sandbox = sandbox();
    sandbox.write("order", "");
    sandbox
        .run(&["run", "use", "--force=copy"])
        .code(0)
        .says("copy: forced");
    assert_eq!(sandbox.read("order"), "copy\n");
    let always = Sandbox::new().pipeline(&step("a", &[], "always = true"));
    always.run(&["run", "a"]).code(0);
    always.run(&["run", "a"]).code(0).says("a: runs each time");
}

#[test]
fn a_failed_step_is_not_done() {
    let text = "[[step]]\nid='a'\nkind='command'\nwith={argv=['test','-e','ready']}\n";
    let sandbox = Sandbox::new().pipeline(text);
    sandbox.run(&["run", "a"]).code(1);
    sandbox.write("ready", "");
    sandbox.run(&["run", "a"]).code(0);
}

#[test]
fn an_output_that_is_not_delivered_fails_the_step() {
    let text = "[[step]]\nid='a'\nkind='command'\noutputs=['x']\nwith={argv=['true']}\n";
    Sandbox::new()
        .pipeline(text)
        .run(&["run", "a"])
        .code(1)
        .says("its output x is not there");
}

#[test]
fn an_input_edited_while_the_step_runs_is_not_taken_for_the_old_one() {
    let text = "[[step]]\nid='a'\nkind='command'\ninputs=['in']\nwith={argv=['sh','-c','cat in >> order; echo new > in']}\n";
    let sandbox = Sandbox::new().pipeline(text).file("in", "old\n");
    sandbox.run(&["run", "a"]).code(0);
    sandbox
        .run(&["run", "a"])
        .code(0)
        .says("a: input in changed");
    assert_eq!(sandbox.read("order"), "old\nnew\n");
}

#[test]
fn nor_is_one_that_was_put_back_before_the_step_ended() {
    let until = |flag: &str| format!("until [ -e {flag} ]; do sleep 0.01; done");
    let reads = format!(
        "touch began; {}; cp in out; touch read; {}",
        until("other"),
        until("back")
    );
    let edits = format!(
        "{}; cp in kept; echo other > in; touch other; {}; cp kept in; touch back",
        until("began"),
        until("read")
    );
    let text = format!(
        "[[step]]\nid='reads'\nkind='command'\ninputs=['in']\noutputs=['out']\nwith={{argv=['sh','-c','{reads}']}}\n\
         [[step]]\nid='edits'\nkind='command'\nwith={{argv=['sh','-c','{edits}']}}\n"
    );
    let sandbox = Sandbox::new().pipeline(&text).file("in", "one\n");
    sandbox.run(&["run", "reads", "edits", "-j", "2"]).code(0);
    assert_eq!(
        (sandbox.read("in"), sandbox.read("out")),
        ("one\n".into(), "other\n".into())
    );
    sandbox
        .run(&["run", "reads"])
        .code(0)
        .says("reads: input in was written while it ran last");
    assert_eq!(sandbox.read("out"), "one\n");
    sandbox.run(&["run", "reads"]).code(0).says("1 skipped");
}

#[test]
fn a_step_that_writes_its_inputs_anew_comes_to_rest() {
    let text = "[[step]]\nid='a'\nkind='command'\ninputs=['in']\nwith={argv=['sh','-c','cp in t; mv t in']}\n";
    let sandbox = Sandbox::new().pipeline(text).file("in", "one\n");
    for told in ["1 done", "1 done", "1 skipped"] {
        sandbox.run(&["run", "a"]).code(0).says(told);
    }
}

#[test]
fn plan_and_explain_name_the_change_and_write_nothing() {
    let sandbox = sandbox();
    sandbox.write("in/a", "ONE");
    let before = snapshot(&sandbox);
    let plan = sandbox
        .run(&["plan", "use", "--format", "json"])
        .code(0)
        .json();
    assert_eq!(plan["steps"][0]["action"], "run");
    assert_eq!(plan["steps"][0]["changed"][0], "~ input in/a");
    assert_eq!(plan["steps"][1]["reason"], "needs copy, which runs");
    sandbox
        .run(&["explain", "copy"])
        .code(0)
        .prints("copy: run because input in/a changed")
        .prints("  ~ input in/a");
    sandbox
        .run(&["run", "use", "--dry-run"])
        .code(0)
        .prints("nothing was changed");
    assert_eq!(snapshot(&sandbox), before);
}

/// Of what can't be read nobody knows whether it changed, nor of what will be made anew. The memory
/// of a process gives nothing at its beginning, not even to root.
#[test]
fn what_can_not_be_told_is_no_change() {
    let sandbox = sandbox();
    sandbox.write("in/a", "ONE");
    sandbox
        .run(&["explain", "use"])
        .code(0)
        .prints("  ? need copy ")
        .prints("0 of 6 parts changed; 1 can be told once what it needs has run");
    std::fs::remove_file(sandbox.dir.join("in/a")).unwrap();
    std::os::unix::fs::symlink("/proc/self/mem", sandbox.dir.join("in/a")).unwrap();
    let told = sandbox
        .run(&["explain", "copy"])
        .code(0)
        .prints("copy: run because can't read in/a")
        .prints("  ? kind ")
        .prints("what changed can't be told: can't read in/a");
    assert!(!told.stdout.contains("parts changed"), "{}", told.stdout);
    let told = sandbox.run(&["explain", "copy", "--format", "json"]);
    let told = told.code(0).json();
    assert!(told["parts"][0]["changed"].is_null(), "{told}");
    let why = told["unknown"].as_str().unwrap();
    assert!(why.contains("can't read in/a"), "{why}");
}

fn snapshot(sandbox: &Sandbox) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(sandbox.dir.join(".pipeline"))
        .unwrap()
        .flatten();
    let mut files: Vec<_> = entries
        .filter(|entry| entry.path().is_file())
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                std::fs::read(entry.path()).unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}

#[test]
fn a_failed_attempt_at_something_else_leaves_nothing_believed() {
    let text = "[[step]]\nid='a'\nkind='command'\ninputs=['in']\nwith={argv=['sh','-c','cp in effect; ! grep -q bad in']}\n";
    let sandbox = Sandbox::new().pipeline(text).file("in", "good");
    sandbox.run(&["run", "a"]).code(0);
    sandbox.write("in", "bad");
    sandbox.run(&["run", "a"]).code(1);
    sandbox.write("in", "good");
    sandbox
        .run(&["run", "a"])
        .code(0)
        .says("a: it failed last time: sh ended with exit status 1");
    assert_eq!(sandbox.read("effect"), "good");
}

#[test]
fn an_output_folder_counts_with_all_that_is_in_it() {
    let text = "[[step]]\nid='a'\nkind='command'\noutputs=['out[1]','pages.git']\n\
        with={argv=['sh','-c','mkdir -p out[1] pages.git/.git; touch out[1]/f pages.git/.git/f']}\n";
    let sandbox = Sandbox::new().pipeline(text);
    sandbox.run(&["run", "a"]).code(0);
    for file in ["out[1]/f", "pages.git/.git/f"] {
        std::fs::remove_file(sandbox.dir.join(file)).unwrap();
        sandbox
            .run(&["run", "a"])
            .code(0)
            .says("was changed by someone else");
    }
}

#[test]
fn of_a_folder_that_is_an_input_it_is_told_what_moved_last() {
    let text = step("a", &[], "inputs = ['src', 'one']");
    let sandbox = Sandbox::new().pipeline(&text).file("one", "1");
    let sandbox = sandbox.file("src/old/x", "1").file("src/old/y", "1");
    sandbox.run(&["run", "a"]).code(0);
    sandbox.write("src/old/x", "2");
    let told = "a: input src changed (last src/old/x)";
    sandbox.run(&["run", "a"]).code(0).says(told);
    sandbox.write("one", "2");
    sandbox.run(&["run", "a"]).says("a: input one changed\n");
}

#[test]
fn two_steps_may_not_make_the_same_file() {
    for (one, other, expected) in [
        ("o", "o", "`o` is an output of `a` and of `b`"),
        ("./o", "p/../o", "`o` is an output of `a` and of `b`"),
        (
            "o",
            "o/p/q",
            "step `b` makes something in `o`, which `a` makes",
        ),
        (
            "o/p",
            "o/",
            "step `a` makes something in `o`, which `b` makes",
        ),
    ] {
        let text = [
            step("a", &[], &format!("outputs = ['{one}']")),
            step("b", &[], &format!("outputs = ['{other}']")),
        ];
        let sandbox = Sandbox::new().pipeline(&text.concat());
        sandbox.run(&["run", "a"]).code(2).says(expected);
    }
    let text = step("a", &[], "outputs = ['o', 'o/p']").replace(">> order", "; mkdir -p o/p");
    let sandbox = Sandbox::new().pipeline(&text);
    sandbox.run(&["run", "a"]).code(0).says("1 done");
    sandbox.run(&["run", "a"]).code(0).says("1 skipped");
}

/// What a check says is kept nowhere, so planning asks it before it can ask those that use its
/// words.
#[test]
fn a_plan_asks_on_with_what_it_was_answered() {
    let text = "[[step]]\nid='tools'\nkind='tools'\nwith={tools={helm='3.13'}}\n\
        [[step]]\nid='cluster'\nkind='check'\nneeds=['tools']\nwith={argv=['sh','-c','test ${tools.helm} = 3.19.0']}\n\
        [[step]]\nid='made'\nkind='command'\nneeds=['cluster']\noutputs=['out']\nwith={argv=['sh','-c','echo ${tools.helm} > out']}\n";
    let sandbox = Sandbox::new()
        .pipeline(text)
        .tool("helm", "echo v3.19.0+gabc");
    sandbox.run(&["run", "made"]).code(0);
    let plan = || sandbox.run(&["plan", "made"]).code(0).stdout;
    assert!(plan().contains("0 to run, 3 to skip"), "{}", plan());
    sandbox.write("bin/helm", "#!/bin/sh\necho v3.20.0+gabc\n");
    assert!(plan().contains("run   cluster"), "{}", plan());
}

/// A glob may take in what the step makes; nothing changed because of that.
#[test]
fn what_a_step_makes_is_no_input_of_it() {
    let text = step("a", &[], "inputs=['**', 'lock']\noutputs=['out', 'lock']")
        .replace(">> order", "; mkdir -p out; echo x | tee out/x > lock");
    let sandbox = Sandbox::new()
        .pipeline(&text)
        .file("in", "1")
        .file("lock", "x\n");
    let says = |words| drop(sandbox.run(&["run", "a"]).code(0).says(words));
    says("1 done");
    says("1 skipped");
    sandbox.write("in", "2");
    says("a: input in changed");
    // One that is named as an input, too, is both.
    sandbox.write("lock", "y\n");
    says("a: input lock changed");
    // It wrote what was there before the edit, which is a change again.
    says("1 done");
    says("1 skipped");
    sandbox.write("out/x", "y\n");
    says("changed by someone else, last out/x");
}

#[test]
fn of_several_outputs_the_one_that_was_written_last_is_told() {
    let script = "mkdir -p d; echo 1 > d/z; echo a > a.txt";
    let sandbox = Sandbox::new().pipeline(&format!(
        "[[step]]\nid='a'\nkind='command'\noutputs=['a.txt','d']\nwith={{argv=['sh','-c','{script}']}}\n"
    ));
    for changed in ["a.txt", "d/z"] {
        sandbox.run(&["run", "a"]).code(0);
        sandbox.write(changed, "by hand");
        let told = format!("a.txt or d was changed by someone else, last {changed}");
        sandbox.run(&["plan", "a"]).code(0).prints(&told);
    }
}

#[test]
fn other_outputs_are_called_so() {
    let text = |outputs: &str| {
        format!(
            "[[step]]\nid='a'\nkind='command'\n{outputs}\nwith={{argv=['sh','-c','touch x y']}}\n"
        )
    };
    let mut sandbox = Sandbox::new().pipeline(&text("outputs=['x']"));
    sandbox.run(&["run", "a"]).code(0);
    for outputs in ["outputs=['x','y']", ""] {
        sandbox = sandbox.pipeline(&text(outputs));
        sandbox
            .run(&["plan", "a"])
            .code(0)
            .prints("outputs changed");
        sandbox.run(&["run", "a"]).code(0).says("1 done");
        sandbox.run(&["run", "a"]).code(0).says("0 done");
    }
}
