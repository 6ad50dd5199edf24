//! The schema's migrations, embedded. Each file is applied once, in order, and never edited
//! afterwards; a new one only adds, so that the program before still works with it.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::Schema;

/// What brings SQLite up to date.
pub(super) fn sqlite() -> Migrator {
    migrator(&[
        include_str!("../../migrations/sqlite/0001_first.sql"),
        include_str!("../../migrations/sqlite/0002_revoked_sessions.sql"),
        include_str!("../../migrations/sqlite/0003_versions_and_search.sql"),
        include_str!("../../migrations/sqlite/0004_sessions.sql"),
    ])
}

/// What brings PostgreSQL up to date.
pub(super) fn postgres() -> Migrator {
    migrator(&[
        include_str!("../../migrations/postgres/0001_first.sql"),
        include_str!("../../migrations/postgres/0002_revoked_sessions.sql"),
        include_str!("../../migrations/postgres/0003_versions_and_search.sql"),
        include_str!("../../migrations/postgres/0004_sessions.sql"),
    ])
}

/// The state of a database, from the versions of its `_sqlx_migrations`.
pub(super) fn schema(applied: Option<i64>, migrator: &Migrator) -> Schema {
    let needed = migrator
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or_default();
    Schema {
        applied: applied.unwrap_or_default(),
        needed,
    }
}

/// The latest version whose migration succeeded.
pub(super) const APPLIED: &str = "SELECT MAX(version) FROM _sqlx_migrations WHERE success";

fn migrator(files: &[&'static str]) -> Migrator {
    let migrations = (1..).zip(files).map(|(version, sql)| {
        Migration::new(
            version,
            format!("{version:04}").into(),
            MigrationType::Simple,
            sql.into_sql_str(),
            false,
        )
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    // A database that a newer version has migrated is not an error: see `Schema::is_usable`.
    migrator.set_ignore_missing(true);
    migrator
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that is not in the list is never applied, and nobody is told.
    #[test]
    fn every_file_is_in_the_list() {
        for (name, migrator) in [("sqlite", sqlite()), ("postgres", postgres())] {
            let folder = format!("{}/migrations/{name}", env!("CARGO_MANIFEST_DIR"));
            let files = std::fs::read_dir(folder).unwrap();
            assert_eq!(migrator.iter().count(), files.count(), "{name}");
        }
    }
}
