//! The store in SQL: asks the questions, reads the answers. Knows not which database runs them.

use async_trait::async_trait;
use chrono::{DateTime, SubsecRound, Utc};
use serde_json::Value;
use sqlx::FromRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::rows::{self, ConversationRow, MessageRow, TaskRow, UserRow};
use super::statement::Value::{Id, Integer, OptionalText, Time};
use super::statement::{LIMIT, Statement};
use super::{Schema, Store, StoreError, statements};
use crate::conversation::{Conversation, ConversationId, Message, NewMessage};
use crate::list::{Cursor, TaskPage, TaskQuery};
use crate::task::{NewTask, Task, TaskId, TaskPatch};
use crate::token::SessionId;
use crate::user::{Account, NewUser, User, UserId};

/// A row that every database can give.
pub(super) trait AnyRow:
    for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin
{
}

impl<T> AnyRow for T where
    T: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin
{
}

/// Runs statements on one kind of database.
#[async_trait]
pub(super) trait Driver: Send + Sync {
    const KIND: &'static str;
    async fn fetch<T: AnyRow>(&self, statement: Statement) -> Result<Vec<T>, StoreError>;
    /// The rows of a `SELECT` of many tasks.
    async fn fetch_tasks(&self, select: Statement) -> Result<Vec<TaskRow>, StoreError> {
        self.fetch(select).await
    }
    async fn migrate(&self) -> Result<(), StoreError>;
    async fn schema(&self) -> Result<Schema, StoreError>;
    async fn close(&self);
}

/// The store on top of a driver.
pub(super) struct SqlStore<D>(pub(super) D);

const USER: &str = "id, email, name, password_hash, created_at";
const CONVERSATION: &str = "id, title, updated_at";
const MESSAGE: &str = "role, content, brain, tool_calls, created_at";

#[async_trait]
impl<D: Driver> Store for SqlStore<D> {
    fn kind(&self) -> &'static str {
        D::KIND
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        self.0.migrate().await
    }

    async fn schema(&self) -> Result<Schema, StoreError> {
        self.0.schema().await
    }

    async fn close(&self) {
        self.0.close().await;
    }

    async fn add_user(&self, user: NewUser) -> Result<User, StoreError> {
        let values = [
            Id(Uuid::now_v7()),
            user.email.into(),
            user.name.into(),
            user.password_hash.into(),
            Time(now()),
        ];
        let insert = Statement::new(format!("INSERT INTO users ({USER})"))
            .with(" VALUES (?, ?, ?, ?, ?)", values);
        self.added::<UserRow>(insert.with(&format!(" RETURNING {USER}"), []))
            .await
            .map(|row| rows::account(row).user)
    }

    async fn account(&self, email: &str) -> Result<Option<Account>, StoreError> {
        let select = Statement::new(format!("SELECT {USER} FROM users"))
            .with(" WHERE email = ?", [email.into()]);
        self.one::<UserRow>(select)
            .await
            .map(|row| row.map(rows::account))
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let select =
            Statement::new(format!("SELECT {USER} FROM users")).with(" WHERE id = ?", [Id(id)]);
        self.one::<UserRow>(select)
            .await
            .map(|row| row.map(|row| rows::account(row).user))
    }

    async fn revoke(&self, session: SessionId, ends_at: DateTime<Utc>) -> Result<(), StoreError> {
        self.0
            .fetch::<(Uuid,)>(statements::forget_ended_sessions(now()))
            .await?;
        let insert = statements::revoke(session, ends_at);
        self.0.fetch::<(Uuid,)>(insert).await.map(drop)
    }

    async fn is_revoked(&self, session: SessionId) -> Result<bool, StoreError> {
        let found = self.one::<(Uuid,)>(statements::revoked(session)).await?;
        Ok(found.is_some())
    }

    async fn add_task(&self, user: UserId, task: NewTask) -> Result<Task, StoreError> {
        let insert = statements::add_task(user, task.validated()?, now());
        self.added::<TaskRow>(insert).await.map(rows::task)
    }

    async fn task(&self, user: UserId, id: TaskId) -> Result<Option<Task>, StoreError> {
        self.one_task(statements::task(user, id)).await
    }

    async fn tasks(&self, user: UserId, query: &TaskQuery) -> Result<TaskPage, StoreError> {
        query.filter.check()?;
        if let Some(cursor) = &query.page.after {
            cursor.check(query.sort)?;
        }
        let rows = self.0.fetch_tasks(statements::tasks(user, query)).await?;
        Ok(page(rows.into_iter().map(rows::task).collect(), query))
    }

    async fn update_task(
        &self,
        user: UserId,
        id: TaskId,
        patch: TaskPatch,
    ) -> Result<Option<Task>, StoreError> {
        self.one_task(statements::update_task(user, id, patch.validated()?, now()))
            .await
    }

    async fn delete_task(&self, user: UserId, id: TaskId) -> Result<Option<Task>, StoreError> {
        self.one_task(statements::delete_task(user, id)).await
    }

    async fn add_conversation(
        &self,
        user: UserId,
        title: &str,
    ) -> Result<Conversation, StoreError> {
        let insert = Statement::new("INSERT INTO conversations (id, user_id, title, updated_at)")
            .with(
                " VALUES (?, ?, ?, ?)",
                [Id(Uuid::now_v7()), Id(user), title.into(), Time(now())],
            )
            .with(&format!(" RETURNING {CONVERSATION}"), []);
        self.added::<ConversationRow>(insert)
            .await
            .map(rows::conversation)
    }

    async fn conversation(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> Result<Option<Conversation>, StoreError> {
        let select = Statement::new(format!("SELECT {CONVERSATION} FROM conversations"))
            .with(" WHERE user_id = ? AND id = ?", [Id(user), Id(id)]);
        self.one::<ConversationRow>(select)
            .await
            .map(|row| row.map(rows::conversation))
    }

    async fn conversations(
        &self,
        user: UserId,
        limit: u32,
    ) -> Result<Vec<Conversation>, StoreError> {
        let select = Statement::new(format!("SELECT {CONVERSATION} FROM conversations")).with(
            " WHERE user_id = ? ORDER BY updated_at DESC, id DESC",
            [Id(user)],
        );
        let select = select.with(LIMIT, [Integer(limit as i32)]);
        let rows = self.0.fetch::<ConversationRow>(select).await?;
        Ok(rows.into_iter().map(rows::conversation).collect())
    }

    async fn add_message(
        &self,
        user: UserId,
        conversation: ConversationId,
        message: NewMessage,
    ) -> Result<Option<Message>, StoreError> {
        // Touching the conversation first also proves that it is the user's.
        let touch = Statement::new("UPDATE conversations SET ")
            .with(
                "updated_at = ? WHERE user_id = ? AND id = ?",
                [Time(now()), Id(user), Id(conversation)],
            )
            .with(&format!(" RETURNING {CONVERSATION}"), []);
        if self.one::<ConversationRow>(touch).await?.is_none() {
            return Ok(None);
        }
        self.added::<MessageRow>(insert_message(conversation, message))
            .await
            .map(|row| Some(rows::message(row)))
    }

    async fn messages(
        &self,
        user: UserId,
        conversation: ConversationId,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let select = Statement::new(format!("SELECT {MESSAGE} FROM messages"))
            .with(" WHERE conversation_id = (SELECT id FROM conversations WHERE user_id = ? AND id = ?)", [Id(user), Id(conversation)])
            .with(" ORDER BY id DESC", [])
            .with(LIMIT, [Integer(limit as i32)]);
        let rows = self.0.fetch::<MessageRow>(select).await?;
        Ok(rows.into_iter().rev().map(rows::message).collect())
    }
}

