//! The store in SQL: asks the questions, reads the answers.

use async_trait::async_trait;
use chrono::{DateTime, SubsecRound, Utc};
use sqlx::FromRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use tokio::time::timeout;

use super::packed::{self, Packed};
use super::rows::{self, ConversationRow, MessageRow, TaskRow};
use super::statement::Statement;
use super::{Schema, Store, StoreError, conversations, patience, statements};
use crate::conversation::{
    self, Conversation, ConversationCursor, ConversationId, ConversationPage, ConversationQuery,
    Message, NewMessage,
};
use crate::list::{TaskPage, TaskQuery};
use crate::task::{NewTask, Task, TaskId, TaskPatch, Version};
use crate::user::UserId;

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
    /// How it makes a list of the rows of a page; see [`super::packed`].
    const PACKED: &'static str;
    async fn fetch<T: AnyRow>(&self, statement: Statement) -> Result<Vec<T>, StoreError>;
    /// The one row of a statement that always answers one; SQLite's thread hands over one thing
    /// for it instead of two.
    async fn fetch_row<T: AnyRow>(&self, statement: Statement) -> Result<T, StoreError>;
    async fn migrate(&self) -> Result<(), StoreError>;
    async fn schema(&self) -> Result<Schema, StoreError>;
    async fn close(&self);
}

/// The store on top of a driver.
pub(super) struct SqlStore<D>(pub(super) D);

