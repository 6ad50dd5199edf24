//! The caller's conversations: listed, looked for, read again, renamed and removed.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use todo_core::conversation::{
    Conversation, ConversationCursor, ConversationId, ConversationQuery, Message,
};
use todo_core::error_body::ApiError;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::docs::{BadBody, BadQuery, Guarded, Missing};
use crate::input::{Asked, Body, Id, nothing_there};
use crate::session::Session;

/// How many conversations a page holds unless asked otherwise.
const LISTED: u32 = 100;
/// How many of a conversation's messages are read: the latest.
const READ: u32 = 500;

/// Which conversations to list, and which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Text that the title or a message contains, in any case.
    #[param(max_length = 200)]
    q: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 200, default = 100)]
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

impl ListParams {
    fn query(self) -> Result<ConversationQuery, ApiError> {
        let cursor = self.cursor.as_deref().map(ConversationCursor::decode);
        Ok(ConversationQuery {
            q: self.q,
            limit: self.limit.unwrap_or(LISTED),
            after: cursor.transpose()?,
        })
    }
}

/// One page of the caller's conversations.
#[derive(Serialize, ToSchema)]
struct ConversationList {
    /// The latest first.
    conversations: Vec<Conversation>,
    /// Send it as `cursor` for the next page; `null` on the last one.
    next: Option<String>,
}

/// A conversation's new title.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Renaming {
    /// 1 to 80 characters.
    #[schema(min_length = 1, max_length = 80)]
    title: String,
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
        .routes(routes!(read, rename, remove))
}

/// List conversations, or look for some.
#[utoipa::path(get, path = "/api/conversations", tag = "chat", params(ListParams),
    responses((status = 200, description = "A page, the latest first.", body = ConversationList), BadQuery, Guarded))]
async fn list(
    State(app): State<Arc<App>>,
    session: Session,
    Asked(params): Asked<ListParams>,
) -> Result<Json<ConversationList>, ApiError> {
    let page = app
        .store
        .conversations(session.user, &params.query()?)
        .await?;
    Ok(Json(ConversationList {
        conversations: page.conversations,
        next: page.next.map(|cursor| cursor.encode()),
    }))
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

/// Give a conversation another title.
#[utoipa::path(patch, path = "/api/conversations/{id}", tag = "chat", request_body = Renaming,
    params(("id" = Uuid, Path, description = "The conversation's id.")),
    responses((status = 200, description = "The conversation as it is now.", body = Conversation), Missing, BadBody, Guarded))]
async fn rename(
    State(app): State<Arc<App>>,
    session: Session,
    Id(id): Id,
    Body(Renaming { title }): Body<Renaming>,
) -> Result<Json<Conversation>, ApiError> {
    app.store
        .rename_conversation(session.user, id, &title)
        .await?
        .map(Json)
        .ok_or_else(nothing_there)
}

/// Remove a conversation with its messages; tasks stay.
#[utoipa::path(delete, path = "/api/conversations/{id}", tag = "chat",
    params(("id" = Uuid, Path, description = "The conversation's id.")),
    responses((status = 204, description = "It is gone."), Missing, Guarded))]
async fn remove(
    State(app): State<Arc<App>>,
    session: Session,
    Id(id): Id,
) -> Result<StatusCode, ApiError> {
    app.store
        .delete_conversation(session.user, id)
        .await?
        .map(|_| StatusCode::NO_CONTENT)
        .ok_or_else(nothing_there)
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
