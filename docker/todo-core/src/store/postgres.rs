//! Runs statements on PostgreSQL.

use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{Arguments, AssertSqlSafe, ConnectOptions, Connection, Error, Executor};
use tokio::time::timeout;

use super::sql::{AnyRow, Driver};
use super::statement::{Statement, Value};
use super::{Schema, StoreError, migrations, packed, patience};
use crate::env::ConfigError;

/// How long a request waits for a connection before the answer is "not available".
const ACQUIRE: Duration = Duration::from_secs(3);
/// How long a statement may take, as the server sees it: a little less than [`patience::ASKING`],
/// so that a server that answers says what took so long.
const STATEMENT: &str = "SET statement_timeout = '3500ms'";
/// A migration may take as long as it needs, but not wait for a lock for long: all who come after
/// it would wait as well.
const MIGRATION: &str = "SET statement_timeout = 0; SET lock_timeout = '10s'";
/// How long connecting for a migration may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an idle connection is trusted to be still there.
const TRUSTED: Duration = Duration::from_secs(1);

/// PostgreSQL behind [`Driver`].
pub(super) struct Postgres(PgPool);

/// A pool of at most so many connections, which connects when first asked.
pub(super) fn open(url: &str, connections: u32) -> Result<Postgres, ConfigError> {
    // The address holds a password, so it is not shown.
    let options = PgConnectOptions::from_str(url)
        .map_err(|why| ConfigError(format!("DATABASE_URL is not a PostgreSQL address: {why}. It looks like `postgres://user:password@host:5432/database`.")))?;
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE)
        .after_connect(|connection, _| Box::pin(limited(connection)))
        .test_before_acquire(false)
        .before_acquire(|connection, used| Box::pin(is_alive(connection, used.idle_for)));
    Ok(Postgres(pool.connect_lazy_with(
        options.application_name("todo-chatbot"),
    )))
}

async fn limited(connection: &mut PgConnection) -> Result<(), Error> {
    connection.execute(STATEMENT).await.map(drop)
}

/// Whether the connection may be used: one that was idle is asked, which takes a round trip; one in
/// constant use is not.
async fn is_alive(connection: &mut PgConnection, idle_for: Duration) -> Result<bool, Error> {
    if idle_for > TRUSTED {
        connection.ping().await?;
    }
    Ok(true)
}

#[async_trait]
impl Driver for Postgres {
    const KIND: &'static str = "postgres";
    const PACKED: &'static str = packed::POSTGRES;

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
        // The migrator holds an advisory lock for as long as its connection lives, so it
        // gets one of its own, which ends here whatever happens.
        let options = self.0.connect_options();
        let connected = timeout(CONNECT, options.connect()).await;
        let connected = connected.unwrap_or_else(|_| Err(Error::PoolTimedOut));
        let mut connection: PgConnection = connected.map_err(failure)?;
        connection.execute(MIGRATION).await.map_err(failure)?;
        let migrated = migrations::postgres()
            .run_direct(None, &mut connection, false)
            .await;
        let _ = connection.close().await;
        migrated.map_err(|why| StoreError::Failed(format!("a migration failed: {why}.")))
    }

    async fn schema(&self) -> Result<Schema, StoreError> {
        let query = sqlx::query_scalar(migrations::APPLIED);
        let applied = patience::asked(query.fetch_one(&self.0)).await;
        let applied = applied.or_else(|why| {
            if is_missing_table(&why) {
                Ok(None)
            } else {
                Err(failure(why))
            }
        })?;
        Ok(migrations::schema(applied, &migrations::postgres()))
    }

    async fn close(&self) {
        self.0.close().await;
    }
}

fn arguments(values: Vec<Value>) -> Result<PgArguments, StoreError> {
    let mut arguments = PgArguments::default();
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

/// SQLSTATE `undefined_table`.
fn is_missing_table(error: &Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.code().as_deref() == Some("42P01"))
}

fn failure(error: Error) -> StoreError {
    match &error {
        Error::Database(refusal) if refusal.constraint() == Some("users_email_key") => {
            StoreError::EmailTaken
        }
        Error::Database(refusal) if refusal.is_foreign_key_violation() => StoreError::UnknownUser,
        Error::Database(refusal) if is_passing(refusal.code().as_deref()) => {
            StoreError::Unavailable(error.to_string())
        }
        _ if is_missing_table(&error) => {
            StoreError::Unavailable("it has no schema yet".to_string())
        }
        Error::Io(_)
        | Error::Tls(_)
        | Error::Protocol(_)
        | Error::PoolTimedOut
        | Error::PoolClosed => StoreError::Unavailable(error.to_string()),
        _ => StoreError::Failed(error.to_string()),
    }
}

/// SQLSTATE classes that speak of the server, not of the statement: connection exceptions,
/// insufficient resources, operator intervention (shutting down, starting up).
fn is_passing(code: Option<&str>) -> bool {
    code.is_some_and(|code| {
        ["08", "53", "57"]
            .iter()
            .any(|class| code.starts_with(class))
    })
}
