//! A page of tasks and the counts around it as one row: the tasks are one list of JSON. So both
//! come from the same moment and one round trip; and SQLite, which runs on a thread of its own,
//! hands over one row instead of many, which for a page would take longer than all the rest.

use super::rows::TaskRow;
use super::statement::Statement;
use super::statement::Value::Id;
use super::{StoreError, rows, statements};
use crate::list::{Counts, Cursor, TaskPage, TaskQuery};
use crate::user::UserId;

/// The list of the rows of a page as PostgreSQL makes it.
pub(super) const POSTGRES: &str = "COALESCE(json_agg(json_build_array(id, title, notes, due, priority, tags, \
     done, created_at, updated_at, version))::text, '[]')";
/// As SQLite makes it, which has neither ids nor truth values: both are put into words.
pub(super) const SQLITE: &str = "json_group_array(json_array(hex(id), title, notes, due, priority, tags, \
     json(iif(done, 'true', 'false')), created_at, updated_at, version))";

/// The page's list, then how many tasks fit, how many there are, and how many are done.
pub(super) type Packed = (String, i64, i64, i64);

/// The page in one row. The `LIMIT` inside keeps the tasks in their order.
pub(super) fn select(list: &str, user: UserId, query: &TaskQuery) -> Statement {
    let mut select = Statement::new(format!("SELECT (SELECT {list} FROM ("));
    statements::push_page(&mut select, user, query);
    select.push(
        ") AS page), fitting, every, done FROM (SELECT COUNT(*) AS every, COUNT(*) FILTER (WHERE done) AS done, \
         COUNT(*) FILTER (WHERE TRUE",
        [],
    );
    statements::push_filter(&mut select, &query.filter);
    select.with(
        ") AS fitting FROM tasks WHERE user_id = ?) AS counts",
        [Id(user)],
    )
}

/// The page in that row, without the extra task that only tells that there is more.
pub(super) fn page(
    (list, total, all, done): Packed,
    query: &TaskQuery,
) -> Result<TaskPage, StoreError> {
    let rows: Vec<TaskRow> = serde_json::from_str(&list)
        .map_err(|why| StoreError::Failed(format!("a list of tasks cannot be read: {why}.")))?;
    let limit = query.page.limit as usize;
    let more = rows.len() > limit;
    let tasks: Vec<_> = rows.into_iter().take(limit).map(rows::task).collect();
    let last = tasks.last().filter(|_| more);
    Ok(TaskPage {
        next: last.map(|task| Cursor::after(task, query.sort)),
        total: total.unsigned_abs(),
        counts: Counts {
            all: all.unsigned_abs(),
            open: (all - done).unsigned_abs(),
            done: done.unsigned_abs(),
        },
        tasks,
    })
}
