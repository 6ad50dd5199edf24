//! Which tasks to list, in what order, and where a page begins.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::task::{Invalid, Priority, TAG_MAX, TITLE_MAX, Task, TaskId, valid_day, within};

/// How many tasks a page holds unless asked otherwise.
pub const LIMIT_DEFAULT: u32 = 50;
/// The most tasks a page holds.
pub const LIMIT_MAX: u32 = 200;

/// What a list is asked for: a filter, an order, and a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskQuery {
    /// Which tasks.
    pub filter: TaskFilter,
    /// In which order.
    pub sort: Sort,
    /// How many and from where.
    pub page: Page,
}

/// Which tasks: all the conditions given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Only done tasks, or only open ones.
    pub done: Option<bool>,
    /// Text that the title or the notes contain, in any case.
    pub q: Option<String>,
    /// A tag they carry.
    pub tag: Option<String>,
    /// Their priority.
    pub priority: Option<Priority>,
    /// Due on this day or before; undated tasks are left out.
    pub due_before: Option<NaiveDate>,
    /// Due on this day or after; undated tasks are left out.
    pub due_after: Option<NaiveDate>,
}

impl TaskQuery {
    /// An error if it asks for what no task can hold, or goes on in another list.
    pub fn check(&self) -> Result<(), Invalid> {
        self.filter.check()?;
        Page::of(self.page.limit)?;
        match &self.page.after {
            Some(cursor) => cursor.check(self.sort),
            None => Ok(()),
        }
    }
}

impl TaskFilter {
    fn check(&self) -> Result<(), Invalid> {
        within("q", self.q.as_deref().unwrap_or_default(), TITLE_MAX)?;
        within("tag", self.tag.as_deref().unwrap_or_default(), TAG_MAX)?;
        for (field, day) in [
            ("due_before", self.due_before),
            ("due_after", self.due_after),
        ] {
            day.map(|day| valid_day(field, day)).transpose()?;
        }
        Ok(())
    }
}

/// What a list is ordered by. Written `due`, or `-due` for the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// The field.
    pub by: SortBy,
    /// Largest first.
    pub descending: bool,
}

/// The fields a list can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortBy {
    /// When it was made.
    Created,
    /// The day it is due; undated tasks come last either way.
    Due,
    /// How much it matters.
    Priority,
    /// The title, in any case.
    Title,
}

impl Default for Sort {
    /// Oldest first, so that "the first task" means the same to everyone.
    fn default() -> Self {
        Sort {
            by: SortBy::Created,
            descending: false,
        }
    }
}

impl FromStr for Sort {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (descending, field) = match text.strip_prefix('-') {
            Some(field) => (true, field),
            None => (false, text),
        };
        let by = match field {
            "created" => SortBy::Created,
            "due" => SortBy::Due,
            "priority" => SortBy::Priority,
            "title" => SortBy::Title,
            _ => {
                return Err(Invalid::new(
                    "sort",
                    "must be `created`, `due`, `priority` or `title`, or one of them after a `-`",
                ));
            }
        };
        Ok(Sort { by, descending })
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = match self.by {
            SortBy::Created => "created",
            SortBy::Due => "due",
            SortBy::Priority => "priority",
            SortBy::Title => "title",
        };
        write!(f, "{}{field}", if self.descending { "-" } else { "" })
    }
}

/// How many tasks, and after which one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// At most this many; 1 to 200.
    pub limit: u32,
    /// Where the page before ended.
    pub after: Option<Cursor>,
}

impl Default for Page {
    fn default() -> Self {
        Page {
            limit: LIMIT_DEFAULT,
            after: None,
        }
    }
}

impl Page {
    /// A first page of so many tasks.
    pub fn of(limit: u32) -> Result<Self, Invalid> {
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(Invalid::new(
                "limit",
                format!("must lie between 1 and {LIMIT_MAX}"),
            ));
        }
        Ok(Page { limit, after: None })
    }
}

/// One page of tasks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskPage {
    /// The tasks, in the order asked for.
    pub tasks: Vec<Task>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
    /// How many tasks pass the filter, on all pages together.
    pub total: u64,
    /// How many tasks there are, whatever the filter.
    pub counts: Counts,
}