impl<D: Driver> SqlStore<D> {
    async fn one<T: AnyRow>(&self, statement: Statement) -> Result<Option<T>, StoreError> {
        Ok(self.0.fetch(statement).await?.into_iter().next())
    }

    async fn one_task(&self, statement: Statement) -> Result<Option<Task>, StoreError> {
        self.one::<TaskRow>(statement)
            .await
            .map(|row| row.map(rows::task))
    }

    /// The row an `INSERT … RETURNING` answers.
    async fn added<T: AnyRow>(&self, insert: Statement) -> Result<T, StoreError> {
        let row = self.one(insert).await?;
        row.ok_or_else(|| StoreError::Failed("an INSERT answered no row.".to_string()))
    }
}

fn insert_message(conversation: ConversationId, message: NewMessage) -> Statement {
    let values = [
        Id(Uuid::now_v7()),
        Id(conversation),
        message.role.as_str().into(),
        // PostgreSQL keeps no NUL, and a language model may say anything.
        message.content.replace('\0', "").into(),
        OptionalText(message.brain),
        Value::from(message.tool_calls).to_string().into(),
        Time(now()),
    ];
    Statement::new(
        "INSERT INTO messages (id, conversation_id, role, content, brain, tool_calls, created_at)",
    )
    .with(" VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    .with(&format!(" RETURNING {MESSAGE}"), [])
}

/// The page without the extra task that only tells that there is more.
fn page(mut tasks: Vec<Task>, query: &TaskQuery) -> TaskPage {
    let limit = query.page.limit as usize;
    if tasks.len() <= limit {
        return TaskPage { tasks, next: None };
    }
    tasks.truncate(limit);
    let next = tasks.last().map(|task| Cursor::after(task, query.sort));
    TaskPage { tasks, next }
}

/// Now, as precisely as every database keeps it.
fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}
