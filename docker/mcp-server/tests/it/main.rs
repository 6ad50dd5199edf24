//! The server over HTTP: bad input is answered clearly and changes nothing.

mod slow;
#[path = "../../../todo-core/tests/it/slow.rs"]
mod slow_callers;

use std::sync::Arc;
use std::time::Duration;

use mcp_server::app::{Parts, router};
use mcp_server::auth::Auth;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use todo_core::lifecycle::Lifecycle;
use todo_core::list::TaskQuery;
use todo_core::store::{self, Store};
use todo_core::token::{Claims, Tokens};
use todo_core::user::{NewUser, UserId};
use tokio::net::TcpListener;

const SECRET: &str = "a secret of at least thirty-two characters";

/// A server on a free port, with one user.
struct Stage {
    store: Arc<dyn Store>,
    url: String,
    user: UserId,
    _directory: TempDir,
}

impl Stage {
    async fn start() -> Self {
        // Built together with the backend, the test's HTTP client has no TLS of its own and asks
        // for some even where it needs none.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let directory = TempDir::new().unwrap();
        let url = format!("sqlite://{}/todo.db", directory.path().display());
        let store = store::open_url(&url).await.unwrap();
        store.migrate().await.unwrap();
        let ann = NewUser {
            name: "Ann".into(),
            email: "ann@example.org".into(),
            password_hash: "none".into(),
        };
        let user = store.add_user(ann).await.unwrap().id;
        let parts = Parts {
            store: store.clone(),
            auth: Auth::Token(Tokens::new(SECRET)),
            allowed_hosts: vec!["127.0.0.1".into()],
            lifecycle: Lifecycle::new(Duration::ZERO),
            closing: Default::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router(parts)).await });
        Stage {
            store,
            url,
            user,
            _directory: directory,
        }
    }

    fn request(&self, seconds: u64) -> RequestBuilder {
        let token = Tokens::new(SECRET).sign(&Claims::new(self.user, seconds));
        Client::new()
            .post(&self.url)
            .bearer_auth(token)
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json")
    }

    async fn post(&self, body: String) -> Response {
        self.request(60).body(body).send().await.unwrap()
    }

    /// Calls a tool and gives the whole answer of the protocol.
    async fn call(&self, tool: &str, arguments: Value) -> Value {
        let params = json!({"name": tool, "arguments": arguments});
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
        self.post(message.to_string()).await.json().await.unwrap()
    }

    async fn tasks(&self) -> usize {
        let page = self.store.tasks(self.user, &TaskQuery::default()).await;
        page.unwrap().tasks.len()
    }
}

#[tokio::test]
async fn bodies_that_cannot_be_read() {
    let stage = Stage::start().await;
    let large = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"{}"}}"#,
        "x".repeat(300_000)
    );
    for (body, statuses) in [
        ("{", 400..=415),
        ("", 400..=415),
        ("[]", 400..=422),
        (large.as_str(), 413..=413),
    ] {
        let status = stage.post(body.to_owned()).await.status().as_u16();
        assert!(
            statuses.contains(&status),
            "{}: {status}",
            &body[..body.len().min(40)]
        );
    }
    assert_eq!(stage.tasks().await, 0);
}

#[tokio::test]
async fn arguments_that_make_no_sense_are_explained_to_the_model() {
    let stage = Stage::start().await;
    let unknown = "00000000-0000-4000-8000-000000000000";
    for (tool, arguments, words) in [
        (
            "add_task",
            json!({"title": 5}),
            "add_task cannot use these arguments at `title`",
        ),
        (
            "add_task",
            json!({"title": " "}),
            "`title` must not be empty",
        ),
        (
            "add_task",
            json!({"title": "x", "user_id": unknown}),
            "unknown field `user_id`",
        ),
        (
            "complete_task",
            json!({"id": "7"}),
            "complete_task cannot use these arguments at `id`",
        ),
        (
            "delete_task",
            json!({"id": unknown}),
            "You have no task with the id",
        ),
        (
            "list_tasks",
            json!({"limit": 0}),
            "`limit` must lie between",
        ),
        (
            "list_tasks",
            json!({"cursor": "x"}),
            "`cursor` is not one that a list has answered",
        ),
        (
            "list_tasks",
            json!({"due_after": "-9999-01-01"}),
            "`due_after` must lie between",
        ),
        (
            "delete_tasks",
            json!({"ids": vec![unknown; 201]}),
            "delete_tasks takes 1 to 200 tasks at once, not 201",
        ),
        (
            "update_tasks",
            json!({"ids": [unknown]}),
            "without a field to change",
        ),
        (
            "restore_tasks",
            json!({"tasks": [{"title": "x"}]}),
            "restore_tasks cannot use these arguments at `tasks[0]`",
        ),
    ] {
        let answer = stage.call(tool, arguments).await;
        let text = answer["result"]["content"][0]["text"]
            .as_str()
            .unwrap_or_default();
        assert_eq!(answer["result"]["isError"], true, "{answer}");
        assert!(text.contains(words), "{answer}");
    }
    let answer = stage.call("drop_tables", json!({})).await;
    assert!(answer["error"]["message"].is_string(), "{answer}");
    assert_eq!(stage.tasks().await, 0);
}

