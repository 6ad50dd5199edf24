//! Random graphs with random failures against a simple oracle. What the oracle says is worked out
//! from the definition alone: which steps are wanted, which of those can't be reached, and whose
//! content an edit changes.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::Index;

use crate::sandbox::{Ran, Sandbox};

/// What a step leaves behind decides how far a change goes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Leaves {
    /// An output made from its own input and the outputs of what it needs.
    Mixture,
    /// The same output each time: a change ends here.
    Constant,
    /// Nothing to look at: whenever it runs, what needs it runs.
    Nothing,
}

#[derive(Debug, Clone)]
struct World {
    /// Per step, those it needs; always smaller numbers.
    needs: Vec<BTreeSet<usize>>,
    leaves: Vec<Leaves>,
    fails: BTreeSet<usize>,
    /// The order in which pipeline.toml lists them.
    listed: Vec<usize>,
    wanted: BTreeSet<usize>,
    edited: usize,
    jobs: usize,
    keep_going: bool,
}

fn worlds() -> impl Strategy<Value = World> {
    (1..11_usize).prop_flat_map(|count| {
        let leaves = prop_oneof![
            Just(Leaves::Mixture),
            Just(Leaves::Constant),
            Just(Leaves::Nothing)
        ];
        let steps = prop::collection::vec(
            (
                any::<u16>(),
                any::<u16>(),
                leaves,
                prop::bool::weighted(0.15),
            ),
            count,
        );
        let listed = Just((0..count).collect::<Vec<_>>()).prop_shuffle();
        let wanted = prop::collection::btree_set(0..count, 1..=count);
        let rest = (any::<Index>(), 1..4_usize, any::<bool>());
        (steps, listed, wanted, rest).prop_map(world)
    })
}

type Drawn = (
    Vec<(u16, u16, Leaves, bool)>,
    Vec<usize>,
    BTreeSet<usize>,
    (Index, usize, bool),
);

fn world((steps, listed, wanted, (edited, jobs, keep_going)): Drawn) -> World {
    // Two masks together leave about a quarter of the possible needs.
    let needs = |(step, (a, b, ..)): (usize, &(u16, u16, Leaves, bool))| {
        (0..step).filter(|need| a & b & (1 << need) != 0).collect()
    };
    World {
        needs: steps.iter().enumerate().map(needs).collect(),
        leaves: steps.iter().map(|step| step.2).collect(),
        fails: (0..steps.len()).filter(|&step| steps[step].3).collect(),
        edited: edited.index(steps.len()),
        listed,
        wanted,
        jobs,
        keep_going,
    }
}

impl World {
    fn toml(&self) -> String {
        self.listed.iter().map(|&step| self.step(step)).collect()
    }

    fn step(&self, step: usize) -> String {
        let ids: Vec<String> = self.needs[step].iter().map(|n| format!("s{n}")).collect();
        let inputs: String = self.needs[step]
            .iter()
            .filter(|need| self.leaves[**need] != Leaves::Nothing)
            .map(|need| format!(" out/{need}"))
            .collect();
        let (outputs, make) = match self.leaves[step] {
            Leaves::Mixture => (
                format!("outputs = ['out/{step}']"),
                format!("cat in/{step}{inputs} > out/{step}"),
            ),
            Leaves::Constant => (
                format!("outputs = ['out/{step}']"),
                format!("echo {step} > out/{step}"),
            ),
            Leaves::Nothing => (String::new(), "true".to_string()),
        };
        format!(
            "[[step]]\nid = 's{step}'\nkind = 'command'\nneeds = {ids:?}\ninputs = ['in/{step}']\n{outputs}\n\
             with = {{ argv = ['sh', '-c', 'echo begin {step} >> order; {make}; echo end {step} >> order; test ! -e fail/{step}'] }}\n"
        )
    }

    fn sandbox(&self) -> Sandbox {
        let mut sandbox = Sandbox::new().pipeline(&self.toml()).file("out/.keep", "");
        for step in 0..self.needs.len() {
            sandbox = sandbox.file(&format!("in/{step}"), &format!("input {step}\n"));
        }
        for step in &self.fails {
            sandbox = sandbox.file(&format!("fail/{step}"), "");
        }
        sandbox
    }

