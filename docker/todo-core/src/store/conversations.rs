//! The statements on conversations and their messages. Pure: from a question to SQL as data.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

use super::statement::Value::{Id, Integer, OptionalText, Time};
use super::statement::{LIMIT, Statement, containing};
use crate::conversation::{ConversationId, ConversationQuery, NewMessage};
use crate::user::UserId;

const CONVERSATION: &str = "id, title, updated_at";
const MESSAGE: &str = "role, content, brain, tool_calls, created_at";

pub(super) fn add(user: UserId, title: &str, now: DateTime<Utc>) -> Statement {
    let values = [
        Id(Uuid::now_v7()),
        Id(user),
        title.into(),
        title.to_lowercase().into(),
        Time(now),
    ];
    Statement::new("INSERT INTO conversations (id, user_id, title, title_key, updated_at)")
        .with(" VALUES (?, ?, ?, ?, ?)", values)
        .with(&format!(" RETURNING {CONVERSATION}"), [])
}

pub(super) fn one(user: UserId, id: ConversationId) -> Statement {
    Statement::new(format!("SELECT {CONVERSATION} FROM conversations"))
        .with(" WHERE user_id = ? AND id = ?", [Id(user), Id(id)])
}

/// The latest first; one more than the page holds, which tells whether there is a next page.
pub(super) fn page(user: UserId, query: &ConversationQuery) -> Statement {
    let mut select = Statement::new(format!("SELECT {CONVERSATION} FROM conversations"))
        .with(" WHERE user_id = ?", [Id(user)]);
    if let Some(q) = &query.q {
        let q = containing(&q.to_lowercase());
        select.push(
            r" AND (title_key LIKE ? ESCAPE '\' OR EXISTS (SELECT 1 FROM messages",
            [q.clone().into()],
        );
        select.push(
            r" WHERE conversation_id = conversations.id AND content_key LIKE ? ESCAPE '\'))",
            [q.into()],
        );
    }
    if let Some(cursor) = &query.after {
        select.push(
            " AND (updated_at, id) < (?, ?)",
            [Time(cursor.updated_at), Id(cursor.id)],
        );
    }
    select
        .with(" ORDER BY updated_at DESC, id DESC", [])
        .with(LIMIT, [Integer(query.limit as i32 + 1)])
}

pub(super) fn rename(user: UserId, id: ConversationId, title: &str) -> Statement {
    Statement::new("UPDATE conversations SET ")
        .with(
            "title = ?, title_key = ?",
            [title.into(), title.to_lowercase().into()],
        )
        .with(" WHERE user_id = ? AND id = ?", [Id(user), Id(id)])
        .with(&format!(" RETURNING {CONVERSATION}"), [])
}

pub(super) fn delete(user: UserId, id: ConversationId) -> Statement {
    Statement::new("DELETE FROM conversations")
        .with(" WHERE user_id = ? AND id = ?", [Id(user), Id(id)])
        .with(&format!(" RETURNING {CONVERSATION}"), [])
}

/// Says that a message was added just now; no row if the conversation is not the user's.
pub(super) fn touch(user: UserId, id: ConversationId, now: DateTime<Utc>) -> Statement {
    Statement::new("UPDATE conversations SET ")
        .with(
            "updated_at = ? WHERE user_id = ? AND id = ?",
            [Time(now), Id(user), Id(id)],
        )
        .with(&format!(" RETURNING {CONVERSATION}"), [])
}

pub(super) fn add_message(
    conversation: ConversationId,
    message: NewMessage,
    now: DateTime<Utc>,
) -> Statement {
    // PostgreSQL keeps no NUL, and a language model may say anything.
    let content = message.content.replace('\0', "");
    let values = [
        Id(Uuid::now_v7()),
        Id(conversation),
        message.role.as_str().into(),
        content.to_lowercase().into(),
        content.into(),
        OptionalText(message.brain),
        Json::from(message.tool_calls).to_string().into(),
        Time(now),
    ];
    Statement::new(
        "INSERT INTO messages (id, conversation_id, role, content_key, content, brain, tool_calls, created_at)",
    )
    .with(" VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
    .with(&format!(" RETURNING {MESSAGE}"), [])
}

/// The last so many, the latest first.
pub(super) fn messages(user: UserId, id: ConversationId, limit: u32) -> Statement {
    Statement::new(format!("SELECT {MESSAGE} FROM messages"))
        .with(
            " WHERE conversation_id = (SELECT id FROM conversations WHERE user_id = ? AND id = ?)",
            [Id(user), Id(id)],
        )
        .with(" ORDER BY id DESC", [])
        .with(LIMIT, [Integer(limit as i32)])
}
