//! Any text as pipeline.toml: a pipeline with a graph, or one sentence that begins with its place; never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xtask::config::{Choices, Pipeline, Source};
use xtask::graph::Graph;

fuzz_target!(|text: &str| {
    let source = || Source {
        name: "pipeline.toml".to_string(),
        dir: "/nowhere".into(),
        // The engine keeps the text for as long as the process lives; so does this, and fuzz.sh says so to the leak detector.
        text: text.to_string().leak(),
        lines: Default::default(),
    };
    let graph = Pipeline::parse(source(), |_| Ok(Choices::default())).and_then(|pipeline| {
        let all: Vec<usize> = (0..pipeline.steps.len()).collect();
        let graph = Graph::new(&pipeline, &all)?;
        assert_eq!(graph.order.len(), pipeline.steps.len());
        Ok(graph)
    });
    match graph {
        Ok(graph) => follows_needs(&graph),
        Err(err) => assert!(err.0.starts_with("pipeline.toml"), "no place: {err}"),
    }
});

fn follows_needs(graph: &Graph) {
    let mut seen = vec![false; graph.needs.len()];
    for &step in &graph.order {
        assert!(graph.needs[step].iter().all(|&need| seen[need]));
        seen[step] = true;
    }
}