    /// The wanted steps and all they need.
    fn reached(&self) -> BTreeSet<usize> {
        let mut all = self.wanted.clone();
        for step in (0..self.needs.len()).rev() {
            if all.contains(&step) {
                all.extend(&self.needs[step]);
            }
        }
        all
    }

    /// Steps with a failing one somewhere below them.
    fn doomed(&self) -> BTreeSet<usize> {
        let mut doomed = BTreeSet::new();
        for (step, needs) in self.needs.iter().enumerate() {
            if needs
                .iter()
                .any(|need| self.fails.contains(need) || doomed.contains(need))
            {
                doomed.insert(step);
            }
        }
        doomed
    }

    /// Steps that run when the input of this one has changed and everything was done before.
    fn run_after_edit(&self, edited: usize) -> BTreeSet<usize> {
        let (reached, mut runs, mut changed) = (self.reached(), BTreeSet::new(), BTreeSet::new());
        for &step in &reached {
            if step == edited || self.needs[step].iter().any(|need| changed.contains(need)) {
                runs.insert(step);
                let goes_on = match self.leaves[step] {
                    // It holds the contents of what it needs, so only a content that moved moves
                    // it.
                    Leaves::Mixture => {
                        step == edited
                            || self.needs[step].iter().any(|need| {
                                changed.contains(need) && self.leaves[*need] != Leaves::Nothing
                            })
                    }
                    Leaves::Constant => false,
                    Leaves::Nothing => true,
                };
                if goes_on {
                    changed.insert(step);
                }
            }
        }
        runs
    }

    fn run(&self, sandbox: &Sandbox) -> Ran {
        sandbox.write("order", "");
        let jobs = format!("-j{}", self.jobs);
        let wanted: Vec<String> = self.wanted.iter().map(|step| format!("s{step}")).collect();
        let mut args = vec!["run", "--progress", "json", &jobs];
        args.extend(self.keep_going.then_some("-k"));
        args.extend(wanted.iter().map(String::as_str));
        sandbox.run(&args)
    }
}

/// What a run said about each step, and its last line.
struct Told {
    outcomes: BTreeMap<usize, (String, String)>,
    summary: serde_json::Value,
}

fn told(ran: &Ran) -> Told {
    let lines: Vec<serde_json::Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut outcomes = BTreeMap::new();
    for line in lines.iter().filter(|line| line["event"] == "step-finished") {
        let step = line["step"].as_str().unwrap()[1..].parse().unwrap();
        let text = |key: &str| line[key].as_str().unwrap().to_string();
        let twice = outcomes.insert(step, (text("outcome"), text("reason")));
        assert!(twice.is_none(), "step {step} ended twice");
    }
    Told {
        outcomes,
        summary: lines.last().unwrap().clone(),
    }
}

impl Told {
    fn with(&self, outcome: &str) -> BTreeSet<usize> {
        let of =
            |(step, (other, _)): (&usize, &(String, String))| (other == outcome).then_some(*step);
        self.outcomes.iter().filter_map(of).collect()
    }

    /// The counts of the last line are those of the lines before it.
    fn adds_up(&self, code: i32) {
        for (key, outcome) in [
            ("done", "ok"),
            ("skipped", "skipped"),
            ("failed", "failed"),
            ("cancelled", "cancelled"),
        ] {
            assert_eq!(self.summary[key], self.with(outcome).len(), "{key}");
        }
        assert_eq!(self.summary["exit_code"], code);
    }
}

