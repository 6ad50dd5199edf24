//! What another version of the engine wrote is read by this one, and nothing is done again because of it.

use std::fs;
use std::path::Path;

use xtask::digest::Digest;

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
        .says("0 done, 5 up to date");
    assert!(!sandbox.has("order"), "no step's program was started");
}

/// The records of a journal, each through `change`, framed anew.
fn rewritten(journal: &str, change: impl Fn(&str) -> String) -> String {
    let (header, records) = journal.split_once('\n').unwrap();
    let framed = |line: &str| {
        let body = change(&line[22..]);
        let checksum = Digest::of(body.as_bytes()).short();
        format!("{:08} {checksum} {body}\n", body.len())
    };
    let records: String = records.lines().map(framed).collect();
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
        .says("3 done, 2 up to date");
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