#[async_trait]
impl<D: Driver> Store for SqlStore<D> {
    fn kind(&self) -> &'static str {
        D::KIND
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        self.0.migrate().await?;
        self.make_addresses_equal().await
    }

    async fn schema(&self) -> Result<Schema, StoreError> {
        self.0.schema().await
    }

    async fn close(&self) {
        // Connections on which an answer is still awaited would be waited for.
        let _ = timeout(patience::CLOSING, self.0.close()).await;
    }

    async fn add_task(&self, user: UserId, task: NewTask) -> Result<Task, StoreError> {
        let insert = statements::add_task(user, task.validated()?, now());
        self.added::<TaskRow>(insert).await.map(rows::task)
    }

    async fn task(&self, user: UserId, id: TaskId) -> Result<Option<Task>, StoreError> {
        let row = self.one::<TaskRow>(statements::task(user, id)).await?;
        Ok(row.map(rows::task))
    }

    async fn tasks(&self, user: UserId, query: &TaskQuery) -> Result<TaskPage, StoreError> {
        query.check()?;
        let select = packed::select(D::PACKED, user, query);
        packed::page(self.0.fetch_row::<Packed>(select).await?, query)
    }

    async fn update_task(
        &self,
        user: UserId,
        id: TaskId,
        patch: TaskPatch,
        only: Option<&[Version]>,
    ) -> Result<Option<Task>, StoreError> {
        let patch = patch.validated()?;
        if patch.is_empty() {
            let task = self.task(user, id).await?;
            return check_version(task, only);
        }
        let update = statements::update_tasks(user, &[id], patch, only, now());
        self.one_task(update, user, id, only).await
    }

    async fn delete_task(
        &self,
        user: UserId,
        id: TaskId,
        only: Option<&[Version]>,
    ) -> Result<Option<Task>, StoreError> {
        let delete = statements::delete_tasks(user, &[id], only);
        self.one_task(delete, user, id, only).await
    }

    async fn update_tasks(
        &self,
        user: UserId,
        ids: &[TaskId],
        patch: TaskPatch,
    ) -> Result<Vec<Task>, StoreError> {
        let patch = patch.validated()?;
        self.many(statements::update_tasks(user, ids, patch, None, now()))
            .await
    }

    async fn delete_tasks(&self, user: UserId, ids: &[TaskId]) -> Result<Vec<Task>, StoreError> {
        self.many(statements::delete_tasks(user, ids, None)).await
    }

    async fn restore_tasks(&self, user: UserId, tasks: Vec<Task>) -> Result<Vec<Task>, StoreError> {
        let tasks: Vec<Task> = tasks
            .into_iter()
            .map(Task::validated)
            .collect::<Result<_, _>>()?;
        if tasks.is_empty() {
            return Ok(tasks);
        }
        self.many(statements::restore_tasks(user, tasks)).await
    }

    async fn add_conversation(
        &self,
        user: UserId,
        title: &str,
    ) -> Result<Conversation, StoreError> {
        let row: ConversationRow = self.added(conversations::add(user, title, now())).await?;
        Ok(rows::conversation(row))
    }

    async fn conversation(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> Result<Option<Conversation>, StoreError> {
        self.one_conversation(conversations::one(user, id)).await
    }

    async fn conversations(
        &self,
        user: UserId,
        query: &ConversationQuery,
    ) -> Result<ConversationPage, StoreError> {
        query.check()?;
        let rows = self
            .0
            .fetch::<ConversationRow>(conversations::page(user, query))
            .await?;
        let more = rows.len() > query.limit as usize;
        let rows = rows.into_iter().take(query.limit as usize);
        let conversations: Vec<_> = rows.map(rows::conversation).collect();
        let last = conversations.last().filter(|_| more);
        Ok(ConversationPage {
            next: last.map(ConversationCursor::after),
            conversations,
        })
    }

    async fn rename_conversation(
        &self,
        user: UserId,
        id: ConversationId,
        title: &str,
    ) -> Result<Option<Conversation>, StoreError> {
        let title = conversation::valid_title(title)?;
        self.one_conversation(conversations::rename(user, id, &title))
            .await
    }

    async fn delete_conversation(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> Result<Option<Conversation>, StoreError> {
        self.one_conversation(conversations::delete(user, id)).await
    }

    async fn add_message(
        &self,
        user: UserId,
        conversation: ConversationId,
        message: NewMessage,
    ) -> Result<Option<Message>, StoreError> {
        // Touching the conversation first also proves that it is the user's.
        let touch = conversations::touch(user, conversation, now());
        if self.one_conversation(touch).await?.is_none() {
            return Ok(None);
        }
        let insert = conversations::add_message(conversation, message, now());
        self.added::<MessageRow>(insert)
            .await
            .map(|row| Some(rows::message(row)))
    }

    async fn messages(
        &self,
        user: UserId,
        conversation: ConversationId,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let select = conversations::messages(user, conversation, limit);
        let rows = self.0.fetch::<MessageRow>(select).await?;
        Ok(rows.into_iter().rev().map(rows::message).collect())
    }
}

impl<D: Driver> SqlStore<D> {
    pub(super) async fn one<T: AnyRow>(
        &self,
        statement: Statement,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.0.fetch(statement).await?.into_iter().next())
    }

    async fn one_conversation(
        &self,
        statement: Statement,
    ) -> Result<Option<Conversation>, StoreError> {
        let row = self.one::<ConversationRow>(statement).await?;
        Ok(row.map(rows::conversation))
    }

    /// The task that a statement changed. Where it found none, the task may have another version.
    async fn one_task(
        &self,
        change: Statement,
        user: UserId,
        id: TaskId,
        only: Option<&[Version]>,
    ) -> Result<Option<Task>, StoreError> {
        match self.one::<TaskRow>(change).await? {
            Some(row) => Ok(Some(rows::task(row))),
            None if only.is_some() && self.task(user, id).await?.is_some() => {
                Err(StoreError::Changed)
            }
            None => Ok(None),
        }
    }

    /// The tasks that a statement changed, oldest first.
    async fn many(&self, change: Statement) -> Result<Vec<Task>, StoreError> {
        let rows = self.0.fetch::<TaskRow>(change).await?;
        let mut tasks: Vec<Task> = rows.into_iter().map(rows::task).collect();
        tasks.sort_by_key(|task| task.id);
        Ok(tasks)
    }

    /// The row an `INSERT … RETURNING` answers.
    pub(super) async fn added<T: AnyRow>(&self, insert: Statement) -> Result<T, StoreError> {
        let row = self.one(insert).await?;
        row.ok_or_else(|| StoreError::Failed("an INSERT answered no row.".to_string()))
    }
}

/// The task, if it has one of the versions.
fn check_version(task: Option<Task>, only: Option<&[Version]>) -> Result<Option<Task>, StoreError> {
    let differs = |task: &Task| only.is_some_and(|versions| !versions.contains(&task.version));
    match task {
        Some(task) if differs(&task) => Err(StoreError::Changed),
        task => Ok(task),
    }
}

/// Now, as precisely as every database keeps it.
pub(super) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}
