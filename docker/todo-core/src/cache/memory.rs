//! The cache in this process: a map behind a lock.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::{Cache, CacheError, Count};

/// Values are swept when there are this many, so that forgotten keys do not pile up.
const SWEEP_AT: usize = 1024;

/// The cache in this process.
#[derive(Debug, Default)]
pub struct Memory {
    entries: Mutex<HashMap<String, Entry>>,
}

#[derive(Debug)]
struct Entry {
    value: Value,
    expires: Instant,
}

#[derive(Debug)]
enum Value {
    Text(String),
    Count(u64),
    Events(Vec<String>),
}

impl Memory {
    /// The map without what has expired, if it has grown. No code panics under the lock, so a
    /// poisoned one is still whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= SWEEP_AT && entries.len() == entries.capacity() {
            let now = Instant::now();
            entries.retain(|_, entry| entry.expires > now);
        }
        entries
    }

    /// What `read` makes of the living entry of that key.
    fn living<T>(&self, key: &str, read: impl FnOnce(&Value) -> Option<T>) -> Option<T> {
        let entries = self.lock();
        let entry = entries
            .get(key)
            .filter(|entry| entry.expires > Instant::now())?;
        read(&entry.value)
    }
}

#[async_trait]
impl Cache for Memory {
    fn kind(&self) -> &'static str {
        "memory"
    }

    async fn ping(&self) -> Result<(), CacheError> {
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Option<String>, CacheError> {
        Ok(self.living(key, |value| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }))
    }

    async fn set(&self, key: &str, value: &str, ttl: Duration) -> Result<(), CacheError> {
        let entry = Entry {
            value: Value::Text(value.to_string()),
            expires: Instant::now() + ttl,
        };
        self.lock().insert(key.to_string(), entry);
        Ok(())
    }

    async fn remove(&self, key: &str) -> Result<(), CacheError> {
        self.lock().remove(key);
        Ok(())
    }

    async fn incr(&self, key: &str, window: Duration) -> Result<Count, CacheError> {
        let now = Instant::now();
        let mut entries = self.lock();
        let before = match entries.get(key) {
            Some(Entry {
                value: Value::Count(count),
                expires,
            }) if *expires > now => Some((*count, *expires)),
            _ => None,
        };
        let (count, expires) = before.unwrap_or((0, now + window));
        entries.insert(
            key.to_string(),
            Entry {
                value: Value::Count(count + 1),
                expires,
            },
        );
        Ok(Count {
            count: count + 1,
            resets_in: expires - now,
        })
    }

    async fn append(&self, stream: &str, event: &str, ttl: Duration) -> Result<u64, CacheError> {
        let now = Instant::now();
        let mut entries = self.lock();
        let mut events = match entries.remove(stream) {
            Some(Entry {
                value: Value::Events(events),
                expires,
            }) if expires > now => events,
            _ => Vec::new(),
        };
        events.push(event.to_string());
        let number = events.len() as u64;
        entries.insert(
            stream.to_string(),
            Entry {
                value: Value::Events(events),
                expires: now + ttl,
            },
        );
        Ok(number)
    }

    async fn read(&self, stream: &str, after: u64) -> Result<Vec<String>, CacheError> {
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        let events = self.living(stream, |value| match value {
            Value::Events(events) => Some(events.iter().skip(after).cloned().collect()),
            _ => None,
        });
        Ok(events.unwrap_or_default())
    }
}