#[tokio::test]
async fn lists_go_on_and_many_are_changed_at_once() {
    let stage = Stage::start().await;
    let mut ids = Vec::new();
    for title in ["a", "b", "c", "d", "e"] {
        let answer = stage.call("add_task", json!({"title": title})).await;
        ids.push(answer["result"]["structuredContent"]["task"]["id"].clone());
    }
    let mut seen = Vec::new();
    let mut arguments = json!({"limit": 2, "sort": "-created"});
    loop {
        let page = stage.call("list_tasks", arguments.clone()).await;
        let page = page["result"]["structuredContent"].clone();
        assert_eq!(page["total"], 5, "{page}");
        assert_eq!(page["counts"], json!({"all": 5, "open": 5, "done": 0}));
        let tasks = page["tasks"].as_array().unwrap().iter();
        seen.extend(tasks.map(|task| task["title"].as_str().unwrap().to_owned()));
        assert_eq!(page["more"], page["next"].is_string());
        match page["next"].as_str() {
            Some(next) => arguments["cursor"] = json!(next),
            None => break,
        }
    }
    assert_eq!(seen, ["e", "d", "c", "b", "a"]);

    let foreign = "00000000-0000-4000-8000-000000000000";
    let update = json!({"ids": [ids[0], ids[2], foreign], "done": true, "due": null});
    let changed = stage.call("update_tasks", update).await;
    let changed = changed["result"]["structuredContent"]["tasks"].clone();
    let done: Vec<_> = changed
        .as_array()
        .unwrap()
        .iter()
        .map(|task| &task["title"])
        .collect();
    assert_eq!(done, ["a", "c"]);
    let deleted = stage
        .call("delete_tasks", json!({"ids": [ids[2], ids[0]]}))
        .await;
    let deleted = deleted["result"]["structuredContent"]["deleted"].clone();
    assert_eq!(deleted, changed);
    assert_eq!(stage.tasks().await, 3);
    stage.call("restore_tasks", json!({"tasks": deleted})).await;
    assert_eq!(stage.tasks().await, 5);
}

#[tokio::test]
async fn a_session_that_has_expired_is_told_apart() {
    let stage = Stage::start().await;
    let request = stage.request(0).body("{}");
    // Sessions are timed in whole seconds.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(
        body["error"]["message"],
        "The session has expired: log in again."
    );
}

/// Each kind of fault has the code that JSON-RPC has for it.
#[tokio::test]
async fn faults_of_a_message_have_their_codes() {
    let stage = Stage::start().await;
    let message = |method: &str, params: Value| {
        json!({"jsonrpc": "2.0", "id": 3, "method": method, "params": params}).to_string()
    };
    for (body, code) in [
        ("{".to_string(), -32700),
        ("[]".to_string(), -32600),
        (r#"{"id":3,"method":"ping"}"#.to_string(), -32600),
        (message("tools/nothing", json!({})), -32601),
        (message("tools/call", json!({})), -32602),
        (message("tools/call", json!({"name": 5})), -32602),
        (
            message("tools/call", json!({"name": "nothing", "arguments": {}})),
            -32602,
        ),
        (
            message(
                "tools/call",
                json!({"name": "list_tasks", "arguments": [1]}),
            ),
            -32602,
        ),
        (message("prompts/get", json!({"name": 5})), -32602),
    ] {
        let answer: Value = stage.post(body.clone()).await.json().await.unwrap();
        assert_eq!(answer["error"]["code"], code, "{body}: {answer}");
        assert!(answer["error"]["message"].is_string());
    }
}
