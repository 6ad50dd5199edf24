//! Dependencies that go away and come back.

use std::time::{Duration, Instant};

use reqwest::{Method, Response};
use serde_json::json;

use crate::model::model;
use crate::servers::{self, free_port};
use crate::stage::{Stage, User};
use crate::tools::McpServer;

#[tokio::test]
async fn a_database_that_goes_away_and_comes_back() {
    let Some(mut server) = servers::postgres() else {
        return;
    };
    let url = server.postgres_url();
    let stage = Stage::start(&[("DATABASE_URL", &url), ("AUTO_MIGRATE", "true")]).await;
    let user = stage.user().await;
    assert_eq!(
        user.post("/api/tasks", json!({"title": "kept"}))
            .await
            .status,
        201
    );
    server.stop();

    let asked = Instant::now();
    let answer = user.post("/api/tasks", json!({"title": "refused"})).await;
    answer.is_error(503, "unavailable");
    assert_eq!(answer.header("retry-after"), "2");
    assert!(asked.elapsed() < Duration::from_secs(5));
    user.say(json!({"message": "add a task to be refused"}))
        .await
        .is_error(503, "unavailable");
    stage.get("/readyz").await.is_error(503, "unavailable");
    let health = stage.get("/health").await;
    assert_eq!(
        (health.status, &health.body["status"]),
        (503, &json!("down"))
    );
    assert_eq!(
        stage.get("/livez").await.status,
        200,
        "a restart would not bring the database back"
    );

    server.start();
    stage.until("/readyz", 200).await;
    assert_eq!(user.titles().await, ["kept"]);
    assert_eq!(
        user.post("/api/tasks", json!({"title": "accepted"}))
            .await
            .status,
        201
    );
}

/// What many callers at once are answered, and the longest that one of them waited.
async fn asked_by_many(user: &User<'_>) -> (Vec<u16>, Duration) {
    let asked = Instant::now();
    let callers: Vec<_> = (0..30)
        .map(|_| tokio::spawn(user.request(Method::GET, "/api/tasks").send()))
        .collect();
    let mut answers = Vec::new();
    for caller in callers {
        answers.push(caller.await.unwrap().unwrap().status().as_u16());
    }
    answers.dedup();
    (answers, asked.elapsed())
}

/// Somewhat above the 5 s that are promised, for the sake of busy machines.
const PROMISED: Duration = Duration::from_secs(8);

#[tokio::test]
async fn a_database_that_stands_still_and_goes_on() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let url = server.postgres_url();
    let mut stage = Stage::start(&[("DATABASE_URL", &url), ("AUTO_MIGRATE", "true")]).await;
    let user = stage.user().await;
    user.post("/api/tasks", json!({"title": "kept"})).await;
    server.stand_still();
    let (answers, waited) = asked_by_many(&user).await;
    assert_eq!(answers, [503]);
    assert!(waited < PROMISED, "{waited:?}");
    stage.get("/readyz").await.is_error(503, "unavailable");
    assert_eq!(stage.get("/livez").await.status, 200);

    server.go_on();
    stage.until("/readyz", 200).await;
    assert_eq!(user.titles().await, ["kept"]);
    drop(user);
    server.stand_still();
    stage.get("/readyz").await.is_error(503, "unavailable");
    stage.signal("TERM");
    let asked = Instant::now();
    assert!(stage.ended().success());
    assert!(asked.elapsed() < PROMISED, "{:?}", asked.elapsed());
}

#[tokio::test]
async fn a_redis_that_stands_still_makes_nobody_wait_for_long() {
    let Some(server) = servers::redis() else {
        return;
    };
    let redis = ("REDIS_URL", server.redis_url());
    let stage = Stage::start(&[(redis.0, &redis.1), ("RATE_LIMIT_AUTH", "0")]).await;
    // Nothing has asked redis yet: the first connection is tried when it stands still already.
    let user = stage.user().await;
    server.stand_still();
    let (answers, waited) = asked_by_many(&user).await;
    assert_eq!(answers, [200]);
    assert!(waited < PROMISED, "{waited:?}");
    server.go_on();
    assert_eq!(asked_by_many(&user).await.0, [200]);
}

