//! The caller's conversations, to be listed and read again.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use todo_core::conversation::{Conversation, ConversationId, Message};
use todo_core::error_body::ApiError;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::docs::{Guarded, Missing};
use crate::input::{Id, nothing_there};
use crate::session::Session;

/// How many conversations are listed, and how many of a conversation's messages: the latest.
const LISTED: u32 = 100;
const READ: u32 = 500;

/// The caller's conversations.
#[derive(Serialize, ToSchema)]
struct ConversationList {
    /// The latest first.
    conversations: Vec<Conversation>,
}

/// A conversation and what was said in it.
#[derive(Serialize, ToSchema)]
struct ConversationHistory {
    /// Names the conversation.
    id: Uuid,
    /// The beginning of its first message.
    title: String,
    /// Oldest first.
    messages: Vec<Message>,
}

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read))
}

/// List conversations.
#[utoipa::path(get, path = "/api/conversations", tag = "chat",
    responses((status = 200, description = "The latest 100.", body = ConversationList), Guarded))]
async fn list(
    State(app): State<Arc<App>>,
    session: Session,
) -> Result<Json<ConversationList>, ApiError> {
    let conversations = app.store.conversations(session.user, LISTED).await?;
    Ok(Json(ConversationList { conversations }))
}

/// Read a conversation.
#[utoipa::path(get, path = "/api/conversations/{id}", tag = "chat",
    params(("id" = Uuid, Path, description = "The conversation's id.")),
    responses((status = 200, description = "Its latest 500 messages.", body = ConversationHistory), Missing, Guarded))]
async fn read(
    State(app): State<Arc<App>>,
    session: Session,
    Id(id): Id,
) -> Result<Json<ConversationHistory>, ApiError> {
    let Conversation { id, title, .. } = find(&app, &session, id).await?;
    let messages = app.store.messages(session.user, id, READ).await?;
    Ok(Json(ConversationHistory {
        id,
        title,
        messages,
    }))
}

/// The caller's conversation of that id, or 404.
pub async fn find(
    app: &App,
    session: &Session,
    id: ConversationId,
) -> Result<Conversation, ApiError> {
    app.store
        .conversation(session.user, id)
        .await?
        .ok_or_else(nothing_there)
}
