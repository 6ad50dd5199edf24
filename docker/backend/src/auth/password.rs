//! Passwords: hashed with Argon2id, two at a time, so that log-ins cannot take all memory.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use axum::http::StatusCode;
use todo_core::error_body::ApiError;
use todo_core::task::Invalid;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::argon2id::Argon2id;

/// The fewest and the most characters of a password.
const LENGTH: std::ops::RangeInclusive<usize> = 8..=256;

/// How many are hashed at once; each takes 19 MiB for some 20 ms.
const AT_ONCE: usize = 2;

/// An error unless the password may be chosen.
pub fn valid(password: &str) -> Result<(), Invalid> {
    if LENGTH.contains(&password.chars().count()) {
        return Ok(());
    }
    Err(Invalid::new(
        "password",
        format!(
            "must have {} to {} characters",
            LENGTH.start(),
            LENGTH.end()
        ),
    ))
}

/// Hashes passwords and verifies them.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    /// What a password is compared with when there is no account, to take the same time.
    nobody: String,
}

impl Passwords {
    /// Ready to hash. Takes as long as one hash.
    pub fn new() -> Result<Self, ApiError> {
        Ok(Passwords {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            nobody: hash("nobody has this password")?,
        })
    }

    /// The hash to keep of a password.
    pub async fn hash(&self, password: String) -> Result<String, ApiError> {
        self.in_turn(move || hash(&password)).await?
    }

    /// Whether this is the password of that hash; of none, it never is.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, ApiError> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.clone());
        Ok(self.in_turn(move || matches(&password, &hash)).await? && known)
    }

    /// Off the threads that answer requests, when it is its turn.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let _turn = self.turns.acquire().await.map_err(|why| broken(&why))?;
        spawn_blocking(work).await.map_err(|why| broken(&why))
    }
}

fn hash(password: &str) -> Result<String, ApiError> {
    let hash = Argon2id
        .hash_password(password.as_bytes())
        .map_err(|why| broken(&why))?;
    Ok(hash.to_string())
}

fn matches(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2id.verify_password(password.as_bytes(), &hash).is_ok())
}

fn broken(why: &dyn std::fmt::Display) -> ApiError {
    tracing::error!(%why, "a password could not be hashed");
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "The password could not be checked: try again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_matches() {
        let passwords = Passwords::new().unwrap();
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(
            passwords
                .verify("correct horse".into(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify("battery staple".into(), Some(hash))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify("nobody has this password".into(), None)
                .await
                .unwrap()
        );
    }

    #[test]
    fn short_passwords_are_refused() {
        assert_eq!(
            valid("1234567").unwrap_err().to_string(),
            "`password` must have 8 to 256 characters."
        );
        assert!(valid("pässwörd").is_ok());
    }
}
