//! One run that several processes make together, as the pods of an exported workflow do.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Child;

use proptest::prelude::*;

use crate::sandbox::{Sandbox, send, step, until};

/// `a` and `b` each wait until the other is at work.
fn waiting() -> Sandbox {
    let wait = |id: &str, other: &str| {
        format!(
            "[[step]]\nid = '{id}'\nkind = 'command'\nneeds = ['first']\ntimeout = '20s'\nwith = {{ argv = ['sh', '-c', 'touch {id}.here; until test -e {other}.here; do sleep 0.01; done; echo {id} >> order'] }}\n"
        )
    };
    let text = [
        "[goals]\nup = ['last']\n[pools]\none = 1\n".to_string(),
        step("first", &[], ""),
        wait("a", "b"),
        wait("b", "a"),
        step("last", &["a", "b"], ""),
        step("c", &[], "pool = 'one'"),
        step("d", &[], "pool = 'one'"),
    ];
    Sandbox::new().pipeline(&text.concat())
}

/// The process that does `a`, once it does.
fn a_at_work(sandbox: &Sandbox) -> Child {
    let child = sandbox.start(&["run", "a", "--join"]);
    until("a is at work", || sandbox.has("a.here"));
    child
}

#[test]
fn steps_that_do_not_need_each_other_run_at_the_same_time() {
    let sandbox = waiting();
    sandbox.run(&["run", "first", "--join"]).code(0);
    let mut a = a_at_work(&sandbox);
    sandbox.run(&["run", "b", "--join"]).code(0);
    assert!(a.wait().unwrap().success());
    sandbox.run(&["run", "last", "--join"]).code(0);
    sandbox.run(&["up"]).code(0).says("0 done, 4 skipped");
    let order = sandbox.read("order");
    assert!(
        order.starts_with("first\n") && order.ends_with("last\n"),
        "{order}"
    );
    assert_eq!(order.lines().count(), 4, "{order}");
}

#[test]
fn what_runs_each_time_runs_once_in_a_run_of_several() {
    let text = [
        step("each", &[], "always = true"),
        step("then", &["each"], ""),
        step("last", &["each", "then"], "always = true"),
    ];
    let sandbox = Sandbox::new().pipeline(&text.concat());
    for id in ["each", "then", "last"] {
        sandbox.run(&["run", id, "--join"]).code(0);
    }
    assert_eq!(sandbox.read("order"), "each\nthen\nlast\n");
    sandbox.run(&["run", "then", "--join", "--force"]).code(0);
    sandbox.run(&["run", "each", "--join"]).code(0);
    assert_eq!(sandbox.read("order"), "each\nthen\nlast\nthen\neach\n");
}

#[test]
fn what_needs_a_step_that_was_left_out_is_not_run_and_fails_nothing() {
    let text = "[[step]]\nid = 'out'\nkind = 'command'\nwith = { argv = ['sh', '-c', 'exit 9'], left_out = 9 }\n";
    let text = [
        text.to_string(),
        step("then", &["out"], ""),
        step("last", &["then"], ""),
    ];
    let sandbox = Sandbox::new().pipeline(&text.concat());
    sandbox.run(&["run", "out", "--join"]).code(0);
    for id in ["then", "last"] {
        let ran = sandbox.run(&["run", id, "--join"]).code(0);
        ran.says("not run: it needs `out`, which was left out");
    }
    assert_eq!(sandbox.read("order"), "");
}

#[test]
fn what_was_not_done_is_done_by_nobody_unasked() {
    let sandbox = waiting();
    sandbox.run(&["run", "last", "--join"]).code(2).says(
        "last needs `first`, which has to run first (never done): `run first --join`, or all in one process without --join",
    );
    assert_eq!(sandbox.read("order"), "");
    sandbox
        .run(&["run", "up", "--join"])
        .code(2)
        .says("--join takes steps, and `up` is a goal; name its steps");
}

#[test]
fn what_another_process_may_be_at_is_to_be_waited_for() {
    let sandbox = waiting();
    sandbox.run(&["run", "first", "--join"]).code(0);
    let mut a = a_at_work(&sandbox);
    let last = sandbox.run(&["run", "last", "--join"]).code(2);
    last.says("it was begun and has not ended: wait for it, if another process runs it");
    sandbox.run(&["run", "b", "--join"]).code(0);
    assert!(a.wait().unwrap().success());
}

#[test]
fn no_step_is_done_by_two_at_once_and_nobody_has_the_folder_for_himself() {
    let sandbox = waiting();
    sandbox.run(&["run", "first"]).code(0);
    let mut a = a_at_work(&sandbox);
    sandbox
        .run(&["run", "a", "--join"])
        .code(2)
        .says("another process is at work on `a` here; wait for it to end");
    sandbox
        .run(&["run", "b"])
        .code(2)
        .says("wait for it, or end it with `kill ");
    send("STOP", a.id());
    let state = format!("/proc/{}/stat", a.id());
    let is_stopped = || std::fs::read_to_string(&state).is_ok_and(|stat| stat.contains(") T "));
    until("it is stopped", is_stopped);
    sandbox
        .run(&["run", "b"])
        .code(2)
        .says("it is stopped: `kill -CONT ");
    send("CONT", a.id());
    let doctor = sandbox.run(&["doctor"]).stdout;
    assert!(!doctor.contains("a run was killed"), "{doctor}");
    sandbox.write("b.here", "");
    assert!(a.wait().unwrap().success());
    sandbox.run(&["run", "a", "--join"]).code(0).says("0 done");
}

