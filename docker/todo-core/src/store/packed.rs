//! Many tasks as one row of JSON. SQLite runs on a thread of its own, and each row is handed over from thread to thread:
//! for a page of tasks that takes longer than all the rest. Knows the columns of a task, not who asks.

use super::StoreError;
use super::rows::TaskRow;
use super::statement::Statement;

/// The same rows, in the same order, as one list; the `LIMIT` inside keeps SQLite from changing their order. SQLite has
/// neither ids nor truth values: both are put into words.
pub(super) fn select(tasks: Statement) -> Statement {
    let sql = format!(
        "SELECT json_group_array(json_array(hex(id), title, notes, due, priority, tags, \
         json(iif(done, 'true', 'false')), created_at, updated_at)) FROM ({})",
        tasks.sql
    );
    Statement { sql, ..tasks }
}

/// The rows of this list.
pub(super) fn rows(list: &str) -> Result<Vec<TaskRow>, StoreError> {
    serde_json::from_str(list)
        .map_err(|why| StoreError::Failed(format!("a list of tasks cannot be read: {why}.")))
}