/// How many tasks a user has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
pub struct Counts {
    /// All of them.
    pub all: u64,
    /// Those still to be done.
    pub open: u64,
    /// Those that are done.
    pub done: u64,
}

/// The place after one task in one order: the task's sort key and its id.
///
/// A page after a cursor is the same whatever was added or removed before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) sort: String,
    pub(crate) key: String,
    pub(crate) id: TaskId,
}

impl Cursor {
    /// The place after `task` in a list ordered by `sort`.
    pub fn after(task: &Task, sort: Sort) -> Self {
        let key = match sort.by {
            SortBy::Created => String::new(),
            SortBy::Due => task.due.map(|due| due.to_string()).unwrap_or_default(),
            SortBy::Priority => (task.priority as i32).to_string(),
            SortBy::Title => task.title.to_lowercase(),
        };
        Cursor {
            sort: sort.to_string(),
            key,
            id: task.id,
        }
    }

    /// As text that callers pass on without looking into it.
    pub fn encode(&self) -> String {
        let fields = (&self.sort, &self.key, self.id);
        URL_SAFE_NO_PAD.encode(serde_json::json!(fields).to_string())
    }

    /// The cursor of that text.
    pub fn decode(text: &str) -> Result<Self, Invalid> {
        let fields = URL_SAFE_NO_PAD.decode(text).ok();
        let fields = fields.and_then(|json| serde_json::from_slice(&json).ok());
        let (sort, key, id) = fields.ok_or_else(Invalid::unknown_cursor)?;
        Ok(Cursor { sort, key, id })
    }

    /// An error unless the cursor was made by a list in this order.
    pub fn check(&self, sort: Sort) -> Result<(), Invalid> {
        if self.sort == sort.to_string() && self.key_is_valid(sort.by) {
            return Ok(());
        }
        Err(Invalid::new(
            "cursor",
            format!("does not belong to a list sorted by `{sort}`; ask again without it"),
        ))
    }

    fn key_is_valid(&self, by: SortBy) -> bool {
        match by {
            SortBy::Created => self.key.is_empty(),
            SortBy::Due => self.key.is_empty() || is_day(&self.key),
            SortBy::Priority => matches!(self.key.as_str(), "0" | "1" | "2"),
            // In lower case a letter may be longer.
            SortBy::Title => within("cursor", &self.key, 3 * TITLE_MAX).is_ok(),
        }
    }
}

fn is_day(text: &str) -> bool {
    let day = text.parse().ok();
    day.is_some_and(|day| valid_day("cursor", day).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_are_read_as_they_are_written() {
        for text in [
            "created",
            "-created",
            "due",
            "-due",
            "priority",
            "-priority",
            "title",
            "-title",
        ] {
            assert_eq!(text.parse::<Sort>().unwrap().to_string(), text);
        }
        for text in ["", "-", "--due", "Due", "id"] {
            assert!(text.parse::<Sort>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_cursor_survives_its_text_and_fits_only_its_own_order() {
        let cursor = Cursor {
            sort: "title".into(),
            key: "täsk".into(),
            id: TaskId::nil(),
        };
        let read = Cursor::decode(&cursor.encode()).unwrap();
        assert_eq!(read, cursor);
        assert!(read.check("title".parse().unwrap()).is_ok());
        assert!(read.check("-title".parse().unwrap()).is_err());
    }

    #[test]
    fn forged_cursors_are_refused() {
        assert!(Cursor::decode("not a cursor").is_err());
        let long = "x".repeat(3 * TITLE_MAX + 1);
        for (sort, key) in [
            ("due", "1; DROP"),
            ("due", "-9999-01-01"),
            ("due", "+12345-01-01"),
            ("priority", "3"),
            ("created", "x"),
            ("title", "a\0b"),
            ("title", &long),
        ] {
            let forged = Cursor {
                sort: sort.into(),
                key: key.into(),
                id: TaskId::nil(),
            };
            assert!(forged.check(sort.parse().unwrap()).is_err(), "{sort} {key}");
        }
    }
}
