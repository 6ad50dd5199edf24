//! A cache that goes on in this process while redis is away. Knows only that one cache may
//! fail and the other cannot.
//!
//! While redis is away it is asked only once in a while, so that requests do not wait for it; what
//! one replica keeps meanwhile, the others do not see. Streams are kept here as well, so that one
//! whose events went to the primary at first can be read on to its end.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::{Cache, CacheError, Count, Memory};

/// How long a cache that failed is left alone.
const PAUSE: Duration = Duration::from_secs(2);

/// How long the copy of a stream is kept after its last event, while the primary has the whole of
/// it.
const COPY: Duration = Duration::from_secs(120);

/// One cache, and this process while the other is away.
pub struct Fallback<C> {
    primary: C,
    memory: Memory,
    away_until: Mutex<Option<Instant>>,
}

impl<C: Cache> Fallback<C> {
    /// Asks `primary` as long as it answers.
    pub fn new(primary: C) -> Self {
        Fallback {
            primary,
            memory: Memory::default(),
            away_until: Mutex::new(None),
        }
    }

    fn is_away(&self) -> bool {
        self.lock().is_some_and(|until| until > Instant::now())
    }

    /// Passes on what the primary said, and logs when it goes or comes.
    fn noted<T>(&self, answer: Result<T, CacheError>) -> Option<T> {
        let away = answer.as_ref().err().map(|_| Instant::now() + PAUSE);
        let before = std::mem::replace(&mut *self.lock(), away);
        match (&answer, before) {
            (Err(error), None) => tracing::warn!(%error, "going on with a cache in this process"),
            (Ok(_), Some(_)) => tracing::info!("the cache is back"),
            _ => {}
        }
        answer.ok()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.away_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The primary's answer, or `None` if it is away.
    async fn ask<T>(&self, question: impl Future<Output = Result<T, CacheError>>) -> Option<T> {
        if self.is_away() {
            return None;
        }
        self.noted(question.await)
    }
}

#[async_trait]
impl<C: Cache> Cache for Fallback<C> {
    fn kind(&self) -> &'static str {
        self.primary.kind()
    }

    async fn ping(&self) -> Result<(), CacheError> {
        self.primary.ping().await
    }

    async fn get(&self, key: &str) -> Result<Option<String>, CacheError> {
        match self.ask(self.primary.get(key)).await {
            Some(Some(value)) => Ok(Some(value)),
            // Kept while the primary was away, perhaps.
            _ => self.memory.get(key).await,
        }
    }

    async fn set(&self, key: &str, value: &str, ttl: Duration) -> Result<(), CacheError> {
        match self.ask(self.primary.set(key, value, ttl)).await {
            Some(()) => Ok(()),
            None => self.memory.set(key, value, ttl).await,
        }
    }

    async fn remove(&self, key: &str) -> Result<(), CacheError> {
        self.ask(self.primary.remove(key)).await;
        self.memory.remove(key).await
    }

    async fn incr(&self, key: &str, window: Duration) -> Result<Count, CacheError> {
        match self.ask(self.primary.incr(key, window)).await {
            Some(count) => Ok(count),
            None => self.memory.incr(key, window).await,
        }
    }

    async fn append(&self, stream: &str, event: &str, ttl: Duration) -> Result<u64, CacheError> {
        let torn = format!("{stream}:torn");
        // What follows a gap would be counted wrongly there.
        let there = match self.memory.get(&torn).await? {
            None => self.ask(self.primary.append(stream, event, ttl)).await,
            Some(_) => None,
        };
        let kept = there.map_or(ttl, |_| ttl.min(COPY));
        let here = self.memory.append(stream, event, kept).await?;
        if there.is_none() {
            self.memory.set(&torn, "", ttl).await?;
        }
        Ok(there.unwrap_or(here))
    }

    async fn read(&self, stream: &str, after: u64) -> Result<Vec<String>, CacheError> {
        let here = self.memory.read(stream, after).await?;
        match self.ask(self.primary.read(stream, after)).await {
            Some(there) if there.len() >= here.len() => Ok(there),
            _ => Ok(here),
        }
    }
}
