//! What has to be done in any case begins before every tool has answered; steps of which something
//! is open wait for their own verdict, and for nobody else's.

use crate::sandbox::{Sandbox, processes_with, send, step, until};

/// A check that says yes once there is a file; or no after some seconds, and leaves `no` behind.
fn waits_for(id: &str, file: &str) -> String {
    let script = format!(
        "for _ in $(seq 1000); do [ -e {file} ] && exit 0; sleep 0.01; done; touch no; exit 1"
    );
    format!("[[step]]\nid='{id}'\nkind='check'\nwith={{argv=['sh','-c','{script}']}}\n")
}

#[test]
fn work_begins_before_everybody_has_answered() {
    let text = [
        waits_for("slow", "order"),
        step("work", &[], ""),
        step("after", &["slow", "work"], ""),
    ];
    let sandbox = Sandbox::new().pipeline(&text.concat());
    let ran = sandbox.run(&["run", "after"]).code(0);
    ran.says("2 done").says("slow");
    assert_eq!(sandbox.read("order"), "work\nafter\n");
    assert!(!sandbox.has("no"));
}

#[test]
fn who_has_to_answer_before_the_work_is_asked_first() {
    let first = "[[step]]\nid='first'\nkind='check'\nwith={argv=['touch','asked']}\n";
    let slow = waits_for("slow", "order");
    let text = [first, &slow, &step("work", &["first"], "")];
    let sandbox = Sandbox::new().pipeline(&text.concat());
    sandbox.run(&["run", "slow", "work"]).code(0);
    // It would have said no to whoever asks both at once and waits.
    assert!(!sandbox.has("no"));
}

#[test]
fn what_turns_out_to_be_missing_is_made_and_what_stands_is_not() {
    let text = [
        "[[step]]\nid='lost'\nkind='folder'\nwith={path='lost'}\n",
        "[[step]]\nid='kept'\nkind='folder'\nwith={path='kept'}\n",
        &step("work", &[], "inputs=['in']\n"),
        &step("after", &["lost"], ""),
    ];
    let sandbox = Sandbox::new().pipeline(&text.concat()).file("in", "1");
    let run = || sandbox.run(&["run", "kept", "work", "after"]).code(0);
    run().says("4 done");
    std::fs::remove_dir_all(sandbox.dir.join("lost")).unwrap();
    sandbox.write("in", "2");
    run().says("done lost").says("skip kept").says("done work");
    assert!(sandbox.has("lost"));
    run().says("4 skipped");
}

#[test]
fn a_no_beside_work_fails_its_own_step() {
    let no = "[[step]]\nid='no'\nkind='check'\nwith={argv=['false'], fix='say yes'}\n";
    let text = [no, &step("work", &[], ""), &step("after", &["no"], "")];
    let sandbox = Sandbox::new().pipeline(&text.concat());
    let ran = sandbox.run(&["run", "work", "after"]).code(1);
    ran.says("done work").says("FAIL no").says("say yes");
    assert_eq!(sandbox.read("order"), "work\n");
}

#[test]
fn an_interrupt_ends_those_who_are_asked_beside_the_work() {
    let asked = "[[step]]\nid='asked'\nkind='check'\nwith={argv=['sh','-c','sleep 4327']}\n";
    let sandbox = Sandbox::new().pipeline(&[asked, &step("work", &[], "")].concat());
    let mut child = sandbox.start(&["run", "asked", "work"]);
    until("the work is done", || sandbox.has("order"));
    until("it is asked", || !processes_with("sleep 4327").is_empty());
    send("INT", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    until("it is gone", || processes_with("sleep 4327").is_empty());
    // What was done is done.
    sandbox.run(&["run", "work"]).code(0).says("1 skipped");
}

#[test]
fn who_keeps_a_step_waiting_is_named_while_others_work() {
    let slow = "[[step]]\nid='slow'\nkind='check'\nwith={argv=['sh','-c','sleep 5.5']}\n";
    let sandbox = Sandbox::new().pipeline(&[slow, &step("work", &[], "")].concat());
    let ran = sandbox.run(&["run", "slow", "work"]).code(0);
    ran.says("slow: `sh -c 'sleep 5.5'` has not answered for 5 s");
}
