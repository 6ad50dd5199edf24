//! `watch` and real edits, the way editors make them.

mod streaks;

use std::fs::{self, File};
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::sandbox::{Sandbox, step, until};

/// A watching xtask; ended by an interrupt when it is dropped.
pub(crate) struct Watching<'a> {
    sandbox: &'a Sandbox,
    child: Child,
}

impl Watching<'_> {
    pub(crate) fn start<'a>(sandbox: &'a Sandbox, wanted: &str) -> Watching<'a> {
        let told = File::create(sandbox.dir.join("told")).unwrap();
        let mut command = sandbox.command(&["watch", wanted]);
        let child = command.stdout(Stdio::null()).stderr(told).spawn().unwrap();
        Watching { sandbox, child }
    }

    fn order(&self) -> String {
        self.sandbox.read("order").replace('\n', " ")
    }

    /// Waits until exactly these have run since the last call, and a little longer to see that no
    /// others do.
    #[track_caller]
    fn ran(&self, expected: &str) {
        until(&format!("{expected} in {}", self.order()), || {
            self.order().len() >= expected.len()
        });
        std::thread::sleep(Duration::from_millis(500));
        assert_eq!(self.order(), expected, "{}", self.sandbox.read("told"));
        self.sandbox.write("order", "");
    }

    #[track_caller]
    pub(crate) fn said(&self, text: &str) {
        until(text, || self.sandbox.read("told").contains(text));
    }

    /// Ends it as Ctrl-C would; returns its exit code.
    fn end(&mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        if self.child.try_wait().unwrap().is_none() {
            self.end();
        }
    }
}

fn sandbox() -> Sandbox {
    let text = [
        "[goals]\nall=['c','b']\n",
        &step("a", &[], "inputs=['in/a']\noutputs=['out/a']")
            .replace(">> order", ">> order; cat in/a > out/a"),
        &step("b", &[], "inputs=['src/**/*.c','!src/made/**']"),
        &step("c", &["a"], "inputs=['out/a']"),
    ]
    .concat();
    Sandbox::new()
        .pipeline(&text)
        .file("in/a", "one\n")
        .file("src/b.c", "one\n")
        .file("src/made/b.c", "one\n")
        .file("out/.keep", "")
}

#[test]
fn an_edit_runs_what_it_touches_and_nothing_else() {
    let sandbox = sandbox();
    let mut watching = Watching::start(&sandbox, "all");
    until("the first run", || {
        sandbox.read("order").lines().count() == 3
    });
    watching.said("3 done");
    sandbox.write("order", "");
    sandbox.write("in/a", "two\n");
    watching.ran("a c ");
    watching.said("changed: in/a\n");
    // As editors do: a new file takes the name of the old one.
    sandbox.write("src/.b.c.tmp", "two\n");
    fs::rename(
        sandbox.dir.join("src/.b.c.tmp"),
        sandbox.dir.join("src/b.c"),
    )
    .unwrap();
    watching.ran("b ");
    fs::create_dir_all(sandbox.dir.join("src/new/deep")).unwrap();
    sandbox.write("src/new/deep/c.c", "one\n");
    watching.ran("b ");
    fs::rename(sandbox.dir.join("src/new"), sandbox.dir.join("src/old")).unwrap();
    watching.ran("b ");
    sandbox.write("src/old/deep/c.c", "two\n");
    watching.ran("b ");
    fs::remove_dir_all(sandbox.dir.join("src/old")).unwrap();
    watching.ran("b ");
    // Neither an output, nor what is left out, nor what nobody names.
    sandbox.write("out/a", "somebody else's\n");
    sandbox.write("src/made/b.c", "two\n");
    sandbox.write("src/b.h", "two\n");
    watching.ran("");
    assert_eq!(watching.end(), Some(130));
}

#[test]
fn a_broken_pipeline_waits_for_its_mending_and_a_failed_step_for_an_edit() {
    let sandbox = sandbox();
    let watching = Watching::start(&sandbox, "all");
    watching.said("3 done");
    sandbox.write("order", "");
    let good = sandbox.read("pipeline.toml");
    sandbox.write("pipeline.toml", &good.replace("[goals]", "[gaols]"));
    watching.said("gaols");
    sandbox.write("pipeline.toml", &good.replace("cat in/a", "cat in/other"));
    watching.said("in/other: No such file");
    sandbox.write("order", "");
    sandbox.write("pipeline.toml", &good.replace("in/a", "in/other"));
    sandbox.write("in/other", "other\n");
    watching.ran("a c ");
}

