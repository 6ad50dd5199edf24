//! `add_task`: a new task.

use todo_core::store::Store;
use todo_core::task::NewTask;
use todo_core::user::UserId;

use super::OneTask;
use crate::tool::{Hints, Refusal, TaskTool};

/// The tool.
pub struct AddTask;

impl TaskTool for AddTask {
    const NAME: &'static str = "add_task";
    const TITLE: &'static str = "Add a task";
    const DESCRIPTION: &'static str = "Adds one task to the user's to-do list and returns it with its id. \
        Put a day the user names into `due`, not into the title.";
    const HINTS: Hints = Hints::ADDS;
    type Arguments = NewTask;
    type Output = OneTask;

    async fn run(store: &dyn Store, user: UserId, task: NewTask) -> Result<OneTask, Refusal> {
        let task = store.add_task(user, task.validated()?).await?;
        Ok(OneTask { task })
    }
}