#[test]
fn a_pool_has_room_for_as_many_processes_as_for_steps() {
    let text = "touch at-work; test ! -e both || exit 1; touch both; sleep 0.3; rm both";
    let slow = |id: &str| {
        format!(
            "[[step]]\nid = '{id}'\nkind = 'command'\npool = 'one'\nwith = {{ argv = ['sh', '-c', '{text}'] }}\n"
        )
    };
    let text = ["[pools]\none = 1\n".to_string(), slow("c"), slow("d")].concat();
    let sandbox = Sandbox::new().pipeline(&text);
    let mut c = sandbox.start(&["run", "c", "--join"]);
    until("c is at work", || sandbox.has("at-work"));
    let ran = sandbox.run(&["run", "d", "--join"]).code(0);
    ran.says("waits for a place in the pool `one`");
    assert!(c.wait().unwrap().success());
    // Nobody waits for himself.
    sandbox
        .run(&["run", "c", "d", "--join", "--force", "-j2"])
        .code(0)
        .says("2 done");
}

#[test]
fn what_one_leaves_that_was_killed_is_ended_by_who_comes_alone() {
    let sandbox = waiting();
    sandbox.run(&["run", "first", "--join"]).code(0);
    let mut a = a_at_work(&sandbox);
    a.kill().unwrap();
    a.wait().unwrap();
    sandbox.run(&["run", "c", "--join"]).code(0);
    sandbox
        .run(&["up"])
        .code(0)
        .says("that a killed run had left behind")
        .says("a: it was not finished last time")
        .says("3 done, 1 skipped");
}

/// Each step with those before it that it needs.
fn graph() -> impl Strategy<Value = Vec<Vec<bool>>> {
    (1_usize..7).prop_flat_map(|steps| {
        let needs = (0..steps).map(|step| prop::collection::vec(any::<bool>(), step));
        needs.collect::<Vec<_>>()
    })
}

fn pipeline(graph: &[Vec<bool>]) -> Sandbox {
    let names: Vec<String> = (0..graph.len()).map(|step| format!("s{step}")).collect();
    let one = |(id, needs): (&String, &Vec<bool>)| {
        let needed = names.iter().zip(needs).filter(|(_, needed)| **needed);
        let needs: Vec<&str> = needed.map(|(name, _)| name.as_str()).collect();
        step(id, &needs, "")
    };
    let steps: String = names.iter().zip(graph).map(one).collect();
    Sandbox::new().pipeline(&format!("[goals]\nup = {names:?}\n{steps}"))
}

/// Task -> the tasks it waits for, as the workflow has them; none of ours has another name there.
fn tasks(workflow: &str) -> BTreeMap<String, Vec<String>> {
    let (_, dag) = workflow.split_once("tasks:\n").unwrap();
    let mut tasks = BTreeMap::new();
    let mut name = String::new();
    for line in dag.lines().map(str::trim_start) {
        if let Some(task) = line.strip_prefix("- name: ") {
            name = task.to_string();
        } else if let Some(list) = line.strip_prefix("dependencies: [") {
            let needs = list.trim_end_matches(']').split(", ");
            let needs = needs.filter(|need| *need != "checkout").map(str::to_string);
            tasks.insert(name.clone(), needs.collect());
        }
    }
    tasks
}

/// Does what a workflow's controller does: whatever waits for nothing more, all at once.
fn execute(sandbox: &Sandbox, mut open: BTreeMap<String, Vec<String>>) {
    while !open.is_empty() {
        let waits = |needs: &Vec<String>| needs.iter().any(|need| open.contains_key(need));
        let ready: Vec<String> = open
            .iter()
            .filter(|(_, needs)| !waits(needs))
            .map(|(task, _)| task.clone())
            .collect();
        let start = |task: &String| {
            sandbox.start(&[
                "run",
                task,
                "--join",
                "--target",
                "local",
                "--profile",
                "local",
            ])
        };
        let children: Vec<_> = ready.iter().map(start).collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        ready.iter().for_each(|task| drop(open.remove(task)));
    }
}

/// The steps that a journal has as done, each with its fingerprint.
fn journal(sandbox: &Sandbox) -> BTreeSet<(String, String)> {
    let text = sandbox.read(".pipeline/journal-local");
    let done = text.lines().filter_map(|line| line.split_once("done\t"));
    let pair = |(_, fields): (&str, &str)| {
        let mut fields = fields.split('\t').map(str::to_string);
        Some((fields.next()?, fields.next()?))
    };
    done.filter_map(pair).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 20, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_workflow_does_what_one_run_does_in_an_order_that_may_be(graph in graph()) {
        let (one, many) = (pipeline(&graph), pipeline(&graph));
        one.run(&["up"]).code(0);
        let workflow = many.run(&["export", "argo"]).code(0).stdout.clone();
        prop_assert!(workflow.contains("\"--join\"") && !workflow.contains("parallelism"));
        execute(&many, tasks(&workflow));
        prop_assert_eq!(journal(&one), journal(&many));
        prop_assert_eq!(journal(&one).len(), graph.len());
        many.run(&["up"]).code(0).says("0 done");
        let order = many.read("order");
        let order: Vec<&str> = order.lines().collect();
        prop_assert_eq!(order.len(), graph.len());
        for (step, needs) in graph.iter().enumerate() {
            let at = |step: usize| order.iter().position(|id| *id == format!("s{step}"));
            for (need, _) in needs.iter().enumerate().filter(|(_, needed)| **needed) {
                prop_assert!(at(need) < at(step), "{:?}", order);
            }
        }
    }
}
