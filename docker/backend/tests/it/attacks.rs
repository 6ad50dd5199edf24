//! Tokens that an attacker would try, on every call that needs a session.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use ring::hmac;
use serde_json::{Value, json};

use crate::stage::{Answer, SECRET, Stage};

const GUARDED: [(&str, &str); 15] = [
    ("GET", "/api/auth/me"),
    ("POST", "/api/auth/logout"),
    ("POST", "/api/auth/refresh"),
    ("POST", "/api/auth/logout-everywhere"),
    ("POST", "/api/auth/password"),
    ("GET", "/api/account/export"),
    ("DELETE", "/api/account"),
    ("GET", "/api/tasks"),
    ("POST", "/api/tasks"),
    ("GET", "/api/tasks/00000000-0000-0000-0000-000000000000"),
    ("PATCH", "/api/tasks/00000000-0000-0000-0000-000000000000"),
    ("DELETE", "/api/tasks/00000000-0000-0000-0000-000000000000"),
    ("POST", "/api/chat"),
    ("GET", "/api/conversations"),
    (
        "GET",
        "/api/chat/00000000-0000-0000-0000-000000000000/events",
    ),
];

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn signed(header: &Value, claims: &Value, key: &[u8], algorithm: hmac::Algorithm) -> String {
    let body = format!("{}.{}", part(header), part(claims));
    let signature = hmac::sign(&hmac::Key::new(algorithm, key), body.as_bytes());
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn changed(object: &Value, key: &str, value: Value) -> Value {
    let mut object = object.clone();
    object[key] = value;
    object
}

/// The victim's own token, taken apart: everything an attacker could know but the secret.
fn forgeries(token: &str) -> Vec<(&'static str, String)> {
    let parts: Vec<&str> = token.split('.').collect();
    let json = |part: &str| {
        serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    let (head, claims) = (json(parts[0]), json(parts[1]));
    let hs256 = |head: &Value, claims: &Value, key: &str| {
        signed(head, claims, key.as_bytes(), hmac::HMAC_SHA256)
    };
    let none = changed(&head, "alg", json!("none"));
    vec![
        (
            "no algorithm, no signature",
            format!("{}.{}.", part(&none), parts[1]),
        ),
        (
            "no algorithm in capitals",
            format!(
                "{}.{}.",
                part(&changed(&head, "alg", json!("NONE"))),
                parts[1]
            ),
        ),
        ("no algorithm, right key", hs256(&none, &claims, SECRET)),
        (
            "named RS256, signed with the secret as HMAC",
            hs256(&changed(&head, "alg", json!("RS256")), &claims, SECRET),
        ),
        (
            "HS512 with the right key",
            signed(
                &changed(&head, "alg", json!("HS512")),
                &claims,
                SECRET.as_bytes(),
                hmac::HMAC_SHA512,
            ),
        ),
        ("an empty key", hs256(&head, &claims, "")),
        ("a guessed key", hs256(&head, &claims, "secret")),
        (
            "another key id",
            hs256(
                &changed(&head, "kid", json!("1' OR '1'='1")),
                &claims,
                SECRET,
            ),
        ),
        (
            "another issuer",
            hs256(&head, &changed(&claims, "iss", json!("elsewhere")), SECRET),
        ),
        (
            "another audience",
            hs256(&head, &changed(&claims, "aud", json!("elsewhere")), SECRET),
        ),
        (
            "expired",
            hs256(&head, &changed(&claims, "exp", json!(1)), SECRET),
        ),
        (
            "no expiry",
            hs256(&head, &changed(&claims, "exp", Value::Null), SECRET),
        ),
        (
            "no user",
            hs256(&head, &changed(&claims, "sub", json!("*")), SECRET),
        ),
        (
            "claims changed after signing",
            format!(
                "{}.{}.{}",
                parts[0],
                part(&changed(&claims, "iat", json!(0))),
                parts[2]
            ),
        ),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("nothing", String::new()),
    ]
}

#[tokio::test]
async fn forged_tokens_are_refused_everywhere() {
    let stage = Stage::start(&[]).await;
    let user = stage.user().await;
    for (what, token) in forgeries(&user.token) {
        for (method, path) in GUARDED {
            let method: Method = method.parse().unwrap();
            let request = stage
                .request(method.clone(), path)
                .header("authorization", format!("Bearer {token}"));
            let answer = Answer::of(
                request
                    .json(&json!({"title": "x", "message": "x"}))
                    .send()
                    .await
                    .unwrap(),
            )
            .await;
            assert_eq!(answer.status, 401, "{what} on {method} {path}: {answer:?}");
        }
    }
    assert_eq!(
        user.get("/api/auth/me").await.status,
        200,
        "the token that was forged is itself good"
    );
}

#[tokio::test]
async fn an_expired_session_is_told_apart() {
    let stage = Stage::start(&[("SESSION_HOURS", "0")]).await;
    let user = stage.user().await;
    // Sessions are timed in whole seconds.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let answer = user.get("/api/auth/me").await;
    answer.is_error(401, "unauthorized");
    assert_eq!(
        answer.text("/error/message"),
        "The session has expired: log in again."
    );
}

#[tokio::test]
async fn without_a_session_only_the_open_calls_answer() {
    let stage = Stage::start(&[]).await;
    for (method, path) in GUARDED {
        let answer = Answer::of(
            stage
                .request(method.parse().unwrap(), path)
                .send()
                .await
                .unwrap(),
        )
        .await;
        answer.is_error(401, "unauthorized");
    }
}
