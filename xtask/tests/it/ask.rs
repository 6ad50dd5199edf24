//! `ask`: what is known is the answer; a helper that is installed gets it with the question, and
//! the pipeline's cluster alone.

use crate::sandbox::Sandbox;

const WRONG: &str = r#"
env_file = ".env"
[targets]
context = { argument = true }
local = { auto = [] }
[goals]
up = ["ready"]
[[step]]
id = "ready"
kind = "check"
secrets = ["CANARY"]
with = { argv = ["sh", "-c", "echo the backend waits for canary-48151623; exit 3"] }
"#;

fn wrong() -> Sandbox {
    Sandbox::new()
        .pipeline(WRONG)
        .file(".env", "CANARY=canary-48151623\n")
        .tool("true", "exit 0")
}

/// Writes down what it was called with, and the kubeconfig that it would use.
const HELPER: &str = r#"printf '%s\n' "$@" > asked; cat "$KUBECONFIG" > reached; exit 5"#;
const KUBECTL: &str = r#"[ "$*" = "--context lab config view --minify --flatten --raw -o json" ] && echo "only lab" || exit 1"#;

#[test]
fn without_a_helper_the_causes_are_the_answer() {
    let sandbox = wrong();
    sandbox.run(&["up"]).code(1);
    let ran = sandbox.run(&["ask", "why?"]).code(0);
    let ran = ran
        .prints("wrong now, ready: ")
        .prints("failed in the last run, ready: ");
    ran.prints("[masked]")
        .says("none of kubectl-ai, kagent and docker ai is installed");
}

#[test]
fn a_helper_gets_question_and_facts_without_secrets_and_one_cluster() {
    let sandbox = wrong().tool("kubectl-ai", HELPER).tool("kubectl", KUBECTL);
    let args = [
        "ask",
        "why is the backend not ready",
        "--target",
        "context:lab",
    ];
    // Nobody is there to agree.
    sandbox
        .run(&args)
        .code(2)
        .says("repeat the command with --yes");
    assert!(!sandbox.has("asked"));
    let ran = sandbox.run(&[&args[..], &["--yes"]].concat());
    let ran = ran
        .code(5)
        .says("to kubectl-ai, which reaches the cluster of context lab and no other");
    ran.says("wrong now, ready: ");
    let asked = sandbox.read("asked");
    assert!(
        asked.starts_with("why is the backend not ready\n"),
        "{asked}"
    );
    assert!(
        asked.contains("wrong now, ready: ") && asked.contains("[masked]"),
        "{asked}"
    );
    assert!(!asked.contains("canary-48151623"));
    assert_eq!(sandbox.read("reached"), "only lab\n");
    let left = std::fs::read_dir(sandbox.dir.join(".pipeline"))
        .unwrap()
        .flatten();
    let names = left.map(|entry| entry.file_name().to_string_lossy().into_owned());
    assert!(!names.into_iter().any(|name| name.ends_with(".kubeconfig")));
}

#[test]
fn on_a_target_without_a_cluster_a_helper_reaches_none() {
    let sandbox = wrong().tool("kagent", HELPER);
    sandbox
        .run(&["ask", "why?", "--yes"])
        .code(5)
        .says("to kagent, which reaches no cluster");
    let asked = sandbox.read("asked");
    assert!(
        asked.starts_with("invoke\n--agent\nk8s-agent\n--task\nwhy?\n"),
        "{asked}"
    );
    assert_eq!(sandbox.read("reached"), "");
}
