//! Reads the events of an answer again, from the cache, while the answer may still be made,
//! perhaps by another replica.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use todo_core::error_body::ApiError;
use todo_core::user::UserId;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::lease;
use super::record::{begun, events};
use super::turn::PATIENCE;
use super::wire::{Numbered, WireEvent};
use crate::app::App;
use crate::input::nothing_there;

/// Between two looks for new events.
const PAUSE: Duration = Duration::from_millis(150);
/// How long there may be neither an event nor a sign of life before the rest counts as lost.
const SILENCE: Duration = Duration::from_secs(3);

/// Where the events of that stream after that number will be heard; 404 if there is no such stream.
pub async fn after(
    app: Arc<App>,
    user: UserId,
    stream: Uuid,
    after: u64,
) -> Result<Receiver<Numbered>, ApiError> {
    let known = app
        .cache
        .read(&begun(user, stream), 0)
        .await
        .map_err(|why| ApiError::unavailable(why.to_string()))?;
    if known.is_empty() {
        return Err(nothing_there());
    }
    let (sender, listener) = mpsc::channel(16);
    let reader = Reader {
        app,
        user,
        stream,
        number: after,
        sender,
    };
    tokio::spawn(reader.run());
    Ok(listener)
}

struct Reader {
    app: Arc<App>,
    user: UserId,
    stream: Uuid,
    number: u64,
    sender: Sender<Numbered>,
}

impl Reader {
    /// Until the last event, or until no answer can come any more.
    async fn run(mut self) {
        let deadline = Instant::now() + PATIENCE;
        let mut silent_from = Instant::now();
        while !self.sender.is_closed() && !self.app.lifecycle.is_ending() {
            let seen = self.number;
            if self.pass_on().await {
                return;
            }
            if self.number > seen || self.is_made().await {
                silent_from = Instant::now();
            }
            if silent_from.elapsed() > SILENCE || Instant::now() > deadline {
                return self.give_up().await;
            }
            sleep(PAUSE).await;
        }
    }

    async fn is_made(&self) -> bool {
        lease::is_alive(self.app.cache.as_ref(), self.user, self.stream).await
    }

    /// Passes on what is new; true if that was the last.
    async fn pass_on(&mut self) -> bool {
        let new = self
            .app
            .cache
            .read(&events(self.user, self.stream), self.number)
            .await
            .unwrap_or_default();
        for event in new
            .iter()
            .filter_map(|json| serde_json::from_str::<WireEvent>(json).ok())
        {
            let last = event.is_last();
            self.send(event).await;
            if last {
                return true;
            }
        }
        false
    }

    async fn send(&mut self, event: WireEvent) {
        self.number += 1;
        // A caller that has gone away is noticed by `run`.
        let _ = self
            .sender
            .send(Numbered {
                stream: self.stream,
                number: self.number,
                event,
            })
            .await;
    }

    async fn give_up(mut self) {
        let message = "The rest of this answer was lost: read the conversation again.";
        self.send(WireEvent::new(
            "error",
            json!({"code": "lost", "message": message}),
        ))
        .await;
    }
}
