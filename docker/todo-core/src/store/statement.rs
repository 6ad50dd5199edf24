//! A statement as data: its text and the values bound to it.
//!
//! The text is the same for SQLite and PostgreSQL: both take `$1`, `RETURNING` and row values.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// A value bound to a statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Id(Uuid),
    Text(String),
    OptionalText(Option<String>),
    Date(Option<NaiveDate>),
    Time(DateTime<Utc>),
    Integer(i32),
    Flag(bool),
}

/// The end of a statement that is to answer so many rows. Were the bound value alone, SQLite would
/// plan the statement anew each time it runs.
pub(super) const LIMIT: &str = " LIMIT ? + 0";

/// SQL with numbered places, and what goes into them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
}

impl Statement {
    pub(super) fn new(sql: impl Into<String>) -> Self {
        Statement {
            sql: sql.into(),
            values: Vec::new(),
        }
    }

    /// Appends text, in which each `?` becomes the place of the next of `values`.
    /// The texts are constants of this crate and hold no other `?`.
    pub(super) fn push<const N: usize>(&mut self, text: &str, values: [Value; N]) {
        let mut pieces = text.split('?');
        self.sql.push_str(pieces.next().unwrap_or_default());
        for (piece, value) in pieces.zip(values) {
            self.values.push(value);
            self.sql.push_str(&format!("${}{piece}", self.values.len()));
        }
    }

    /// [`Statement::push`] on a statement not yet named.
    pub(super) fn with<const N: usize>(mut self, text: &str, values: [Value; N]) -> Self {
        self.push(text, values);
        self
    }
}

impl From<Uuid> for Value {
    fn from(id: Uuid) -> Self {
        Value::Id(id)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_string())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

/// Text to be found anywhere by `LIKE … ESCAPE '\'`, taken literally.
pub(super) fn containing(text: &str) -> String {
    let literal = text
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    format!("%{literal}%")
}
