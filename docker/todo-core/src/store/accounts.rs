//! Users and their sessions in the database.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::StoreError;
use super::rows::{self, SaidRow, StandingRow, UserRow};
use super::sql::{Driver, SqlStore, now};
use super::statement::Value::{Id, Integer, Time};
use super::statement::{LIMIT, Statement};
use crate::conversation::{ConversationId, Said};
use crate::session::Standing;
use crate::token::{Claims, SessionId};
use crate::user::{Account, NewUser, User, UserId};

/// Who may log in, and which sessions go on.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Adds a user; [`StoreError::EmailTaken`] if someone has that address.
    async fn add_user(&self, user: NewUser) -> Result<User, StoreError>;
    /// The user of that address and the hash of their password.
    async fn account(&self, email: &str) -> Result<Option<Account>, StoreError>;
    /// The user of that id and the hash of their password.
    async fn account_of(&self, id: UserId) -> Result<Option<Account>, StoreError>;
    /// Removes a user and all that is theirs; whether there was one.
    async fn delete_user(&self, id: UserId) -> Result<bool, StoreError>;

    /// Everything that was said by and to the user, conversation by conversation and oldest first:
    /// at most `limit` lines after the one of that conversation and message.
    async fn said(
        &self,
        user: UserId,
        after: Option<(ConversationId, Option<Uuid>)>,
        limit: u32,
    ) -> Result<Vec<Said>, StoreError>;

    /// What is known of that user's session; `None` if there is no such user.
    async fn standing(
        &self,
        user: UserId,
        session: SessionId,
    ) -> Result<Option<Standing>, StoreError>;
    /// Notes that the session has this token of the next generation; false if it has one already.
    async fn renew(&self, token: &Claims) -> Result<bool, StoreError>;
    /// Ends a session before its token does, and not before `ends_at`, for every service.
    async fn revoke(&self, session: SessionId, ends_at: DateTime<Utc>) -> Result<(), StoreError>;
    /// Ends all sessions of the user.
    async fn end_sessions(&self, user: UserId) -> Result<(), StoreError>;
    /// Changes the hash of the password and ends all sessions of the user but that of `token`.
    async fn set_password(&self, token: &Claims, hash: String) -> Result<(), StoreError>;
}

const USER: &str = "id, email, name, password_hash, epoch, created_at";

#[async_trait]
impl<D: Driver> Accounts for SqlStore<D> {
    async fn add_user(&self, user: NewUser) -> Result<User, StoreError> {
        let values = [
            Id(Uuid::now_v7()),
            user.email.into(),
            user.name.into(),
            user.password_hash.into(),
            Time(now()),
        ];
        let insert =
            Statement::new("INSERT INTO users (id, email, name, password_hash, created_at)")
                .with(" VALUES (?, ?, ?, ?, ?)", values);
        self.added::<UserRow>(insert.with(&format!(" RETURNING {USER}"), []))
            .await
            .map(|row| rows::account(row).user)
    }

    async fn account(&self, email: &str) -> Result<Option<Account>, StoreError> {
        self.account_where(" WHERE email = ?", email.into()).await
    }

    async fn account_of(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        self.account_where(" WHERE id = ?", Id(id)).await
    }

    async fn delete_user(&self, id: UserId) -> Result<bool, StoreError> {
        let delete =
            Statement::new("DELETE FROM users").with(" WHERE id = ? RETURNING id", [Id(id)]);
        Ok(self.one::<(Uuid,)>(delete).await?.is_some())
    }

    async fn said(
        &self,
        user: UserId,
        after: Option<(ConversationId, Option<Uuid>)>,
        limit: u32,
    ) -> Result<Vec<Said>, StoreError> {
        let rows = self.0.fetch::<SaidRow>(said(user, after, limit)).await?;
        Ok(rows.into_iter().map(rows::said).collect())
    }

    async fn standing(
        &self,
        user: UserId,
        session: SessionId,
    ) -> Result<Option<Standing>, StoreError> {
        let row = self.one::<StandingRow>(standing(user, session)).await?;
        Ok(row.map(rows::standing))
    }

