//! Runs statements on SQLite: one file, shared by the services of one machine.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{Arguments, AssertSqlSafe, Error};

use super::sql::{AnyRow, Driver};
use super::statement::{Statement, Value};
use super::{Schema, StoreError, migrations, packed, patience};
use crate::env::ConfigError;

/// How long a statement waits for another process's write.
const BUSY: Duration = Duration::from_millis(3500);

/// SQLite behind [`Driver`].
pub(super) struct Sqlite(SqlitePool);

/// Opens the file, or creates it; `sqlite::memory:` lasts as long as the process. What follows
/// `sqlite://` is the file's name as it is: in a path, `%20` and `?` are letters like others.
pub(super) async fn open(url: &str) -> Result<Sqlite, ConfigError> {
    let path = url.trim_start_matches("sqlite:");
    let options = SqliteConnectOptions::new()
        .filename(path.strip_prefix("//").unwrap_or(path))
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .synchronous(SqliteSynchronous::Normal);
    // A database in memory belongs to its connection: there must be one, and it must stay.
    let memory = path == ":memory:";
    let options = if memory {
        options
    } else {
        options.journal_mode(SqliteJournalMode::Wal)
    };
    let pool = SqlitePoolOptions::new()
        .max_connections(if memory { 1 } else { 4 })
        // A file does not hang up, so asking each time whether it is still there only costs.
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None);
    let pool = connect(&pool, &options).await;
    Ok(Sqlite(pool.map_err(|why| unusable(url, &why))?))
}

/// While another process turns a new file to write-ahead logging, SQLite refuses at once instead of
/// waiting.
async fn connect(
    pool: &SqlitePoolOptions,
    options: &SqliteConnectOptions,
) -> Result<SqlitePool, Error> {
    let began = Instant::now();
    loop {
        match pool.clone().connect_with(options.clone()).await {
            Err(why) if is_locked(&why) && began.elapsed() < BUSY => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            other => return other,
        }
    }
}

/// SQLITE_BUSY or SQLITE_LOCKED.
fn is_locked(why: &Error) -> bool {
    let code = why.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| matches!(&*code, "5" | "6"))
}

fn unusable(url: &str, why: &Error) -> ConfigError {
    ConfigError(format!(
        "DATABASE_URL is `{url}`, which cannot be opened: {why}. Name a file in a directory this process may write to."
    ))
}

#[async_trait]
impl Driver for Sqlite {
    const KIND: &'static str = "sqlite";
    const PACKED: &'static str = packed::SQLITE;

    async fn fetch<T: AnyRow>(&self, statement: Statement) -> Result<Vec<T>, StoreError> {
        let arguments = arguments(statement.values)?;
        // The text is built from constants only; what callers send is bound.
        let query = sqlx::query_as_with(AssertSqlSafe(statement.sql), arguments);
        patience::asked(query.fetch_all(&self.0))
            .await
            .map_err(failure)
    }

    async fn fetch_row<T: AnyRow>(&self, statement: Statement) -> Result<T, StoreError> {
        let arguments = arguments(statement.values)?;
        let query = sqlx::query_as_with(AssertSqlSafe(statement.sql), arguments);
        patience::asked(query.fetch_one(&self.0))
            .await
            .map_err(failure)
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        // SQLite's migrator takes no lock of its own; this one holds off other processes.
        let mut lock = self
            .0
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(failure)?;
        let migrated = migrations::sqlite()
            .run_direct(None, &mut *lock, false)
            .await;
        migrated.map_err(|why| StoreError::Failed(format!("a migration failed: {why}.")))?;
        lock.commit().await.map_err(failure)
    }

    async fn schema(&self) -> Result<Schema, StoreError> {
        let applied = sqlx::query_scalar(migrations::APPLIED)
            .fetch_one(&self.0)
            .await;
        let applied = applied.or_else(|why| {
            if is_missing_table(&why) {
                Ok(None)
            } else {
                Err(failure(why))
            }
        })?;
        Ok(migrations::schema(applied, &migrations::sqlite()))
    }

    async fn close(&self) {
        self.0.close().await;
    }
}

fn arguments(values: Vec<Value>) -> Result<SqliteArguments, StoreError> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        let added = match value {
            Value::Id(id) => arguments.add(id),
            Value::Text(text) => arguments.add(text),
            Value::OptionalText(text) => arguments.add(text),
            Value::Date(date) => arguments.add(date),
            Value::Time(time) => arguments.add(time),
            Value::Integer(number) => arguments.add(number),
            Value::Flag(flag) => arguments.add(flag),
        };
        added.map_err(|why| StoreError::Failed(why.to_string()))?;
    }
    Ok(arguments)
}

fn is_missing_table(error: &Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.message().starts_with("no such table"))
}

fn failure(error: Error) -> StoreError {
    match &error {
        // SQLite has no names for constraints, only this sentence.
        Error::Database(refusal)
            if refusal.is_unique_violation() && refusal.message().ends_with(": users.email") =>
        {
            StoreError::EmailTaken
        }
        Error::Database(refusal) if refusal.is_foreign_key_violation() => StoreError::UnknownUser,
        Error::Database(refusal) if refusal.message().contains("locked") => {
            StoreError::Unavailable(error.to_string())
        }
        _ if is_missing_table(&error) => {
            StoreError::Unavailable("it has no schema yet".to_string())
        }
        Error::PoolTimedOut | Error::PoolClosed | Error::Io(_) => {
            StoreError::Unavailable(error.to_string())
        }
        _ => StoreError::Failed(error.to_string()),
    }
}
