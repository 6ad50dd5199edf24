//! When a few files moved since a sealed run, only the steps that look at them are looked at. What
//! is said then is what a look at everything says, whatever people and editors did to the files.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::Value;

use crate::sandbox::Sandbox;

/// Steps that look at files in every way there is, beside each other and through each other.
const WAYS: &str = r#"
[goals]
up = ["all"]
[[step]]
each = [
    { id = "text", of = ["a/*.txt"] },
    { id = "tree", of = ["a/**"] },
    { id = "folder", of = ["b"] },
    { id = "without", of = ["b/**", "!b/y"] },
    { id = "notes", of = ["**/*.md"] },
    { id = "detour", of = ["./a/../b/x"] },
    { id = "braces", of = ["{a,b}/k?"] },
    { id = "link", of = ["l/x"] },
    { id = "never", of = ["never/there"] },
]
id = "${each.id}"
kind = "command"
inputs = ["${...each.of}"]
with = { argv = ["true"] }
[[step]]
id = "own"
kind = "command"
with = { argv = ["./own.sh"] }
[[step]]
id = "makes"
kind = "command"
inputs = ["b/x"]
outputs = ["o/made", "o/all"]
with = { argv = ["sh", "-c", "rm -rf o/all; mkdir -p o/all; touch b/x; cat b/x > o/made; cat b/x > o/all/one"] }
[[step]]
id = "reads"
kind = "command"
inputs = ["o/made"]
with = { argv = ["true"] }
[[step]]
id = "all"
kind = "command"
needs = ["text", "tree", "folder", "without", "notes", "detour", "braces", "link", "never", "own", "reads"]
with = { argv = ["true"] }
"#;

const PLACES: [&str; 12] = [
    "a/1.txt",
    "a/new.txt",
    "a/k1",
    "a/in/z.md",
    "b/x",
    "b/y",
    "b/k2",
    "top.md",
    "o/made",
    "o/all/more",
    "own.sh",
    "never/there",
];

#[derive(Debug, Clone, Copy)]
enum Deed {
    /// Writes it, or makes it.
    Write,
    /// Puts another file in its place.
    Replace,
    /// Writes what is in it already.
    Save,
    Remove,
    RemoveFolder,
    /// Lets the link lead elsewhere.
    Turn,
}

fn deeds() -> impl Strategy<Value = Vec<(Deed, usize)>> {
    let deed = prop_oneof![
        3 => Just(Deed::Write),
        2 => Just(Deed::Replace),
        2 => Just(Deed::Save),
        2 => Just(Deed::Remove),
        1 => Just(Deed::RemoveFolder),
        1 => Just(Deed::Turn),
    ];
    prop::collection::vec((deed, 0..PLACES.len()), 1..4)
}

fn act(sandbox: &Sandbox, (deed, place): (Deed, usize), count: usize) {
    let path = sandbox.dir.join(PLACES[place]);
    let text = format!("#!/bin/sh\n# {count}\n");
    // What is not there can't be removed, nor read.
    match deed {
        Deed::Write => sandbox.write(PLACES[place], &text),
        Deed::Replace => {
            sandbox.write("beside", &text);
            let _ = fs::rename(sandbox.dir.join("beside"), &path);
        }
        Deed::Save => drop(fs::read(&path).and_then(|bytes| fs::write(&path, bytes))),
        Deed::Remove => drop(fs::remove_file(&path)),
        Deed::RemoveFolder => {
            let folder = path.parent().filter(|folder| *folder != sandbox.dir);
            folder.map(fs::remove_dir_all);
        }
        Deed::Turn => {
            let link = sandbox.dir.join("l");
            let _ = fs::remove_file(&link);
            symlink(["a", "b", "never"][place % 3], link).unwrap();
        }
    }
    if !sandbox.has("own.sh") {
        sandbox.write("own.sh", &text);
    }
    // A step can't make its output from what is not there.
    if !sandbox.has("b/x") {
        sandbox.write("b/x", &text);
    }
    runnable(sandbox);
}

