//! More than one page: with 500 tasks and 200 conversations every answer and every count is right,
//! on both databases.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::servers::{self, free_port};
use crate::stage::{Stage, User};
use crate::tools::McpServer;

/// Without limits on how often one may call.
const UNLIMITED: [(&str, &str); 3] = [
    ("RATE_LIMIT_API", "0"),
    ("RATE_LIMIT_CHAT", "0"),
    ("AUTO_MIGRATE", "true"),
];

/// A backend with tools on each database.
async fn on_each_store(check: impl AsyncFn(&Stage)) {
    let directory = tempfile::tempdir().unwrap();
    let file = format!("sqlite://{}/todo.db", directory.path().display());
    let server = servers::postgres();
    let urls = [
        Some(file),
        server.as_ref().map(|server| server.postgres_url()),
    ];
    for url in urls.into_iter().flatten() {
        let port = free_port();
        let tools = format!("http://127.0.0.1:{port}/mcp");
        let own = [("DATABASE_URL", url.as_str()), ("MCP_SERVER_URL", &tools)];
        let stage = Stage::start(&[&UNLIMITED[..], &own].concat()).await;
        let _tools = McpServer::start(port, &url);
        check(&stage).await;
    }
}

/// A conversation of a user.
struct Talk<'a> {
    user: &'a User<'a>,
    id: Value,
}

impl Talk<'_> {
    /// What the chatbot answers.
    async fn say(&mut self, message: &str) -> String {
        let body = json!({"message": message, "conversation_id": self.id});
        let answer = self.user.say(body).await;
        self.id = json!(answer.text("/conversation_id"));
        answer.text("/reply")
    }
}

pub async fn add_tasks(user: &User<'_>, count: usize) {
    for number in 1..=count {
        let task = json!({"title": format!("task {number}")});
        assert_eq!(user.post("/api/tasks", task).await.status, 201);
    }
}

async fn counts(user: &User<'_>) -> Value {
    user.get("/api/tasks?limit=1").await.body["counts"].clone()
}

/// The ids of all tasks, page by page.
async fn ids(user: &User<'_>) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = user.get(&format!("/api/tasks?limit=200{cursor}")).await;
        let tasks = page.body["tasks"].as_array().unwrap().iter();
        ids.extend(tasks.map(|task| task["id"].as_str().unwrap().to_string()));
        match page.body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return ids,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_tasks_are_counted_and_changed_as_they_are() {
    on_each_store(async |stage| {
        let user = stage.user().await;
        add_tasks(&user, 500).await;
        let mut talk = Talk {
            user: &user,
            id: Value::Null,
        };

        let reply = talk.say("show me all my tasks").await;
        assert!(
            reply.starts_with("You have 500 tasks:\n1. task 1\n"),
            "{reply}"
        );
        assert!(reply.ends_with("\n50. task 50\n… and 450 more."), "{reply}");
        let reply = talk.say("delete the last task").await;
        assert!(reply.starts_with("Deleted “task 500”."), "{reply}");
        let reply = talk.say("complete task 73").await;
        assert!(
            reply.contains("“task 73” is complete. 498 to go."),
            "{reply}"
        );
        let reply = talk.say("complete the first task").await;
        assert!(
            reply.contains("“task 1” is complete. 497 to go."),
            "{reply}"
        );
        let reply = talk.say("how many tasks are left?").await;
        assert!(reply.starts_with("You have 497 open tasks:"), "{reply}");

        let mut talk = Talk {
            user: &user,
            id: Value::Null,
        };
        let reply = talk.say("delete the last task").await;
        assert!(reply.starts_with("Deleted “task 499”."), "{reply}");
        let before = counts(&user).await;
        assert_eq!(before, json!({"all": 498, "open": 496, "done": 2}));

        let reply = talk.say("complete all tasks").await;
        assert!(reply.starts_with("That completes 496 tasks:"), "{reply}");
        assert_eq!(counts(&user).await, before, "nothing is done unasked");
        talk.say("no").await;
        talk.say("yes").await;
        assert_eq!(counts(&user).await, before, "a no is not forgotten");
        talk.say("complete all tasks").await;
        let reply = talk.say("yes").await;
        assert!(reply.contains("and 494 more"), "{reply}");
        assert_eq!(
            counts(&user).await,
            json!({"all": 498, "open": 0, "done": 498})
        );
        let reply = talk.say("undo").await;
        assert!(reply.starts_with("Undone."), "{reply}");
        assert_eq!(counts(&user).await, before);

        let all = ids(&user).await;
        let reply = talk.say("delete all tasks").await;
        assert!(reply.starts_with("That deletes 498 tasks:"), "{reply}");
        add_tasks(&user, 1).await;
        talk.say("yes").await;
        assert_eq!(
            counts(&user).await["all"],
            1,
            "what came since is left alone"
        );
        talk.say("undo").await;
        let now = ids(&user).await;
        assert_eq!(now[..498], all[..], "all is back, each in its place");
        assert_eq!(
            counts(&user).await,
            json!({"all": 499, "open": 497, "done": 2})
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_conversations_are_listed_and_found() {
    on_each_store(async |stage| {
        let user = stage.user().await;
        for number in 0..200 {
            let answer = user
                .say(json!({"message": format!("hello {number}")}))
                .await;
            assert_eq!(answer.status, 200);
        }
        let (mut titles, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = user
                .get(&format!("/api/conversations?limit=30{cursor}"))
                .await;
            let listed = page.body["conversations"].as_array().unwrap().iter();
            titles.extend(listed.map(|one| one["title"].as_str().unwrap().to_string()));
            match page.body["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let expected: Vec<_> = (0..200)
            .rev()
            .map(|number| format!("hello {number}"))
            .collect();
        assert_eq!(titles, expected);
        let found = user.get("/api/conversations?q=HELLO%2019").await;
        let found: HashSet<_> = found.body["conversations"]
            .as_array()
            .unwrap()
            .iter()
            .collect();
        assert_eq!(found.len(), 11, "19 and 190 to 199");
    })
    .await;
}
