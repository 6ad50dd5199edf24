//! The account itself: its password, its data, its end, and who may try its password.

use reqwest::Method;
use serde_json::{Value, json};

use crate::stage::{Answer, Stage, User};

const PASSWORD: &str = "a long password";

async fn log_in(user: &User<'_>, password: &str, from: &str) -> Answer {
    let request = user.stage.request(Method::POST, "/api/auth/login");
    let request = request.header("x-forwarded-for", from);
    let form = json!({"email": user.email, "password": password});
    Answer::of(request.json(&form).send().await.unwrap()).await
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let stage = Stage::start(&[]).await;
    let user = stage.user().await;
    let token = log_in(&user, PASSWORD, "").await.text("/token");
    let other = User {
        token,
        stage: &stage,
        email: user.email.clone(),
        id: user.id.clone(),
    };
    let change = |current: &str, new: &str| {
        let form = json!({"current_password": current, "new_password": new});
        user.post("/api/auth/password", form)
    };
    let wrong = ("not my password", "another long one");
    change(wrong.0, wrong.1)
        .await
        .is_error(403, "wrong_password");
    for new in ["short", "            "] {
        change(PASSWORD, new).await.is_error(422, "invalid");
    }
    assert_eq!(other.get("/api/auth/me").await.status, 200);
    assert_eq!(change(PASSWORD, "another long one").await.status, 204);
    other
        .get("/api/auth/me")
        .await
        .is_error(401, "unauthorized");
    assert_eq!(user.get("/api/auth/me").await.status, 200);
    log_in(&user, PASSWORD, "")
        .await
        .is_error(401, "unauthorized");
    assert_eq!(log_in(&user, "another long one", "").await.status, 200);
}

#[tokio::test]
async fn everything_is_taken_out_and_nothing_of_others() {
    let stage = Stage::start(&[("RATE_LIMIT_API", "0")]).await;
    let (ann, bob) = (stage.user().await, stage.user().await);
    for number in 0..230 {
        let title = json!({"title": format!("ann {number}"), "notes": "\"quoted\"\n"});
        assert_eq!(ann.post("/api/tasks", title).await.status, 201);
    }
    for (user, message) in [(&ann, "hello"), (&ann, "thanks"), (&bob, "hello")] {
        for _ in 0..30 {
            assert_eq!(user.say(json!({"message": message})).await.status, 200);
        }
    }
    let answer = ann.get("/api/account/export").await;
    assert_eq!(
        (answer.status, answer.header("cache-control")),
        (200, "no-store")
    );
    let name = "attachment; filename=\"todo-chatbot.json\"";
    assert_eq!(answer.header("content-disposition"), name);
    assert_eq!(answer.body["user"]["email"], json!(ann.email));
    let titles = answer.body["tasks"].as_array().unwrap().iter();
    let titles: Vec<_> = titles
        .map(|task| task["title"].as_str().unwrap().to_string())
        .collect();
    let expected: Vec<_> = (0..230).map(|number| format!("ann {number}")).collect();
    assert_eq!(titles, expected);
    let conversations = answer.body["conversations"].as_array().unwrap();
    assert_eq!(conversations.len(), 60);
    for conversation in conversations {
        let said = conversation["messages"].as_array().unwrap();
        let roles: Vec<_> = said.iter().map(|message| &message["role"]).collect();
        assert_eq!(roles, ["user", "assistant"], "{conversation}");
        assert_eq!(conversation["title"], said[0]["content"]);
    }
    let empty = stage.user().await.get("/api/account/export").await;
    assert_eq!(
        (&empty.body["tasks"], &empty.body["conversations"]),
        (&json!([]), &json!([]))
    );
}

