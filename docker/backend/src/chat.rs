//! The chat: a message in, events or one object out.
//!
//! A turn, once begun, is finished and kept in the history even if the caller goes away.
//! Its events are numbered and kept for a while, so that a caller whose connection broke
//! reads on where it stopped, from any replica:
//! `GET /api/chat/{stream_id}/events` with the header `Last-Event-ID`.
//!
//! * [`question`]: what a caller may send.
//! * [`turn`]: from a question to a kept answer.
//! * [`deeds`]: what an answer has done so far; [`ongoing`]: the answers being made.
//! * [`cancel`]: stops one that is not wanted any more.
//! * [`wire`]: events as they travel and as they are kept.
//! * [`record`]: keeps them, [`replay`] reads them again; [`lease`] tells it that there is more to
//!   come.

mod cancel;
mod deeds;
mod lease;
mod ongoing;
mod question;
mod record;
mod replay;
mod turn;
mod wire;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use todo_core::error_body::{ApiError, ErrorBody};
use todo_core::request_id;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::brain::ToolCallRecord;
use crate::conversations;
use crate::docs::{BadBody, Guarded, Missing};
use crate::input::{Body, Id};
use crate::limits::Limit;
use crate::session::Session;

pub use ongoing::Ongoing;
use question::Question;
use record::Record;
use turn::Turning;
use wire::SentEvent;

/// Names the stream of an answer, so that it can be read on.
pub const STREAM_ID: HeaderName = HeaderName::from_static("x-stream-id");
/// Names the conversation that the question is part of, so that the next one can go on there even
/// if this one fails.
pub const CONVERSATION_ID: HeaderName = HeaderName::from_static("x-conversation-id");
/// The last event a caller has seen.
pub const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// An answer as one object.
#[derive(Debug, Serialize, ToSchema)]
struct Answer {
    /// Send it with the next message to go on with this conversation.
    conversation_id: Uuid,
    /// What the chatbot says.
    reply: String,
    /// `rules` or `llm`.
    brain: &'static str,
    /// The tools it called, each `{name, arguments, result}`.
    #[schema(value_type = Vec<serde_json::Value>)]
    tool_calls: Vec<ToolCallRecord>,
}

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(chat))
        .routes(routes!(events))
        .routes(routes!(cancel_answer))
}

/// Say something to the chatbot.
///
/// Answers server-sent events: `delta` {text}, `tool_call` {id, name, arguments}, `tool_result`
/// {id, name, result, is_error}, and at the end `done` {conversation_id, brain, reply} or `error`
/// {code, message}. With `Accept: application/json`, one object.
#[utoipa::path(post, path = "/api/chat", tag = "chat", request_body = Question,
    responses((status = 200, description = "The answer; the headers `x-stream-id` and `x-conversation-id` name its stream and its conversation.",
            content((Answer = "application/json"), (SentEvent = "text/event-stream"))),
        (status = 502, description = "The tools gave an answer that makes no sense.", body = ErrorBody),
        (status = 504, description = "No answer in time.", body = ErrorBody),
        Missing, BadBody, Guarded))]
async fn chat(
    State(app): State<Arc<App>>,
    session: Session,
    headers: HeaderMap,
    Body(question): Body<Question>,
) -> Result<Response, ApiError> {
    app.limits
        .check(app.cache.as_ref(), Limit::Chat, &session.user.to_string())
        .await?;
    let turning = turn::begin(&app, session, question.validated()?).await?;
    let (record, listener) = Record::begin(&app.cache, turning.user()).await;
    let (stream, conversation) = (record.stream(), turning.conversation());
    let known = cancel::announce(app.cache.as_ref(), turning.user(), conversation, stream).await;
    if let Err(error) = known {
        tracing::warn!(%error, "an answer cannot be stopped");
    }
    let work = spawn(app, turning, record);
    if wants_object(&headers) {
        drop(listener);
        return Ok(Json(work.await.map_err(|_| lost())??).into_response());
    }
    let names = [(CONVERSATION_ID, named(conversation))];
    Ok((names, streamed(stream, wire::sse(listener))).into_response())
}

/// Read on after a broken connection.
///
/// The events after the one named by the header `Last-Event-ID`, then those to come.
#[utoipa::path(get, path = "/api/chat/{stream_id}/events", tag = "chat",
    params(("stream_id" = Uuid, Path, description = "The answer's `x-stream-id`."),
        ("last-event-id" = Option<String>, Header, description = "The `id` of the last event seen; without it, all events.")),
    responses((status = 200, description = "Server-sent events.", content_type = "text/event-stream", body = SentEvent), Missing, Guarded))]
async fn events(
    State(app): State<Arc<App>>,
    session: Session,
    headers: HeaderMap,
    Id(stream): Id,
) -> Result<Response, ApiError> {
    let after = headers
        .get(LAST_EVENT_ID)
        .and_then(|id| id.to_str().ok())
        .map_or(0, wire::number);
    let listener = replay::after(app, session.user, stream, after).await?;
    Ok(streamed(stream, wire::sse(listener)))
}

/// Stop answering.
///
/// Whatever is being answered in this conversation ends before its next call of a tool; its last
/// event is a `done` as always, which says what was done before.
#[utoipa::path(post, path = "/api/conversations/{id}/cancel", tag = "chat",
    params(("id" = Uuid, Path, description = "The conversation's id.")),
    responses((status = 202, description = "It will stop, if there is anything to stop."), Missing, Guarded))]
async fn cancel_answer(
    State(app): State<Arc<App>>,
    session: Session,
    Id(id): Id,
) -> Result<StatusCode, ApiError> {
    let conversation = conversations::find(&app, &session, id).await?.id;
    cancel::cancel(app.cache.as_ref(), session.user, conversation)
        .await
        .map_err(|why| ApiError::unavailable(why.to_string()))?;
    Ok(StatusCode::ACCEPTED)
}

/// The turn as a task of its own: it does not end with the caller's connection.
fn spawn(app: Arc<App>, turning: Turning, record: Record) -> JoinHandle<Result<Answer, ApiError>> {
    let underway = app.ongoing.begin();
    tokio::spawn(request_id::within(request_id::current(), async move {
        let (cache, user, stream) = (app.cache.clone(), turning.user(), record.stream());
        let stop = CancellationToken::new();
        let work = turn::finish(app, turning, record, stop.clone());
        let work = cancel::during(cache.as_ref(), user, stream, &stop, work);
        let answered = lease::during(cache.as_ref(), user, stream, work).await;
        drop(underway);
        answered
    }))
}

fn lost() -> ApiError {
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "The answer was lost on our side: look at your tasks, then try again.",
    )
}

/// One object only for those who ask for it and not for events as well.
fn wants_object(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .unwrap_or_default();
    accept.contains("application/json") && !accept.contains("text/event-stream")
}

/// Proxies are told not to hold events back.
fn streamed(stream: Uuid, events: impl IntoResponse) -> Response {
    (
        [
            (STREAM_ID, named(stream)),
            (
                HeaderName::from_static("x-accel-buffering"),
                HeaderValue::from_static("no"),
            ),
        ],
        events,
    )
        .into_response()
}

fn named(id: Uuid) -> HeaderValue {
    HeaderValue::from_str(&id.to_string()).expect("a UUID is a header value")
}
