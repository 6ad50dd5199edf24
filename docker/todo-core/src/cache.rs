//! What may be lost without harm, behind one trait: short-lived values, counters for rate
//! limits, and the events of a stream for a client that comes back.
//!
//! Nothing here is the only copy of anything: a cache that is away makes the application
//! slower or more lenient, never wrong.

mod fallback;
mod memory;
mod redis;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::env::{ConfigError, Env};

pub use self::fallback::Fallback;
pub use self::memory::Memory;
pub use self::redis::Redis;

/// Short-lived values, counters and event streams.
#[async_trait]
pub trait Cache: Send + Sync {
    /// `redis` or `memory`.
    fn kind(&self) -> &'static str;
    /// An error if it does not answer.
    async fn ping(&self) -> Result<(), CacheError>;

    /// The value of that key, unless its time is over.
    async fn get(&self, key: &str) -> Result<Option<String>, CacheError>;
    /// Keeps a value for so long.
    async fn set(&self, key: &str, value: &str, ttl: Duration) -> Result<(), CacheError>;
    /// Keeps nothing of that key any more, be it a value or a count.
    async fn remove(&self, key: &str) -> Result<(), CacheError>;

    /// Counts one more in the current window of that length, which begins with its first count.
    async fn incr(&self, key: &str, window: Duration) -> Result<Count, CacheError>;

    /// Adds an event at the end of a stream, which is kept for `ttl` from then on;
    /// answers its number, counted from 1.
    async fn append(&self, stream: &str, event: &str, ttl: Duration) -> Result<u64, CacheError>;
    /// The stream's events after that number, in order; none if there is no such stream.
    async fn read(&self, stream: &str, after: u64) -> Result<Vec<String>, CacheError>;
}

/// How often something was counted in the current window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// This count included.
    pub count: u64,
    /// When the window ends.
    pub resets_in: Duration,
}

/// The cache did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The cache is not available: {0}")]
pub struct CacheError(pub String);

/// The cache that `REDIS_URL` names, backed by this process while redis is away; without
/// the variable, this process alone.
pub fn open(env: &Env<'_>) -> Result<Arc<dyn Cache>, ConfigError> {
    match env.optional("REDIS_URL") {
        None => Ok(Arc::new(Memory::default())),
        Some(url) => Ok(Arc::new(Fallback::new(Redis::open(&url)?))),
    }
}
