//! Which step starts when: places, weights, the longest chain first. And whose output is whose
//! while many talk at once.

use crate::sandbox::Sandbox;

/// Steps that note when they begin and end, for the given time.
fn steps(lines: &[(&str, &str, &str)]) -> String {
    let step = |(id, seconds, more): &(&str, &str, &str)| {
        format!(
            "[[step]]\nid='{id}'\nkind='command'\n{more}\n\
             with={{argv=['sh','-c','echo begin {id} >> order; sleep {seconds}; echo end {id} >> order']}}\n"
        )
    };
    lines.iter().map(step).collect()
}

/// The largest sum of weights that ran at once, as the steps themselves noted it.
fn busiest(order: &str, weight: impl Fn(&str) -> i64) -> i64 {
    let (mut now, mut most) = (0, 0);
    for line in order.lines() {
        let (verb, id) = line.split_once(' ').unwrap();
        now += if verb == "begin" {
            weight(id)
        } else {
            -weight(id)
        };
        most = most.max(now);
    }
    most
}

#[test]
fn no_more_than_jobs_at_once_and_no_fewer_when_there_is_work() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let sandbox = Sandbox::new().pipeline(&steps(&names.map(|id| (id, "0.1", ""))));
    for jobs in [1, 2, 4] {
        sandbox.write("order", "");
        let flag = format!("-j{jobs}");
        let args = [&["run", "--force", &flag][..], &names].concat();
        sandbox.run(&args).code(0).says("8 done");
        assert_eq!(busiest(&sandbox.read("order"), |_| 1), jobs);
    }
}

#[test]
fn weights_never_exceed_the_places() {
    let lines = [
        ("a3", "0.05", "weight=3"),
        ("b1", "0.05", ""),
        ("c2", "0.05", "weight=2"),
        ("d1", "0.05", ""),
        ("e9", "0.05", "weight=9"),
        ("f2", "0.05", "weight=2"),
    ];
    let sandbox = Sandbox::new().pipeline(&steps(&lines));
    let names = lines.map(|line| line.0);
    let args = [&["run", "-j3"][..], &names].concat();
    sandbox.run(&args).code(0).says("6 done");
    // A weight above the number of places counts as all of them, or its step could never run.
    let weight = |id: &str| id[1..].parse::<i64>().unwrap().min(3);
    assert!(busiest(&sandbox.read("order"), weight) <= 3);
}

#[test]
fn a_step_that_wants_more_memory_than_is_free_waits_until_it_is_alone() {
    let lines = [
        ("a", "0.3", ""),
        ("greedy", "0.01", "min_free_mem='900000GiB'"),
        ("modest", "0.01", "min_free_mem='1MiB'"),
    ];
    let sandbox = Sandbox::new().pipeline(&steps(&lines));
    sandbox
        .run(&["run", "-j3", "a", "greedy", "modest"])
        .code(0)
        .says("greedy: starts with less memory free than its `min_free_mem`")
        .says("3 done");
    let order = sandbox.read("order");
    let place = |line: &str| order.lines().position(|other| other == line).unwrap();
    assert!(place("begin modest") < place("end a"), "{order}");
    assert_eq!(place("begin greedy"), 4, "{order}");
}

#[test]
fn a_step_that_wants_more_memory_lets_the_others_go_first() {
    let lines = [
        ("greedy", "0.1", "min_free_mem='900000GiB'"),
        ("a", "0.1", ""),
    ];
    let sandbox = Sandbox::new().pipeline(&steps(&lines));
    sandbox.run(&["run", "-j2", "greedy", "a"]).code(0);
    assert_eq!(busiest(&sandbox.read("order"), |_| 1), 1);
}

#[test]
fn the_longest_chain_starts_first_once_it_is_known() {
    let lines = [
        ("a", "0.01", ""),
        ("b", "0.01", ""),
        ("c", "0.01", ""),
        ("long", "0.2", ""),
        ("first", "0.02", ""),
        ("then", "0.8", "needs=['first']"),
    ];
    let sandbox = Sandbox::new().pipeline(&steps(&lines));
    let args = |force: &'static str| ["run", "-j1", force, "a", "b", "c", "long", "then"];
    sandbox.run(&args("--quiet")).code(0);
    sandbox.write("order", "");
    sandbox.run(&args("--force")).code(0);
    let order = sandbox.read("order");
    let begun: Vec<&str> = order
        .lines()
        .filter_map(|line| line.strip_prefix("begin "))
        .collect();
    assert_eq!(begun[..3], ["first", "then", "long"]);
}

#[test]
fn output_of_steps_that_talk_at_once_never_mixes() {
    let talk = "i=0; while [ $i -lt 3000 ]; do echo \"$0 $i $0 $0 $0 $0 $0 $0 $0 $0 end\"; i=$((i+1)); done";
    let step = |id: &str| {
        format!("[[step]]\nid='{id}'\nkind='command'\nwith={{argv=['sh','-c','{talk}','{id}']}}\n")
    };
    let names = ["ant", "bee", "cat", "dog"];
    let sandbox = Sandbox::new().pipeline(&names.map(step).concat());
    let args = [&["run", "-j4", "--verbose"][..], &names].concat();
    let ran = sandbox.run(&args).code(0);
    for name in names {
        let whole = |n: usize| format!("{name} {n}{} end", format!(" {name}").repeat(8));
        let log = sandbox.read(&format!(".pipeline/logs/{name}.1.log"));
        let lines: Vec<&str> = log.lines().filter(|line| !line.starts_with('$')).collect();
        assert_eq!(lines.len(), 3000);
        assert!(lines.iter().enumerate().all(|(n, line)| *line == whole(n)));
    }
    let torn: Vec<&str> = ran.stderr.lines().filter(|line| is_torn(line)).collect();
    assert!(torn.is_empty(), "{torn:?}");
}

/// Whether a line of talk on the screen is anything but one name, its number, the name eight times
/// and the end.
fn is_torn(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let Some(at) = words.iter().position(|word| word.parse::<u32>().is_ok()) else {
        return false;
    };
    let talks =
        at > 0 && words[0] != "done" && ["ant", "bee", "cat", "dog"].contains(&words[at - 1]);
    talks && words[at + 1..] != [[words[at - 1]; 8].as_slice(), &["end"]].concat()
}
