//! What the tests stand on: a server with two users, and a way to talk to it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use backend::brain::llm::settings::Settings;
use backend::brain::{BrainError, Brains, Event, Message, Reply, Role, Tools, Turn};
use backend::mcp::McpServer;
use chrono::NaiveDate;
use mcp_server::app::{Parts, router};
use mcp_server::auth::Auth;
use todo_core::lifecycle::Lifecycle;
use todo_core::list::TaskQuery;
use todo_core::store::{self, Store};
use todo_core::task::{NewTask, Task};
use todo_core::token::{Claims, Tokens};
use todo_core::user::{NewUser, UserId};
use tokio::sync::mpsc;

const SECRET: &str = "a secret of at least thirty-two characters";

/// A store, the MCP server in front of it, and the client to that server.
pub struct World {
    pub store: Arc<dyn Store>,
    pub mcp: McpServer,
    tokens: Tokens,
    _directory: tempfile::TempDir,
}

/// Someone with a list.
#[derive(Clone)]
pub struct Person {
    pub id: UserId,
    pub token: String,
}

impl World {
    pub async fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let url = format!("sqlite://{}", directory.path().join("test.db").display());
        let store = store::open_url(&url).await.expect("a store");
        store.migrate().await.expect("a schema");
        let tokens = Tokens::new(SECRET);
        let parts = Parts {
            store: store.clone(),
            auth: Auth::Token(tokens.clone()),
            allowed_hosts: vec!["127.0.0.1".into()],
            lifecycle: Lifecycle::new(Duration::ZERO),
            closing: Default::default(),
        };
        let mcp = McpServer::new(&format!("{}/mcp", serve(router(parts)).await)).expect("a client");
        Self {
            store,
            mcp,
            tokens,
            _directory: directory,
        }
    }

    /// A new user with these tasks.
    pub async fn person(&self, name: &str, tasks: &[&str]) -> Person {
        let user = NewUser {
            name: name.into(),
            email: format!("{name}@example.com"),
            password_hash: "none".into(),
        };
        let id = self.store.add_user(user).await.expect("a user").id;
        for title in tasks {
            self.store
                .add_task(id, NewTask::titled(*title))
                .await
                .expect("a task");
        }
        Person {
            id,
            token: self.tokens.sign(&Claims::new(id, 600)),
        }
    }

    pub async fn tasks(&self, person: &Person) -> Vec<Task> {
        self.store
            .tasks(person.id, &TaskQuery::default())
            .await
            .expect("tasks")
            .tasks
    }

    pub async fn titles(&self, person: &Person) -> Vec<String> {
        self.tasks(person)
            .await
            .into_iter()
            .map(|task| task.title)
            .collect()
    }

    pub fn tools(&self, person: &Person) -> Arc<dyn Tools> {
        self.mcp.for_user(&person.token, "test-request")
    }
}

/// Serves `router` on a free port and answers its address.
pub async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// Brains that ask the fake model of this name.
pub async fn brains(model: &str) -> Brains {
    let base = format!("{}/v1", serve(super::server::router()).await);
    brains_at(&base, model)
}

/// Brains that ask the model at this address.
pub fn brains_at(base: &str, model: &str) -> Brains {
    Brains::with_model(settings(base, model)).expect("brains")
}

/// An endpoint that is not waited for long.
pub fn settings(base: &str, model: &str) -> Settings {
    Settings {
        base: base.to_owned(),
        key: Some("key".into()),
        model: model.to_owned(),
        patience: Duration::from_millis(400),
        silence: Duration::from_millis(400),
        limit: Duration::from_secs(10),
    }
}

/// One turn without history, and its events.
pub async fn say(
    brains: &Brains,
    tools: Arc<dyn Tools>,
    message: &str,
) -> (Result<Reply, BrainError>, Vec<Event>) {
    converse(brains, tools, Vec::new(), message).await
}

/// One turn after `history`, and its events.
pub async fn converse(
    brains: &Brains,
    tools: Arc<dyn Tools>,
    history: Vec<Message>,
    message: &str,
) -> (Result<Reply, BrainError>, Vec<Event>) {
    let today = NaiveDate::from_ymd_opt(2026, 3, 4).expect("a date");
    let turn = Turn {
        message: message.to_owned(),
        history,
        today,
        stop: Default::default(),
    };
    let (sender, mut receiver) = mpsc::channel(256);
    let collect = async {
        let mut events = Vec::new();
        while let Some(event) = receiver.recv().await {
            events.push(event);
        }
        events
    };
    tokio::join!(brains.answer(turn, tools, sender), collect)
}

/// The two messages that a turn leaves behind.
pub fn remembered(message: &str, reply: &Reply) -> [Message; 2] {
    [
        Message {
            role: Role::User,
            content: message.to_owned(),
            tool_calls: Vec::new(),
        },
        Message {
            role: Role::Assistant,
            content: reply.text.clone(),
            tool_calls: reply.tool_calls.clone(),
        },
    ]
}