    async fn renew(&self, token: &Claims) -> Result<bool, StoreError> {
        self.forget_ended("sessions").await?;
        let note = noted(token, token.epoch).with(
            " ON CONFLICT (id) DO UPDATE SET generation = excluded.generation, \
             renewed_at = excluded.renewed_at, ends_at = excluded.ends_at \
             WHERE sessions.generation < excluded.generation RETURNING id",
            [],
        );
        Ok(self.one::<(Uuid,)>(note).await?.is_some())
    }

    async fn revoke(&self, session: SessionId, ends_at: DateTime<Utc>) -> Result<(), StoreError> {
        self.forget_ended("revoked_sessions").await?;
        let insert = Statement::new("INSERT INTO revoked_sessions (id, ends_at)")
            .with(" VALUES (?, ?)", [Id(session), Time(ends_at)])
            .with(" ON CONFLICT DO NOTHING", []);
        self.0.fetch::<(Uuid,)>(insert).await.map(drop)
    }

    async fn end_sessions(&self, user: UserId) -> Result<(), StoreError> {
        let count = Statement::new("UPDATE users SET epoch = epoch + 1");
        self.next_epoch(count, user).await.map(drop)
    }

    async fn set_password(&self, token: &Claims, hash: String) -> Result<(), StoreError> {
        let change = Statement::new("UPDATE users SET epoch = epoch + 1")
            .with(", password_hash = ?", [hash.into()]);
        let epoch = self.next_epoch(change, token.sub).await?;
        let outlives =
            noted(token, epoch).with(" ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch", []);
        self.0.fetch::<(Uuid,)>(outlives).await.map(drop)
    }
}

impl<D: Driver> SqlStore<D> {
    async fn account_where(
        &self,
        condition: &str,
        value: super::statement::Value,
    ) -> Result<Option<Account>, StoreError> {
        let select = Statement::new(format!("SELECT {USER} FROM users")).with(condition, [value]);
        let row = self.one::<UserRow>(select).await?;
        Ok(row.map(rows::account))
    }

    async fn next_epoch(&self, update: Statement, user: UserId) -> Result<i32, StoreError> {
        let update = update.with(" WHERE id = ? RETURNING epoch", [Id(user)]);
        let row = self.one::<(i32,)>(update).await?;
        row.map(|(epoch,)| epoch).ok_or(StoreError::UnknownUser)
    }

    /// What ended by itself need not be remembered.
    async fn forget_ended(&self, table: &str) -> Result<(), StoreError> {
        let delete = Statement::new(format!("DELETE FROM {table}"))
            .with(" WHERE ends_at < ?", [Time(now())]);
        self.0.fetch::<(Uuid,)>(delete).await.map(drop)
    }
}

fn said(user: UserId, after: Option<(ConversationId, Option<Uuid>)>, limit: u32) -> Statement {
    let mut select = Statement::new(
        "SELECT c.id, c.title, c.updated_at, m.id, m.role, m.content, m.brain, m.tool_calls, m.created_at \
         FROM conversations c LEFT JOIN messages m ON m.conversation_id = c.id",
    )
    .with(" WHERE c.user_id = ?", [Id(user)]);
    if let Some((conversation, message)) = after {
        let last = [Id(conversation), Id(message.unwrap_or_default())];
        select.push(" AND (c.id, m.id) > (?, ?)", last);
    }
    select
        .with(" ORDER BY c.id, m.id", [])
        .with(LIMIT, [Integer(limit as i32)])
}

/// One row if there is such a user, whatever is known of the session.
fn standing(user: UserId, session: SessionId) -> Statement {
    Statement::new(
        "SELECT users.epoch, revoked_sessions.id, sessions.generation, sessions.epoch, sessions.renewed_at FROM users",
    )
    .with(" LEFT JOIN revoked_sessions ON revoked_sessions.id = ?", [Id(session)])
    .with(" LEFT JOIN sessions ON sessions.id = ?", [Id(session)])
    .with(" WHERE users.id = ?", [Id(user)])
}

fn noted(token: &Claims, epoch: i32) -> Statement {
    let values = [
        Id(token.jti),
        Integer(token.generation),
        Integer(epoch),
        Time(now()),
        Time(token.ends_at()),
    ];
    Statement::new("INSERT INTO sessions (id, generation, epoch, renewed_at, ends_at)")
        .with(" VALUES (?, ?, ?, ?, ?)", values)
}
