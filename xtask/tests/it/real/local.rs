//! The target `local`: the real services as processes of this machine.

use std::process::Child;
use std::time::Duration;

use super::{ALONE, Clone, seen_in_a_browser, stderr};
use crate::sandbox::processes_with;

/// PATH with everything but docker, minikube and helm, so that `auto` has to take `local`.
fn path(clone: &Clone) -> String {
    let bin = clone.0.join("tools");
    std::fs::create_dir_all(&bin).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let entries = std::env::split_paths(&path)
        .filter_map(|dir| std::fs::read_dir(dir).ok())
        .flatten()
        .flatten();
    for entry in entries.filter(|entry| {
        !["docker", "minikube", "helm"]
            .iter()
            .any(|tool| entry.file_name() == *tool)
    }) {
        // The first of a name wins, as on PATH.
        let _ = std::os::unix::fs::symlink(entry.path(), bin.join(entry.file_name()));
    }
    bin.display().to_string()
}

#[test]
fn up_test_and_teardown_on_this_machine_alone() {
    let _one = ALONE.lock();
    let clone = Clone::new("local");
    let path = path(&clone);
    let env = [("PATH", path.as_str())];
    let taken = std::net::TcpListener::bind(("0.0.0.0", 3000));
    let first = stderr(&clone.xtask(&["up"], &env), 0);
    assert!(
        first.contains("target local: docker, minikube and helm are not on PATH"),
        "{first}"
    );
    assert!(
        first.contains("done verify") && first.contains("frontend     http://127.0.0.1:3"),
        "{first}"
    );
    assert!(
        taken.is_err() || !first.contains("127.0.0.1:3000"),
        "the taken port must be stepped around: {first}"
    );
    let second = stderr(&clone.xtask(&["up"], &env), 0);
    assert!(second.contains("0 done"), "{second}");
    let short = ["test-e2e", "--set", "load_duration=20s"];
    let tests = stderr(&clone.xtask(&short, &env), 0);
    for part in ["flow", "api", "mcp", "load", "persistence"] {
        assert!(tests.contains(&format!("done {part}")), "{part}: {tests}");
    }
    seen_in_a_browser(&tests);
    stderr(&clone.xtask(&["teardown"], &env), 0);
    assert_eq!(left_over(&clone), Vec::<String>::new());
}

#[test]
fn killed_at_twenty_moments_up_ends_as_if_undisturbed() {
    let _one = ALONE.lock();
    let clone = Clone::new("killed");
    let path = path(&clone);
    let env = [("PATH", path.as_str())];
    stderr(
        &clone.xtask(
            &[
                "run",
                "compile-backend",
                "compile-mcp-server",
                "compile-frontend",
            ],
            &env,
        ),
        0,
    );
    for round in 0..20_u64 {
        let mut child = start_up(&clone, &path);
        std::thread::sleep(Duration::from_millis(20 + round * 60));
        child.kill().unwrap();
        child.wait().unwrap();
        let text = stderr(&clone.xtask(&["up"], &env), 0);
        assert!(
            text.contains("skip compile-backend"),
            "round {round}: {text}"
        );
        assert_eq!(services(&clone, &env), 3, "round {round}");
        if round % 4 == 3 {
            stderr(&clone.xtask(&["teardown"], &env), 0);
            assert_eq!(left_over(&clone), Vec::<String>::new());
        }
    }
    stderr(&clone.xtask(&["teardown"], &env), 0);
    assert_eq!(left_over(&clone), Vec::<String>::new());
}

fn start_up(clone: &Clone, path: &str) -> Child {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_xtask"));
    command
        .arg("up")
        .current_dir(&clone.0)
        .env("PATH", path)
        .env_remove("CI");
    command
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap()
}

/// How many of our services live.
fn services(clone: &Clone, env: &[(&str, &str)]) -> usize {
    let json = clone.xtask(&["status", "--format", "json"], env);
    let status: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    status["urls"].as_object().map_or(0, serde_json::Map::len)
}

/// Processes that were started from the copy.
fn left_over(clone: &Clone) -> Vec<String> {
    let state = clone.0.join(".pipeline").display().to_string();
    processes_with(&state)
}
