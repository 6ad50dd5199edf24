//! Addresses that were stored before equal ones were made equal.

use uuid::Uuid;

use super::StoreError;
use super::sql::{Driver, SqlStore};
use super::statement::Statement;
use super::statement::Value::{Id, Text};
use crate::user::valid_email;

/// What may not be in the form of [`valid_email`]: whatever holds more than small ASCII letters.
const OTHERS: &str = "SELECT id, email FROM users \
    WHERE octet_length(email) <> length(email) OR lower(email) <> email";

impl<D: Driver> SqlStore<D> {
    /// Gives every stored address the form that log-ins are looked for in. Where another account
    /// has that form already, both stay as they are, and the log says so.
    pub(super) async fn make_addresses_equal(&self) -> Result<(), StoreError> {
        let rows = self
            .0
            .fetch::<(Uuid, String)>(Statement::new(OTHERS))
            .await?;
        for (id, email) in rows {
            let Some(form) = valid_email(&email).ok().filter(|form| *form != email) else {
                continue;
            };
            let changed = self.one::<(Uuid,)>(renamed(id, &form)).await?;
            if changed.is_none() {
                tracing::warn!(user = %id, "this account's address looks like another's: nobody can log in to it");
            }
        }
        Ok(())
    }
}

fn renamed(id: Uuid, email: &str) -> Statement {
    let text = || Text(email.to_owned());
    Statement::new("UPDATE users")
        .with(" SET email = ? WHERE id = ?", [text(), Id(id)])
        .with(
            " AND NOT EXISTS (SELECT 1 FROM users WHERE email = ?)",
            [text()],
        )
        .with(" RETURNING id", [])
}
