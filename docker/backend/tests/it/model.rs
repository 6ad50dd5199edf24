//! A language model that is slow or broken, behind the real program: the rules answer, and nothing
//! is done twice.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::servers::free_port;
use crate::stage::Stage;
use crate::tools::McpServer;

/// Answers every connection with these bytes; with none it stays silent. Returns its address.
pub async fn model(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut connection, _)) = listener.accept().await {
            let _ = connection.read(&mut [0; 4096]).await;
            let _ = connection.write_all(answer.as_bytes()).await;
            if answer.is_empty() {
                open.push(connection);
            }
        }
    });
    format!("http://{address}/v1")
}

#[tokio::test]
async fn the_rules_answer_in_its_place() {
    let garbage = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\ndata: {{{\n\n";
    let failure = "HTTP/1.1 500 Oh\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    for (what, answer) in [("silent", ""), ("garbled", garbage), ("failing", failure)] {
        let port = free_port();
        let stage = Stage::start(&[
            ("MCP_SERVER_URL", &format!("http://127.0.0.1:{port}/mcp")),
            ("OPENAI_BASE_URL", &model(answer).await),
            ("OPENAI_API_KEY", "none"),
        ])
        .await;
        let _tools = McpServer::start(port, &stage.database_url());
        let user = stage.user().await;
        let asked = Instant::now();
        let reply = user.say(json!({"message": "add a task to buy milk"})).await;
        assert_eq!(
            (reply.status, &reply.body["brain"]),
            (200, &json!("rules")),
            "{what}: {reply:?}"
        );
        assert!(
            asked.elapsed() < Duration::from_secs(3),
            "{what}: {:?}",
            asked.elapsed()
        );
        assert_eq!(user.titles().await, ["Buy milk"], "{what}");
    }
}
