//! `doctor`: what is missing and what gets in the way, all in one pass, each with its fix.

use std::time::{Duration, Instant};

use crate::sandbox::Sandbox;

const STEPS: &str = r#"
[[step]]
id = "tools"
kind = "tools"
with = { tools = { helm = "3.13", kubectl = "1.28" } }
[[step]]
id = "load"
kind = "image-load"
with = { images = ["web:1"], transport = "docker", context = "docker-desktop" }
"#;

/// A docker whose clock stands still, with a builder of the user's own.
const DOCKER: &str = r#"sleep 0.3; case "$*" in
  "info --format {{json .}}") echo '{"ServerVersion":"28.2.2","OperatingSystem":"Docker Desktop","SystemTime":"2020-01-01T00:00:00Z","ClientInfo":{"Context":"desktop-linux"}}' ;;
  "buildx inspect") printf 'Name:   mine\nDriver: docker-container\n' ;;
  *) exit 64 ;;
esac"#;

fn machine() -> Sandbox {
    Sandbox::new()
        .pipeline(STEPS)
        .tool("docker", DOCKER)
        .tool("helm", "echo v3.9.4")
        .env("HTTPS_PROXY", "http://proxy:3128")
        .env("NO_PROXY", "localhost")
}

#[test]
fn everything_is_told_at_once_each_with_its_fix() {
    let (sandbox, began) = (machine(), Instant::now());
    let ran = sandbox.run(&["doctor"]).code(2);
    // Asked one after the other the fakes alone would take most of a second.
    let took = began.elapsed();
    let ran = ran.prints("helm 3.9.4 at").prints("kubectl is not on PATH");
    let ran = ran
        .prints("warn  docker: docker's clock is")
        .prints("NO_PROXY lacks 127.0.0.1");
    ran.prints("the builder `mine` (docker-container) keeps images to itself")
        .prints("fix: export NO_PROXY=localhost,127.0.0.1");
    assert!(took < Duration::from_secs(20), "{took:?}");
    let json = sandbox.run(&["doctor", "--format", "json"]).code(2).json();
    let ids: Vec<&str> = json["hints"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|hint| hint["id"].as_str())
        .collect();
    assert_eq!(ids, ["docker", "builder", "inotify", "proxy"]);
}

#[test]
fn what_only_gets_in_the_way_is_no_failure() {
    let sandbox = machine().tool("helm", "echo v3.19.0").tool(
        "kubectl",
        r#"echo '{"clientVersion":{"gitVersion":"v1.34.4"}}'"#,
    );
    sandbox.run(&["doctor"]).code(0).prints("warn  docker: ");
}

#[test]
fn what_a_killed_run_left_is_named_and_mended() {
    let sandbox = machine()
        .tool("helm", "echo v3.19.0")
        .tool("kubectl", "echo 1.34.4");
    sandbox.write(".pipeline/lock", "999999 1700000000\n");
    sandbox
        .run(&["doctor"])
        .code(0)
        .prints("a run was killed (process 999999)")
        .prints("--fix");
    sandbox.run(&["doctor", "--fix"]).code(0).prints("mended");
    let after = sandbox.run(&["doctor"]).code(0);
    assert!(!after.stdout.contains("was killed"), "{}", after.stdout);
}

#[test]
fn a_port_that_another_program_has_is_told_with_its_name() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let step = format!(
        "[[step]]\nid='web'\nkind='process'\nwith={{name='web', argv=['sleep', '60'], port={port}}}\n"
    );
    let sandbox = Sandbox::new().pipeline(&step);
    let told = format!("warn  port: process {} (", std::process::id());
    let ran = sandbox.run(&["doctor"]).code(0).prints(&told);
    let ran = ran.prints(&format!("listens on {port}, the port of `web`"));
    ran.prints("fix: nothing, if the next free port will do");
    drop(listener);
    let free = sandbox.run(&["doctor"]).code(0);
    assert!(!free.stdout.contains("listens on"), "{}", free.stdout);
}
