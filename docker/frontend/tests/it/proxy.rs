//! What is carried to the backend and back: whole, at once, and with a clear word when it cannot
//! be.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use crate::stage::{Stage, free_address, spawn};

const SOON: Duration = Duration::from_secs(5);

/// A backend that answers what it was asked.
fn echo() -> Router {
    async fn answer(request: Request) -> impl IntoResponse {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let headers: Value = parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap())))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let asked = json!({"method": parts.method.as_str(), "uri": parts.uri.to_string(), "headers": headers,
            "length": body.len(), "body": String::from_utf8_lossy(&body)});
        let cookies = AppendHeaders([
            (header::SET_COOKIE, "session=1; HttpOnly"),
            (header::SET_COOKIE, "b=2"),
        ]);
        (
            StatusCode::IM_A_TEAPOT,
            cookies,
            [("keep-alive", "timeout=5")],
            Json(asked),
        )
    }
    Router::new().route("/api/{*path}", any(answer)).route(
        "/health",
        get(|| async { Json(json!({"status": "ok", "dependencies": {}})) }),
    )
}

#[tokio::test]
async fn a_request_arrives_whole() {
    let stage = Stage::before(echo()).await;
    let request = stage
        .post("/api/tasks/%C3%A4?q=a%20b&limit=2")
        .header("cookie", "session=abc")
        .body("{\"title\":\"x\"}");
    let response = request
        .header("connection", "x-private")
        .header("x-private", "1")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::IM_A_TEAPOT);
    let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["session=1; HttpOnly", "b=2"]);
    assert!(
        response.headers().get("keep-alive").is_none(),
        "hop-by-hop headers end at the proxy"
    );

    let asked: Value = response.json().await.unwrap();
    assert_eq!(asked["method"], "POST");
    assert_eq!(asked["uri"], "/api/tasks/%C3%A4?q=a%20b&limit=2");
    assert_eq!(asked["body"], "{\"title\":\"x\"}");
    let headers = &asked["headers"];
    assert_eq!(headers["cookie"], "session=abc");
    assert_eq!(headers["x-forwarded-for"], "127.0.0.1");
    assert_eq!(headers["x-forwarded-host"], headers["host"]);
    assert_eq!(
        headers["x-private"],
        Value::Null,
        "named by Connection, so not carried on"
    );
}

#[tokio::test]
async fn a_large_body_arrives_whole() {
    let stage = Stage::before(echo()).await;
    let response = stage
        .post("/api/upload")
        .body("x".repeat(3_000_000))
        .send()
        .await
        .unwrap();
    assert_eq!(response.json::<Value>().await.unwrap()["length"], 3_000_000);
}

#[tokio::test]
async fn the_request_id_travels() {
    let stage = Stage::before(echo()).await;
    let response = stage
        .get("/api/tasks")
        .header("x-request-id", "page-7")
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["x-request-id"], "page-7");
    assert_eq!(
        response.json::<Value>().await.unwrap()["headers"]["x-request-id"],
        "page-7"
    );

    let response = stage
        .get("/api/tasks")
        .header("x-request-id", "a b\"{}")
        .send()
        .await
        .unwrap();
    let made = response.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        made.len(),
        36,
        "an id that could spoil a log is replaced: {made}"
    );
    assert_eq!(
        response.json::<Value>().await.unwrap()["headers"]["x-request-id"],
        made.as_str()
    );
}

#[tokio::test]
async fn an_answer_is_passed_on_word_by_word() {
    let go_on = Arc::new(Notify::new());
    let backend = Router::new()
        .route("/api/chat", post(two_events))
        .with_state(go_on.clone());
    let stage = Stage::before(backend).await;
    let mut response = stage.post("/api/chat").body("{}").send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");

    let first = timeout(SOON, response.chunk())
        .await
        .expect("the first event comes before the second is made");
    assert_eq!(first.unwrap().unwrap(), "data: one\n\n");
    go_on.notify_one();
    let second = timeout(SOON, response.chunk())
        .await
        .expect("the second event follows");
    assert_eq!(second.unwrap().unwrap(), "data: two\n\n");
    assert_eq!(response.chunk().await.unwrap(), None);
}

/// Makes its second event only when it is told to.
async fn two_events(State(go_on): State<Arc<Notify>>) -> impl IntoResponse {
    let (sender, receiver) = mpsc::channel::<Result<&str, Infallible>>(1);
    tokio::spawn(async move {
        sender.send(Ok("data: one\n\n")).await.unwrap();
        go_on.notified().await;
        sender.send(Ok("data: two\n\n")).await.unwrap();
    });
    (
        [("content-type", "text/event-stream")],
        Body::from_stream(ReceiverStream::new(receiver)),
    )
}

