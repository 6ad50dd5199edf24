//! Rows as the databases give them, and the domain types they become.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::conversation::{Conversation, Message, Role, Said};
use crate::session::{Renewed, Standing};
use crate::task::{Priority, Task};
use crate::user::{Account, User};

/// The columns of [`super::statements::TASK`].
pub(super) type TaskRow = (
    Uuid,
    String,
    String,
    Option<NaiveDate>,
    i32,
    String,
    bool,
    DateTime<Utc>,
    DateTime<Utc>,
    i32,
);

pub(super) fn task(
    (id, title, notes, due, priority, tags, done, created_at, updated_at, version): TaskRow,
) -> Task {
    Task {
        id,
        title,
        notes,
        due,
        priority: self::priority(priority),
        tags: list(&tags),
        done,
        created_at,
        updated_at,
        version,
    }
}

fn priority(number: i32) -> Priority {
    match number {
        0 => Priority::Low,
        2 => Priority::High,
        _ => Priority::Medium,
    }
}

/// A JSON list as this crate wrote it; one that someone else broke reads as empty.
fn list<T: serde::de::DeserializeOwned>(json: &str) -> Vec<T> {
    serde_json::from_str(json).unwrap_or_default()
}

/// The columns of [`super::accounts`]' questions about users.
pub(super) type UserRow = (Uuid, String, String, String, i32, DateTime<Utc>);

pub(super) fn account((id, email, name, password_hash, epoch, created_at): UserRow) -> Account {
    Account {
        user: User {
            id,
            name,
            email,
            created_at,
        },
        password_hash,
        epoch,
    }
}

/// A conversation, and one of its messages if it has any.
pub(super) type SaidRow = (
    Uuid,
    String,
    DateTime<Utc>,
    Option<Uuid>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<DateTime<Utc>>,
);

pub(super) fn said(
    (conversation, title, updated_at, id, role, content, brain, tool_calls, created_at): SaidRow,
) -> Said {
    let texts = role.zip(content).zip(tool_calls).zip(created_at);
    Said {
        conversation: self::conversation((conversation, title, updated_at)),
        id,
        message: texts.map(|(((role, content), tool_calls), created_at)| {
            message((role, content, brain, tool_calls, created_at))
        }),
    }
}

/// The user's epoch; then, each if it is known, the id of a revoked session, and the generation,
/// the epoch and the time of the last renewal of a renewed one.
pub(super) type StandingRow = (
    i32,
    Option<Uuid>,
    Option<i32>,
    Option<i32>,
    Option<DateTime<Utc>>,
);

pub(super) fn standing((user_epoch, revoked, generation, epoch, at): StandingRow) -> Standing {
    let renewed = generation.zip(epoch).zip(at);
    Standing {
        user_epoch,
        ended: revoked.is_some(),
        renewed: renewed.map(|((generation, epoch), at)| Renewed {
            generation,
            epoch,
            at,
        }),
    }
}

/// The columns of a conversation.
pub(super) type ConversationRow = (Uuid, String, DateTime<Utc>);

pub(super) fn conversation((id, title, updated_at): ConversationRow) -> Conversation {
    Conversation {
        id,
        title,
        updated_at,
    }
}

/// The columns of a message.
pub(super) type MessageRow = (String, String, Option<String>, String, DateTime<Utc>);

pub(super) fn message((role, content, brain, tool_calls, created_at): MessageRow) -> Message {
    Message {
        role: Role::from_name(&role),
        content,
        brain,
        tool_calls: list(&tool_calls),
        created_at,
    }
}
