//! The tools, one file each, those for many tasks in one. Adding one is a file and a line here.

mod add;
mod complete;
mod delete;
mod list;
mod many;
mod update;

use rmcp::handler::server::router::tool::ToolRouter;
use schemars::JsonSchema;
use serde::Serialize;
use todo_core::task::Task;

use crate::server::TodoServer;
use crate::tool::route;

/// All tools.
pub fn router() -> ToolRouter<TodoServer> {
    ToolRouter::new()
        .with_route(route::<add::AddTask>())
        .with_route(route::<list::ListTasks>())
        .with_route(route::<complete::CompleteTask>())
        .with_route(route::<update::UpdateTask>())
        .with_route(route::<delete::DeleteTask>())
        .with_route(route::<many::UpdateTasks>())
        .with_route(route::<many::DeleteTasks>())
        .with_route(route::<many::RestoreTasks>())
}

/// The result of a tool that made or changed one task.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OneTask {
    /// The task as it is now.
    pub task: Task,
}
