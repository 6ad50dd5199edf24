//! The chat, with a real MCP server behind it.

use std::time::Duration;

use chrono::{Days, NaiveDate, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use crate::servers::free_port;
use crate::stage::{Answer, Stage, User};
use crate::tools::McpServer;

/// A backend whose tools are there.
async fn stage() -> (Stage, McpServer, u16) {
    let port = free_port();
    let stage = Stage::start(&[("MCP_SERVER_URL", &format!("http://127.0.0.1:{port}/mcp"))]).await;
    let tools = McpServer::start(port, &stage.database_url());
    (stage, tools, port)
}

/// A server-sent event.
#[derive(Debug, PartialEq)]
struct Sent {
    id: String,
    event: String,
    data: Value,
}

fn sent(stream: &str) -> Vec<Sent> {
    let field = |block: &str, name: &str| {
        block
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .map(|value| value.trim().to_string())
    };
    let blocks = stream
        .split("\n\n")
        .filter(|block| block.contains("event:"));
    blocks
        .map(|block| Sent {
            id: field(block, "id:").unwrap(),
            event: field(block, "event:").unwrap(),
            data: serde_json::from_str(&field(block, "data:").unwrap()).unwrap(),
        })
        .collect()
}

async fn streamed(user: &User<'_>, message: &str) -> (Answer, Vec<Sent>) {
    let answer = user.post("/api/chat", json!({"message": message})).await;
    let events = sent(answer.body.as_str().unwrap_or_else(|| panic!("{answer:?}")));
    (answer, events)
}

#[tokio::test]
async fn a_task_is_added_by_talking_and_the_history_is_kept() {
    let (stage, _tools, _) = stage().await;
    let user = stage.user().await;
    let answer = user
        .say(json!({"message": "Add a task to buy groceries"}))
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["brain"], "rules");
    let call = &answer.body["tool_calls"][0];
    assert_eq!(call["name"], "add_task");
    assert_eq!(
        call["result"]["task"]["title"]
            .as_str()
            .unwrap()
            .to_lowercase(),
        "buy groceries"
    );
    assert_eq!(user.titles().await.len(), 1);

    let id = answer.text("/conversation_id");
    let next = user
        .say(json!({"message": "Mark the first task as complete", "conversation_id": id}))
        .await;
    assert_eq!(next.text("/conversation_id"), id);
    assert_eq!(
        user.get("/api/tasks?done=true").await.body["tasks"]
            .as_array()
            .unwrap()
            .len(),
        1,
        "{next:?}"
    );

    let list = user.get("/api/conversations").await;
    assert_eq!(
        list.body["conversations"][0]["title"],
        "Add a task to buy groceries"
    );
    let history = user.get(&format!("/api/conversations/{id}")).await;
    let messages = history.body["messages"].as_array().unwrap();
    let said: Vec<&str> = messages
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    assert_eq!(said, ["user", "assistant", "user", "assistant"]);
    assert_eq!(messages[1]["content"], answer.body["reply"]);
    assert_eq!(messages[1]["tool_calls"], answer.body["tool_calls"]);
}

/// The due day of a task that is added for tomorrow, said on that day.
async fn due_tomorrow(user: &User<'_>, today: Value) -> NaiveDate {
    let mut body = json!({"message": "Add a task to buy milk tomorrow"});
    if !today.is_null() {
        body["today"] = today;
    }
    let answer = user.say(body).await;
    let due = answer.text("/tool_calls/0/result/task/due");
    due.parse().unwrap()
}

#[tokio::test]
async fn tomorrow_is_the_callers_own_tomorrow() {
    let (stage, _tools, _) = stage().await;
    let user = stage.user().await;
    let (day, utc) = (Days::new(1), Utc::now().date_naive());
    for today in [utc - day, utc, utc + day] {
        assert_eq!(due_tomorrow(&user, json!(today)).await, today + day);
    }
    for unbelievable in [Value::Null, json!(utc + Days::new(9)), json!("1970-01-01")] {
        let due = due_tomorrow(&user, unbelievable).await;
        // Midnight may have passed meanwhile.
        let now = Utc::now().date_naive();
        assert!(due == utc + day || due == now + day, "{due}");
    }
    for nonsense in [json!("tomorrow"), json!("2026-02-30"), json!(7)] {
        user.say(json!({"message": "hello", "today": nonsense}))
            .await
            .is_error(422, "invalid");
    }
}

