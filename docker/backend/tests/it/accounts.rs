//! Accounts and sessions.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::stage::{Answer, Stage};

#[tokio::test]
async fn a_session_from_sign_up_to_log_out() {
    let stage = Stage::start(&[]).await;
    let form = json!({"name": " Ann ", "email": "Ann@Example.org", "password": "correct horse"});
    let signed_up = stage.post("/api/auth/signup", form.clone()).await;
    assert_eq!(signed_up.status, 201);
    assert_eq!(
        signed_up.body["user"],
        json!({"id": signed_up.text("/user/id"), "name": "Ann", "email": "ann@example.org"})
    );
    stage
        .post("/api/auth/signup", form)
        .await
        .is_error(409, "email_taken");

    let logged_in = stage
        .post(
            "/api/auth/login",
            json!({"email": "ANN@example.org ", "password": "correct horse"}),
        )
        .await;
    assert_eq!(
        (logged_in.status, &logged_in.body["user"]),
        (200, &signed_up.body["user"])
    );
    let token = logged_in.text("/token");
    let cookie = format!("session={token}");
    assert_eq!(
        logged_in.header("set-cookie"),
        format!("{cookie}; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800")
    );

    let with_cookie =
        |method, path: &'static str| stage.request(method, path).header("cookie", cookie.clone());
    let me = Answer::of(
        with_cookie(Method::GET, "/api/auth/me")
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(
        (me.status, &me.body["user"]),
        (200, &signed_up.body["user"])
    );
    let refreshed = Answer::of(
        with_cookie(Method::POST, "/api/auth/refresh")
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(refreshed.status, 200);

    let logged_out = Answer::of(
        with_cookie(Method::POST, "/api/auth/logout")
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(logged_out.status, 204);
    assert!(
        logged_out.header("set-cookie").starts_with("session=; ")
            && logged_out.header("set-cookie").contains("Max-Age=0")
    );
    let after = Answer::of(
        with_cookie(Method::GET, "/api/auth/me")
            .send()
            .await
            .unwrap(),
    )
    .await;
    after.is_error(401, "unauthorized");
    assert_eq!(after.header("www-authenticate"), "Bearer");
    let other = stage
        .request(Method::GET, "/api/auth/me")
        .bearer_auth(signed_up.text("/token"));
    assert_eq!(
        other.send().await.unwrap().status(),
        200,
        "logging out ends one session, not all"
    );
}

#[tokio::test]
async fn wrong_credentials_tell_nothing() {
    let stage = Stage::start(&[]).await;
    let user = stage.user().await;
    for (email, password) in [
        (user.email.as_str(), "a wrong password"),
        ("nobody@example.org", "a long password"),
        ("", ""),
        ("a\0b", "x"),
    ] {
        let answer = stage
            .post(
                "/api/auth/login",
                json!({"email": email, "password": password}),
            )
            .await;
        answer.is_error(401, "unauthorized");
        assert_eq!(
            answer.text("/error/message"),
            "The email address or the password is wrong."
        );
        assert!(answer.headers.get("set-cookie").is_none());
    }
}

#[tokio::test]
async fn forms_are_checked() {
    let stage = Stage::start(&[]).await;
    let good = json!({"name": "Ann", "email": "ann@example.org", "password": "12345678"});
    for (field, value, sentence) in [
        ("name", json!(" "), "`name` must not be empty."),
        ("email", json!("ann"), "`email` must look like `name@host`."),
        (
            "password",
            json!("1234567"),
            "`password` must have 8 to 256 characters.",
        ),
    ] {
        let mut form = good.clone();
        form[field] = value;
        let answer = stage.post("/api/auth/signup", form).await;
        answer.is_error(422, "invalid");
        assert_eq!(answer.text("/error/message"), sentence);
    }
}

#[tokio::test]
async fn behind_tls_the_cookie_is_for_tls_only() {
    let stage = Stage::start(&[("TRUSTED_PROXIES", "127.0.0.1")]).await;
    let form = json!({"name": "Ann", "email": "ann@example.org", "password": "12345678"});
    let request = stage
        .request(Method::POST, "/api/auth/signup")
        .header("x-forwarded-proto", "https")
        .json(&form);
    let answer = Answer::of(request.send().await.unwrap()).await;
    assert!(
        answer.header("set-cookie").ends_with("; Secure"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn too_many_log_ins_are_put_off() {
    let stage = Stage::start(&[("RATE_LIMIT_LOGIN", "3")]).await;
    let user = stage.user().await;
    let form = |email: &str| json!({"email": email, "password": "a guess"});
    for _ in 0..3 {
        assert_eq!(
            stage
                .post("/api/auth/login", form(&user.email))
                .await
                .status,
            401
        );
    }
    let answer = stage.post("/api/auth/login", form(&user.email)).await;
    answer.is_error(429, "rate_limited");
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=61).contains(&wait), "{wait}");
    assert_eq!(
        stage
            .post("/api/auth/login", form("other@example.org"))
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn every_kind_of_call_has_its_limit() {
    let stage = Stage::start(&[
        ("RATE_LIMIT_AUTH", "2"),
        ("RATE_LIMIT_API", "4"),
        ("RATE_LIMIT_CHAT", "1"),
    ])
    .await;
    let (ann, bob) = (stage.user().await, stage.user().await);
    stage
        .post(
            "/api/auth/signup",
            json!({"name": "x", "email": "x@y", "password": "12345678"}),
        )
        .await
        .is_error(429, "rate_limited");
    assert_eq!(ann.say(json!({"message": "hello"})).await.status, 200);
    ann.say(json!({"message": "hello"}))
        .await
        .is_error(429, "rate_limited");
    for _ in 0..2 {
        assert_eq!(ann.get("/api/tasks").await.status, 200);
    }
    ann.get("/api/tasks").await.is_error(429, "rate_limited");
    assert_eq!(
        bob.ask(Method::GET, "/api/tasks", Value::Null).await.status,
        200
    );
}

/// Sixty at once whose callers go away: no more are hashed at a time than their permits say.
#[tokio::test]
async fn log_ins_whose_callers_go_away_take_no_more_memory() {
    let stage = Stage::start(&[("RATE_LIMIT_LOGIN", "0"), ("RATE_LIMIT_AUTH", "0")]).await;
    let user = stage.user().await;
    let form = json!({"email": user.email, "password": "a guess"});
    for _ in 0..20 {
        let log_ins = (0..60).map(|_| {
            let request = stage.request(Method::POST, "/api/auth/login").json(&form);
            tokio::spawn(request.timeout(Duration::from_millis(60)).send())
        });
        for log_in in log_ins.collect::<Vec<_>>() {
            // Some are answered, some told to wait, and most have gone.
            let _ = log_in.await.unwrap();
        }
    }
    let peak = stage.peak_memory();
    assert!(
        peak < 90.0,
        "two hashes take 38 MiB, and {peak:.0} MiB were in use"
    );
    let right = json!({"email": user.email, "password": "a long password"});
    let mut answer = stage.post("/api/auth/login", right.clone()).await;
    while answer.status == 503 {
        answer = stage.post("/api/auth/login", right.clone()).await;
    }
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test]
async fn log_ins_leave_no_memory_behind() {
    let stage = Stage::start(&[]).await;
    let user = stage.user().await;
    let before = resident_bytes(&stage).await;
    let form = json!({"email": user.email, "password": "a long password"});
    let log_ins = (0..12).map(|_| {
        let request = stage.request(Method::POST, "/api/auth/login").json(&form);
        tokio::spawn(request.send())
    });
    for log_in in log_ins.collect::<Vec<_>>() {
        assert_eq!(log_in.await.unwrap().unwrap().status(), 200);
    }
    let grown = (resident_bytes(&stage).await - before) / 1e6;
    assert!(
        grown < 15.0,
        "one hash takes 19 MiB, and {grown:.1} MB stayed"
    );
}

async fn resident_bytes(stage: &Stage) -> f64 {
    let metrics = stage.get("/metrics").await;
    let line = metrics
        .body
        .as_str()
        .unwrap()
        .lines()
        .find_map(|line| line.strip_prefix("process_resident_memory_bytes "));
    line.unwrap().parse().unwrap()
}