#[tokio::test]
async fn a_deleted_account_is_gone_with_all_its_sessions() {
    let stage = Stage::start(&[]).await;
    let (user, other) = (stage.user().await, stage.user().await);
    user.post("/api/tasks", json!({"title": "x"})).await;
    let remove = |password: &str| {
        let form = json!({"password": password});
        user.ask(Method::DELETE, "/api/account", form)
    };
    remove("a guess").await.is_error(403, "wrong_password");
    assert_eq!(user.titles().await, ["x"]);
    let gone = remove(PASSWORD).await;
    assert!(gone.status == 204 && gone.header("set-cookie").contains("Max-Age=0"));
    user.get("/api/tasks").await.is_error(401, "unauthorized");
    log_in(&user, PASSWORD, "")
        .await
        .is_error(401, "unauthorized");
    assert_eq!(other.get("/api/auth/me").await.status, 200);
    let form = json!({"name": "New", "email": user.email, "password": PASSWORD});
    let anew = stage.post("/api/auth/signup", form).await;
    assert_eq!(anew.status, 201);
    let anew = User {
        token: anew.text("/token"),
        ..user
    };
    assert!(anew.titles().await.is_empty());
}

#[tokio::test]
async fn guesses_from_elsewhere_do_not_keep_the_owner_out() {
    let proxied = [
        ("TRUSTED_PROXIES", "127.0.0.0/8"),
        ("RATE_LIMIT_LOGIN", "3"),
    ];
    let stage = Stage::start(&proxied).await;
    let user = stage.user().await;
    for _ in 0..3 {
        log_in(&user, "a guess", "6.6.6.6")
            .await
            .is_error(401, "unauthorized");
    }
    log_in(&user, PASSWORD, "6.6.6.6")
        .await
        .is_error(429, "rate_limited");
    // What a proxy did not see itself is the guesser's own word.
    log_in(&user, PASSWORD, "7.7.7.7, 6.6.6.6")
        .await
        .is_error(429, "rate_limited");
    for _ in 0..5 {
        assert_eq!(log_in(&user, PASSWORD, "8.8.8.8").await.status, 200);
    }
    let remove = user.ask(
        Method::DELETE,
        "/api/account",
        json!({"password": "a guess"}),
    );
    remove.await.is_error(403, "wrong_password");
}

#[tokio::test]
async fn nobody_is_believed_about_addresses_unless_configured() {
    let stage = Stage::start(&[("RATE_LIMIT_LOGIN", "2")]).await;
    let user = stage.user().await;
    for address in ["1.1.1.1", "2.2.2.2"] {
        log_in(&user, "a guess", address)
            .await
            .is_error(401, "unauthorized");
    }
    log_in(&user, "a guess", "3.3.3.3")
        .await
        .is_error(429, "rate_limited");
}

#[tokio::test]
async fn addresses_that_look_equal_are_one() {
    let stage = Stage::start(&[]).await;
    let form = |email: &str| json!({"name": "x", "email": email, "password": PASSWORD});
    let signed_up = stage
        .post("/api/auth/signup", form("Ren\u{e9}@example.org"))
        .await;
    assert_eq!(signed_up.text("/user/email"), "ren\u{e9}@example.org");
    for email in [
        "rene\u{301}@example.org",
        "ren\u{e9}\u{200b}@ex\u{ad}ample.org",
    ] {
        stage
            .post("/api/auth/signup", form(email))
            .await
            .is_error(409, "email_taken");
        let log_in = json!({"email": email, "password": PASSWORD});
        assert_eq!(stage.post("/api/auth/login", log_in).await.status, 200);
    }
    let blank = json!({"name": "x", "email": "a@b", "password": " \u{2003}\u{200b}        "});
    stage
        .post("/api/auth/signup", blank)
        .await
        .is_error(422, "invalid");
    assert_eq!(
        stage.get("/api/nothing").await.header("cache-control"),
        "no-store"
    );
    let user = stage.user().await;
    assert_eq!(
        user.ask(Method::GET, "/api/tasks", Value::Null)
            .await
            .header("cache-control"),
        "no-store"
    );
}