/// What the steps themselves noted: nothing ran twice, nothing before what it needs, and no more at
/// once than allowed.
fn ran_steps(world: &World, sandbox: &Sandbox) -> BTreeSet<usize> {
    let (mut begun, mut ended) = (BTreeSet::new(), BTreeSet::new());
    for line in sandbox.read("order").lines() {
        let (verb, step) = line.split_once(' ').unwrap();
        let step: usize = step.parse().unwrap();
        if verb == "end" {
            ended.insert(step);
            continue;
        }
        assert!(begun.insert(step), "step {step} ran twice");
        assert!(begun.len() - ended.len() <= world.jobs, "too many at once");
        for need in &world.needs[step] {
            let in_this_run = sandbox
                .read("order")
                .lines()
                .any(|line| line == format!("begin {need}"));
            assert!(
                !in_this_run || ended.contains(need),
                "{step} before {need} had ended"
            );
        }
    }
    assert_eq!(begun, ended, "a run must not end before its steps");
    begun
}

/// The first run, failures and all: returns what it got done.
fn check_first(world: &World, sandbox: &Sandbox) -> BTreeSet<usize> {
    let ran = world.run(sandbox);
    let (told, ran_steps) = (told(&ran), ran_steps(world, sandbox));
    let (reached, doomed) = (world.reached(), world.doomed());
    let failing: BTreeSet<usize> = &(&world.fails & &reached) - &doomed;
    assert_eq!(ran.code, i32::from(!failing.is_empty()));
    told.adds_up(ran.code);
    assert_eq!(
        told.outcomes.keys().copied().collect::<BTreeSet<_>>(),
        reached
    );
    assert_eq!(&told.with("ok") | &told.with("failed"), ran_steps);
    assert!(told.with("failed").is_subset(&failing));
    assert!(told.with("ok").is_disjoint(&(&doomed | &world.fails)));
    if world.keep_going {
        assert_eq!(told.with("failed"), failing);
        assert_eq!(told.with("cancelled"), &reached & &doomed);
        assert_eq!(told.with("ok"), &(&reached - &doomed) - &failing);
    } else {
        assert_eq!(told.with("failed").is_empty(), failing.is_empty());
    }
    for step in told.with("cancelled") {
        check_culprit(world, &told, step);
    }
    told.with("ok")
}

/// Who is named is below the step and failed; where nobody is, nobody below it failed.
fn check_culprit(world: &World, told: &Told, step: usize) {
    let mut below = world.needs[step].clone();
    for other in (0..step).rev() {
        if below.contains(&other) {
            below.extend(&world.needs[other]);
        }
    }
    let guilty = &below & &told.with("failed");
    let reason = &told.outcomes[&step].1;
    let named = reason
        .strip_prefix("needs s")
        .and_then(|rest| rest.strip_suffix(", which failed"))
        .map(|id| id.parse::<usize>().unwrap());
    match named {
        Some(culprit) => assert!(guilty.contains(&culprit), "s{step} blames s{culprit}"),
        None => assert!(guilty.is_empty(), "s{step} blames nobody: {reason}"),
    }
}

fn check(world: &World) {
    let sandbox = world.sandbox();
    let done = check_first(world, &sandbox);
    std::fs::remove_dir_all(sandbox.dir.join("fail")).ok();
    let expect = |what: &str, expected: &BTreeSet<usize>| {
        let ran = world.run(&sandbox).code(0);
        told(&ran).adds_up(0);
        assert_eq!(&ran_steps(world, &sandbox), expected, "{what}");
        assert_eq!(&told(&ran).with("ok"), expected, "{what}, as told");
    };
    expect(
        "what failed and what it held up",
        &(&world.reached() - &done),
    );
    expect("nothing is left to do", &BTreeSet::new());
    // What moved a moment ago is not sealed.
    std::thread::sleep(std::time::Duration::from_millis(40));
    expect("nothing is left to seal", &BTreeSet::new());
    let another = (world.edited + 1) % world.needs.len();
    for (edit, edited) in ["one", "two"].into_iter().zip([world.edited, another]) {
        sandbox.write(&format!("in/{edited}"), &format!("edit {edit}\n"));
        expect("one edit", &world.run_after_edit(edited));
    }
    expect("nothing is left to do", &BTreeSet::new());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_does_what_the_oracle_says(world in worlds()) {
        check(&world);
    }
}
