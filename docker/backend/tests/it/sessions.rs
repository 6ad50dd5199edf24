//! Sessions: renewed, reused, meant for somebody else, ended everywhere.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::servers::free_port;
use crate::stage::{Answer, Stage, User};
use crate::tools::McpServer;

const PASSWORD: &str = "a long password";

/// Another session of the same user.
async fn again<'a>(user: &User<'a>) -> User<'a> {
    let form = json!({"email": user.email, "password": PASSWORD});
    let answer = user.stage.post("/api/auth/login", form).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    with(user, answer.text("/token"))
}

fn with<'a>(user: &User<'a>, token: String) -> User<'a> {
    User {
        stage: user.stage,
        email: user.email.clone(),
        token,
        id: user.id.clone(),
    }
}

async fn renewed<'a>(user: &User<'a>) -> User<'a> {
    let answer = user.post("/api/auth/refresh", Value::Null).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    with(user, answer.text("/token"))
}

async fn is_out(user: &User<'_>, why: &str) {
    let answer = user.get("/api/auth/me").await;
    answer.is_error(401, "unauthorized");
    let message = answer.text("/error/message");
    assert!(message.contains(why), "{message}");
}

async fn is_in(user: &User<'_>) {
    let answer = user.get("/api/auth/me").await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test]
async fn a_log_out_ends_the_session_whichever_of_its_tokens_is_shown() {
    let stage = Stage::start(&[]).await;
    let first = stage.user().await;
    let second = renewed(&first).await;
    is_in(&first).await;
    assert_eq!(
        first.post("/api/auth/logout", Value::Null).await.status,
        204
    );
    is_out(&first, "logged out").await;
    is_out(&second, "logged out").await;
}

#[tokio::test]
async fn two_tabs_that_renew_at_the_same_moment_both_go_on() {
    let stage = Stage::start(&[]).await;
    let first = stage.user().await;
    let (one, two) = tokio::join!(renewed(&first), renewed(&first));
    is_in(&one).await;
    is_in(&two).await;
    is_in(&renewed(&one).await).await;
}

#[tokio::test]
async fn a_copied_token_that_was_replaced_twice_ends_the_session_for_every_service() {
    let stage = Stage::start(&[]).await;
    let tools = McpServer::start(free_port(), &stage.database_url());
    let (first, other) = (stage.user().await, stage.user().await);
    let newest = renewed(&renewed(&first).await).await;
    is_in(&newest).await;
    assert_eq!(tools.tools_for(&first.token).await.status, 401);
    is_in(&newest).await;
    is_out(&first, "may be a stolen copy").await;
    is_out(&newest, "logged out").await;
    assert_eq!(tools.tools_for(&newest.token).await.status, 401);
    is_in(&other).await;
}

#[tokio::test]
async fn a_cookie_is_renewed_as_a_cookie_out_of_reach_of_scripts() {
    let stage = Stage::start(&[]).await;
    let user = stage.user().await;
    let ask = |token: &str, method, path: &'static str| {
        let request = stage.request(method, path);
        request.header("cookie", format!("session={token}")).send()
    };
    let answer = ask(&user.token, Method::POST, "/api/auth/refresh").await;
    let answer = Answer::of(answer.unwrap()).await;
    let body = json!({"user": {"id": user.id, "name": "Someone", "email": user.email}});
    assert_eq!((answer.status, &answer.body), (200, &body));
    assert_eq!(answer.header("cache-control"), "no-store");
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
    let token = cookie.split(['=', ';']).nth(1).unwrap();
    assert_ne!(token, user.token);
    let me = ask(token, Method::GET, "/api/auth/me").await.unwrap();
    assert_eq!(me.status(), 200);
}

#[tokio::test]
async fn a_call_that_was_meant_for_somebody_else_does_nothing() {
    let stage = Stage::start(&[]).await;
    let (ann, bob) = (stage.user().await, stage.user().await);
    let add = |meant: String| {
        let request = bob.request(Method::POST, "/api/tasks");
        let request = request.header("x-for-user", meant);
        request.json(&json!({"title": "x"})).send()
    };
    for meant in [ann.id.clone(), String::new(), Uuid::new_v4().to_string()] {
        let answer = Answer::of(add(meant).await.unwrap()).await;
        answer.is_error(409, "other_account");
    }
    assert!(bob.titles().await.is_empty() && ann.titles().await.is_empty());
    assert_eq!(add(bob.id.clone()).await.unwrap().status(), 201);
    assert_eq!(bob.titles().await, ["x"]);
}

#[tokio::test]
async fn logging_out_everywhere_ends_all_sessions_of_one_user_on_every_replica() {
    let stage = Stage::start(&[]).await;
    let replica = Stage::beside(&stage).await;
    let tools = McpServer::start(free_port(), &stage.database_url());
    let (here, other) = (stage.user().await, stage.user().await);
    let there = again(&here).await;
    is_in(&there).await;
    let path = "/api/auth/logout-everywhere";
    let answer = here.post(path, Value::Null).await;
    assert_eq!(answer.status, 204);
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    for gone in [&here, &there] {
        is_out(gone, "logged out").await;
        assert_eq!(tools.tools_for(&gone.token).await.status, 401);
    }
    let elsewhere = User {
        stage: &replica,
        ..with(&there, there.token.clone())
    };
    is_out(&elsewhere, "logged out").await;
    is_in(&other).await;
    is_in(&again(&here).await).await;
}