fn runnable(sandbox: &Sandbox) {
    let own = sandbox.dir.join("own.sh");
    // Each change of a mode moves the file.
    if fs::metadata(&own).unwrap().permissions().mode() & 0o111 == 0 {
        fs::set_permissions(own, PermissionsExt::from_mode(0o755)).unwrap();
    }
}

/// Step -> whether it runs, and why.
type Told = BTreeMap<String, (bool, String)>;

fn text(step: &Value, key: &str) -> String {
    step[key].as_str().unwrap().to_string()
}

/// What a look at everything tells.
fn planned(sandbox: &Sandbox) -> Told {
    let plan = sandbox.run(&["plan", "--format", "json"]).code(0).json();
    let steps = plan["steps"].as_array().unwrap().iter();
    let told = |step: &Value| {
        let runs = step["action"] == "run";
        (text(step, "id"), (runs, text(step, "reason")))
    };
    steps.map(told).collect()
}

fn done(sandbox: &Sandbox) -> Told {
    let ran = sandbox.run(&["up", "--progress", "json"]).code(0);
    let events = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let steps = events.filter(|event| event["event"] == "step-finished");
    let told = |step: Value| {
        let runs = step["outcome"] == "ok";
        (text(&step, "step"), (runs, text(&step, "reason")))
    };
    steps.map(told).collect()
}

/// What waits for others may find that nothing came of it; everything else goes as planned. What was
/// written last in a folder, other steps of the same run may have written.
fn goes_as_planned(sandbox: &Sandbox) {
    let (plan, done) = (planned(sandbox), done(sandbox));
    let waits = |reason: &str| reason.starts_with("needs ");
    let told = |(runs, reason): &(bool, String)| {
        let reason = reason.split(" (last ").next();
        (*runs, reason.map(str::to_string))
    };
    for (step, planned) in &plan {
        if !(planned.0 && waits(&planned.1)) {
            assert_eq!(told(&done[step]), told(planned), "{step} of {plan:#?}");
        }
    }
}

fn sealed(sandbox: &Sandbox) {
    // What moved a moment ago is not sealed.
    std::thread::sleep(Duration::from_millis(40));
    goes_as_planned(sandbox);
    assert!(done(sandbox).values().all(|(runs, _)| !runs));
}

#[test]
fn what_another_goal_did_since_is_looked_at() {
    let chain = "[goals]\nup=['b']\n\
        [[step]]\nid='a'\nkind='command'\ninputs=['in']\nwith={argv=['true']}\n\
        [[step]]\nid='b'\nkind='command'\nneeds=['a']\nwith={argv=['true']}\n";
    let sandbox = Sandbox::new().pipeline(chain).file("in", "one\n");
    sandbox.run(&["up"]).code(0);
    sealed(&sandbox);
    sandbox.write("in", "two\n");
    sandbox.run(&["run", "a"]).code(0).says("1 done");
    let ran = sandbox.run(&["up"]).code(0);
    ran.says("1 done, 1 skipped").says("need a changed");
}

