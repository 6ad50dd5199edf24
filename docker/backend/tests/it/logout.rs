//! A session that was logged out is refused by every service, although its token has not ended.

use serde_json::{Value, json};
use todo_core::token::{Claims, Tokens};
use uuid::Uuid;

use crate::servers::free_port;
use crate::stage::{SECRET, Stage, User};
use crate::tools::McpServer;

async fn log_out(user: &User<'_>) {
    assert_eq!(user.post("/api/auth/logout", Value::Null).await.status, 204);
}

#[tokio::test]
async fn the_mcp_server_honours_it_at_once() {
    let stage = Stage::start(&[]).await;
    let tools = McpServer::start(free_port(), &stage.database_url());
    let (leaving, staying) = (stage.user().await, stage.user().await);
    assert_eq!(tools.tools_for(&leaving.token).await.status, 200);
    log_out(&leaving).await;

    let refused = tools.tools_for(&leaving.token).await;
    refused.is_error(401, "unauthorized");
    assert_eq!(
        refused.text("/error/message"),
        "This session was logged out: log in again."
    );
    assert!(refused.header("www-authenticate").starts_with("Bearer"));
    assert_eq!(tools.tools_for(&staying.token).await.status, 200);
}

#[tokio::test]
async fn a_backend_whose_cache_knows_nothing_of_it_honours_it() {
    let stage = Stage::start(&[]).await;
    let user = stage.user().await;
    assert_eq!(user.get("/api/tasks").await.status, 200);
    log_out(&user).await;

    let restarted = Stage::beside(&stage).await;
    let same = User {
        stage: &restarted,
        ..user
    };
    same.get("/api/tasks").await.is_error(401, "unauthorized");
}

#[tokio::test]
async fn while_the_database_is_away_nobody_passes_the_mcp_server() {
    let nowhere = format!("postgres://todo@127.0.0.1:{}/todo", free_port());
    let tools = McpServer::start(free_port(), &nowhere);
    let token = Tokens::new(SECRET).sign(&Claims::new(Uuid::new_v4(), 60));
    let answer = tools.tools_for(&token).await;
    answer.is_error(503, "unavailable");
    assert_eq!(answer.header("retry-after"), "2");
    assert_eq!(
        answer.body["error"]["message"],
        json!("The database is not available: try again in a moment.")
    );
}
