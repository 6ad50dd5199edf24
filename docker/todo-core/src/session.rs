//! Whether a session goes on, although its token has not ended.
//!
//! A session is one from log-in to log-out, however often it is renewed: each renewal makes a token
//! of the next generation. A token of an older one is somebody's copy, so its use ends the session
//! for both.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::token::Claims;

/// How long the token before the newest one is still good, as other tabs and the chat's answers
/// under way have it: longer than an answer may take.
pub const GRACE: TimeDelta = TimeDelta::seconds(120);

/// What the database knows of a session beyond its token.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// How often all sessions of the user were ended.
    pub user_epoch: i32,
    /// Whether it was logged out.
    pub ended: bool,
    /// Its renewals, if there were any.
    pub renewed: Option<Renewed>,
}

/// What renewals made of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewed {
    /// How often it was renewed.
    pub generation: i32,
    /// The user's epoch that it has outlived, as it was there when the password was changed.
    pub epoch: i32,
    /// When it was renewed last.
    pub at: DateTime<Utc>,
}

/// Why a session does not go on. Each is a sentence for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// By its own log-out, or by one that ended all of the user's sessions.
    #[error("This session was logged out: log in again.")]
    LoggedOut,
    /// An old token was used after it had been replaced; the session must be ended for everyone.
    #[error(
        "This session has been renewed since, so this token may be a stolen copy and the session was ended: log in again."
    )]
    Reused,
    /// The user was removed.
    #[error("This user does not exist any more: sign up again.")]
    UnknownUser,
}

/// Whether what a token says is still so; `standing` is `None` if there is no such user.
pub fn goes_on(
    standing: Option<&Standing>,
    claims: &Claims,
    now: DateTime<Utc>,
) -> Result<(), Ended> {
    let standing = standing.ok_or(Ended::UnknownUser)?;
    let outlived = standing.renewed.as_ref().map_or(0, |renewed| renewed.epoch);
    if standing.ended || claims.epoch.max(outlived) != standing.user_epoch {
        return Err(Ended::LoggedOut);
    }
    match &standing.renewed {
        Some(renewed) if !renewed.admits(claims.generation, now) => Err(Ended::Reused),
        _ => Ok(()),
    }
}

impl Renewed {
    fn admits(&self, generation: i32, now: DateTime<Utc>) -> bool {
        let behind = self.generation.saturating_sub(generation);
        behind <= 0 || (behind == 1 && now - self.at < GRACE)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    /// A token's epoch and generation; what is known; the answer `seconds` after the last renewal.
    #[track_caller]
    fn check(token: (i32, i32), standing: Standing, seconds: i64, expected: Result<(), Ended>) {
        let claims = Claims {
            epoch: token.0,
            generation: token.1,
            ..Claims::new(Uuid::nil(), 60)
        };
        let now = DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        assert_eq!(goes_on(Some(&standing), &claims, now), expected);
    }

    fn known(user_epoch: i32, renewed: Option<(i32, i32)>) -> Standing {
        let renewed = renewed.map(|(epoch, generation)| Renewed {
            generation,
            epoch,
            at: DateTime::UNIX_EPOCH,
        });
        Standing {
            user_epoch,
            ended: false,
            renewed,
        }
    }

    #[test]
    fn renewals_leave_the_token_before_good_for_a_while() {
        check((0, 0), known(0, None), 0, Ok(()));
        check((0, 1), known(0, Some((0, 1))), 9999, Ok(()));
        check((0, 0), known(0, Some((0, 1))), 119, Ok(()));
        check((0, 0), known(0, Some((0, 1))), 120, Err(Ended::Reused));
        check((0, 0), known(0, Some((0, 2))), 1, Err(Ended::Reused));
        // A cache or replica that is behind: the newer token proves that it is.
        check((0, 2), known(0, Some((0, 1))), 9999, Ok(()));
    }

    #[test]
    fn an_end_of_all_sessions_spares_those_that_outlived_it() {
        check((0, 0), known(1, None), 0, Err(Ended::LoggedOut));
        check((1, 0), known(1, None), 0, Ok(()));
        check((0, 0), known(1, Some((1, 0))), 0, Ok(()));
        check((0, 0), known(2, Some((1, 0))), 0, Err(Ended::LoggedOut));
        let ended = Standing {
            ended: true,
            ..Standing::default()
        };
        check((0, 0), ended, 0, Err(Ended::LoggedOut));
    }

    #[test]
    fn without_a_user_there_is_no_session() {
        let claims = Claims::new(Uuid::nil(), 60);
        assert_eq!(goes_on(None, &claims, Utc::now()), Err(Ended::UnknownUser));
    }
}
