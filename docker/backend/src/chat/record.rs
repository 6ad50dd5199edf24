//! Numbers the events of one answer, keeps them in the cache, and passes them to the caller
//! as long as the caller keeps up.

use std::sync::Arc;
use std::time::Duration;

use todo_core::cache::Cache;
use todo_core::user::UserId;
use tokio::sync::mpsc::{self, Receiver, Sender};
use uuid::Uuid;

use super::wire::{Numbered, WireEvent};

/// How long an answer can be read again after its last event.
pub const KEPT: Duration = Duration::from_secs(600);

/// How many events a caller may be behind before it has to read again from the cache.
const BEHIND_MAX: usize = 256;

/// The events of one answer.
pub struct Record {
    cache: Arc<dyn Cache>,
    user: UserId,
    stream: Uuid,
    number: u64,
    listener: Option<Sender<Numbered>>,
}

impl Record {
    /// A record without events, and where its events will be heard.
    pub async fn begin(cache: &Arc<dyn Cache>, user: UserId) -> (Self, Receiver<Numbered>) {
        let (sender, listener) = mpsc::channel(BEHIND_MAX);
        let stream = Uuid::new_v4();
        // A stream like that of the events, so that both can be read on while redis is away.
        note(cache.append(&begun(user, stream), "", KEPT).await.err());
        (
            Record {
                cache: cache.clone(),
                user,
                stream,
                number: 0,
                listener: Some(sender),
            },
            listener,
        )
    }

    /// Names the stream.
    pub fn stream(&self) -> Uuid {
        self.stream
    }

    /// Keeps the event and passes it on.
    pub async fn add(&mut self, event: WireEvent) {
        self.number += 1;
        let kept = serde_json::to_string(&event).unwrap_or_default();
        note(
            self.cache
                .append(&events(self.user, self.stream), &kept, KEPT)
                .await
                .err(),
        );
        let numbered = Numbered {
            stream: self.stream,
            number: self.number,
            event,
        };
        // A caller that is gone or too slow is let go; it can read again.
        if self
            .listener
            .as_ref()
            .is_some_and(|listener| listener.try_send(numbered).is_err())
        {
            self.listener = None;
        }
    }
}

/// An answer whose events cannot be kept is still an answer.
fn note(error: Option<impl std::fmt::Display>) {
    if let Some(error) = error {
        tracing::warn!(%error, "an event could not be kept");
    }
}

/// The key of a stream that tells by its one event that this one was begun. Keys hold the user, so
/// no one reads another's.
pub fn begun(user: UserId, stream: Uuid) -> String {
    format!("chat:{user}:{stream}:begun")
}

/// The key of a stream's events.
pub fn events(user: UserId, stream: Uuid) -> String {
    format!("chat:{user}:{stream}:events")
}