#[tokio::test]
async fn an_answer_is_streamed_and_can_be_read_on() {
    let (stage, _tools, _) = stage().await;
    let user = stage.user().await;
    let (answer, events) = streamed(&user, "Add a task to buy milk").await;
    assert_eq!(
        (
            answer.status,
            answer.header("content-type"),
            answer.header("x-accel-buffering")
        ),
        (200, "text/event-stream", "no")
    );
    let names: Vec<&str> = events.iter().map(|event| event.event.as_str()).collect();
    assert!(
        names.starts_with(&["tool_call"]) || names.contains(&"tool_call"),
        "{names:?}"
    );
    assert!(
        names.contains(&"tool_result") && names.contains(&"delta"),
        "{names:?}"
    );
    let done = events.last().unwrap();
    assert_eq!(done.event, "done");
    let deltas: String = events
        .iter()
        .filter(|event| event.event == "delta")
        .map(|event| event.data["text"].as_str().unwrap())
        .collect();
    assert_eq!(done.data["reply"], deltas);

    let stream = answer.header("x-stream-id");
    let path = format!("/api/chat/{stream}/events");
    for seen in 0..events.len() {
        let request = user.request(Method::GET, &path);
        let request = if seen == 0 {
            request
        } else {
            request.header("last-event-id", &events[seen - 1].id)
        };
        let rest = Answer::of(request.send().await.unwrap()).await;
        assert_eq!(
            sent(rest.body.as_str().unwrap()),
            events[seen..],
            "after {seen}"
        );
    }
    stage
        .user()
        .await
        .get(&path)
        .await
        .is_error(404, "not_found");
}

#[tokio::test]
async fn a_caller_who_goes_away_misses_nothing() {
    let (stage, _tools, _) = stage().await;
    let user = stage.user().await;
    let response = user
        .request(Method::POST, "/api/chat")
        .json(&json!({"message": "Add a task to water plants"}))
        .send()
        .await
        .unwrap();
    let stream = response.headers()["x-stream-id"]
        .to_str()
        .unwrap()
        .to_string();
    drop(response);
    let rest = user.get(&format!("/api/chat/{stream}/events")).await;
    assert_eq!(
        sent(rest.body.as_str().unwrap()).last().unwrap().event,
        "done"
    );
    assert_eq!(user.titles().await.len(), 1);
}

#[tokio::test]
async fn tools_that_are_away_are_said_to_be_and_come_back() {
    let (stage, tools, port) = stage().await;
    let user = stage.user().await;
    assert_eq!(
        user.say(json!({"message": "add a task to call mum"}))
            .await
            .status,
        200
    );
    drop(tools);
    tokio::time::sleep(Duration::from_millis(300)).await;

    user.say(json!({"message": "add a task to call dad"}))
        .await
        .is_error(503, "tools_unavailable");
    let (_, events) = streamed(&user, "show me all my tasks").await;
    let last = events.last().unwrap();
    assert_eq!(
        (last.event.as_str(), &last.data["code"]),
        ("error", &json!("tools_unavailable"))
    );
    let health = stage.get("/health").await;
    assert_eq!(
        (health.status, &health.body["status"]),
        (200, &json!("degraded"))
    );
    assert_eq!(health.body["dependencies"]["mcp_server"]["state"], "down");
    assert_eq!(
        user.titles().await.len(),
        1,
        "tasks are served without the tools"
    );
    let latest = user
        .get("/api/conversations")
        .await
        .text("/conversations/0/id");
    let kept = user.get(&format!("/api/conversations/{latest}")).await;
    assert_eq!(
        kept.body["messages"][0]["content"], "show me all my tasks",
        "what was said is kept"
    );
    let log = stage.log();
    assert!(
        log.contains("the MCP server could not be used") && !log.contains(r#""level":"ERROR""#),
        "a peer that is away is a warning: {log}"
    );

    let _tools = McpServer::start(port, &stage.database_url());
    assert_eq!(
        user.say(json!({"message": "add a task to call dad"}))
            .await
            .status,
        200
    );
    assert_eq!(user.titles().await.len(), 2);
}

#[tokio::test]
async fn the_request_id_reaches_every_log_line() {
    let (stage, _tools, _) = stage().await;
    let user = stage.user().await;
    let request = user
        .request(Method::POST, "/api/chat")
        .header("x-request-id", "from-the-page-7");
    let answer = Answer::of(
        request
            .json(&json!({"message": "add a task to test"}))
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(answer.header("x-request-id"), "from-the-page-7");
    let bad = Answer::of(
        stage
            .request(Method::GET, "/api/tasks")
            .header("x-request-id", "a b\"c")
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_ne!(bad.header("x-request-id"), "a b\"c");
    let log = stage.log();
    let line = log.lines().find(|line| line.contains("/api/chat")).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["span"]["request_id"], "from-the-page-7");
    assert!(!log.contains(&user.token), "tokens are never logged");
}
