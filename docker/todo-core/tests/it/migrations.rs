//! Migrations: replicas that start together, and databases that are newer than the program.

use sqlx::{Connection, PgConnection, SqliteConnection};
use todo_core::store::{self, StoreError};
use todo_core::task::NewTask;
use uuid::Uuid;

use crate::servers;

/// Replicas that start at the same moment, each with connections of its own.
const TOGETHER: usize = 8;

async fn start_together(url: &str) {
    let replica = |url: String| async move {
        let store = store::open_url(&url).await.unwrap();
        store.migrate().await.unwrap();
        assert!(store.schema().await.unwrap().is_usable());
        store.close().await;
    };
    let replicas: Vec<_> = (0..TOGETHER)
        .map(|_| tokio::spawn(replica(url.to_string())))
        .collect();
    for replica in replicas {
        replica.await.unwrap();
    }
}

/// Without a schema everything is "not available", and the state says so.
async fn is_not_available_yet(url: &str) {
    let store = store::open_url(url).await.unwrap();
    let schema = store.schema().await.unwrap();
    assert!(schema.applied == 0 && !schema.is_usable());
    let task = store.add_task(Uuid::new_v4(), NewTask::titled("x")).await;
    assert!(matches!(task, Err(StoreError::Unavailable(_))), "{task:?}");
    store.close().await;
}

/// The program before a rollback finds a newer schema, and works with it.
async fn a_newer_one_is_usable(url: &str) {
    let store = store::open_url(url).await.unwrap();
    let schema = store.schema().await.unwrap();
    assert!(schema.applied > schema.needed && schema.is_usable());
    store.migrate().await.unwrap();
}

const NEWER: &str = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'from the future', true, '', 0)";

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_replicas_start_together() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/todo.db", directory.path().display());
    is_not_available_yet(&url).await;
    start_together(&url).await;
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query(NEWER).execute(&mut connection).await.unwrap();
    a_newer_one_is_usable(&url).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_replicas_make_the_file_together() {
    for _ in 0..10 {
        let directory = tempfile::tempdir().unwrap();
        start_together(&format!("sqlite://{}/todo.db", directory.path().display())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_replicas_start_together() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let url = server.postgres_url();
    is_not_available_yet(&url).await;
    start_together(&url).await;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    sqlx::query(NEWER).execute(&mut connection).await.unwrap();
    a_newer_one_is_usable(&url).await;
}

/// A file's name is taken as it is: what would be an escape in an address is none in a path.
#[tokio::test]
async fn a_file_is_opened_by_its_very_name() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a%20b c?mode=ro#d.db");
    let store = store::open_url(&format!("sqlite://{}", path.display())).await;
    let store = store.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
    let names = std::fs::read_dir(directory.path()).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["a%20b c?mode=ro#d.db"]);
}

#[tokio::test]
async fn addresses_that_cannot_be_used_are_sentences() {
    for (url, expected) in [
        (
            "mysql://x",
            "DATABASE_URL must begin with `postgres://` or `sqlite://`.",
        ),
        (
            "nonsense",
            "DATABASE_URL must begin with `postgres://` or `sqlite://`.",
        ),
        (
            "sqlite:///no/such/directory/x.db",
            "DATABASE_URL is `sqlite:///no/such/directory/x.db`, which cannot be opened",
        ),
        (
            "postgres://user:secret@host:port/x",
            "DATABASE_URL is not a PostgreSQL address",
        ),
    ] {
        let Err(error) = store::open_url(url).await else {
            panic!("{url} was opened")
        };
        assert!(error.to_string().starts_with(expected), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
