//! Passwords: hashed with Argon2id, a few at a time, so that log-ins cannot take all memory.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use axum::http::StatusCode;
use todo_core::error_body::ApiError;
use todo_core::task::Invalid;
use todo_core::user::is_invisible;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use super::argon2id::Argon2id;

/// The fewest and the most characters of a password.
const LENGTH: std::ops::RangeInclusive<usize> = 8..=256;

/// How many are hashed at once. Each takes 19 MiB for some 20 ms of a core.
const AT_ONCE: usize = 2;

/// How many may wait for their turn: less than two seconds' work where a core is shared by ten.
const WAITING: usize = 16;

/// An error that names `field` unless this password may be chosen.
pub fn valid(field: &'static str, password: &str) -> Result<(), Invalid> {
    if !LENGTH.contains(&password.chars().count()) {
        return Err(too_short_or_long(field));
    }
    if password
        .chars()
        .all(|c| c.is_whitespace() || is_invisible(c))
    {
        return Err(Invalid::new(field, "must not consist of spaces"));
    }
    Ok(())
}

fn too_short_or_long(field: &'static str) -> Invalid {
    Invalid::new(
        field,
        format!(
            "must have {} to {} characters",
            LENGTH.start(),
            LENGTH.end()
        ),
    )
}

/// Hashes passwords and verifies them.
#[derive(Clone)]
pub struct Passwords {
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    /// What a password is compared with when there is no account, to take the same time.
    nobody: String,
}

impl Passwords {
    /// Ready to hash. Takes as long as one hash.
    pub fn new() -> Result<Self, ApiError> {
        Ok(Passwords {
            places: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            nobody: hash("nobody has this password")?,
        })
    }

    /// A place in the queue, or 503 if all are taken.
    pub fn place(&self) -> Result<Place<'_>, ApiError> {
        let place = self.places.clone().try_acquire_owned();
        Ok(Place {
            passwords: self,
            place: place.map_err(|_| crowded())?,
        })
    }
}

/// A place in the queue, for one password.
pub struct Place<'a> {
    passwords: &'a Passwords,
    place: OwnedSemaphorePermit,
}

impl Place<'_> {
    /// The hash to keep of a password.
    pub async fn hash(self, password: String) -> Result<String, ApiError> {
        self.in_turn(move || hash(&password)).await?
    }

    /// Whether this is the password of that hash; of none, it never is.
    pub async fn verify(self, password: String, hash: Option<String>) -> Result<bool, ApiError> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.passwords.nobody.clone());
        Ok(self.in_turn(move || matches(&password, &hash)).await? && known)
    }

    /// Off the threads that answer requests, when it is its turn. A caller who goes away does not
    /// stop what was begun, so turn and place are held by the work itself.
    async fn in_turn<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let turn = self.passwords.turns.clone().acquire_owned().await;
        let held = (turn.map_err(|why| broken(&why))?, self.place);
        let work = move || {
            let done = work();
            drop(held);
            done
        };
        spawn_blocking(work).await.map_err(|why| broken(&why))
    }
}

fn crowded() -> ApiError {
    ApiError::unavailable("Too many people log in at this moment: try again in a few seconds.")
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
        let hash = passwords
            .place()
            .unwrap()
            .hash("correct horse".into())
            .await
            .unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(
            passwords
                .place()
                .unwrap()
                .verify("correct horse".into(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .place()
                .unwrap()
                .verify("battery staple".into(), Some(hash))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .place()
                .unwrap()
                .verify("nobody has this password".into(), None)
                .await
                .unwrap()
        );
    }

    #[test]
    fn short_passwords_are_refused() {
        assert_eq!(
            valid("password", "1234567").unwrap_err().to_string(),
            "`password` must have 8 to 256 characters."
        );
        assert!(valid("password", "pässwörd").is_ok());
        assert_eq!(
            valid("password", " \t\u{a0}\u{2003}\u{200b}\u{3000}  ")
                .unwrap_err()
                .to_string(),
            "`password` must not consist of spaces."
        );
        assert!(valid("password", "  words  ").is_ok());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_queue_is_bounded_and_a_caller_who_goes_away_keeps_the_place_of_the_work() {
        let passwords = Passwords::new().unwrap();
        let places: Vec<_> = (0..AT_ONCE + WAITING)
            .map(|_| passwords.place().unwrap())
            .collect();
        let refusal = passwords.place().err().unwrap();
        assert_eq!(
            (refusal.status, refusal.code),
            (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
        );
        drop(places);

        let (begun, begins) = tokio::sync::oneshot::channel();
        let (finish, finished) = std::sync::mpsc::channel::<()>();
        let work = passwords.place().unwrap().in_turn(move || {
            begun.send(()).unwrap();
            finished.recv().unwrap();
        });
        tokio::select! {
            _ = work => panic!("it cannot have ended"),
            begun = begins => begun.unwrap(),
        }
        assert_eq!(passwords.turns.available_permits(), AT_ONCE - 1);
        finish.send(()).unwrap();
        let all = passwords.places.acquire_many((AT_ONCE + WAITING) as u32);
        drop(all.await.unwrap());
    }
}