#[test]
fn programs_are_told_of_a_broken_pipeline() {
    let sandbox = sandbox();
    let events = File::create(sandbox.dir.join("events")).unwrap();
    let mut command = sandbox.command(&["watch", "all", "--progress", "json"]);
    let child = command.stdout(events).stderr(Stdio::null()).spawn();
    let sandbox = &sandbox;
    let _watching = Watching {
        sandbox,
        child: child.unwrap(),
    };
    let told = |text: &str| until(text, || sandbox.read("events").contains(text));
    told("run-finished");
    sandbox.write("pipeline.toml", "[gaols]");
    told(r#""event":"watch-failed""#);
}

#[test]
fn a_failed_round_is_counted_once() {
    let text = step("a", &[], "inputs=['in']").replace(">> order", ">> order; grep good in");
    let sandbox = Sandbox::new().pipeline(&text).file("in", "good\n");
    let watching = Watching::start(&sandbox, "a");
    watching.said("watching 1 folder for a; ");
    watching.said("1 done");
    sandbox.write("in", "bad\n");
    watching.said("1 failed");
    sandbox.write("in", "good again\n");
    watching.said("1 done, 0 skipped in");
    until("the next round", || sandbox.read("told").contains(": a "));
    assert_eq!(sandbox.read("told").matches("1 failed in").count(), 1);
}

#[test]
fn a_run_leaves_nothing_open_for_the_next() {
    let sandbox = sandbox();
    let watching = Watching::start(&sandbox, "all");
    let open = || {
        fs::read_dir(format!("/proc/{}/fd", watching.child.id()))
            .unwrap()
            .count()
    };
    until("the first run", || watching.order().len() == "a b c ".len());
    sandbox.write("order", "");
    std::thread::sleep(Duration::from_millis(500));
    let after_one = open();
    for round in ["two", "three", "four"] {
        sandbox.write("in/a", round);
        watching.ran("a c ");
    }
    assert_eq!(open(), after_one);
}

#[test]
fn a_folder_that_is_removed_and_made_again_is_watched_again() {
    let sandbox = sandbox();
    let watching = Watching::start(&sandbox, "all");
    watching.said("3 done");
    sandbox.write("order", "");
    fs::remove_dir_all(sandbox.dir.join("src")).unwrap();
    watching.ran("b ");
    fs::create_dir(sandbox.dir.join("src")).unwrap();
    sandbox.write("src/b.c", "again\n");
    watching.ran("b ");
    sandbox.write("src/b.c", "and again\n");
    watching.ran("b ");
}

/// A checkout moves many files at once, `.git` too.
#[test]
fn a_checkout_of_a_branch_is_one_change() {
    let sandbox = sandbox();
    let git = |args: &[&str]| {
        let mut git = std::process::Command::new("git");
        git.args(["-c", "user.name=t", "-c", "user.email=t@t"])
            .args(args);
        let status = git
            .current_dir(&sandbox.dir)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.unwrap().success(), "git {args:?}");
    };
    git(&["init", "-q", "-b", "one"]);
    git(&["add", "in", "src", "pipeline.toml"]);
    git(&["commit", "-q", "-m", "one"]);
    git(&["checkout", "-q", "-b", "two"]);
    for n in 0..50 {
        sandbox.write(&format!("src/deep/{n}.c"), "two\n");
    }
    sandbox.write("in/a", "two\n");
    git(&["add", "in", "src"]);
    git(&["commit", "-q", "-m", "two"]);
    let mut watching = Watching::start(&sandbox, "all");
    watching.said("3 done");
    for branch in ["one", "two"] {
        sandbox.write("order", "");
        git(&["checkout", "-q", branch]);
        until("all that changed", || {
            watching.order().len() >= "a c b ".len()
        });
        std::thread::sleep(Duration::from_millis(500));
        let mut ran: Vec<_> = watching.order().split(' ').map(str::to_string).collect();
        ran.sort();
        assert_eq!(ran.join(""), "abc", "on {branch}");
    }
    assert_eq!(watching.end(), Some(130));
}

#[test]
fn an_edit_during_a_run_is_followed_by_another_run() {
    let text = step("a", &[], "inputs=['in/a']").replace(
        ">> order",
        ">> order; touch begun; sleep 0.7; cat in/a >> seen",
    );
    let sandbox = Sandbox::new().pipeline(&text).file("in/a", "one\n");
    let watching = Watching::start(&sandbox, "a");
    until("it has begun", || sandbox.has("begun"));
    sandbox.write("in/a", "two\n");
    until("it ran again", || sandbox.read("seen").lines().count() == 2);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(watching.order(), "a a ");
}

#[test]
fn an_interrupt_during_a_run_ends_the_run_and_the_watch() {
    let text = step("a", &[], "inputs=['in/a']").replace(">> order", ">> order; sleep 4326");
    let sandbox = Sandbox::new().pipeline(&text).file("in/a", "one\n");
    let mut watching = Watching::start(&sandbox, "a");
    until("it has begun", || sandbox.has("order"));
    assert_eq!(watching.end(), Some(130));
    let sleeping = || !crate::sandbox::processes_with("sleep 4326").is_empty();
    until("nothing is left", || !sleeping());
}

