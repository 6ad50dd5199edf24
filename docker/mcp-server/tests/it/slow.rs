//! Callers that are slow on purpose, at the real program.

use std::net::TcpListener;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use crate::slow_callers;

struct Program {
    child: Child,
    port: u16,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn started() -> Program {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-server"));
    let variables = [
        ("HOST", "127.0.0.1"),
        ("PORT", &port.to_string()),
        ("MCP_AUTH", "off"),
        ("DATABASE_URL", "sqlite::memory:"),
        ("LOG_LEVEL", "warn"),
    ];
    let child = command.env_clear().envs(variables).spawn().unwrap();
    let program = Program { child, port };
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "it never listened"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    program
}

#[tokio::test]
async fn slow_callers_are_let_go() {
    let program = started().await;
    let answer = slow_callers::are_let_go(program.port, "/mcp").await;
    assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
}

#[tokio::test]
async fn slow_callers_do_not_hold_up_the_end() {
    let mut program = started().await;
    slow_callers::do_not_hold_up_the_end(program.port, "/mcp", &mut program.child).await;
}
