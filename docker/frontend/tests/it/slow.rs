//! Callers that are slow on purpose, at the real program.

use crate::process::start;
use crate::slow_callers;

#[tokio::test]
async fn slow_callers_are_let_go() {
    let (mut child, port, _log) = start();
    let answer = slow_callers::are_let_go(port.parse().unwrap(), "/api/tasks").await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn slow_callers_do_not_hold_up_the_end() {
    let (mut child, port, _log) = start();
    slow_callers::do_not_hold_up_the_end(port.parse().unwrap(), "/api/tasks", &mut child).await;
}
