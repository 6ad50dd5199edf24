//! What was said in the chat.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::list::Page;
use crate::task::{Invalid, TITLE_MAX as QUERY_MAX, valid_text, valid_time, within};

/// Names a conversation.
pub type ConversationId = Uuid;

/// The longest title of a conversation, in characters; it is cut from the first message.
pub const TITLE_MAX: usize = 80;

/// A conversation without its messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conversation {
    /// Names the conversation.
    pub id: Uuid,
    /// The beginning of its first message.
    pub title: String,
    /// When the last message was added.
    pub updated_at: DateTime<Utc>,
}

/// Who said a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Role {
    /// The user.
    User,
    /// The chatbot.
    Assistant,
}

impl Role {
    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::User => "user",
            Role::Assistant => "assistant",
        }
    }

    /// The role of that name; anything that is not the assistant's is the user's.
    pub fn from_name(name: &str) -> Self {
        if name == "assistant" {
            Role::Assistant
        } else {
            Role::User
        }
    }
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// Who said it.
    pub role: Role,
    /// What was said.
    pub content: String,
    /// Which brain answered; `null` for the user's own messages.
    pub brain: Option<String>,
    /// The tools called to answer: a list of `{name, arguments, result}`.
    pub tool_calls: Vec<Value>,
    /// When it was said.
    pub created_at: DateTime<Utc>,
}

/// One line of everything a user's conversations hold: a message, or a conversation without any.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Where it was said.
    pub conversation: Conversation,
    /// Names the message.
    pub id: Option<Uuid>,
    /// What was said.
    pub message: Option<Message>,
}

/// A message about to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewMessage {
    /// Who said it.
    pub role: Role,
    /// What was said.
    pub content: String,
    /// Which brain answered.
    pub brain: Option<String>,
    /// The tools called to answer.
    pub tool_calls: Vec<Value>,
}

impl NewMessage {
    /// What the user said.
    pub fn from_user(content: impl Into<String>) -> Self {
        NewMessage {
            role: Role::User,
            content: content.into(),
            brain: None,
            tool_calls: Vec::new(),
        }
    }

    /// What a brain answered, and the tools it called.
    pub fn from_brain(
        brain: impl Into<String>,
        content: impl Into<String>,
        tool_calls: Vec<Value>,
    ) -> Self {
        NewMessage {
            role: Role::Assistant,
            content: content.into(),
            brain: Some(brain.into()),
            tool_calls,
        }
    }
}

/// Which conversations to list: the latest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationQuery {
    /// Text that the title or a message contains, in any case.
    pub q: Option<String>,
    /// At most this many; 1 to 200.
    pub limit: u32,
    /// Where the page before ended.
    pub after: Option<ConversationCursor>,
}

impl ConversationQuery {
    /// An error if it asks for what no conversation can hold, or goes on after no page of ours.
    pub fn check(&self) -> Result<(), Invalid> {
        within("q", self.q.as_deref().unwrap_or_default(), QUERY_MAX)?;
        Page::of(self.limit)?;
        let after = self.after.as_ref().map(|cursor| cursor.updated_at);
        after
            .map(|time| valid_time("cursor", time))
            .transpose()
            .map(drop)
    }
}

/// One page of conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationPage {
    /// The latest first.
    pub conversations: Vec<Conversation>,
    /// Where the next page begins, if there is one.
    pub next: Option<ConversationCursor>,
}

/// The place after one conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationCursor {
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) id: ConversationId,
}

impl ConversationCursor {
    /// The place after this one.
    pub fn after(conversation: &Conversation) -> Self {
        ConversationCursor {
            updated_at: conversation.updated_at,
            id: conversation.id,
        }
    }

    /// As text that callers pass on without looking into it.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::json!((self.updated_at, self.id)).to_string())
    }

    /// The cursor of that text.
    pub fn decode(text: &str) -> Result<Self, Invalid> {
        let fields = URL_SAFE_NO_PAD.decode(text).ok();
        let fields = fields.and_then(|json| serde_json::from_slice(&json).ok());
        let (updated_at, id) = fields.ok_or_else(Invalid::unknown_cursor)?;
        Ok(ConversationCursor { updated_at, id })
    }
}

/// The title, trimmed; 1 to 80 characters.
pub fn valid_title(title: &str) -> Result<String, Invalid> {
    valid_text("title", title, TITLE_MAX)
}

/// A title for the conversation that begins with this message.
pub fn title_of(message: &str) -> String {
    let words = message.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= TITLE_MAX {
        return words;
    }
    let cut: String = words.chars().take(TITLE_MAX - 1).collect();
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_first_message_is_cut() {
        assert_eq!(title_of(" add\n milk "), "add milk");
        let title = title_of(&"é".repeat(300));
        assert_eq!(title.chars().count(), TITLE_MAX);
        assert!(title.ends_with('…'));
    }
}
