//! Tasks over HTTP, on both databases: counted by the store, and changed only as they were seen.

use reqwest::Method;
use serde_json::{Value, json};

use crate::stage::Stage;

#[tokio::test]
async fn lists_say_how_many_there_are() {
    Stage::on_each_store(async |stage| {
        let user = stage.user().await;
        for number in 0..5 {
            let task = json!({"title": format!("task {number}"), "priority": if number < 3 { "high" } else { "low" }});
            let added = user.post("/api/tasks", task).await;
            let done = json!({"done": number == 0});
            let path = format!("/api/tasks/{}", added.text("/id"));
            user.ask(Method::PATCH, &path, done).await;
        }
        let counts = json!({"all": 5, "open": 4, "done": 1});
        for (query, total, tasks) in [
            ("", 5, 5),
            ("?limit=2", 5, 2),
            ("?priority=high&limit=1", 3, 1),
            ("?done=false&q=task", 4, 4),
            ("?q=nothing", 0, 0),
        ] {
            let list = user.get(&format!("/api/tasks{query}")).await;
            assert_eq!(list.body["counts"], counts, "{list:?}");
            assert_eq!(list.body["total"], total, "{list:?}");
            assert_eq!(list.body["tasks"].as_array().unwrap().len(), tasks);
        }
    })
    .await;
}

/// Two tabs edit different fields: both edits stay. The same field: the later one is told.
#[tokio::test]
async fn an_edit_of_what_was_edited_meanwhile_is_refused_if_the_caller_says_so() {
    Stage::on_each_store(async |stage| {
        let user = stage.user().await;
        let added = user.post("/api/tasks", json!({"title": "a"})).await;
        assert_eq!(
            (added.header("etag"), &added.body["version"]),
            ("\"1\"", &json!(1))
        );
        let path = format!("/api/tasks/{}", added.text("/id"));
        user.ask(Method::PATCH, &path, json!({"notes": "one tab"}))
            .await;
        let other = user
            .ask(Method::PATCH, &path, json!({"title": "other tab"}))
            .await;
        assert_eq!(
            (other.header("etag"), &other.body["version"]),
            ("\"3\"", &json!(3))
        );
        assert_eq!(other.text("/notes"), "one tab");

        let edit = json!({"title": "late"});
        for etag in ["\"1\"", "\"2\"", "W/\"3\"", "3", "\"x\""] {
            let late = user.ask_if(etag, Method::PATCH, &path, edit.clone()).await;
            late.is_error(412, "precondition_failed");
            let late = user.ask_if(etag, Method::DELETE, &path, Value::Null).await;
            late.is_error(412, "precondition_failed");
        }
        let now = user.get(&path).await;
        assert_eq!(
            (now.header("etag"), now.text("/title").as_str()),
            ("\"3\"", "other tab")
        );
        let timely = user
            .ask_if("\"2\", \"3\"", Method::PATCH, &path, edit.clone())
            .await;
        assert_eq!((timely.status, timely.header("etag")), (200, "\"4\""));
        let any = user
            .ask_if("*", Method::PATCH, &path, json!({"done": true}))
            .await;
        assert_eq!((any.status, any.header("etag")), (200, "\"5\""));
        let gone = user
            .ask_if("\"5\"", Method::DELETE, &path, Value::Null)
            .await;
        assert_eq!(gone.status, 204);
        user.ask_if("\"5\"", Method::PATCH, &path, edit)
            .await
            .is_error(404, "not_found");
    })
    .await;
}

/// What one database could keep and the other not is refused by both, in the same words.
#[tokio::test]
async fn what_no_task_can_hold_is_refused_the_same_way_everywhere() {
    Stage::on_each_store(async |stage| {
        let user = stage.user().await;
        let forged = |fields: Value| {
            use base64::Engine;
            use base64::engine::general_purpose::URL_SAFE_NO_PAD;
            URL_SAFE_NO_PAD.encode(fields.to_string())
        };
        let nil = "00000000-0000-0000-0000-000000000000";
        for (path, status, code) in [
            (
                "/api/tasks?due_after=-9999-01-01".to_string(),
                422,
                "invalid",
            ),
            (
                "/api/tasks?due_before=%2B262142-12-31".to_string(),
                422,
                "invalid",
            ),
            ("/api/tasks?q=%00".to_string(), 422, "invalid"),
            (
                format!("/api/tasks?cursor={}", forged(json!(["created", "x", nil]))),
                400,
                "bad_cursor",
            ),
            (
                format!(
                    "/api/tasks?sort=due&cursor={}",
                    forged(json!(["due", "-9999-01-01", nil]))
                ),
                400,
                "bad_cursor",
            ),
            (
                format!(
                    "/api/tasks?sort=title&cursor={}",
                    forged(json!(["title", "a\u{0}b", nil]))
                ),
                400,
                "bad_cursor",
            ),
            (
                format!(
                    "/api/tasks?sort=priority&cursor={}",
                    forged(json!(["priority", "99999999999", nil]))
                ),
                400,
                "bad_cursor",
            ),
            ("/api/tasks?cursor=x".to_string(), 400, "bad_cursor"),
            (
                format!(
                    "/api/conversations?cursor={}",
                    forged(json!(["-4000-01-01T00:00:00Z", nil]))
                ),
                400,
                "bad_cursor",
            ),
            ("/api/conversations?cursor=x".to_string(), 400, "bad_cursor"),
            ("/api/conversations?q=%00".to_string(), 422, "invalid"),
            ("/api/conversations?limit=0".to_string(), 422, "invalid"),
        ] {
            println!("{path}");
            user.get(&path).await.is_error(status, code);
        }
    })
    .await;
}
