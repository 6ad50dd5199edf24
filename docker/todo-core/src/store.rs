//! The database behind one trait. Whoever holds a `dyn Store` knows neither SQL nor which
//! database it is.
//!
//! Every call names the user, and every statement is bound to that user: what belongs to
//! another one is answered as if it did not exist.
//!
//! A [`statement`] is data, made by one pure function per question; [`sql::SqlStore`] asks the
//! questions and reads the answers, those about users and sessions in [`accounts`]; [`sqlite`] and
//! [`postgres`] only run statements.

mod accounts;
mod addresses;
mod conversations;
mod error;
mod migrations;
mod packed;
mod patience;
mod postgres;
mod rows;
mod sql;
mod sqlite;
mod statement;
mod statements;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::conversation::{
    Conversation, ConversationId, ConversationPage, ConversationQuery, Message, NewMessage,
};
use crate::env::{ConfigError, Env};
use crate::list::{TaskPage, TaskQuery};
use crate::task::{NewTask, Task, TaskId, TaskPatch, Version};
use crate::user::UserId;

pub use accounts::Accounts;
pub use error::StoreError;

/// Where users, tasks and conversations are kept.
#[async_trait]
pub trait Store: Accounts {
    /// `sqlite` or `postgres`.
    fn kind(&self) -> &'static str;
    /// Brings the schema up to date; safe when several processes start together.
    async fn migrate(&self) -> Result<(), StoreError>;
    /// Which schema the database has; an error if it does not answer.
    async fn schema(&self) -> Result<Schema, StoreError>;
    /// Ends all connections.
    async fn close(&self);

    /// Adds a task; [`StoreError::UnknownUser`] if the user is gone.
    async fn add_task(&self, user: UserId, task: NewTask) -> Result<Task, StoreError>;
    /// One of the user's tasks.
    async fn task(&self, user: UserId, id: TaskId) -> Result<Option<Task>, StoreError>;
    /// A page of the user's tasks, how many fit on all pages, and how many there are at all.
    async fn tasks(&self, user: UserId, query: &TaskQuery) -> Result<TaskPage, StoreError>;
    /// Changes one of the user's tasks and answers it as it is now. With `only`, the task must
    /// have one of these versions, else [`StoreError::Changed`] and nothing is done.
    async fn update_task(
        &self,
        user: UserId,
        id: TaskId,
        patch: TaskPatch,
        only: Option<&[Version]>,
    ) -> Result<Option<Task>, StoreError>;
    /// Removes one of the user's tasks and answers it as it was; `only` as for a change.
    async fn delete_task(
        &self,
        user: UserId,
        id: TaskId,
        only: Option<&[Version]>,
    ) -> Result<Option<Task>, StoreError>;

    /// Changes those of the tasks that are the user's, all or none, and answers them as they are
    /// now, oldest first.
    async fn update_tasks(
        &self,
        user: UserId,
        ids: &[TaskId],
        patch: TaskPatch,
    ) -> Result<Vec<Task>, StoreError>;
    /// Removes those of the tasks that are the user's, all or none, and answers them as they
    /// were, oldest first.
    async fn delete_tasks(&self, user: UserId, ids: &[TaskId]) -> Result<Vec<Task>, StoreError>;
    /// Puts deleted tasks back as they were, all or none, and answers them; those whose ids are
    /// in use are left out.
    async fn restore_tasks(&self, user: UserId, tasks: Vec<Task>) -> Result<Vec<Task>, StoreError>;

    /// Begins a conversation.
    async fn add_conversation(&self, user: UserId, title: &str)
    -> Result<Conversation, StoreError>;
    /// One of the user's conversations.
    async fn conversation(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> Result<Option<Conversation>, StoreError>;
    /// A page of the user's conversations.
    async fn conversations(
        &self,
        user: UserId,
        query: &ConversationQuery,
    ) -> Result<ConversationPage, StoreError>;
    /// Gives one of the user's conversations another title.
    async fn rename_conversation(
        &self,
        user: UserId,
        id: ConversationId,
        title: &str,
    ) -> Result<Option<Conversation>, StoreError>;
    /// Removes one of the user's conversations with its messages, and answers it as it was.
    async fn delete_conversation(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> Result<Option<Conversation>, StoreError>;
    /// Adds a message to one of the user's conversations; `None` if it is not theirs.
    async fn add_message(
        &self,
        user: UserId,
        conversation: ConversationId,
        message: NewMessage,
    ) -> Result<Option<Message>, StoreError>;
    /// The last `limit` messages of one of the user's conversations, oldest first.
    async fn messages(
        &self,
        user: UserId,
        conversation: ConversationId,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError>;
}

/// Which migrations a database has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// The latest one applied; 0 if none.
    pub applied: i64,
    /// The latest one this program knows.
    pub needed: i64,
}

impl Schema {
    /// Whether this program can work with it. A newer schema is fine: migrations only add,
    /// so that the program before can be rolled back to.
    pub fn is_usable(&self) -> bool {
        self.applied >= self.needed
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Schema { applied, needed } = self;
        write!(
            f,
            "The schema is at version {applied}, version {needed} is needed: run `backend migrate`."
        )
    }
}

/// The store that `DATABASE_URL` names. Does not connect to PostgreSQL yet, so that a
/// service can start, and say that it is not ready, before its database does.
pub async fn open(env: &Env<'_>) -> Result<Arc<dyn Store>, ConfigError> {
    let url = env.required(
        "DATABASE_URL",
        "`postgres://user:password@host/database` or `sqlite:///path/to/file.db`",
    )?;
    open_with(&url, pool(env)?).await
}

/// The store at this address, with as many connections as usual; see [`open`].
pub async fn open_url(url: &str) -> Result<Arc<dyn Store>, ConfigError> {
    open_with(url, POOL).await
}

/// The most connections of one process to PostgreSQL, unless `DATABASE_POOL` says otherwise.
const POOL: u32 = 10;

fn pool(env: &Env<'_>) -> Result<u32, ConfigError> {
    match env.parsed("DATABASE_POOL", POOL)? {
        0 => Err(ConfigError(
            "DATABASE_POOL is `0`: a service needs at least one connection.".to_string(),
        )),
        connections => Ok(connections),
    }
}

async fn open_with(url: &str, pool: u32) -> Result<Arc<dyn Store>, ConfigError> {
    match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("postgres" | "postgresql") => Ok(Arc::new(sql::SqlStore(postgres::open(url, pool)?))),
        Some("sqlite") => Ok(Arc::new(sql::SqlStore(sqlite::open(url).await?))),
        // The address itself may hold a password, so it is not shown.
        _ => Err(ConfigError(
            "DATABASE_URL must begin with `postgres://` or `sqlite://`.".to_string(),
        )),
    }
}
