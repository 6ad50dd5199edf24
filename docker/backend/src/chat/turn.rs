//! From a question to a kept answer: asks the brain, records its events, keeps what was said.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use chrono::NaiveDate;
use serde_json::{Value, json};
use todo_core::conversation::{self, ConversationId, Message, NewMessage, Role, title_of};
use todo_core::error_body::ApiError;
use todo_core::request_id;
use todo_core::user::UserId;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::Answer;
use super::deeds::Deeds;
use super::question::Question;
use super::record::Record;
use super::wire::WireEvent;
use crate::app::App;
use crate::brain::{self, BrainError, Reply, ToolCallRecord, ToolsError};
use crate::conversations;
use crate::session::{Session, unauthorized};

/// How long an answer may take, tools included.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// How many earlier messages a brain is given.
const HISTORY: u32 = 40;

/// A question that was kept and is to be answered.
pub struct Turning {
    session: Session,
    conversation: ConversationId,
    message: String,
    history: Vec<Message>,
    today: NaiveDate,
}

impl Turning {
    /// Who asks.
    pub fn user(&self) -> UserId {
        self.session.user
    }

    /// Where the question was kept.
    pub fn conversation(&self) -> ConversationId {
        self.conversation
    }
}

/// Keeps the question, in the conversation it names or in a new one.
pub async fn begin(app: &App, session: Session, question: Question) -> Result<Turning, ApiError> {
    let today = question.date();
    let (conversation, history) = match question.conversation_id {
        None => (
            app.store
                .add_conversation(session.user, &title_of(&question.message))
                .await?
                .id,
            Vec::new(),
        ),
        Some(id) => {
            let id = conversations::find(app, &session, id).await?.id;
            (id, app.store.messages(session.user, id, HISTORY).await?)
        }
    };
    app.store
        .add_message(
            session.user,
            conversation,
            NewMessage::from_user(&question.message),
        )
        .await?;
    Ok(Turning {
        session,
        conversation,
        message: question.message,
        history,
        today,
    })
}

/// Answers the question, whether anyone still listens or not.
pub async fn finish(
    app: Arc<App>,
    turning: Turning,
    mut record: Record,
    stop: CancellationToken,
) -> Result<Answer, ApiError> {
    let (user, conversation) = (turning.user(), turning.conversation);
    let mut deeds = Deeds::default();
    let answered = timeout(PATIENCE, ask(&app, turning, stop, &mut record, &mut deeds))
        .await
        .unwrap_or_else(|_| Err(too_slow()))
        .map_err(|error| ApiError {
            message: deeds.before(&error.message),
            ..error
        });
    app.metrics.turned(
        answered
            .as_ref()
            .map(|reply| reply.brain.as_str())
            .map_err(|error| error.code),
    );
    keep(&app, user, conversation, &answered, &deeds).await;
    let answered = answered.map(|reply| answer(conversation, reply));
    record.add(last_event(&answered)).await;
    answered
}

async fn ask(
    app: &App,
    turning: Turning,
    stop: CancellationToken,
    record: &mut Record,
    deeds: &mut Deeds,
) -> Result<Reply, ApiError> {
    let tools = app
        .mcp
        .for_user(&turning.session.token, &request_id::current());
    let history = turning.history.into_iter().map(remembered).collect();
    let turn = brain::Turn {
        message: turning.message,
        history,
        today: turning.today,
        stop,
    };
    let (sender, mut events) = mpsc::channel::<brain::Event>(64);
    let recording = async {
        while let Some(event) = events.recv().await {
            deeds.note(&event);
            record.add(event.into()).await;
        }
    };
    // The brain owns the sender, so the recording ends when the brain does.
    let (reply, ()) = tokio::join!(app.brains.answer(turn, tools, sender), recording);
    reply.map_err(|error| failure(&error))
}

/// A kept message as a brain reads it.
fn remembered(message: Message) -> brain::Message {
    let role = match message.role {
        Role::User => brain::Role::User,
        Role::Assistant => brain::Role::Assistant,
    };
    let tool_calls = message
        .tool_calls
        .into_iter()
        .filter_map(|call| serde_json::from_value(call).ok())
        .collect();
    brain::Message {
        role,
        content: message.content,
        tool_calls,
    }
}

/// Keeps the answer, or the sentence that says why there is none, with all that was done: the next
/// question may be to undo it. The tools have done their work by now, so a database that is away
/// must not turn the answer into an error.
async fn keep(
    app: &App,
    user: UserId,
    conversation: conversation::ConversationId,
    answered: &Result<Reply, ApiError>,
    deeds: &Deeds,
) {
    let message = match answered {
        Ok(reply) => {
            NewMessage::from_brain(reply.brain.as_str(), &reply.text, calls(&reply.tool_calls))
        }
        Err(error) => NewMessage {
            brain: None,
            ..NewMessage::from_brain("", &error.message, calls(deeds.records()))
        },
    };
    if let Err(error) = app.store.add_message(user, conversation, message).await {
        tracing::error!(%error, %conversation, "an answer could not be kept in the history");
    }
}

fn calls(records: &[ToolCallRecord]) -> Vec<Value> {
    records.iter().map(|call| json!(call)).collect()
}

fn answer(conversation_id: ConversationId, reply: Reply) -> Answer {
    Answer {
        conversation_id,
        reply: reply.text,
        brain: reply.brain.as_str(),
        tool_calls: reply.tool_calls,
    }
}

fn last_event(answered: &Result<Answer, ApiError>) -> WireEvent {
    match answered {
        Ok(Answer {
            conversation_id,
            reply,
            brain,
            ..
        }) => WireEvent::new(
            "done",
            json!({"conversation_id": conversation_id, "brain": brain, "reply": reply}),
        ),
        Err(error) => WireEvent::new(
            "error",
            json!({"code": error.code, "message": error.message}),
        ),
    }
}

fn failure(error: &BrainError) -> ApiError {
    tracing::warn!(%error, "a question was not answered");
    match error {
        BrainError::Tools(ToolsError::Unauthorized) => {
            unauthorized("The task tools refused your session: log in again.")
        }
        BrainError::Tools(ToolsError::Unreachable(_)) => {
            let sentence =
                "I cannot reach your tasks right now: your message is kept, try again in a moment.";
            ApiError {
                code: "tools_unavailable",
                ..ApiError::unavailable(sentence)
            }
        }
        BrainError::Tools(ToolsError::Protocol(_) | ToolsError::Stopped) => {
            let sentence = "The task tools gave an answer that makes no sense: look at your tasks, then try again.";
            ApiError::new(StatusCode::BAD_GATEWAY, "tools_failed", sentence)
        }
        BrainError::Config(_) => {
            // Nobody need try again before that.
            let sentence = "The chatbot is not set up correctly: tell whoever runs it.";
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", sentence)
        }
    }
}

fn too_slow() -> ApiError {
    let sentence = format!(
        "No answer within {} s: look at your tasks, then try again.",
        PATIENCE.as_secs()
    );
    ApiError::new(StatusCode::GATEWAY_TIMEOUT, "timeout", sentence)
}
