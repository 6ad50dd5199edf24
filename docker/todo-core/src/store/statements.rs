//! The statements on tasks. Pure: from a question to SQL as data.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::statement::Value::{Date, Flag, Id, Integer, Time};
use super::statement::{LIMIT, Statement, Value, containing};
use crate::list::{Cursor, Sort, SortBy, TaskFilter, TaskQuery};
use crate::task::{NewTask, Task, TaskId, TaskPatch, Version};
use crate::user::UserId;

pub(super) const TASK: &str =
    "id, title, notes, due, priority, tags, done, created_at, updated_at, version";

pub(super) fn add_task(user: UserId, task: NewTask, now: DateTime<Utc>) -> Statement {
    let values = [
        Id(Uuid::now_v7()),
        Id(user),
        task.title.to_lowercase().into(),
        task.title.into(),
        task.notes.to_lowercase().into(),
        task.notes.into(),
        Date(task.due),
        Integer(task.priority as i32),
        tags(&task.tags).into(),
        Flag(false),
        Time(now),
        Time(now),
    ];
    Statement::new("INSERT INTO tasks (id, user_id, title_key, title, notes_key, notes, due, priority, tags, done, created_at, updated_at) ")
        .with("VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        .with(&format!(" RETURNING {TASK}"), [])
}

pub(super) fn task(user: UserId, id: TaskId) -> Statement {
    Statement::new(format!("SELECT {TASK} FROM tasks"))
        .with(" WHERE user_id = ? AND id = ?", [Id(user), Id(id)])
}

pub(super) fn delete_tasks(user: UserId, ids: &[TaskId], only: Option<&[Version]>) -> Statement {
    let mut delete = Statement::new("DELETE FROM tasks").with(" WHERE user_id = ?", [Id(user)]);
    push_named(&mut delete, ids, only);
    delete.with(&format!(" RETURNING {TASK}"), [])
}

/// Makes deleted tasks again; those that are there are left alone.
pub(super) fn restore_tasks(user: UserId, tasks: Vec<Task>) -> Statement {
    let mut insert = Statement::new(
        "INSERT INTO tasks (id, user_id, title_key, title, notes_key, notes, due, priority, tags, done, created_at, updated_at, version)",
    );
    let mut joined = " VALUES ";
    for task in tasks {
        let values = [
            Id(task.id),
            Id(user),
            task.title.to_lowercase().into(),
            task.title.into(),
            task.notes.to_lowercase().into(),
            task.notes.into(),
            Date(task.due),
            Integer(task.priority as i32),
            tags(&task.tags).into(),
            Flag(task.done),
            Time(task.created_at),
            Time(task.updated_at),
            Integer(task.version.saturating_add(1)),
        ];
        insert.push(joined, []);
        insert.push("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values);
        joined = ", ";
    }
    insert.with(
        &format!(" ON CONFLICT (id) DO NOTHING RETURNING {TASK}"),
        [],
    )
}

/// Those of the tasks named that have one of the versions, if any are asked for.
fn push_named(statement: &mut Statement, ids: &[TaskId], only: Option<&[Version]>) {
    push_in(statement, "id", ids.iter().map(|id| Id(*id)));
    if let Some(versions) = only {
        push_in(
            statement,
            "version",
            versions.iter().map(|version| Integer(*version)),
        );
    }
}

fn push_in(statement: &mut Statement, column: &str, values: impl Iterator<Item = Value>) {
    // Comparing with nothing is true of no row, and keeps an empty list valid.
    statement.push(&format!(" AND {column} IN (NULL"), []);
    for value in values {
        statement.push(", ?", [value]);
    }
    statement.push(")", []);
}

pub(super) fn update_tasks(
    user: UserId,
    ids: &[TaskId],
    patch: TaskPatch,
    only: Option<&[Version]>,
    now: DateTime<Utc>,
) -> Statement {
    let mut set = Statement::new("UPDATE tasks SET ")
        .with("version = version + 1, updated_at = ?", [Time(now)]);
    if let Some(title) = patch.title {
        set.push(
            ", title_key = ?, title = ?",
            [title.to_lowercase().into(), title.into()],
        );
    }
    if let Some(notes) = patch.notes {
        set.push(
            ", notes_key = ?, notes = ?",
            [notes.to_lowercase().into(), notes.into()],
        );
    }
    if let Some(due) = patch.due {
        set.push(", due = ?", [Date(due)]);
    }
    if let Some(priority) = patch.priority {
        set.push(", priority = ?", [Integer(priority as i32)]);
    }
    if let Some(words) = patch.tags {
        set.push(", tags = ?", [tags(&words).into()]);
    }
    if let Some(done) = patch.done {
        set.push(", done = ?", [Flag(done)]);
    }
    set.push(" WHERE user_id = ?", [Id(user)]);
    push_named(&mut set, ids, only);
    set.with(&format!(" RETURNING {TASK}"), [])
}

/// One task more than the page holds, which tells whether there is a next page.
pub(super) fn push_page(select: &mut Statement, user: UserId, query: &TaskQuery) {
    select.push(
        &format!("SELECT {TASK} FROM tasks WHERE user_id = ?"),
        [Id(user)],
    );
    push_filter(select, &query.filter);
    if let Some(cursor) = &query.page.after {
        after(select, cursor, query.sort);
    }
    order(select, query.sort);
    select.push(LIMIT, [Integer(query.page.limit as i32 + 1)]);
}

pub(super) fn push_filter(select: &mut Statement, filter: &TaskFilter) {
    if let Some(done) = filter.done {
        select.push(" AND done = ?", [Flag(done)]);
    }
    if let Some(q) = &filter.q {
        let q = containing(&q.to_lowercase());
        select.push(
            r" AND (title_key LIKE ? ESCAPE '\' OR notes_key LIKE ? ESCAPE '\')",
            [q.clone().into(), q.into()],
        );
    }
    if let Some(tag) = &filter.tag {
        select.push(
            r" AND tags LIKE ? ESCAPE '\'",
            [containing(&quoted(&tag.to_lowercase())).into()],
        );
    }
    if let Some(priority) = filter.priority {
        select.push(" AND priority = ?", [Integer(priority as i32)]);
    }
    if let Some(day) = filter.due_before {
        select.push(" AND due <= ?", [Date(Some(day))]);
    }
    if let Some(day) = filter.due_after {
        select.push(" AND due >= ?", [Date(Some(day))]);
    }
}

/// The rest of the list after the cursor's task, in the order of [`order`].
fn after(select: &mut Statement, cursor: &Cursor, sort: Sort) {
    let beyond = if sort.descending { '<' } else { '>' };
    match key(cursor, sort) {
        None => select.push(&format!(" AND id {beyond} ?"), [Id(cursor.id)]),
        Some(key) => {
            select.push(" AND (", []);
            push_sort_key(select, sort);
            select.push(&format!(", id) {beyond} (?, ?)"), [key, Id(cursor.id)]);
        }
    }
}

fn order(select: &mut Statement, sort: Sort) {
    let way = if sort.descending { "DESC" } else { "ASC" };
    select.push(" ORDER BY ", []);
    if sort.by != SortBy::Created {
        push_sort_key(select, sort);
        select.push(&format!(" {way}, "), []);
    }
    select.push(&format!("id {way}"), []);
}

fn push_sort_key(select: &mut Statement, sort: Sort) {
    match sort.by {
        SortBy::Created => select.push("id", []),
        SortBy::Due => select.push("COALESCE(due, ?)", [Date(Some(undated(sort)))]),
        SortBy::Priority => select.push("priority", []),
        SortBy::Title => select.push("title_key", []),
    }
}

fn key(cursor: &Cursor, sort: Sort) -> Option<Value> {
    match sort.by {
        SortBy::Created => None,
        SortBy::Due => Some(Date(Some(
            cursor.key.parse().unwrap_or_else(|_| undated(sort)),
        ))),
        SortBy::Priority => Some(Integer(cursor.key.parse().unwrap_or_default())),
        SortBy::Title => Some(cursor.key.as_str().into()),
    }
}

/// A day beyond every valid one, so that undated tasks come last either way.
fn undated(sort: Sort) -> NaiveDate {
    let year = if sort.descending { 999 } else { 9999 };
    NaiveDate::from_yo_opt(year, 1).expect("these years exist")
}

/// Tags are kept as a JSON list in which each is found by its quoted form.
fn tags(words: &[String]) -> String {
    format!(
        "[{}]",
        words
            .iter()
            .map(|word| quoted(word))
            .collect::<Vec<_>>()
            .join(",")
    )
}

fn quoted(word: &str) -> String {
    serde_json::Value::from(word).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::Page;

    #[track_caller]
    fn check(query: TaskQuery, tail: &str, values: usize) {
        let mut statement = Statement::default();
        push_page(&mut statement, Uuid::nil(), &query);
        let expected = format!("SELECT {TASK} FROM tasks WHERE user_id = $1{tail}");
        assert_eq!(statement.sql, expected);
        assert_eq!(statement.values.len(), values);
    }

    #[test]
    fn lists_are_bound_to_the_user() {
        check(TaskQuery::default(), " ORDER BY id ASC LIMIT $2 + 0", 2);
        let filter = TaskFilter {
            q: Some("x' OR 1=1 --".into()),
            done: Some(true),
            ..TaskFilter::default()
        };
        let tail = r" AND done = $2 AND (title_key LIKE $3 ESCAPE '\' OR notes_key LIKE $4 ESCAPE '\') ORDER BY id ASC LIMIT $5 + 0";
        check(
            TaskQuery {
                filter,
                ..TaskQuery::default()
            },
            tail,
            5,
        );
    }

    #[test]
    fn a_cursor_goes_on_in_the_same_order() {
        let sort = Sort {
            by: SortBy::Due,
            descending: true,
        };
        let cursor = Cursor {
            sort: sort.to_string(),
            key: "2030-01-01".into(),
            id: Uuid::nil(),
        };
        let page = Page {
            limit: 2,
            after: Some(cursor),
        };
        let tail = " AND (COALESCE(due, $2), id) < ($3, $4) ORDER BY COALESCE(due, $5) DESC, id DESC LIMIT $6 + 0";
        check(
            TaskQuery {
                sort,
                page,
                ..TaskQuery::default()
            },
            tail,
            6,
        );
    }

    #[test]
    fn a_patch_sets_only_what_it_names() {
        let patch = TaskPatch {
            done: Some(true),
            due: Some(None),
            ..TaskPatch::default()
        };
        let statement = update_tasks(Uuid::nil(), &[Uuid::nil()], patch, Some(&[3]), Utc::now());
        let expected = format!(
            "UPDATE tasks SET version = version + 1, updated_at = $1, due = $2, done = $3 \
             WHERE user_id = $4 AND id IN (NULL, $5) AND version IN (NULL, $6) RETURNING {TASK}"
        );
        assert_eq!(statement.sql, expected);
    }

    #[test]
    fn what_is_searched_for_is_literal() {
        assert_eq!(containing(r"50%_\"), r"%50\%\_\\%");
    }
}
