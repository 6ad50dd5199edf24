//! Any bytes as a journal: read without a panic, and what was read is the same after the engine opened the file for writing.
//! An even first byte gives raw bytes; an odd one gives lines that are framed with good checksums, to get behind those.
#![no_main]

use std::collections::BTreeMap;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use xtask::digest::Digest;
use xtask::journal::{Journal, Record};

const HEADER: &[u8] = b"# pipeline journal v1\n";

fuzz_target!(|bytes: &[u8]| {
    let Some((mode, rest)) = bytes.split_first() else {
        return;
    };
    let content = if mode % 2 == 0 { rest.to_vec() } else { framed(rest) };
    let path = std::env::temp_dir().join(format!("fuzz-journal-{}", std::process::id()));
    std::fs::write(&path, [HEADER, &content].concat()).unwrap();
    let (before, mut journal) = done(&path);
    journal.open().unwrap();
    assert_eq!(done(&path).0, before);
    std::fs::remove_file(path).unwrap();
});

fn framed(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let line = |body: &str| {
        let checksum = Digest::of(body.as_bytes()).short();
        format!("{:08} {checksum} {body}\n", body.len())
    };
    text.lines().map(line).collect::<String>().into_bytes()
}

fn done(path: &Path) -> (BTreeMap<String, Record>, Journal) {
    let journal = Journal::read(path);
    let done = journal
        .done()
        .map(|(step, record)| (step.to_string(), record.clone()))
        .collect();
    (done, journal)
}
