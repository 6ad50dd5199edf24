//! `--profile dev` on Linux: the services are compiled on this machine, and an image holds just the
//! program.

use super::machine::{REPLAY, acts, sandbox};
use crate::sandbox::{Ran, Sandbox};

/// A cargo that puts each service's source where its program would be.
const CARGO: &str = r#"log cargo "$@"
built=docker/target/$ARCH-unknown-linux-gnu/image; mkdir -p "$built"
for service in mcp-server backend frontend; do cat "docker/$service/src/main.rs" > "$built/$service"; chmod +x "$built/$service"; done"#;

fn dev() -> Sandbox {
    let services = ["mcp-server", "backend", "frontend"];
    let sandbox = services
        .iter()
        .fold(sandbox("running"), |sandbox, service| {
            sandbox.file(&format!("docker/{service}/src/main.rs"), "fn main() {}\n")
        });
    sandbox
        .tool("cargo", &format!("{REPLAY}{CARGO}"))
        .env("ARCH", std::env::consts::ARCH)
}

fn rollout(sandbox: &Sandbox) -> Ran {
    let call = ["run", "rollout", "--target", "minikube", "--profile", "dev"];
    sandbox.run(&[&call[..], &["-j1"]].concat()).code(0)
}

/// A tag takes its first twelve digits.
fn id(number: usize) -> String {
    format!("{number:012}{:052}", 0)
}

/// Another comment in the backend, which comes out as another image.
fn edit(sandbox: &Sandbox, number: usize) {
    let source = format!("// {number}\nfn main() {{}}\n");
    sandbox.write("docker/backend/src/main.rs", &source);
    sandbox.write("id", &id(number));
    sandbox.write("log", "");
}

#[test]
fn of_an_edit_only_the_program_that_came_out_otherwise_is_packed_and_released() {
    let sandbox = dev();
    rollout(&sandbox);
    assert_eq!(acts(&sandbox).matches("docker import").count(), 3);
    sandbox.write("sent", "");
    edit(&sandbox, 1);
    rollout(&sandbox);
    let acts = acts(&sandbox);
    let did: Vec<&str> = acts.lines().filter_map(|line| line.get(..11)).collect();
    assert_eq!(did, ["cargo build", "docker impo", "helm upgrad"], "{acts}");
    assert_eq!(sandbox.read("sent"), "./backend\n");
    rollout(&sandbox).says("0 done");
}

#[test]
fn whichever_of_two_programs_in_a_pipe_failed_both_are_named() {
    let sandbox = dev();
    let broken =
        "  build*|import*) cat >/dev/null; echo 'invalid reference' >&2; exit 1 ;;\n  never)";
    let docker = sandbox
        .read("bin/docker")
        .replace("  build*|import*)", broken);
    let sandbox = sandbox.tool("docker", &docker);
    let call = ["run", "build-backend", "--target", "minikube"];
    let ran = sandbox.run(&[&call[..], &["--profile", "dev"]].concat());
    ran.code(1)
        .says("tar | docker ended with exit status 1: invalid reference");
}

#[test]
fn ten_edits_leave_no_more_in_the_node_than_three() {
    let sandbox = dev();
    let count = |file: &str| sandbox.read(file).matches("todo-backend:").count();
    let mut counts = Vec::new();
    for number in 1..=10 {
        edit(&sandbox, number);
        rollout(&sandbox);
        counts.push((count("built"), count("images")));
    }
    assert_eq!(counts[3..], [counts[2]; 7], "it does not grow: {counts:?}");
    let built = sandbox.read("built");
    let backend = |line: &&str| line.starts_with("todo-backend:");
    let ids: String = built.lines().filter(backend).collect();
    let left: Vec<usize> = (1..=10)
        .filter(|&number| ids.contains(&id(number)))
        .collect();
    assert_eq!(left, [8, 9, 10]);
}
