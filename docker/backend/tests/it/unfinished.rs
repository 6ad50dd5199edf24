//! Answers that are cut off half-way: what was done is neither lost nor forgotten.

use reqwest::Method;
use serde_json::json;

use crate::model::model;
use crate::servers::free_port;
use crate::stage::{Answer, Stage};
use crate::tools::{McpServer, breaking_after};

#[tokio::test]
async fn what_was_done_before_it_failed_is_told_kept_and_can_be_undone() {
    let port = free_port();
    let way = breaking_after("created_at", port).await;
    let stage = Stage::start(&[("MCP_SERVER_URL", &format!("http://127.0.0.1:{way}/mcp"))]).await;
    let _tools = McpServer::start(port, &stage.database_url());
    let user = stage.user().await;
    let answer = user
        .say(json!({"message": "Add tasks: buy milk, buy eggs and buy bread"}))
        .await;
    answer.is_error(503, "tools_unavailable");
    let told = answer.text("/error/message");
    assert!(told.starts_with("Added “Buy milk”."), "{told}");
    assert_eq!(user.titles().await, ["Buy milk"]);

    let id = user
        .get("/api/conversations")
        .await
        .text("/conversations/0/id");
    let kept = user.get(&format!("/api/conversations/{id}")).await;
    assert_eq!(kept.text("/messages/1/content"), told);
    assert_eq!(kept.text("/messages/1/tool_calls/0/name"), "add_task");

    let straight = [
        ("DATABASE_URL", stage.database_url()),
        ("MCP_SERVER_URL", format!("http://127.0.0.1:{port}/mcp")),
    ];
    let straight = straight
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let other = Stage::start(&straight).await;
    let undo = other
        .request(Method::POST, "/api/chat")
        .bearer_auth(&user.token)
        .header("accept", "application/json")
        .json(&json!({"message": "undo", "conversation_id": id}));
    let undone = Answer::of(undo.send().await.unwrap()).await;
    assert_eq!(undone.status, 200, "{undone:?}");
    assert_eq!(user.titles().await, [""; 0]);
}

#[tokio::test]
async fn an_answer_whose_caller_is_gone_is_finished_before_the_end() {
    let port = free_port();
    let model = model("").await;
    let mut stage = Stage::start(&[
        ("MCP_SERVER_URL", &format!("http://127.0.0.1:{port}/mcp")),
        ("OPENAI_BASE_URL", &model),
    ])
    .await;
    let _tools = McpServer::start(port, &stage.database_url());
    let user = stage.user().await;
    let (token, body) = (
        user.token.clone(),
        json!({"message": "add a task to buy milk"}),
    );
    let begun = user.request(Method::POST, "/api/chat").json(&body).send();
    drop(begun.await.unwrap());
    stage.signal("TERM");
    assert!(stage.ended().success());

    let other = Stage::beside(&stage).await;
    let list = other.request(Method::GET, "/api/tasks").bearer_auth(token);
    let list = Answer::of(list.send().await.unwrap()).await;
    assert_eq!(list.text("/tasks/0/title"), "Buy milk");
}
