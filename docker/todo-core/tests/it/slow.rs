//! Callers that are slow on purpose, for the tests of every service.

use std::process::Child;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// Far above the 20 s that a head may take, and far below the endless time it once could.
const LET_GO: Duration = Duration::from_secs(60);

/// A head that stops in the middle.
const HEAD: &str = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ";

/// A body that stops in the middle.
fn body(path: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\nContent-Length: 30\r\n\r\n{{"
    )
}

async fn connected(port: u16, words: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(words.as_bytes()).await.unwrap();
    stream
}

/// Says so much and then nothing more; what was answered until the server hung up.
async fn said(port: u16, words: &str) -> String {
    let mut stream = connected(port, words).await;
    let mut answer = Vec::new();
    let read = timeout(LET_GO, stream.read_to_end(&mut answer)).await;
    assert!(
        read.is_ok(),
        "after {LET_GO:?} it still waits for more than {words:?}"
    );
    String::from_utf8_lossy(&answer).into_owned()
}

/// Says one byte of a head each second, as an attacker would; returns when the server hangs up.
async fn dripping(port: u16) {
    let mut stream = connected(port, HEAD).await;
    let began = Instant::now();
    while stream.write_all(b"x").await.is_ok() {
        assert!(
            began.elapsed() < LET_GO,
            "drops of a head hold a connection"
        );
        sleep(Duration::from_secs(1)).await;
    }
}

/// Half a head, drops of a head, half a body at `path`, and the silence after an answer: each is
/// let go, and everybody else is answered meanwhile. What was answered to half a body.
pub async fn are_let_go(port: u16, path: &str) -> String {
    let (half, body) = (said(port, HEAD), body(path));
    let all = async {
        tokio::join!(
            half,
            dripping(port),
            said(port, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"),
            said(port, &body)
        )
    };
    let others = async {
        sleep(Duration::from_secs(2)).await;
        let asked = Instant::now();
        let answer = said(
            port,
            "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        )
        .await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(asked.elapsed() < Duration::from_secs(5));
    };
    let ((_, (), idle, body), ()) = tokio::join!(all, others);
    assert!(idle.starts_with("HTTP/1.1 200"), "{idle}");
    body
}

/// SIGTERM while heads and bodies are half there: the process ends in order, and soon.
pub async fn do_not_hold_up_the_end(port: u16, path: &str, child: &mut Child) {
    let body = body(path);
    said(
        port,
        "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    )
    .await;
    let _held = [connected(port, HEAD).await, connected(port, &body).await];
    sleep(Duration::from_millis(300)).await;
    let pid = child.id().to_string();
    let told = std::process::Command::new("kill")
        .args(["-TERM", &pid])
        .status();
    assert!(told.unwrap().success());
    let asked = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(
            asked.elapsed() < Duration::from_secs(15),
            "it waits for slow callers"
        );
        sleep(Duration::from_millis(50)).await;
    };
    assert!(status.success(), "{status}");
}
