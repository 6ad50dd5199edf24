//! A backend to ask: the real program on a free port, with a database of its own.

use std::fs::File;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::servers::{self, free_port};

/// The key of every stage's sessions.
pub const SECRET: &str = "the secret of the tests, long enough to sign";

/// The program, with nothing of the caller's environment.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backend"));
    command
        .env_clear()
        .env("BETTER_AUTH_SECRET", SECRET)
        .env("HOST", "127.0.0.1");
    command
}

/// A running backend; it ends with the test.
pub struct Stage {
    /// The program.
    pub child: Child,
    http: Client,
    /// Where it listens.
    pub port: u16,
    /// Holds the database and the log.
    pub directory: TempDir,
}

impl Stage {
    /// A backend on SQLite, ready, with these variables on top.
    pub async fn start(variables: &[(&str, &str)]) -> Self {
        let stage = Stage::start_unready(variables).await;
        stage.until("/readyz", 200).await;
        stage
    }

    /// A backend on SQLite, and one on PostgreSQL where it is installed, one after the other.
    pub async fn on_each_store(check: impl AsyncFn(&Stage)) {
        check(&Stage::start(&[]).await).await;
        if let Some(server) = servers::postgres() {
            let url = server.postgres_url();
            let variables = [("DATABASE_URL", url.as_str()), ("AUTO_MIGRATE", "true")];
            check(&Stage::start(&variables).await).await;
        }
    }

    /// Another backend on the same database, with a cache of its own.
    pub async fn beside(other: &Stage) -> Self {
        Stage::start(&[("DATABASE_URL", &other.database_url())]).await
    }

    /// A backend that is alive.
    pub async fn start_unready(variables: &[(&str, &str)]) -> Self {
        let directory = TempDir::new().unwrap();
        let port = free_port();
        let log = File::create(directory.path().join("log")).unwrap();
        let database = format!("sqlite://{}/todo.db", directory.path().display());
        let mut command = program();
        command
            .env("DATABASE_URL", database)
            .env("PORT", port.to_string())
            .envs(variables.iter().copied());
        let child = command
            .stdout(log)
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let stage = Stage {
            child,
            http: backend::outbound::client().unwrap(),
            port,
            directory,
        };
        stage.until("/livez", 200).await;
        stage
    }

    /// The address of its database.
    pub fn database_url(&self) -> String {
        format!("sqlite://{}/todo.db", self.directory.path().display())
    }

    /// Returns once the path answers that status.
    pub async fn until(&self, path: &str, status: u16) {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let answer = self
                .request(Method::GET, path)
                .timeout(Duration::from_secs(5))
                .send()
                .await;
            let seen = answer.map(|answer| answer.status().as_u16());
            if seen.as_ref().is_ok_and(|seen| *seen == status) {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{path} never answered {status}: {seen:?}"
            );
            sleep(Duration::from_millis(30)).await;
        }
    }

    /// A request to be completed by the caller.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("http://127.0.0.1:{}{path}", self.port))
    }

    /// GET without a session.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path).send().await.unwrap()).await
    }

    /// POST without a session.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::of(
            self.request(Method::POST, path)
                .json(&body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    /// A new user, logged in.
    pub async fn user(&self) -> User<'_> {
        let email = format!("{}@example.org", Uuid::new_v4());
        let form = json!({"name": "Someone", "email": email, "password": "a long password"});
        let answer = self.post("/api/auth/signup", form).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        User {
            stage: self,
            email,
            token: answer.text("/token"),
            id: answer.text("/user/id"),
        }
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap()
    }

    /// The most memory it ever had in use, in MiB.
    pub fn peak_memory(&self) -> f64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = peak.unwrap().trim().trim_end_matches(" kB");
        kib.parse::<f64>().unwrap() / 1024.0
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        let told = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status();
        assert!(told.unwrap().success());
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A user of a stage.
pub struct User<'a> {
    /// The stage.
    pub stage: &'a Stage,
    /// Their address; the password is always `a long password`.
    pub email: String,
    /// Their session.
    pub token: String,
    /// Their id.
    pub id: String,
}

impl User<'_> {
    /// A request with the session.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.stage.request(method, path).bearer_auth(&self.token)
    }

    /// Asks, with a body unless it is null.
    pub async fn ask(&self, method: Method, path: &str, body: Value) -> Answer {
        let request = self.request(method, path);
        let request = if body.is_null() {
            request
        } else {
            request.json(&body)
        };
        Answer::of(request.send().await.unwrap()).await
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, Value::Null).await
    }

    /// The same with `If-Match`.
    pub async fn ask_if(&self, etag: &str, method: Method, path: &str, body: Value) -> Answer {
        let request = self.request(method, path).header("if-match", etag);
        Answer::of(request.json(&body).send().await.unwrap()).await
    }

    /// POST.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::POST, path, body).await
    }

    /// Says something to the chat and gets one object.
    pub async fn say(&self, body: Value) -> Answer {
        let request = self
            .request(Method::POST, "/api/chat")
            .header("accept", "application/json")
            .json(&body);
        Answer::of(request.send().await.unwrap()).await
    }

    /// The titles of all tasks, oldest first.
    pub async fn titles(&self) -> Vec<String> {
        let list = self.get("/api/tasks?limit=200").await;
        let tasks = list.body["tasks"]
            .as_array()
            .unwrap_or_else(|| panic!("{list:?}"));
        tasks
            .iter()
            .map(|task| task["title"].as_str().unwrap().to_string())
            .collect()
    }
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body: JSON, or a string of what is none.
    pub body: Value,
}

impl Answer {
    /// Reads it to its end.
    pub async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer {
            status,
            headers,
            body,
        }
    }

    /// The text at a JSON pointer.
    #[track_caller]
    pub fn text(&self, pointer: &str) -> String {
        let text = self.body.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_else(|| panic!("no text at {pointer} in {self:?}"))
            .to_string()
    }

    /// A header's value, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Asserts that it is an error of the common shape.
    #[track_caller]
    pub fn is_error(&self, status: u16, code: &str) {
        assert_eq!(
            (self.status, self.body.pointer("/error/code")),
            (status, Some(&json!(code))),
            "{self:?}"
        );
        let message = self.text("/error/message");
        assert!(
            message.ends_with(['.', '?', '!']),
            "not a sentence: {message}"
        );
        assert_eq!(self.text("/error/request_id"), self.header("x-request-id"));
        let says_when = !self.header("retry-after").is_empty();
        assert!(status != 503 || says_when, "{self:?}");
    }
}
