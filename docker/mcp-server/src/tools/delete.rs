//! `delete_task`: a task gone. Answers the whole task, so that it can be made again if the user
//! wants it back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use todo_core::store::Store;
use todo_core::task::{Task, TaskId};
use todo_core::user::UserId;

use crate::tool::{Hints, Refusal, TaskTool};

/// The tool.
pub struct DeleteTask;

/// Which task.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arguments {
    /// The task's id, from list_tasks.
    pub id: TaskId,
}

/// What was deleted.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The task as it was; restore_tasks brings it back.
    pub deleted: Task,
}

impl TaskTool for DeleteTask {
    const NAME: &'static str = "delete_task";
    const TITLE: &'static str = "Delete a task";
    const DESCRIPTION: &'static str =
        "Deletes one task for good and returns it as it was. Ask the user before deleting several.";
    const HINTS: Hints = Hints::OVERWRITES;
    type Arguments = Arguments;
    type Output = Output;

    async fn run(
        store: &dyn Store,
        user: UserId,
        Arguments { id }: Arguments,
    ) -> Result<Output, Refusal> {
        let deleted = store
            .delete_task(user, id, None)
            .await?
            .ok_or_else(|| Refusal::no_task(id))?;
        Ok(Output { deleted })
    }
}
