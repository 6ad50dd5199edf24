//! The statements on revoked sessions. Pure: from a question to SQL as data.

use chrono::{DateTime, Utc};

use super::statement::Statement;
use super::statement::Value::{Id, Time};
use crate::token::SessionId;

pub(super) fn revoke(session: SessionId, ends_at: DateTime<Utc>) -> Statement {
    Statement::new("INSERT INTO revoked_sessions (id, ends_at)")
        .with(" VALUES (?, ?)", [Id(session), Time(ends_at)])
        .with(" ON CONFLICT DO NOTHING", [])
}

pub(super) fn revoked(session: SessionId) -> Statement {
    Statement::new("SELECT id FROM revoked_sessions").with(" WHERE id = ?", [Id(session)])
}

/// What ended by itself need not be remembered.
pub(super) fn forget_ended_sessions(now: DateTime<Utc>) -> Statement {
    Statement::new("DELETE FROM revoked_sessions").with(" WHERE ends_at < ?", [Time(now)])
}
