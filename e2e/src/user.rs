//! What one user does: signs up once, then looks at the page, lists, creates, changes, ticks off,
//! deletes and chats.

use reqwest::Method;
use serde_json::{Value, json};

use crate::http::{Api, Call, Site, Trouble};
use crate::ledger::{Account, Ledger};

/// Beyond this many tasks a user deletes one instead of making another.
const TASKS: usize = 20;
/// After so many messages a user begins a new conversation.
const MESSAGES: usize = 10;

/// A kind of call, and how often in a hundred it is made.
const MIX: [(&str, u32); 6] = [
    ("page", 10),
    ("list", 35),
    ("create", 20),
    ("update", 10),
    ("complete", 10),
    ("chat", 15),
];

/// Somebody who comes for the first time, again and again: the page with all that belongs to it,
/// and no session.
pub struct Visitor(Api);

impl Visitor {
    /// Connects only when there is something to look at.
    pub fn new(site: &Site) -> Visitor {
        Visitor(Api::new(site))
    }

    /// Loads the page and its scripts, styles and fonts.
    pub async fn visit(&self) -> Result<(), Trouble> {
        let page = self.0.text(Call::get("/", "")).await?;
        expect(page.contains("<title>"), "GET /", &page)?;
        let quoted = page.split('"').filter(|text| text.starts_with("/assets/"));
        for asset in quoted {
            self.0.text(Call::get(asset, "")).await?;
        }
        Ok(())
    }
}

/// One user.
pub struct User {
    api: Api,
    account: Account,
    conversation: Option<Value>,
    messages: usize,
    made: usize,
}

impl User {
    /// Signs up.
    pub async fn new(site: &Site) -> Result<User, Trouble> {
        let api = Api::new(site);
        let email = format!("load-{:016x}@example.com", fastrand::u64(..));
        let form = json!({ "name": "Load", "email": email, "password": "a long enough password" });
        let answer = api
            .json(Call::post("/api/auth/signup", "", form, 201))
            .await?;
        let token = answer["token"].as_str().unwrap_or_default().to_string();
        let account = Account {
            email,
            token,
            ledger: Ledger::default(),
        };
        Ok(User {
            api,
            account,
            conversation: None,
            messages: 0,
            made: 0,
        })
    }

    /// What remains of a user who is done: what it was promised.
    pub fn into_account(self) -> Account {
        self.account
    }

    /// What comes next.
    pub fn choose(&self) -> &'static str {
        let mut dice = fastrand::u32(..100);
        let drawn = MIX.iter().find(|(_, share)| {
            let hit = dice < *share;
            dice = dice.saturating_sub(*share);
            hit
        });
        match (
            drawn.map_or("list", |(name, _)| name),
            self.account.ledger.len(),
        ) {
            ("update" | "complete", 0) => "create",
            ("create", TASKS..) => "delete",
            (name, _) => name,
        }
    }

    /// Does it.
    pub async fn act(&mut self, name: &str) -> Result<(), Trouble> {
        match name {
            "page" => self.page().await,
            "list" => self.list().await,
            "create" => self.create().await,
            "update" => {
                self.change(json!({ "title": format!("changed {}", fastrand::u32(..)) }))
                    .await
            }
            "complete" => self.change(json!({ "done": true })).await,
            "delete" => self.delete().await,
            _ => self.chat().await,
        }
    }

    async fn page(&self) -> Result<(), Trouble> {
        let text = self.api.text(Call::get("/", "")).await?;
        expect(text.contains("<title>"), "GET /", &text)
    }

    async fn list(&self) -> Result<(), Trouble> {
        let answer = self
            .api
            .json(Call::get("/api/tasks", &self.account.token))
            .await?;
        expect(answer["tasks"].is_array(), "GET /api/tasks", &answer)
    }

    async fn create(&mut self) -> Result<(), Trouble> {
        self.made += 1;
        let body = json!({ "title": format!("task {}", self.made) });
        let call = Call::post("/api/tasks", &self.account.token, body, 201);
        let task = self.api.json(call).await?;
        expect(
            self.account.ledger.keep(&task).is_some(),
            "POST /api/tasks",
            &task,
        )
    }

    async fn change(&mut self, body: Value) -> Result<(), Trouble> {
        let Some(id) = self.account.ledger.any() else {
            return Ok(());
        };
        let path = format!("/api/tasks/{id}");
        let token = &self.account.token;
        let call = Call {
            method: Method::PATCH,
            path: &path,
            token,
            body: Some(body),
            expect: 200,
        };
        match self.api.json(call).await {
            Ok(task) => expect(self.account.ledger.keep(&task).is_some(), &path, &task),
            Err(trouble) => {
                self.account.ledger.doubt(&id);
                Err(trouble)
            }
        }
    }

    async fn delete(&mut self) -> Result<(), Trouble> {
        let Some(id) = self.account.ledger.any() else {
            return Ok(());
        };
        self.account.ledger.forget(&id);
        let path = format!("/api/tasks/{id}");
        let token = &self.account.token;
        let call = Call {
            method: Method::DELETE,
            path: &path,
            token,
            body: None,
            expect: 204,
        };
        self.api.text(call).await?;
        self.account.ledger.bury(id);
        Ok(())
    }

    /// Asks the chat for a task, and is content only if it was made.
    async fn chat(&mut self) -> Result<(), Trouble> {
        self.made += 1;
        if self.messages.is_multiple_of(MESSAGES) {
            self.conversation = None;
        }
        let message = format!("Add a task to count sheep {}", self.made);
        let mut body = json!({ "message": message });
        if let Some(id) = &self.conversation {
            body["conversation_id"] = id.clone();
        }
        let answer = self
            .api
            .json(Call::post("/api/chat", &self.account.token, body, 200))
            .await?;
        self.messages += 1;
        self.conversation = Some(answer["conversation_id"].clone());
        let result = &answer["tool_calls"][0]["result"];
        if let Some(error) = result["error"].as_str() {
            // It says that nothing was done, and to try again: what a 503 is elsewhere.
            return Err(Trouble::Refused(format!(
                "the chat could not add a task: {error}"
            )));
        }
        let task = &result["task"];
        expect(
            self.account.ledger.keep(task).is_some(),
            "POST /api/chat",
            &answer,
        )
    }
}

/// An answer whose status is good and whose content is not has failed all the same.
fn expect(good: bool, call: &str, answer: &impl ToString) -> Result<(), Trouble> {
    if good {
        return Ok(());
    }
    let start: String = answer.to_string().chars().take(300).collect();
    Err(Trouble::Failed(format!(
        "{call} was answered with something else than asked for: {start}"
    )))
}
