//! What must hold for any input: shared by the libFuzzer targets (nightly) and by
//! `xtask/tests/it/fuzz.rs` (any toolchain).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use engine::config::{Choices, Pipeline, Source};
use engine::digest::Digest;
use engine::graph::{Graph, StepId};
use engine::journal::{Journal, Record};
use protocol::Kinds;

const HEADER: &[u8] = b"# pipeline journal v1\n";

/// Any text as pipeline.toml: a pipeline with a graph, or one sentence that begins with its place.
/// Returns what was said.
pub(crate) fn config(text: &str) -> String {
    // The engine keeps the text for as long as the process lives, and fuzz.sh says so to the leak
    // detector.
    let source = Source::new(
        "pipeline.toml".to_string(),
        "/nowhere".into(),
        text.to_string(),
    );
    let graph = Pipeline::parse(source, |_, _| {
        Ok(Choices {
            kinds: Kinds(kinds::KINDS),
            ..Choices::default()
        })
    })
    .and_then(|pipeline| {
        let all: Vec<StepId> = StepId::all(pipeline.steps.len()).collect();
        let graph = Graph::new(&pipeline, &all)?;
        assert_eq!(graph.order.len(), pipeline.steps.len());
        Ok(graph)
    });
    match graph {
        Ok(graph) => {
            follows_needs(&graph);
            format!("{} steps", graph.order.len())
        }
        Err(err) => {
            assert!(err.0.starts_with("pipeline.toml"), "no place: {err}");
            err.0
        }
    }
}

fn follows_needs(graph: &Graph) {
    let mut seen = vec![false; graph.needs.len()];
    for &step in &graph.order {
        assert!(graph.needs[step].iter().all(|&need| seen[need]));
        seen[step] = true;
    }
}

/// Any bytes as a journal: what was read is the same after the engine opened the file for writing.
/// An even first byte gives raw bytes; an odd one gives lines that are framed with good checksums,
/// to get behind those. Returns what sort of records were read.
pub(crate) fn journal(bytes: &[u8]) -> String {
    let Some((mode, rest)) = bytes.split_first() else {
        return String::new();
    };
    let content = if mode % 2 == 0 {
        rest.to_vec()
    } else {
        framed(rest)
    };
    let path = scratch();
    std::fs::write(&path, [HEADER, &content].concat()).unwrap();
    let (before, mut journal) = done(&path);
    journal.open(false).unwrap();
    assert_eq!(done(&path).0, before);
    std::fs::remove_file(path).unwrap();
    before.values().take(6).map(sort_of).collect()
}

fn sort_of(record: &Record) -> String {
    let part = |is: bool, word: &'static str| if is { word } else { "" };
    [
        "done",
        part(record.failed.is_some(), " failed"),
        part(!record.facts.is_empty(), " facts"),
        part(!record.components.read().is_empty(), " parts"),
        "; ",
    ]
    .concat()
}

fn scratch() -> PathBuf {
    std::env::temp_dir().join(format!("fuzz-journal-{}", std::process::id()))
}

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
        .known()
        .filter(|(_, record)| record.done.is_some())
        .map(|(step, record)| (step.to_string(), record.clone()))
        .collect();
    (done, journal)
}
