//! What another version of the engine wrote is read by this one, and nothing is done again because
//! of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use engine::digest::{Digest, Hasher};

use crate::sandbox::Sandbox;

const JOURNAL: &str = ".pipeline/journal-local";

/// A pipeline that version 0.1.0 finished, with what it kept, in a folder that it never lay in.
fn kept() -> Sandbox {
    let sandbox = Sandbox::new();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/kept-1");
    copy(&data, &sandbox.dir);
    fs::rename(sandbox.dir.join("state"), sandbox.dir.join(".pipeline")).unwrap();
    sandbox
}

/// With permissions: whether a program may be run is part of its content.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[track_caller]
fn nothing_is_done(sandbox: &Sandbox) {
    let plan = sandbox.run(&["plan", "all"]).code(0);
    assert!(plan.stdout.contains("\n0 to run"), "{}", plan.stdout);
    sandbox
        .run(&["run", "all"])
        .code(0)
        .says("0 done, 5 skipped");
    assert!(!sandbox.has("order"), "no step's program was started");
}

/// The records of a journal, each through `change`, framed anew.
fn rewritten(journal: &str, mut change: impl FnMut(&str) -> String) -> String {
    let (header, records) = journal.split_once('\n').unwrap();
    let mut framed = |line: &str| {
        let body = change(&line[22..]);
        let checksum = Digest::of(body.as_bytes()).short();
        format!("{:08} {checksum} {body}\n", body.len())
    };
    let records: String = records.lines().map(&mut framed).collect();
    format!("{header}\n{records}")
}

#[test]
fn what_version_0_1_0_kept_is_believed() {
    let sandbox = kept();
    nothing_is_done(&sandbox);
    // And it is read, not merely passed over.
    sandbox.write("in/a", "edited\n");
    sandbox
        .run(&["run", "all"])
        .code(0)
        .says("make: input in/a changed")
        .says("3 done, 2 skipped");
}

#[test]
fn what_a_later_version_adds_is_passed_over() {
    let sandbox = kept();
    let journal = sandbox.read(JOURNAL);
    let later = rewritten(&journal, |body| match body.split_once('\t') {
        Some(("done", _)) => format!("{body}\tmachine=1;heat=9\tand more"),
        _ => body.to_string(),
    });
    let unknown = rewritten(
        "\nxxxxxxxx xxxxxxxxxxxx leased\tmake\tsomewhere\n",
        str::to_string,
    );
    assert_ne!(later, journal);
    sandbox.write(JOURNAL, &[&later, unknown.trim_start()].concat());
    nothing_is_done(&sandbox);
}

/// A record that lost what this version needs is no record.
#[test]
fn a_record_without_its_parts_is_not_believed() {
    let sandbox = kept();
    let journal = rewritten(&sandbox.read(JOURNAL), |body| {
        body.rsplit_once('\t')
            .map_or(body, |(head, _)| head)
            .to_string()
    });
    sandbox.write(JOURNAL, &journal);
    sandbox.run(&["plan", "all"]).code(0).prints("make  ");
    assert!(!sandbox.run(&["plan", "all"]).stdout.contains("\n0 to run"));
}

/// The kept journal as a version would have written it that did not yet know one kind of part: its
/// digests are made without them.
fn without(part: &str, bit: u32, journal: &str) -> String {
    let mut results: BTreeMap<String, Digest> = BTreeMap::new();
    let earlier = |body: &str| {
        let fields: Vec<&str> = body.split('\t').collect();
        let ["done", step, _, outputs, millis, facts, parts] = fields[..] else {
            return body.to_string();
        };
        let (mut hasher, mut kept) = (Hasher::new(), Vec::new());
        for (name, digest) in parts.split(';').filter_map(|part| part.split_once('=')) {
            let need = name.strip_prefix("need ").and_then(|id| results.get(id));
            let digest = need.copied().or_else(|| Digest::parse(digest)).unwrap();
            if name.split([' ', '.']).next() != Some(part) {
                hasher.add(name.as_bytes()).add(&digest.0);
                kept.push(format!("{name}={digest}"));
            }
        }
        let (whole, kept) = (hasher.finish(), kept.join(";"));
        // What leaves nothing to look at counts by what it depended on.
        if facts.is_empty() && outputs == Hasher::new().finish().to_string() {
            results.insert(step.to_string(), Hasher::new().add(&whole.0).finish());
        }
        let known = 127 - bit;
        format!("done\t{step}\t{whole}\t{outputs}\t{millis}\t{facts}\t{kept}\t{known}")
    };
    rewritten(journal, earlier)
}

#[test]
fn a_version_that_adds_a_kind_of_part_does_nothing_again() {
    for (part, bit) in [
        ("with", 2),
        ("env", 4),
        ("input", 8),
        ("program", 16),
        ("secret", 32),
        ("need", 64),
    ] {
        let sandbox = kept();
        let journal = sandbox.read(JOURNAL);
        let earlier = without(part, bit, &journal);
        assert!(!earlier.contains(&format!("{part} ")) && earlier != journal);
        sandbox.write(JOURNAL, &earlier);
        nothing_is_done(&sandbox);
        let told = sandbox.run(&["explain", "make"]).code(0);
        told.prints("make: skip").prints("0 of ");
    }
}

#[test]
fn a_new_kind_of_part_counts_from_the_next_record_on() {
    let sandbox = kept();
    let journal = without("program", 16, &sandbox.read(JOURNAL));
    sandbox.write(JOURNAL, &journal);
    let tool = sandbox.read("tool");
    sandbox.write("tool", &format!("{tool}# edited\n"));
    nothing_is_done(&sandbox);
    sandbox.write("in/a", "edited\n");
    sandbox
        .run(&["run", "make"])
        .code(0)
        .says("make: input in/a changed\n")
        .says("1 done");
    sandbox.run(&["run", "make"]).code(0).says("1 skipped");
    sandbox.write("tool", &format!("{tool}# edited again\n"));
    sandbox
        .run(&["run", "make"])
        .code(0)
        .says("make: program ./tool changed\n");
}
