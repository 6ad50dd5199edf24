//! What those see who operate the backend.

use reqwest::Method;
use serde_json::{Value, json};

use crate::stage::{Answer, Stage};

#[tokio::test]
async fn probes_and_counters() {
    let stage = Stage::start(&[]).await;
    assert_eq!(stage.get("/livez").await.body, json!({"status": "alive"}));
    assert_eq!(stage.get("/readyz").await.body, json!({"status": "ready"}));
    let health = stage.get("/health").await;
    assert_eq!(
        health.body["dependencies"]["database"],
        json!({"state": "up", "kind": "sqlite"})
    );
    assert_eq!(
        health.body["dependencies"]["cache"],
        json!({"state": "up", "kind": "memory"})
    );
    let user = stage.user().await;
    user.get("/api/tasks/00000000-0000-4000-8000-000000000000")
        .await
        .is_error(404, "not_found");
    let metrics = stage
        .get("/metrics")
        .await
        .body
        .as_str()
        .unwrap()
        .to_string();
    assert!(
        metrics.contains(
            r#"http_requests_total{method="GET",route="/api/tasks/{id}",status="404"} 1"#
        ),
        "{metrics}"
    );
    assert!(metrics.ends_with("# EOF\n"));
}

#[tokio::test]
async fn the_description_names_every_call_and_the_page_needs_nothing_from_elsewhere() {
    let stage = Stage::start(&[]).await;
    let description = stage.get("/openapi.json").await.body;
    let calls: usize = description["paths"]
        .as_object()
        .unwrap()
        .values()
        .map(|path| path.as_object().unwrap().len())
        .sum();
    assert_eq!(
        calls,
        25,
        "{:#?}",
        description["paths"].as_object().unwrap().keys()
    );
    for base in ["", "/api"] {
        let page = stage.get(&format!("{base}/docs")).await;
        assert_eq!(
            (page.status, page.header("content-type")),
            (200, "text/html; charset=utf-8")
        );
        let html = page.body.as_str().unwrap();
        assert!(
            !html.contains("//")
                && page
                    .header("content-security-policy")
                    .starts_with("default-src 'none'"),
            "{html}"
        );
        for file in ["docs.js", "docs.css", "openapi.json"] {
            assert!(html.contains(file));
            assert_eq!(stage.get(&format!("{base}/{file}")).await.status, 200);
        }
    }
}

#[tokio::test]
async fn other_origins_only_when_named() {
    let stage = Stage::start(&[("CORS_ORIGINS", "https://good.example")]).await;
    for (origin, allowed) in [
        ("https://good.example", "https://good.example"),
        ("https://evil.example", ""),
        ("null", ""),
    ] {
        let request = stage
            .request(Method::OPTIONS, "/api/tasks")
            .header("origin", origin);
        let request = request.header("access-control-request-method", "POST");
        let answer = Answer::of(request.send().await.unwrap()).await;
        assert_eq!(
            answer.header("access-control-allow-origin"),
            allowed,
            "{origin}"
        );
    }
}

#[tokio::test]
async fn sigterm_ends_it_in_order() {
    let mut stage = Stage::start(&[("SHUTDOWN_DELAY_SECONDS", "1")]).await;
    let user = stage.user().await;
    stage.signal("TERM");
    stage.until("/readyz", 503).await;
    assert_eq!(
        user.get("/api/tasks").await.status,
        200,
        "requests are answered while the end is being noticed"
    );
    drop(user);
    let status = stage.ended();
    assert!(status.success(), "{status}");
    assert!(stage.log().lines().last().unwrap().contains("closed"));
}

#[tokio::test]
async fn log_lines_are_json() {
    let stage = Stage::start(&[("LOG_LEVEL", "info,backend=trace")]).await;
    stage.get("/api/tasks").await.is_error(401, "unauthorized");
    for line in stage.log().lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}"));
        assert!(
            line["timestamp"].is_string()
                && line["level"].is_string()
                && line["message"].is_string(),
            "{line}"
        );
    }
}
