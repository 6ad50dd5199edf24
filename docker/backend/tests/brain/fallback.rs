//! A model that is slow, broken or away, and tools that are away.

use std::time::{Duration, Instant};

use backend::brain::llm::settings::Settings;
use backend::brain::{BrainError, BrainKind, Brains, ToolOutcome, ToolSpec, Tools, ToolsError};
use backend::mcp::McpServer;
use serde_json::Value;

use super::world::{World, brains, brains_at, converse, remembered, say, serve, settings};

#[tokio::test]
async fn the_rules_answer_when_the_model_does_not() {
    for model in ["fake-slow", "fake-stalls", "fake-error", "fake-breaks"] {
        let world = World::new().await;
        let anna = world.person("anna", &[]).await;
        let begun = Instant::now();
        let (reply, _) = say(
            &brains(model).await,
            world.tools(&anna),
            "Add a task to buy groceries",
        )
        .await;
        let reply = reply.unwrap();
        assert_eq!(reply.brain, BrainKind::Rules, "{model}");
        assert_eq!(world.titles(&anna).await, ["Buy groceries"], "{model}");
        assert!(
            begun.elapsed() < Duration::from_secs(2),
            "{model} took {:?}",
            begun.elapsed()
        );
    }
}

#[tokio::test]
async fn the_rules_answer_when_nothing_listens() {
    let world = World::new().await;
    let anna = world.person("anna", &[]).await;
    let (reply, _) = say(
        &brains_at("http://127.0.0.1:1/v1", "m"),
        world.tools(&anna),
        "show my tasks",
    )
    .await;
    assert_eq!(reply.unwrap().brain, BrainKind::Rules);
}

#[tokio::test]
async fn a_broken_model_is_left_alone_for_a_while() {
    let world = World::new().await;
    let anna = world.person("anna", &[]).await;
    let brains = brains("fake-slow").await;
    for _ in 0..3 {
        say(&brains, world.tools(&anna), "hello").await.0.unwrap();
    }
    let begun = Instant::now();
    say(&brains, world.tools(&anna), "hello").await.0.unwrap();
    assert!(
        begun.elapsed() < Duration::from_millis(200),
        "the model was asked again: {:?}",
        begun.elapsed()
    );
}

/// Answers one tool call, then nothing: the change must be told and not be made twice.
#[tokio::test]
async fn what_was_done_is_told_and_not_done_again() {
    let world = World::new().await;
    let anna = world.person("anna", &[]).await;
    let calls = "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"add_task\",\"arguments\":\"{\\\"title\\\":\\\"Buy milk\\\"}\"}}]}}]}\n\ndata: [DONE]\n\n";
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let answer = move || {
        let first = asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
        async move {
            match first {
                true => Ok(([("content-type", "text/event-stream")], calls)),
                false => Err(axum::http::StatusCode::BAD_GATEWAY),
            }
        }
    };
    let base =
        serve(axum::Router::new().route("/chat/completions", axum::routing::post(answer))).await;
    let (reply, _) = say(&brains_at(&base, "m"), world.tools(&anna), "add buy milk").await;
    assert_eq!(reply.unwrap().text, "Added “Buy milk”.");
    assert_eq!(world.titles(&anna).await, ["Buy milk"]);
}

/// Tools that do what they are asked and never answer.
struct Mute(std::sync::Arc<dyn Tools>);

#[async_trait::async_trait]
impl Tools for Mute {
    async fn call(&self, name: &str, arguments: Value) -> Result<ToolOutcome, ToolsError> {
        self.0.call(name, arguments).await?;
        std::future::pending().await
    }

    async fn list(&self) -> Result<Vec<ToolSpec>, ToolsError> {
        self.0.list().await
    }
}

#[tokio::test]
async fn what_may_have_been_done_is_not_done_again() {
    let world = World::new().await;
    let anna = world.person("anna", &[]).await;
    let base = format!("{}/v1", serve(super::server::router()).await);
    let brains = Brains::with_model(Settings {
        limit: Duration::from_secs(1),
        ..settings(&base, "fake")
    });
    let tools = std::sync::Arc::new(Mute(world.tools(&anna)));
    let message = "CALL add_task {\"title\": \"Buy milk\"}";
    let (reply, _) = say(&brains.unwrap(), tools, message).await;
    let text = reply.unwrap().text;
    assert!(text.contains("look at the list"), "{text}");
    assert_eq!(world.titles(&anna).await, ["Buy milk"]);
}

#[tokio::test]
async fn tools_that_are_away_are_an_error_that_says_so() {
    let away = McpServer::new("http://127.0.0.1:1/mcp")
        .unwrap()
        .for_user("token", "id");
    let (reply, _) = say(&Brains::default(), away, "show my tasks").await;
    let error = reply.unwrap_err();
    assert!(
        matches!(error, BrainError::Tools(ToolsError::Unreachable(_))),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("do not answer right now"),
        "{error}"
    );
}

#[tokio::test]
async fn a_token_that_is_refused_is_said_so() {
    let world = World::new().await;
    let (reply, _) = say(
        &Brains::default(),
        world.mcp.for_user("forged", "id"),
        "show my tasks",
    )
    .await;
    assert!(
        matches!(reply, Err(BrainError::Tools(ToolsError::Unauthorized))),
        "{reply:?}"
    );
}

/// The four sentences that everyone tries first, one after the other.
#[tokio::test]
async fn a_conversation_by_rules() {
    let world = World::new().await;
    let anna = world.person("anna", &["Pay rent"]).await;
    let mut history = Vec::new();
    for message in [
        "Add a task to buy groceries",
        "Show me all my tasks",
        "Mark the first task as complete",
        "Delete the last task",
    ] {
        let (reply, _) = converse(
            &Brains::default(),
            world.tools(&anna),
            history.clone(),
            message,
        )
        .await;
        history.extend(remembered(message, &reply.unwrap()));
    }
    let left: Vec<(String, bool)> = world
        .tasks(&anna)
        .await
        .into_iter()
        .map(|task| (task.title, task.done))
        .collect();
    assert_eq!(left, [("Pay rent".to_owned(), true)]);
}
