//! Files that change during one run after the other.

use std::time::Duration;

use super::Watching;
use crate::sandbox::{Sandbox, step, until};

#[test]
fn a_step_that_writes_its_own_input_is_named_and_not_run_for_ever() {
    let text =
        step("a", &[], "inputs=['notes/*']").replace(">> order", ">> order; date +%N >> notes/log");
    let sandbox = Sandbox::new().pipeline(&text).file("notes/log", "");
    let watching = Watching::start(&sandbox, "a");
    watching.said("notes/log changed during 4 runs in a row");
    let runs = sandbox.read("order").lines().count();
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(sandbox.read("order").lines().count(), runs);
    sandbox.write("notes/log", "edited\n");
    until("another run", || {
        sandbox.read("order").lines().count() > runs
    });
}

/// It is no step that writes the file three times: the last edit counts too.
#[test]
fn each_of_three_edits_during_slow_runs_is_followed() {
    let text = step("a", &[], "inputs=['in/a']")
        .replace(">> order", ">> order; cat in/a >> seen; sleep 0.7");
    let sandbox = Sandbox::new().pipeline(&text).file("in/a", "0\n");
    let watching = Watching::start(&sandbox, "a");
    for edit in 0..3 {
        let begun = || sandbox.has("seen") && sandbox.read("seen").ends_with(&format!("{edit}\n"));
        until("it has begun", begun);
        sandbox.write("in/a", &format!("{}\n", edit + 1));
    }
    until("it ran again", || sandbox.read("seen") == "0\n1\n2\n3\n");
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(watching.order(), "a a a a ");
    assert!(!sandbox.read("told").contains("in a row"));
}
