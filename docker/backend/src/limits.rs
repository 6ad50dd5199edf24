//! How often a caller may call. Counts in the cache, so all replicas count together.

use std::time::Duration;

use axum::http::StatusCode;
use todo_core::cache::Cache;
use todo_core::env::{ConfigError, Env};
use todo_core::error_body::ApiError;

const MINUTE: Duration = Duration::from_secs(60);

/// The limits of one server; 0 means none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    auth: u64,
    login: u64,
    chat: u64,
    api: u64,
}

/// What is being counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Sign-ups and log-ins from one address of the network.
    Auth,
    /// Wrong passwords for one account from one address of the network.
    Login,
    /// Messages of one user to the chat.
    Chat,
    /// Anything one user asks for.
    Api,
}

impl Limits {
    /// `RATE_LIMIT_AUTH`, `RATE_LIMIT_LOGIN`, `RATE_LIMIT_CHAT` and `RATE_LIMIT_API`, all per
    /// minute.
    pub fn from_env(env: &Env<'_>) -> Result<Self, ConfigError> {
        Ok(Limits {
            auth: env.parsed("RATE_LIMIT_AUTH", 240)?,
            login: env.parsed("RATE_LIMIT_LOGIN", 20)?,
            chat: env.parsed("RATE_LIMIT_CHAT", 120)?,
            api: env.parsed("RATE_LIMIT_API", 1200)?,
        })
    }

    /// Counts one more call of `who`; 429 if that is one too many.
    pub async fn check(&self, cache: &dyn Cache, limit: Limit, who: &str) -> Result<(), ApiError> {
        let (name, most) = self.of(limit);
        if most == 0 {
            return Ok(());
        }
        match cache.incr(&format!("limit:{name}:{who}"), MINUTE).await {
            Ok(count) if count.count > most => Err(too_many(most, count.resets_in)),
            // A cache that is away must not keep anyone out.
            _ => Ok(()),
        }
    }

    /// Counts from zero again.
    pub async fn forget(&self, cache: &dyn Cache, limit: Limit, who: &str) {
        let (name, _) = self.of(limit);
        if let Err(error) = cache.remove(&format!("limit:{name}:{who}")).await {
            tracing::debug!(%error, "a count was not forgotten, but it ends within a minute");
        }
    }

    fn of(&self, limit: Limit) -> (&'static str, u64) {
        match limit {
            Limit::Auth => ("auth", self.auth),
            Limit::Login => ("login", self.login),
            Limit::Chat => ("chat", self.chat),
            Limit::Api => ("api", self.api),
        }
    }
}

fn too_many(most: u64, resets_in: Duration) -> ApiError {
    let seconds = resets_in.as_secs() + 1;
    let message = format!("More than {most} calls in a minute: try again in {seconds} s.");
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message).retry_after(seconds)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, header};
    use todo_core::cache::Memory;

    use super::*;

    fn limits(login: u64) -> Limits {
        Limits {
            auth: 0,
            login,
            chat: 0,
            api: 0,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_one_too_many_is_told_when_to_come_back() {
        let (cache, limits) = (Memory::default(), limits(2));
        for _ in 0..2 {
            limits.check(&cache, Limit::Login, "ann").await.unwrap();
        }
        let error = limits.check(&cache, Limit::Login, "ann").await.unwrap_err();
        assert_eq!(error.status, 429);
        assert_eq!(
            error.headers,
            [(header::RETRY_AFTER, HeaderValue::from(61))]
        );
        assert!(limits.check(&cache, Limit::Login, "bob").await.is_ok());
        limits.forget(&cache, Limit::Login, "bob").await;
        for _ in 0..2 {
            limits.check(&cache, Limit::Login, "bob").await.unwrap();
        }
        tokio::time::advance(MINUTE).await;
        assert!(limits.check(&cache, Limit::Login, "ann").await.is_ok());
    }

    #[tokio::test]
    async fn zero_is_no_limit() {
        let cache = Memory::default();
        for _ in 0..1000 {
            limits(0).check(&cache, Limit::Login, "ann").await.unwrap();
        }
    }
}
