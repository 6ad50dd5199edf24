//! A long answer is stopped between two calls of its tools, from any replica, and says how far it
//! came.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::many::add_tasks;
use crate::servers::{self, free_port};
use crate::stage::{Answer, Stage};
use crate::tools::{McpServer, slowed};

/// Reads until that text has come; what was read.
async fn read_until(response: &mut Response, text: &str) -> String {
    let mut read = String::new();
    while !read.contains(text) {
        let piece = timeout(Duration::from_secs(60), response.chunk()).await;
        let piece = piece.unwrap().unwrap();
        let piece = piece.unwrap_or_else(|| panic!("{text} never came: {read}"));
        read.push_str(&String::from_utf8_lossy(&piece));
    }
    read
}

async fn stopped_at(stage: &Stage, other: &Stage) {
    let user = stage.user().await;
    add_tasks(&user, 500).await;
    let asked = user.say(json!({"message": "complete all my tasks"})).await;
    let conversation = asked.text("/conversation_id");
    let yes = json!({"message": "yes", "conversation_id": conversation});
    let request = user.request(Method::POST, "/api/chat").json(&yes);
    let mut response = request.send().await.unwrap();
    read_until(&mut response, "event: tool_result").await;

    let path = format!("/api/conversations/{conversation}/cancel");
    let cancel = other.request(Method::POST, &path).bearer_auth(&user.token);
    let cancelled = Answer::of(cancel.send().await.unwrap()).await;
    assert_eq!(cancelled.status, 202, "{cancelled:?}");

    let rest = read_until(&mut response, "event: done").await;
    assert!(!rest.contains("event: error"), "{rest}");
    let kept = user
        .get(&format!("/api/conversations/{conversation}"))
        .await;
    let told = kept.text("/messages/3/content");
    let done = user.get("/api/tasks?limit=1").await.body["counts"]["done"].clone();
    let done = done.as_u64().unwrap();
    assert!((100..500).contains(&done), "{done} were done: {told}");
    assert!(
        told.contains(&format!("and {} more", done - 2)),
        "{done}: {told}"
    );
    assert!(told.ends_with("I stopped there."), "{told}");

    // The next answer in that conversation is wanted again, and can take all of it back.
    let undo = json!({"message": "undo", "conversation_id": conversation});
    assert_eq!(user.say(undo).await.status, 200);
    let counts = user.get("/api/tasks?limit=1").await.body["counts"].clone();
    assert_eq!(counts["done"], Value::from(0), "{counts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_answer_is_stopped_where_it_is_made() {
    let port = free_port();
    let way = slowed(Duration::from_millis(700), port).await;
    let tools = format!("http://127.0.0.1:{way}/mcp");
    let stage = Stage::start(&[("MCP_SERVER_URL", &tools)]).await;
    let _tools = McpServer::start(port, &stage.database_url());
    stopped_at(&stage, &stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_answer_is_stopped_from_another_replica() {
    let Some(redis) = servers::redis() else {
        return;
    };
    let port = free_port();
    let way = slowed(Duration::from_millis(700), port).await;
    let (tools, redis) = (format!("http://127.0.0.1:{way}/mcp"), redis.redis_url());
    let shared = [("MCP_SERVER_URL", tools.as_str()), ("REDIS_URL", &redis)];
    let stage = Stage::start(&shared).await;
    let url = stage.database_url();
    let other = Stage::start(&[&shared[..], &[("DATABASE_URL", url.as_str())]].concat()).await;
    let _tools = McpServer::start(port, &url);
    stopped_at(&stage, &other).await;
}
