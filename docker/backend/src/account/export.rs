//! All that is kept of a user as one JSON file, written page by page: however much it is, little of
//! it is in memory.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;
use todo_core::conversation::{Conversation, Message};
use todo_core::error_body::ApiError;
use todo_core::list::TaskQuery;
use todo_core::request_id;
use todo_core::store::{Store, StoreError};
use todo_core::task::Task;
use todo_core::user::User;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::known;
use crate::docs::Guarded;
use crate::session::Session;

/// How many are written at once: each holds a few pages in memory.
static AT_ONCE: Semaphore = Semaphore::const_new(4);
/// How long the whole file may take; a reader who stops reading must not hold up the others.
const LIMIT: Duration = Duration::from_secs(120);
/// How many messages are read at a time.
const PAGE: u32 = 50;

/// The file.
#[derive(Serialize, ToSchema)]
pub struct Export {
    user: User,
    tasks: Vec<Task>,
    conversations: Vec<ExportedConversation>,
}

/// A conversation and all that was said in it, oldest first.
#[derive(Serialize, ToSchema)]
pub struct ExportedConversation {
    #[serde(flatten)]
    conversation: Conversation,
    messages: Vec<Message>,
}

/// Take out all that is kept of you: the user, the tasks and the conversations, as a JSON file.
#[utoipa::path(get, path = "/api/account/export", tag = "auth",
    responses((status = 200, description = "The file.", body = Export), Guarded))]
pub async fn export(State(app): State<Arc<App>>, session: Session) -> Result<Response, ApiError> {
    let turn = AT_ONCE.try_acquire().map_err(|_| crowded())?;
    let user = known(&app, session.user).await?.user;
    let (pieces, body) = mpsc::channel(1);
    tokio::spawn(request_id::within(request_id::current(), async move {
        let file = File { pieces };
        let written = timeout(LIMIT, file.write(app.store.as_ref(), &user)).await;
        match written {
            Ok(Err(Broken::Store(error))) => file.fail(&error).await,
            Err(error) => file.fail(&error).await,
            Ok(_) => {}
        }
        drop(turn);
    }));
    let name = "attachment; filename=\"todo-chatbot.json\"";
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, Body::from_stream(ReceiverStream::new(body))).into_response())
}

fn crowded() -> ApiError {
    ApiError::unavailable("Too many exports are being made: try again in a minute.").retry_after(60)
}

/// The file on its way to the caller.
struct File {
    pieces: mpsc::Sender<io::Result<String>>,
}

/// Why it is not complete.
enum Broken {
    Store(StoreError),
    CallerGone,
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Broken::Store(error)
    }
}

impl File {
    async fn write(&self, store: &dyn Store, user: &User) -> Result<(), Broken> {
        self.push(format!("{{\"user\":{},\"tasks\":[", json(user)))
            .await?;
        self.tasks(store, user).await?;
        self.push("],\"conversations\":[".to_string()).await?;
        self.conversations(store, user).await?;
        self.push("]}\n".to_string()).await
    }

    async fn tasks(&self, store: &dyn Store, user: &User) -> Result<(), Broken> {
        let mut query = TaskQuery::default();
        let mut comma = "";
        loop {
            let page = store.tasks(user.id, &query).await?;
            let mut piece = String::new();
            for task in &page.tasks {
                piece += &format!("{comma}\n{}", json(task));
                comma = ",";
            }
            self.push(piece).await?;
            query.page.after = page.next;
            if query.page.after.is_none() {
                return Ok(());
            }
        }
    }

    async fn conversations(&self, store: &dyn Store, user: &User) -> Result<(), Broken> {
        let mut last = None;
        loop {
            let page = store.said(user.id, last, PAGE).await?;
            let mut piece = String::new();
            for line in &page {
                if last.map(|(id, _)| id) != Some(line.conversation.id) {
                    piece += if last.is_some() { "]},\n" } else { "\n" };
                    piece += &opened(&line.conversation);
                } else if last.is_some_and(|(_, message)| message.is_some()) {
                    piece += ",";
                }
                piece += &line.message.as_ref().map(json).unwrap_or_default();
                last = Some((line.conversation.id, line.id));
            }
            if page.is_empty() {
                let end = if last.is_some() { "]}" } else { "" };
                return self.push(end.to_string()).await;
            }
            self.push(piece).await?;
        }
    }

    async fn push(&self, piece: String) -> Result<(), Broken> {
        let sent = self.pieces.send(Ok(piece)).await;
        sent.map_err(|_| Broken::CallerGone)
    }

    /// Breaks the connection off, so that half a file is not taken for a whole one.
    async fn fail(&self, error: &(dyn std::error::Error + Sync)) {
        tracing::warn!(%error, "an export broke off");
        let _ = self
            .pieces
            .try_send(Err(io::Error::other("the export broke off")));
    }
}

/// The conversation's own fields, and its list of messages begun.
fn opened(conversation: &Conversation) -> String {
    let Conversation {
        id,
        title,
        updated_at,
    } = conversation;
    let fields = json!({"id": id, "title": title, "updated_at": updated_at}).to_string();
    format!("{},\"messages\":[", fields.trim_end_matches('}'))
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data is JSON")
}
