//! Real images: ten edits leave no more behind than three, and teardown leaves nothing.

use std::process::Command;

use super::OTHERS;
use crate::sandbox::{Sandbox, skipped};

const PIPELINE: &str = r#"
[goals]
up = ["image"]
teardown = { undo = "up" }
[[step]]
id = "image"
kind = "image-build"
with = { dockerfile = "Dockerfile", image = "NAME", transport = "host", version = "1" }
"#;

const DOCKERFILE: &str = r#"
FROM scratch AS build
COPY main.txt /
ARG PIPELINE_BUILDER=""
LABEL pipeline.local/stage="NAME" pipeline.local/builder="$PIPELINE_BUILDER"
FROM scratch
COPY --from=build /main.txt /
"#;

fn docker(args: &[&str]) -> Option<String> {
    let output = Command::new("docker").args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text)
}

/// Ids of this test's images, named or not.
fn images(name: &str) -> Vec<String> {
    let listed = |filter: &str| {
        docker(&[
            "image",
            "ls",
            "--all",
            "--quiet",
            "--no-trunc",
            "--filter",
            filter,
        ])
        .unwrap()
    };
    let all = [
        listed(&format!("reference={name}")),
        listed(&format!("label=pipeline.local/stage={name}")),
    ]
    .concat();
    let mut ids: Vec<String> = all.lines().map(str::to_string).collect();
    ids.sort();
    ids.dedup();
    ids
}

#[test]
fn images_over_ten_edits() {
    if docker(&["version"]).is_none() {
        return skipped("the test of images", "docker does not answer");
    }
    let name = format!("{OTHERS}{}", std::process::id());
    let named = |text: &str| text.replace("NAME", &name);
    let sandbox = Sandbox::new()
        .pipeline(&named(PIPELINE))
        .file("Dockerfile", &named(DOCKERFILE))
        .file("other.txt", "not copied");
    let tag = || {
        let status = sandbox.run(&["status", "--format", "json"]).json();
        status["steps"][0]["facts"]["image"]
            .as_str()
            .unwrap()
            .to_string()
    };
    let mut tags = Vec::new();
    for edit in 0..10 {
        sandbox.write("main.txt", &format!("{edit}"));
        sandbox.run(&["up"]).code(0).says("1 done");
        tags.push(tag());
    }
    tags.dedup();
    assert_eq!(tags.len(), 10, "each edit is another image");
    let left = images(&name);
    // Three images, and the stage that the next build goes on from (none with BuildKit).
    assert!((3..=4).contains(&left.len()), "{left:?}");
    sandbox.write("other.txt", "what is not copied is no input");
    sandbox.run(&["up"]).code(0).says("0 done");
    // Inputs that differ and an image that does not: a second build under another tag of inputs.
    let (before, dockerfile) = (tag(), sandbox.read("Dockerfile"));
    sandbox.write("Dockerfile", &format!("{dockerfile}# A comment.\n"));
    sandbox.run(&["up"]).code(0).says("1 done");
    assert_eq!(
        tag(),
        before,
        "an image that came out the same keeps its tag"
    );
    sandbox.run(&["teardown"]).code(0);
    assert_eq!(images(&name), Vec::<String>::new());
}
