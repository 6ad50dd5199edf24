//! The program itself: its exit codes, its health check and its end.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

fn frontend(env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_frontend"));
    command
        .env_clear()
        .env("HOST", "127.0.0.1")
        .envs(env.iter().copied());
    command
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Starts the program on a free port and waits until it listens.
pub fn start() -> (Child, String, BufReader<std::process::ChildStdout>) {
    let mut child = frontend(&[("PORT", "0")])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    log.read_line(&mut line).unwrap();
    let line: Value = serde_json::from_str(&line).expect("the log is JSON, one object per line");
    let port = line["address"]
        .as_str()
        .unwrap()
        .rsplit(':')
        .next()
        .unwrap()
        .to_owned();
    (child, port, log)
}

#[test]
fn a_wrong_call_or_environment_ends_with_2_and_a_sentence() {
    let output = frontend(&[("BACKEND_URL", "nowhere")]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stderr(&output),
        "frontend: BACKEND_URL is `nowhere`, but must be a URL such as http://backend:8000.\n"
    );
    let output = frontend(&[]).arg("serve").output().unwrap();
    assert_eq!(
        (output.status.code(), stderr(&output).as_str()),
        (Some(2), "frontend: usage: frontend [healthcheck]\n")
    );
}

#[test]
fn a_taken_port_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = frontend(&[("PORT", &port)]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains(&format!("cannot listen on 127.0.0.1:{port}")),
        "{}",
        stderr(&output)
    );
}

#[test]
fn the_health_check_follows_the_server() {
    let (mut child, port, mut log) = start();
    let check = || {
        frontend(&[("PORT", &port)])
            .arg("healthcheck")
            .output()
            .unwrap()
    };
    assert!(check().status.success());

    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert!(
        child.wait().unwrap().success(),
        "SIGTERM is a request to end in order"
    );
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut log, &mut rest).unwrap();
    assert!(
        rest.contains("SIGTERM"),
        "the log says why it ended: {rest}"
    );
    assert_eq!(check().status.code(), Some(1));
}