/// What is written with `./` in front, or with a detour, is the same file.
#[test]
fn a_path_may_be_written_with_detours() {
    let text = [
        "[goals]\nall=['a','b']\n",
        &step("a", &[], "inputs=['./in/a']"),
        &step("b", &[], "inputs=['./src/*.c', 'in/../lib/*.c']"),
    ];
    let sandbox = Sandbox::new().pipeline(&text.concat());
    for file in ["in/a", "src/b.c", "lib/b.c"] {
        sandbox.write(file, "one\n");
    }
    let watching = Watching::start(&sandbox, "all");
    watching.said("2 done");
    for (file, expected) in [("in/a", "a "), ("src/b.c", "b "), ("lib/b.c", "b ")] {
        sandbox.write("order", "");
        sandbox.write(file, "two\n");
        watching.ran(expected);
    }
}

#[test]
fn a_watch_waits_for_another_run_to_end() {
    let text = [
        step("a", &[], "inputs=['in/a']"),
        step("slow", &[], "").replace(">> order", ">> order; touch begun; sleep 1"),
    ];
    let sandbox = Sandbox::new()
        .pipeline(&text.concat())
        .file("in/a", "one\n");
    let mut other = sandbox.start(&["run", "slow"]);
    until("it has begun", || sandbox.has("begun"));
    let watching = Watching::start(&sandbox, "a");
    watching.said("waiting: another run holds");
    watching.said("1 done");
    assert_eq!(watching.order(), "slow a ");
    assert_eq!(other.wait().unwrap().code(), Some(0));
}

/// The text of a long pipeline, read again by every run, is kept once.
#[test]
fn memory_does_not_grow_with_each_run() {
    let steps: String = (0..400).map(|n| step(&format!("s{n}"), &[], "")).collect();
    let text = [
        step("a", &[], "inputs=['in/a']"),
        steps,
        format!("# {}\n", "x".repeat(3 << 20)),
    ];
    let sandbox = Sandbox::new().pipeline(&text.concat()).file("in/a", "0");
    let watching = Watching::start(&sandbox, "a");
    let resident = || {
        let status = fs::read_to_string(format!("/proc/{}/status", watching.child.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
    };
    let mut after = Vec::new();
    for round in 1..9 {
        until("another run", || {
            sandbox.read("told").matches("1 done").count() == round
        });
        // What changes while a run is under way is not trusted for ever.
        std::thread::sleep(Duration::from_millis(400));
        after.push(resident());
        sandbox.write("in/a", &round.to_string());
    }
    let grown = after[7].saturating_sub(after[2]);
    assert!(grown < 9 << 10, "5 runs need {grown} kB more: {after:?}");
}

/// A folder that takes another's place, goes or comes back changes what is in it, and so does a
/// link to one.
#[test]
fn a_folder_that_is_replaced_renamed_or_linked_is_a_change() {
    let outside = Sandbox::new();
    outside.write("one/o.c", "1");
    outside.write("two/o.c", "2");
    let sandbox = Sandbox::new()
        .pipeline(&step("b", &[], "inputs=['src/**/*.c']"))
        .file("src/b.c", "1")
        .file("src/deep/b.c", "1")
        .file("other/b.c", "2");
    let watching = Watching::start(&sandbox, "b");
    watching.said("1 done");
    sandbox.write("order", "");
    let rename = |from: &str, to: &str| {
        fs::rename(sandbox.dir.join(from), sandbox.dir.join(to)).unwrap();
    };
    let link = |target: &str| {
        std::os::unix::fs::symlink(outside.dir.join(target), sandbox.dir.join("new")).unwrap();
        rename("new", "src/link");
    };
    let moves: [(&str, &dyn Fn()); 11] = [
        ("goes", &|| rename("src", "away")),
        ("comes back", &|| rename("away", "src")),
        ("takes its place", &|| {
            rename("src", "away");
            rename("other", "src");
        }),
        ("is edited there", &|| sandbox.write("src/b.c", "3")),
        ("is linked", &|| link("one")),
        ("is edited behind the link", &|| {
            outside.write("one/o.c", "3")
        }),
        ("is linked elsewhere", &|| link("two")),
        ("is edited there too", &|| outside.write("two/o.c", "4")),
        ("is linked to what is not there", &|| link("three")),
        ("appears where the link leads", &|| {
            outside.write("three/o.c", "5")
        }),
        ("is linked no more", &|| {
            fs::remove_file(sandbox.dir.join("src/link")).unwrap();
        }),
    ];
    for (what, act) in moves {
        act();
        until(what, || !watching.order().is_empty());
        watching.ran("b ");
    }
    // What is not in its place any more is of no concern.
    sandbox.write("away/b.c", "4");
    watching.ran("");
}
