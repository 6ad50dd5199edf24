//! Bad input: each a clear answer of the common shape, and nothing changed.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::stage::{Answer, Stage};

const NOBODY: &str = "/api/tasks/00000000-0000-4000-8000-000000000000";

#[tokio::test]
async fn bodies_that_cannot_be_read() {
    let stage = Stage::start(&[]).await;
    let user = stage.user().await;
    let long = format!(r#"{{"title":"{}"}}"#, "x".repeat(70_000));
    for (body, content_type, status, code) in [
        ("{", "application/json", 400, "bad_json"),
        ("", "application/json", 400, "bad_json"),
        (
            "{\"title\":\"\\ud800\"}",
            "application/json",
            400,
            "bad_json",
        ),
        ("{}", "text/plain", 415, "not_json"),
        (
            "title=x",
            "application/x-www-form-urlencoded",
            415,
            "not_json",
        ),
        ("[]", "application/json", 422, "invalid"),
        ("{}", "application/json", 422, "invalid"),
        (r#"{"title":5}"#, "application/json", 422, "invalid"),
        (
            r#"{"title":"x","done":true}"#,
            "application/json",
            422,
            "invalid",
        ),
        (
            r#"{"title":"x","due":"tomorrow"}"#,
            "application/json",
            422,
            "invalid",
        ),
        (
            r#"{"title":"x","due":"2030-02-30"}"#,
            "application/json",
            422,
            "invalid",
        ),
        (
            r#"{"title":"x","due":"-0001-01-01"}"#,
            "application/json",
            422,
            "invalid",
        ),
        (
            r#"{"title":"x","priority":"urgent"}"#,
            "application/json",
            422,
            "invalid",
        ),
        (
            r#"{"title":"x","tags":"home"}"#,
            "application/json",
            422,
            "invalid",
        ),
        (
            r#"{"title":"x","tags":[""]}"#,
            "application/json",
            422,
            "invalid",
        ),
        (
            r#"{"title":"a\u0000b"}"#,
            "application/json",
            422,
            "invalid",
        ),
        (long.as_str(), "application/json", 413, "too_large"),
    ] {
        let request = user
            .request(Method::POST, "/api/tasks")
            .header(CONTENT_TYPE, content_type)
            .body(body.to_string());
        let answer = Answer::of(request.send().await.unwrap()).await;
        println!("{}", &body[..body.len().min(60)]);
        answer.is_error(status, code);
    }
    assert!(user.titles().await.is_empty());
}

/// A body of unknown length is counted while it is read, and whoever is still writing when it is
/// refused reads why instead of a broken pipe.
#[tokio::test]
async fn a_body_that_is_refused_is_answered_while_it_is_written() {
    let stage = Stage::start(&[]).await;
    let user = stage.user().await;
    const POST: Method = Method::POST;
    const TASKS: &str = "/api/tasks";
    let kib = |pieces: usize| {
        let pieces = (0..pieces).map(|_| Ok::<_, std::io::Error>("x".repeat(1024)));
        reqwest::Body::wrap_stream(tokio_stream::iter(pieces))
    };
    for pieces in [65, 100, 1000].repeat(10) {
        let (known, unknown) = (user.request(POST, TASKS), stage.request(POST, TASKS));
        for (request, status, code) in [(known, 413, "too_large"), (unknown, 401, "unauthorized")] {
            let request = request.header(CONTENT_TYPE, "application/json");
            let answer = request.body(kib(pieces)).send().await.unwrap();
            Answer::of(answer).await.is_error(status, code);
        }
    }
}

#[tokio::test]
async fn queries_that_cannot_be_read() {
    let stage = Stage::start(&[]).await;
    let user = stage.user().await;
    for (query, status, code) in [
        ("done=perhaps", 400, "bad_query"),
        ("limit=-1", 400, "bad_query"),
        ("limit=many", 400, "bad_query"),
        ("colour=red", 400, "bad_query"),
        ("due_before=soon", 400, "bad_query"),
        ("priority=urgent", 400, "bad_query"),
        ("done=true&done=false", 400, "bad_query"),
        ("limit=0", 422, "invalid"),
        ("limit=201", 422, "invalid"),
        ("sort=colour", 422, "invalid"),
        ("cursor=x", 400, "bad_cursor"),
        ("due_after=-9999-01-01", 422, "invalid"),
        ("due_before=%2B12345-01-01", 422, "invalid"),
        ("q=%00", 422, "invalid"),
        ("tag=%00", 422, "invalid"),
    ] {
        println!("{query}");
        user.get(&format!("/api/tasks?{query}"))
            .await
            .is_error(status, code);
    }
}

#[tokio::test]
async fn ids_that_name_nothing() {
    let stage = Stage::start(&[]).await;
    let user = stage.user().await;
    for path in [
        NOBODY,
        "/api/tasks/7",
        "/api/tasks/%00",
        "/api/tasks/..%2f..%2fetc",
        "/api/conversations/7",
        "/api/chat/7/events",
    ] {
        println!("{path}");
        user.get(path).await.is_error(404, "not_found");
    }
    user.ask(Method::PATCH, NOBODY, json!({"done": true}))
        .await
        .is_error(404, "not_found");
    user.ask(Method::DELETE, NOBODY, Value::Null)
        .await
        .is_error(404, "not_found");
    user.get("/api/nothing").await.is_error(404, "not_found");
    let answer = user.ask(Method::PUT, "/api/tasks", Value::Null).await;
    answer.is_error(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), "GET,HEAD,POST");
}

#[tokio::test]
async fn messages_that_cannot_be_answered() {
    let stage = Stage::start(&[]).await;
    let user = stage.user().await;
    user.say(json!({"message": " "}))
        .await
        .is_error(422, "invalid");
    user.say(json!({"message": "x".repeat(4001)}))
        .await
        .is_error(422, "invalid");
    user.say(json!({"message": "x", "conversation_id": "7"}))
        .await
        .is_error(422, "invalid");
    let unknown = "00000000-0000-4000-8000-000000000000";
    user.say(json!({"message": "x", "conversation_id": unknown}))
        .await
        .is_error(404, "not_found");
    assert_eq!(
        user.get("/api/conversations").await.body,
        json!({"conversations": [], "next": null})
    );
}

#[tokio::test]
async fn tasks_come_in_pages_and_in_order() {
    let stage = Stage::start(&[]).await;
    let user = stage.user().await;
    for (title, due) in [
        ("b", json!("2030-01-02")),
        ("a", Value::Null),
        ("c", json!("2030-01-01")),
    ] {
        let added = user
            .post("/api/tasks", json!({"title": title, "due": due}))
            .await;
        assert_eq!(
            added.header("location"),
            format!("/api/tasks/{}", added.text("/id"))
        );
    }
    let first = user.get("/api/tasks?sort=due&limit=2").await;
    assert_eq!(first.body["tasks"][0]["title"], "c");
    assert_eq!(first.body["tasks"][1]["title"], "b");
    let second = user
        .get(&format!(
            "/api/tasks?sort=due&limit=2&cursor={}",
            first.text("/next")
        ))
        .await;
    assert_eq!(
        (&second.body["tasks"][0]["title"], &second.body["next"]),
        (&json!("a"), &Value::Null)
    );
}