#[tokio::test]
async fn a_request_is_passed_on_piece_by_piece() {
    async fn answer_as_it_comes(request: Request) -> Body {
        Body::from_stream(request.into_body().into_data_stream())
    }
    let stage = Stage::before(Router::new().route("/api/mirror", post(answer_as_it_comes))).await;
    let (sender, receiver) = mpsc::channel::<Result<&str, Infallible>>(1);
    sender.send(Ok("first")).await.unwrap();
    let body = reqwest::Body::wrap_stream(ReceiverStream::new(receiver));
    let response = timeout(SOON, stage.post("/api/mirror").body(body).send())
        .await
        .expect("an answer begins")
        .unwrap();
    let mut answer = response.bytes_stream();
    let first = timeout(SOON, answer.next())
        .await
        .expect("the first piece is back before the second is sent");
    assert_eq!(first.unwrap().unwrap(), "first");
    sender.send(Ok("second")).await.unwrap();
    assert_eq!(
        timeout(SOON, answer.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap(),
        "second"
    );
}

#[tokio::test]
async fn without_a_backend_the_answer_says_so() {
    let stage = Stage::alone().await;
    let response = stage
        .get("/api/tasks")
        .header("x-request-id", "lost-1")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    let error = response.json::<Value>().await.unwrap()["error"].clone();
    assert_eq!(error["code"], "backend_unavailable");
    assert_eq!(error["request_id"], "lost-1");
    assert!(
        error["message"].as_str().unwrap().ends_with('.'),
        "a sentence: {error}"
    );
    assert!(
        !error.to_string().contains("127.0.0.1"),
        "inner addresses stay inside: {error}"
    );
}

#[tokio::test]
async fn a_backend_that_comes_back_in_time_is_reached() {
    let address: SocketAddr = free_address().await;
    let stage = Stage::with(&[("BACKEND_URL", &format!("http://{address}"))]).await;
    let waiting = tokio::spawn(stage.post("/api/tasks").body("{}").send());
    tokio::time::sleep(Duration::from_millis(150)).await;
    spawn(TcpListener::bind(address).await.unwrap(), echo());
    assert_eq!(
        waiting.await.unwrap().unwrap().status(),
        StatusCode::IM_A_TEAPOT
    );
}

/// A backend whose tools are away.
fn weak() -> Router {
    let up = json!({"state": "up"});
    let away = json!({"state": "down", "why": "secret words"});
    let report = json!({"status": "degraded", "dependencies": {"cache": up, "mcp_server": away}});
    Router::new().route("/health", get(|| async { Json(report) }))
}

#[tokio::test]
async fn health_speaks_of_the_backend_and_readiness_does_not() {
    for (stage, status, why) in [
        (Stage::alone().await, "degraded", "onnect"),
        (Stage::before(echo()).await, "ok", "null"),
        (
            Stage::before(weak()).await,
            "degraded",
            "it is degraded: mcp_server does not answer",
        ),
        (
            Stage::before(Router::new()).await,
            "degraded",
            "it answered 404",
        ),
    ] {
        let report = stage.get("/health").send().await.unwrap();
        let report: Value = report.json().await.unwrap();
        assert_eq!(report["status"], status, "{report}");
        let told = report["dependencies"]["backend"]["why"].to_string();
        assert!(told.contains(why) && !told.contains("secret"), "{report}");
        for probe in ["/livez", "/readyz"] {
            let answer = stage.get(probe).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK, "{probe}");
        }
    }
}

#[tokio::test]
async fn requests_are_counted() {
    let stage = Stage::before(echo()).await;
    stage.get("/api/tasks").send().await.unwrap();
    let through_an_ingress = stage.get("/metrics").header("x-forwarded-for", "192.0.2.1");
    assert_eq!(through_an_ingress.send().await.unwrap().status(), 404);
    let response = stage.get("/metrics").send().await.unwrap();
    let headers: &HeaderMap = response.headers();
    assert!(
        headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("application/openmetrics-text")
    );
    let text = response.text().await.unwrap();
    assert!(
        text.contains(r#"http_requests_total{method="GET",route="/api/{*path}",status="418"} 1"#),
        "{text}"
    );
}
