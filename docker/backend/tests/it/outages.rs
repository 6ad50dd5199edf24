//! Dependencies that go away and come back.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::servers;
use crate::stage::Stage;

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
