//! A task, how one is made and how one is changed.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::user::is_invisible;

/// Names a task. Ids are UUIDs of version 7, so their order is the order of creation.
pub type TaskId = Uuid;

/// Counts the changes of a task, from 1.
pub type Version = i32;

/// The longest title, in characters.
pub const TITLE_MAX: usize = 200;
/// The longest notes, in characters.
pub const NOTES_MAX: usize = 10_000;
/// The longest tag, in characters.
pub const TAG_MAX: usize = 32;
/// The most tags one task carries.
pub const TAGS_MAX: usize = 20;

/// One thing to do, as every service shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
pub struct Task {
    /// Names the task.
    pub id: Uuid,
    /// What is to be done.
    pub title: String,
    /// Anything else worth writing down; empty when there is nothing.
    pub notes: String,
    /// The day it is due, if any.
    pub due: Option<NaiveDate>,
    /// How much it matters.
    pub priority: Priority,
    /// Lower-case words to find it by.
    pub tags: Vec<String>,
    /// Whether it is done.
    pub done: bool,
    /// When it was made.
    #[serde(serialize_with = "as_rfc3339")]
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    #[serde(serialize_with = "as_rfc3339")]
    pub updated_at: DateTime<Utc>,
    /// Counts its changes, from 1; also its ETag.
    #[serde(default = "first_version")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: Version,
}

/// As chrono writes a time by itself, but whole: each task of a list has two of them, and letter by
/// letter they took half of the time that writing the list takes.
fn as_rfc3339<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// Of tasks that were written down before versions were counted.
fn first_version() -> Version {
    1
}

impl Task {
    /// The same with its texts trimmed and its tags in order, or the first thing wrong with it.
    pub fn validated(self) -> Result<Self, Invalid> {
        Ok(Task {
            title: valid_title(&self.title)?,
            notes: valid_notes(self.notes)?,
            due: self.due.map(|due| valid_day("due", due)).transpose()?,
            tags: valid_tags(self.tags)?,
            created_at: valid_time("created_at", self.created_at)?,
            updated_at: valid_time("updated_at", self.updated_at)?,
            ..self
        })
    }
}

/// How much a task matters.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
pub enum Priority {
    /// It can wait.
    Low,
    /// The usual.
    #[default]
    Medium,
    /// Before the others.
    High,
}

impl Priority {
    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Priority::Low => "low",
            Priority::Medium => "medium",
            Priority::High => "high",
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Priority {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "low" => Ok(Priority::Low),
            "medium" => Ok(Priority::Medium),
            "high" => Ok(Priority::High),
            _ => Err(Invalid::new(
                "priority",
                "must be one of `low`, `medium`, `high`",
            )),
        }
    }
}

/// What a task is made from; only the title is needed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
pub struct NewTask {
    /// What is to be done; 1 to 200 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub title: String,
    /// Anything else worth writing down; at most 10,000 characters.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 10000))]
    pub notes: String,
    /// The day it is due, `YYYY-MM-DD`.
    #[serde(default)]
    pub due: Option<NaiveDate>,
    /// How much it matters; `medium` unless said.
    #[serde(default)]
    pub priority: Priority,
    /// At most 20 words of at most 32 characters; they are lower-cased.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub tags: Vec<String>,
}

impl NewTask {
    /// A task with this title and nothing else.
    pub fn titled(title: impl Into<String>) -> Self {
        NewTask {
            title: title.into(),
            ..NewTask::default()
        }
    }

    /// The same task with its texts trimmed and its tags in order, or the first thing wrong with
    /// it.
    pub fn validated(self) -> Result<Self, Invalid> {
        Ok(NewTask {
            title: valid_title(&self.title)?,
            notes: valid_notes(self.notes)?,
            due: self.due.map(|due| valid_day("due", due)).transpose()?,
            priority: self.priority,
            tags: valid_tags(self.tags)?,
        })
    }
}

