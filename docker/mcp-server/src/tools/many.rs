//! `update_tasks`, `delete_tasks` and `restore_tasks`: many tasks at once, all or none.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use todo_core::list::LIMIT_MAX;
use todo_core::store::Store;
use todo_core::task::{Priority, Task, TaskId, TaskPatch};
use todo_core::user::UserId;

use super::update::present;
use crate::tool::{Hints, Refusal, TaskTool};

/// The tool that changes many.
pub struct UpdateTasks;

/// Which tasks, and their new fields; those left out stay as they are.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Update {
    /// The tasks' ids, from list_tasks; at most 200.
    #[schemars(length(min = 1, max = 200))]
    pub ids: Vec<TaskId>,
    /// Whether they are done.
    pub done: Option<bool>,
    /// A new due day, `YYYY-MM-DD`, or `null` for none.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<NaiveDate>")]
    pub due: Option<Option<NaiveDate>>,
    /// A new priority.
    pub priority: Option<Priority>,
    /// All tags the tasks shall have, in place of the old ones.
    pub tags: Option<Vec<String>>,
    /// New notes in place of the old ones; at most 10,000 characters.
    pub notes: Option<String>,
    /// A new title for all of them; 1 to 200 characters.
    pub title: Option<String>,
}

/// The tasks that were changed or put back.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Tasks {
    /// The tasks as they are now, oldest first. Ids that name none of the user's are left out.
    pub tasks: Vec<Task>,
}

impl TaskTool for UpdateTasks {
    const NAME: &'static str = "update_tasks";
    const TITLE: &'static str = "Change many tasks";
    const DESCRIPTION: &'static str = "Changes the fields that are given of many tasks at once, such as `done: true` to complete them, \
        and returns them. Ask the user before changing many.";
    const NULLABLE: &'static [&'static str] = &["due"];
    const HINTS: Hints = Hints::OVERWRITES;
    type Arguments = Update;
    type Output = Tasks;

    async fn run(store: &dyn Store, user: UserId, arguments: Update) -> Result<Tasks, Refusal> {
        let Update {
            ids,
            done,
            due,
            priority,
            tags,
            notes,
            title,
        } = arguments;
        check("update_tasks", ids.len())?;
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
                "update_tasks was called without a field to change: give at least one besides `ids`.",
            ));
        }
        let tasks = store.update_tasks(user, &ids, patch.validated()?).await?;
        Ok(Tasks { tasks })
    }
}

/// The tool that deletes many.
pub struct DeleteTasks;

/// Which tasks.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delete {
    /// The tasks' ids, from list_tasks; at most 200.
    #[schemars(length(min = 1, max = 200))]
    pub ids: Vec<TaskId>,
}

/// What was deleted.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Deleted {
    /// The tasks as they were, oldest first; restore_tasks brings them back.
    pub deleted: Vec<Task>,
}

impl TaskTool for DeleteTasks {
    const NAME: &'static str = "delete_tasks";
    const TITLE: &'static str = "Delete many tasks";
    const DESCRIPTION: &'static str =
        "Deletes many tasks at once and returns them as they were. Ask the user first.";
    const HINTS: Hints = Hints::OVERWRITES;
    type Arguments = Delete;
    type Output = Deleted;

    async fn run(
        store: &dyn Store,
        user: UserId,
        Delete { ids }: Delete,
    ) -> Result<Deleted, Refusal> {
        check("delete_tasks", ids.len())?;
        let deleted = store.delete_tasks(user, &ids).await?;
        Ok(Deleted { deleted })
    }
}

/// The tool that puts deleted tasks back.
pub struct RestoreTasks;

/// Which tasks.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restore {
    /// The tasks as delete_task or delete_tasks returned them; at most 200.
    #[schemars(length(min = 1, max = 200))]
    pub tasks: Vec<Task>,
}

impl TaskTool for RestoreTasks {
    const NAME: &'static str = "restore_tasks";
    const TITLE: &'static str = "Put deleted tasks back";
    const DESCRIPTION: &'static str = "Puts deleted tasks back as they were, in their old places, and returns them. \
        Give the tasks as they were returned when they were deleted.";
    const HINTS: Hints = Hints::SETS;
    type Arguments = Restore;
    type Output = Tasks;

    async fn run(
        store: &dyn Store,
        user: UserId,
        Restore { tasks }: Restore,
    ) -> Result<Tasks, Refusal> {
        check("restore_tasks", tasks.len())?;
        let tasks = store.restore_tasks(user, tasks).await?;
        Ok(Tasks { tasks })
    }
}

/// As many as a page of a list holds.
fn check(tool: &str, count: usize) -> Result<(), Refusal> {
    if (1..=LIMIT_MAX as usize).contains(&count) {
        return Ok(());
    }
    Err(Refusal::new(format!(
        "{tool} takes 1 to {LIMIT_MAX} tasks at once, not {count}: call it several times."
    )))
}