/// Also when it was edited and run several times since, and its output is another one.
#[test]
fn only_what_an_edit_concerns_is_looked_at() {
    let step = |id: &str, reads: &str| {
        format!(
            "[[step]]\nid='{id}'\nkind='command'\ninputs=['{reads}']\noutputs=['out/{id}']\nwith={{argv=['cp', '{reads}', 'out/{id}']}}\n"
        )
    };
    let chains = ["1", "2", "3"].map(|n| {
        let (first, second) = (format!("a{n}"), format!("b{n}"));
        step(&first, &format!("in/{n}")) + &step(&second, &format!("out/a{n}"))
    });
    let goal = "[goals]\nup=['b1', 'b2', 'b3']\n".to_string();
    let mut sandbox = Sandbox::new()
        .pipeline(&(goal + &chains.concat()))
        .file("out/.keep", "");
    for n in ["1", "2", "3"] {
        sandbox = sandbox.file(&format!("in/{n}"), n);
    }
    sandbox.run(&["up"]).code(0).says("6 done");
    sealed(&sandbox);
    for (edit, looked) in [("1", 2), ("1", 2), ("2", 4), ("1", 4)] {
        sandbox.write(
            &format!("in/{edit}"),
            &format!("{:?}", std::time::Instant::now()),
        );
        let ran = sandbox.run(&["up", "-v"]).code(0);
        ran.says(&format!("looked at {looked} of 6 steps"))
            .says("2 done, 4 skipped");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn part_of_a_seal_tells_what_a_whole_look_tells(rounds in prop::collection::vec((deeds(), 0..4_usize), 1..6)) {
        let mut sandbox = Sandbox::new().pipeline(WAYS);
        for place in PLACES.iter().filter(|place| !place.contains("ne") && !place.starts_with('o')) {
            sandbox = sandbox.file(place, place);
        }
        let sandbox = sandbox.file("own.sh", "#!/bin/sh\n");
        runnable(&sandbox);
        symlink("b", sandbox.dir.join("l")).unwrap();
        sandbox.run(&["up"]).code(0);
        sealed(&sandbox);
        for (count, (deeds, way)) in rounds.into_iter().enumerate() {
            deeds.into_iter().for_each(|deed| act(&sandbox, deed, count));
            if let Some(alone) = ["text", "makes"].get(way) {
                sandbox.run(&["run", alone]).code(0);
            }
            goes_as_planned(&sandbox);
            if way == 2 {
                sealed(&sandbox);
            }
        }
    }
}

/// Steps `a`, `b` … with these inputs.
fn reading(inputs: &[&str]) -> Sandbox {
    let ids = ["a", "b"];
    let steps = ids.iter().zip(inputs).map(|(id, inputs)| {
        format!(
            "[[step]]\nid='{id}'\nkind='command'\ninputs=['{inputs}']\nwith={{argv=['true']}}\n"
        )
    });
    let goal = format!("[goals]\nup={:?}\n", &ids[..inputs.len()]);
    Sandbox::new().pipeline(&(goal + &steps.collect::<String>()))
}

#[test]
fn a_link_that_comes_to_lead_to_a_folder_is_seen() {
    for (inputs, before) in [
        ("g/**/*.h", ""),
        ("g/*/f.h", ""),
        ("**/*.h", "a file"),
        ("g/*/", ""),
    ] {
        let sandbox = reading(&[inputs]).file("g/.keep", "");
        let outside = Sandbox::new();
        let away = outside.dir.join("away");
        symlink(&away, sandbox.dir.join("g/l")).unwrap();
        if !before.is_empty() {
            outside.write("away", before);
        }
        sandbox.run(&["up"]).code(0);
        sealed(&sandbox);
        let _ = fs::remove_file(&away);
        outside.write("away/f.h", "1\n");
        sandbox.run(&["up"]).code(0).says("g/l/f.h is new");
        // It goes and comes back.
        sealed(&sandbox);
        fs::rename(&away, outside.dir.join("elsewhere")).unwrap();
        sandbox.run(&["up"]).code(0).says("1 done");
        sealed(&sandbox);
        fs::rename(outside.dir.join("elsewhere"), &away).unwrap();
        sandbox.run(&["up"]).code(0).says("1 done");
    }
}

#[test]
fn all_that_is_behind_a_link_concerns_whoever_names_the_link() {
    for other in ["c/", "c/b/*", "c/b/**", "**/*.h"] {
        let sandbox = reading(&["?", other]).file("far/b/f.h", "1\n");
        symlink(sandbox.dir.join("far"), sandbox.dir.join("c")).unwrap();
        sandbox.run(&["up"]).code(0);
        sealed(&sandbox);
        sandbox.write("far/b/f.h", "2\n");
        goes_as_planned(&sandbox);
        sandbox.write("far/b/g.h", "2\n");
        goes_as_planned(&sandbox);
    }
}