/// What to change in a task; absent fields stay as they are, and `"due": null` removes the day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
pub struct TaskPatch {
    /// A new title; 1 to 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub title: Option<String>,
    /// New notes; at most 10,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 10000))]
    pub notes: Option<String>,
    /// A new day, or `null` for none.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<NaiveDate>))]
    #[cfg_attr(feature = "json-schema", schemars(with = "Option<NaiveDate>"))]
    pub due: Option<Option<NaiveDate>>,
    /// A new priority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// New tags, in place of all the old ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub tags: Option<Vec<String>>,
    /// Whether it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<bool>,
}

impl TaskPatch {
    /// The same patch with its texts trimmed and its tags in order, or the first thing wrong with
    /// it.
    pub fn validated(self) -> Result<Self, Invalid> {
        Ok(TaskPatch {
            title: self.title.as_deref().map(valid_title).transpose()?,
            notes: self.notes.map(valid_notes).transpose()?,
            due: self
                .due
                .map(|due| due.map(|due| valid_day("due", due)).transpose())
                .transpose()?,
            priority: self.priority,
            tags: self.tags.map(valid_tags).transpose()?,
            done: self.done,
        })
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        *self == TaskPatch::default()
    }
}

/// Tells a field that is `null` from one that is absent.
fn present<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Option<NaiveDate>>, D::Error> {
    Deserialize::deserialize(input).map(Some)
}

/// What is wrong with something a caller sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {problem}.")]
pub struct Invalid {
    /// The field at fault.
    pub field: &'static str,
    /// What is wrong with it, as the end of a sentence that begins with the field.
    pub problem: String,
}

impl Invalid {
    /// `field` and the end of the sentence that begins with it.
    pub fn new(field: &'static str, problem: impl Into<String>) -> Self {
        Invalid {
            field,
            problem: problem.into(),
        }
    }

    /// A cursor that no list has answered.
    pub(crate) fn unknown_cursor() -> Self {
        Invalid::new(
            "cursor",
            "is not one that a list has answered; ask again without it",
        )
    }
}

/// Trimmed text of 1 to `max` characters, some of which can be seen and none of which is a NUL
/// (PostgreSQL keeps none).
pub fn valid_text(field: &'static str, text: &str, max: usize) -> Result<String, Invalid> {
    let text = text.trim();
    if text.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
        return Err(Invalid::new(field, "must not be empty"));
    }
    within(field, text, max)?;
    Ok(text.to_string())
}

/// At most `max` characters, none of them a NUL.
pub(crate) fn within(field: &'static str, text: &str, max: usize) -> Result<(), Invalid> {
    let length = text.chars().count();
    if length > max {
        return Err(Invalid::new(
            field,
            format!("has {length} characters; at most {max} are kept"),
        ));
    }
    if text.contains('\0') {
        return Err(Invalid::new(
            field,
            "contains a NUL character, which no text needs",
        ));
    }
    Ok(())
}

fn valid_title(title: &str) -> Result<String, Invalid> {
    valid_text("title", title, TITLE_MAX)
}

fn valid_notes(notes: String) -> Result<String, Invalid> {
    within("notes", &notes, NOTES_MAX)?;
    Ok(notes)
}

/// Four-digit years only: sorting and cursors count on them, and no database keeps all others.
pub(crate) fn valid_day(field: &'static str, day: NaiveDate) -> Result<NaiveDate, Invalid> {
    if (1000..=9998).contains(&day.year()) {
        return Ok(day);
    }
    Err(Invalid::new(
        field,
        "must lie between 1000-01-01 and 9998-12-31",
    ))
}

/// A time on a valid day; see [`valid_day`].
pub(crate) fn valid_time(
    field: &'static str,
    time: DateTime<Utc>,
) -> Result<DateTime<Utc>, Invalid> {
    valid_day(field, time.date_naive()).map(|_| time)
}

fn valid_tags(tags: Vec<String>) -> Result<Vec<String>, Invalid> {
    let mut kept: Vec<String> = Vec::new();
    for tag in tags {
        let tag = valid_text("tags", &tag, TAG_MAX)?.to_lowercase();
        if !kept.contains(&tag) {
            kept.push(tag);
        }
    }
    if kept.len() > TAGS_MAX {
        return Err(Invalid::new(
            "tags",
            format!("names {} tags; at most {TAGS_MAX} are kept", kept.len()),
        ));
    }
    Ok(kept)
}

#[cfg(test)]
mod tests;
