//! `complete_task`: a task ticked, or unticked.

use schemars::JsonSchema;
use serde::Deserialize;
use todo_core::store::Store;
use todo_core::task::{TaskId, TaskPatch};
use todo_core::user::UserId;

use super::OneTask;
use crate::tool::{Hints, Refusal, TaskTool};

/// The tool.
pub struct CompleteTask;

/// Which task, and which way.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arguments {
    /// The task's id, from list_tasks.
    pub id: TaskId,
    /// `false` opens the task again.
    #[serde(default = "yes")]
    pub done: bool,
}

fn yes() -> bool {
    true
}

impl TaskTool for CompleteTask {
    const NAME: &'static str = "complete_task";
    const TITLE: &'static str = "Complete a task";
    const DESCRIPTION: &'static str =
        "Marks one task as done, or as open again with `done: false`, and returns it.";
    const HINTS: Hints = Hints::SETS;
    type Arguments = Arguments;
    type Output = OneTask;

    async fn run(
        store: &dyn Store,
        user: UserId,
        Arguments { id, done }: Arguments,
    ) -> Result<OneTask, Refusal> {
        let patch = TaskPatch {
            done: Some(done),
            ..TaskPatch::default()
        };
        let task = store
            .update_task(user, id, patch, None)
            .await?
            .ok_or_else(|| Refusal::no_task(id))?;
        Ok(OneTask { task })
    }
}
