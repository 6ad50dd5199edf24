//! The cache in redis, shared by all replicas. Each question is one round trip.

use std::time::Duration;

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig};
use ::redis::{Client, Cmd, FromRedisValue, Pipeline, RedisError, cmd, pipe};
use async_trait::async_trait;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::{Cache, CacheError, Count};
use crate::env::ConfigError;

/// How long redis may take to answer before it counts as away.
const TIMEOUT: Duration = Duration::from_millis(500);

/// Every key begins with this, as redis may serve others too.
const PREFIX: &str = "todo:";

/// The cache in redis.
pub struct Redis {
    client: Client,
    connection: OnceCell<ConnectionManager>,
}

impl Redis {
    /// The redis of that address; connects when first asked.
    pub fn open(url: &str) -> Result<Self, ConfigError> {
        // The address may hold a password, so it is not shown.
        let client = Client::open(url)
            .map_err(|why| ConfigError(format!("REDIS_URL is not a redis address: {why}. It looks like `redis://:password@host:6379/0`.")))?;
        Ok(Redis {
            client,
            connection: OnceCell::new(),
        })
    }

    async fn connection(&self) -> Result<ConnectionManager, CacheError> {
        let connect = || async {
            let config = ConnectionManagerConfig::new().set_number_of_retries(0);
            let config = config
                .set_connection_timeout(Some(TIMEOUT))
                .set_response_timeout(Some(TIMEOUT));
            ConnectionManager::new_with_config(self.client.clone(), config)
                .await
                .map_err(away)
        };
        // Who waits for another's first connection in vain must not try as long again after it.
        let connected = timeout(TIMEOUT, self.connection.get_or_try_init(connect)).await;
        let late = || CacheError(format!("no connection within {TIMEOUT:?}"));
        connected.map_err(|_| late())?.cloned()
    }

    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, CacheError> {
        command
            .query_async(&mut self.connection().await?)
            .await
            .map_err(away)
    }

    /// Runs the commands as one transaction.
    async fn ask_all<T: FromRedisValue>(&self, commands: &Pipeline) -> Result<T, CacheError> {
        commands
            .query_async(&mut self.connection().await?)
            .await
            .map_err(away)
    }
}

fn away(error: RedisError) -> CacheError {
    CacheError(error.to_string())
}

fn key(name: &str) -> String {
    format!("{PREFIX}{name}")
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis())
        .unwrap_or(u64::MAX)
        .max(1)
}

#[async_trait]
impl Cache for Redis {
    fn kind(&self) -> &'static str {
        "redis"
    }

    async fn ping(&self) -> Result<(), CacheError> {
        self.ask(&cmd("PING")).await
    }

    async fn get(&self, name: &str) -> Result<Option<String>, CacheError> {
        self.ask(cmd("GET").arg(key(name))).await
    }

    async fn set(&self, name: &str, value: &str, ttl: Duration) -> Result<(), CacheError> {
        self.ask(
            cmd("SET")
                .arg(key(name))
                .arg(value)
                .arg("PX")
                .arg(millis(ttl)),
        )
        .await
    }

    async fn remove(&self, name: &str) -> Result<(), CacheError> {
        self.ask(cmd("DEL").arg(key(name))).await
    }

    async fn incr(&self, name: &str, window: Duration) -> Result<Count, CacheError> {
        let key = key(name);
        let mut commands = pipe();
        // SET … NX begins a window if none is running; a counter without an end cannot arise.
        commands
            .atomic()
            .cmd("SET")
            .arg(&key)
            .arg(0)
            .arg("PX")
            .arg(millis(window))
            .arg("NX")
            .ignore();
        commands.cmd("INCR").arg(&key).cmd("PTTL").arg(&key);
        let (count, left): (u64, i64) = self.ask_all(&commands).await?;
        Ok(Count {
            count,
            resets_in: Duration::from_millis(left.max(0) as u64),
        })
    }

    async fn append(&self, stream: &str, event: &str, ttl: Duration) -> Result<u64, CacheError> {
        let key = key(stream);
        let mut commands = pipe();
        commands
            .atomic()
            .cmd("RPUSH")
            .arg(&key)
            .arg(event)
            .cmd("PEXPIRE")
            .arg(&key)
            .arg(millis(ttl))
            .ignore();
        let (number,): (u64,) = self.ask_all(&commands).await?;
        Ok(number)
    }

    async fn read(&self, stream: &str, after: u64) -> Result<Vec<String>, CacheError> {
        // Redis counts with a sign.
        let first = i64::try_from(after).unwrap_or(i64::MAX);
        self.ask(cmd("LRANGE").arg(key(stream)).arg(first).arg(-1))
            .await
    }
}
