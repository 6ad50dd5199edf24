//! `update_task`: a task with some of its fields changed.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use todo_core::store::Store;
use todo_core::task::{Priority, TaskId, TaskPatch};
use todo_core::user::UserId;

use super::OneTask;
use crate::tool::{Hints, Refusal, TaskTool};

/// The tool.
pub struct UpdateTask;

/// Which task, and its new fields; those left out stay as they are.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arguments {
    /// The task's id, from list_tasks.
    pub id: TaskId,
    /// A new title; 1 to 200 characters.
    pub title: Option<String>,
    /// New notes in place of the old ones; at most 10,000 characters.
    pub notes: Option<String>,
    /// A new due day, `YYYY-MM-DD`, or `null` for none.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<NaiveDate>")]
    pub due: Option<Option<NaiveDate>>,
    /// A new priority.
    pub priority: Option<Priority>,
    /// All tags the task shall have, in place of the old ones.
    pub tags: Option<Vec<String>>,
    /// Whether it is done.
    pub done: Option<bool>,
}

/// Tells a field that is `null` from one that is absent.
pub(super) fn present<'de, D: Deserializer<'de>>(
    input: D,
) -> Result<Option<Option<NaiveDate>>, D::Error> {
    Deserialize::deserialize(input).map(Some)
}

impl TaskTool for UpdateTask {
    const NAME: &'static str = "update_task";
    const TITLE: &'static str = "Change a task";
    const DESCRIPTION: &'static str =
        "Changes the fields of one task that are given, leaves the others, and returns the task.";
    const NULLABLE: &'static [&'static str] = &["due"];
    const HINTS: Hints = Hints::OVERWRITES;
    type Arguments = Arguments;
    type Output = OneTask;

    async fn run(
        store: &dyn Store,
        user: UserId,
        arguments: Arguments,
    ) -> Result<OneTask, Refusal> {
        let Arguments {
            id,
            title,
            notes,
            due,
            priority,
            tags,
            done,
        } = arguments;
        let patch = TaskPatch {
            title,
            notes,
            due,
            priority,
            tags,
            done,
        };
        if patch.is_empty() {
            return Err(Refusal::new(
                "update_task was called without a field to change: give at least one besides `id`.",
            ));
        }
        let task = store
            .update_task(user, id, patch.validated()?, None)
            .await?
            .ok_or_else(|| Refusal::no_task(id))?;
        Ok(OneTask { task })
    }
}