#[tokio::test]
async fn redis_that_goes_away_and_comes_back() {
    let Some(mut server) = servers::redis() else {
        return;
    };
    let stage = Stage::start(&[
        ("REDIS_URL", &server.redis_url()),
        ("RATE_LIMIT_LOGIN", "2"),
    ])
    .await;
    let user = stage.user().await;
    assert_eq!(
        stage.get("/health").await.body["dependencies"]["cache"],
        json!({"state": "up", "kind": "redis"})
    );
    server.stop();

    let asked = Instant::now();
    assert_eq!(
        user.post("/api/tasks", json!({"title": "kept"}))
            .await
            .status,
        201
    );
    assert_eq!(user.say(json!({"message": "hello"})).await.status, 200);
    assert!(
        asked.elapsed() < Duration::from_secs(3),
        "slower, but not slow: {:?}",
        asked.elapsed()
    );
    assert_eq!(stage.get("/readyz").await.status, 200);
    assert_eq!(stage.get("/health").await.body["status"], "degraded");
    let login = json!({"email": user.email, "password": "a guess"});
    for _ in 0..2 {
        stage
            .post("/api/auth/login", login.clone())
            .await
            .is_error(401, "unauthorized");
    }
    stage
        .post("/api/auth/login", login)
        .await
        .is_error(429, "rate_limited");

    server.start();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(user.titles().await, ["kept"]);
    assert_eq!(
        stage.get("/health").await.body["dependencies"]["cache"]["state"],
        "up"
    );
}

#[tokio::test]
async fn replicas_share_log_outs_and_streams_through_redis() {
    let (Some(redis), Some(postgres)) = (servers::redis(), servers::postgres()) else {
        return;
    };
    let variables = [
        ("REDIS_URL", redis.redis_url()),
        ("DATABASE_URL", postgres.postgres_url()),
        ("AUTO_MIGRATE", "true".to_string()),
    ];
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let (one, two) = tokio::join!(Stage::start(&variables), Stage::start(&variables));
    let user = one.user().await;
    let streamed = user.post("/api/chat", json!({"message": "hello"})).await;
    let path = format!("/api/chat/{}/events", streamed.header("x-stream-id"));
    let elsewhere = |path: String| {
        two.request(reqwest::Method::GET, &path)
            .bearer_auth(&user.token)
            .send()
    };
    assert_eq!(
        elsewhere(path).await.unwrap().text().await.unwrap(),
        streamed.body.as_str().unwrap()
    );
    assert_eq!(user.post("/api/auth/logout", json!(null)).await.status, 204);
    assert_eq!(
        elsewhere("/api/auth/me".into()).await.unwrap().status(),
        401
    );
}

/// An answer that has been begun: what tells of it, and the path of its events.
async fn begun(user: &User<'_>) -> (Response, String) {
    let question = user.request(Method::POST, "/api/chat");
    let question = question.json(&json!({"message": "hello"}));
    let answer = question.send().await.unwrap();
    let stream = answer.headers()["x-stream-id"].to_str().unwrap();
    let path = format!("/api/chat/{stream}/events");
    (answer, path)
}

#[tokio::test]
async fn an_answer_is_read_on_where_it_is_made_though_redis_has_gone() {
    let Some(mut server) = servers::redis() else {
        return;
    };
    let model = model("").await;
    let port = free_port();
    let stage = Stage::start(&[
        ("REDIS_URL", &server.redis_url()),
        ("OPENAI_BASE_URL", &model),
        ("MCP_SERVER_URL", &format!("http://127.0.0.1:{port}/mcp")),
    ])
    .await;
    let _tools = McpServer::start(port, &stage.database_url());
    let user = stage.user().await;
    let (answer, path) = begun(&user).await;
    server.stop();
    let asked = Instant::now();
    let (whole, again) = tokio::join!(answer.text(), async {
        user.request(Method::GET, &path).send().await.unwrap()
    });
    assert_eq!(again.status(), 200);
    let again = again.text().await.unwrap();
    assert!(again.contains("event: done"), "{again}");
    assert_eq!(again, whole.unwrap());
    assert!(asked.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn the_rest_of_an_answer_whose_maker_was_killed_is_soon_called_lost() {
    let (Some(redis), Some(postgres)) = (servers::redis(), servers::postgres()) else {
        return;
    };
    let model = model("").await;
    let (redis, database) = (redis.redis_url(), postgres.postgres_url());
    let port = free_port();
    let tools = format!("http://127.0.0.1:{port}/mcp");
    let variables = [
        ("REDIS_URL", redis.as_str()),
        ("DATABASE_URL", &database),
        ("AUTO_MIGRATE", "true"),
        ("OPENAI_BASE_URL", &model),
        ("MCP_SERVER_URL", &tools),
    ];
    let (one, two) = tokio::join!(Stage::start(&variables), Stage::start(&variables));
    let _tools = McpServer::start(port, &database);
    let user = one.user().await;
    let (_answer, path) = begun(&user).await;
    one.signal("KILL");
    let asked = Instant::now();
    let rest = two.request(Method::GET, &path).bearer_auth(&user.token);
    let rest = rest.send().await.unwrap().text().await.unwrap();
    assert!(rest.contains("read the conversation again"), "{rest}");
    assert!(asked.elapsed() < Duration::from_secs(30), "not after 90 s");
}
