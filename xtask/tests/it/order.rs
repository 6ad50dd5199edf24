//! Steps run in dependency order, in parallel, and failures take down exactly what needs them.

use crate::sandbox::{Sandbox, step};

#[test]
fn needs_come_first_and_the_unwanted_not_at_all() {
    let text = [
        step("c", &["a", "b"], ""),
        step("b", &["a"], ""),
        step("a", &[], ""),
        step("d", &[], ""),
    ]
    .concat();
    let sandbox = Sandbox::new().pipeline(&text);
    sandbox.run(&["run", "c"]).code(0).says("3 done");
    assert_eq!(sandbox.read("order"), "a\nb\nc\n");
}

#[test]
fn independent_steps_run_at_the_same_time() {
    // Each waits for the other; one after the other they would never end.
    let meet = |id: &str, other: &str| {
        format!(
            "[[step]]\nid = \"{id}\"\nkind = \"command\"\ntimeout = \"10s\"\n\
             with = {{ argv = [\"sh\", \"-c\", \"touch {id}; while [ ! -e {other} ]; do sleep 0.01; done\"] }}\n"
        )
    };
    let sandbox = Sandbox::new().pipeline(&[meet("a", "b"), meet("b", "a")].concat());
    sandbox.run(&["run", "a", "b", "-j2"]).code(0);
}

#[test]
fn a_slow_branch_holds_up_nobody_else() {
    // No level barriers: c needs a only, and b waits for c.
    let text = "[[step]]\nid='a'\nkind='command'\nwith={argv=['true']}\n\
        [[step]]\nid='b'\nkind='command'\ntimeout='10s'\nwith={argv=['sh','-c','while [ ! -e c ]; do sleep 0.01; done']}\n\
        [[step]]\nid='c'\nkind='command'\nneeds=['a']\nwith={argv=['touch','c']}\n";
    Sandbox::new()
        .pipeline(text)
        .run(&["run", "b", "c", "-j2"])
        .code(0);
}

#[test]
fn pools_keep_steps_apart() {
    let text: String = ["a", "b", "c"]
        .map(|id| {
            format!(
                "[[step]]\nid='{id}'\nkind='command'\npool='one'\n\
                 with={{argv=['sh','-c','mkdir busy && sleep 0.05 && rm -r busy']}}\n"
            )
        })
        .concat();
    let sandbox = Sandbox::new().pipeline(&format!("[pools]\none = 1\n{text}"));
    sandbox.run(&["run", "a", "b", "c", "-j3"]).code(0);
}

#[test]
fn a_failure_skips_its_dependents_and_names_itself() {
    let fails =
        "[[step]]\nid='bad'\nkind='command'\nwith={argv=['sh','-c','echo the cause; exit 3']}\n";
    let text = [fails, &step("after", &["bad"], ""), &step("other", &[], "")].concat();
    let sandbox = Sandbox::new().pipeline(&text);
    let ran = sandbox.run(&["run", "after", "other", "-k", "-j1"]).code(1);
    let ran = ran
        .says("bad: sh ended with exit status 3: the cause")
        .says("after  cancelled: needs bad, which failed");
    ran.says("1 done")
        .says("1 failed, 1 cancelled")
        .says(".pipeline/logs/bad.1.log");
    assert_eq!(sandbox.read("order"), "other\n");
}

#[test]
fn without_keep_going_nothing_new_starts() {
    let fails = "[[step]]\nid='bad'\nkind='command'\nwith={argv=['false']}\n";
    let sandbox = Sandbox::new().pipeline(&[fails, &step("other", &[], "")].concat());
    sandbox.run(&["run", "bad", "other", "-j1"]).code(1);
    assert_eq!(sandbox.read("order"), "");
}

#[test]
fn a_step_is_tried_as_often_as_it_may_be() {
    let text = "[[step]]\nid='flaky'\nkind='command'\nretry={attempts=3,backoff='10ms'}\n\
        with={argv=['sh','-c','echo x >> tries; [ $(grep -c x tries) -eq 3 ]']}\n";
    let sandbox = Sandbox::new().pipeline(text);
    sandbox
        .run(&["run", "flaky"])
        .code(0)
        .says("after 3 attempts");
    assert!(sandbox.has(".pipeline/logs/flaky.3.log"));
}

#[test]
fn a_step_that_does_not_end_is_ended() {
    let text = "[[step]]\nid='slow'\nkind='command'\ntimeout='200ms'\nwith={argv=['sleep','60']}\n";
    Sandbox::new()
        .pipeline(text)
        .run(&["run", "slow"])
        .code(1)
        .says("`sleep` did not end within 0.2 s");
}

#[test]
fn what_this_machine_can_not_do_is_left_out_and_said() {
    let text = "[[step]]\nid='browser'\nkind='command'\nretry={attempts=3,backoff='1m'}\n\
        with={argv=['sh','-c','echo there is no browser >&2; exit 77'],left_out=77}\n\
        [[step]]\nid='shots'\nkind='command'\nneeds=['browser']\nwith={argv=['touch','shots']}\n\
        [[step]]\nid='other'\nkind='command'\nwith={argv=['touch','other']}\n";
    let sandbox = Sandbox::new().pipeline(text);
    let run = sandbox.run(&["run", "shots", "other", "-j1"]).code(0);
    run.says("LEFT OUT browser: there is no browser")
        .says("needs browser, which was left out")
        .says("1 done, 0 skipped, 1 left out, 1 cancelled");
    assert!(!sandbox.has("shots") && sandbox.has("other"));
    let others = text.replace("left_out=77", "left_out=78");
    let sandbox = Sandbox::new().pipeline(&others.replace("attempts=3", "attempts=1"));
    sandbox.run(&["run", "browser"]).code(1);
}

#[test]
fn what_is_forced_is_told_before_what_it_needs() {
    let text = step("b", &[], "always = true") + &step("c", &["b"], "");
    let sandbox = Sandbox::new().pipeline(&text);
    sandbox.run(&["run", "c"]).code(0);
    let plan = sandbox.run(&["plan", "c", "--force=c"]).code(0);
    plan.prints("run   c  forced");
}
