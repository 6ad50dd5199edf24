//! Tasks of the caller: list, add, read, change, remove.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use todo_core::error_body::ApiError;
use todo_core::list::{Counts, Cursor, LIMIT_DEFAULT, Page, TaskFilter, TaskPage, TaskQuery};
use todo_core::task::{NewTask, Priority, Task, TaskPatch};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::docs::{BadBody, BadQuery, Changed, Guarded, Missing};
use crate::input::{Asked, Body, Id, nothing_there};
use crate::precondition::IfMatch;
use crate::session::Session;

/// Which tasks to list, in what order, and which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Only done tasks, or only open ones.
    done: Option<bool>,
    /// Text that the title or the notes contain, in any case.
    #[param(max_length = 200)]
    q: Option<String>,
    /// A tag they carry.
    #[param(max_length = 32)]
    tag: Option<String>,
    /// Their priority.
    #[param(inline)]
    priority: Option<Priority>,
    /// Due on this day or before.
    due_before: Option<NaiveDate>,
    /// Due on this day or after.
    due_after: Option<NaiveDate>,
    /// What to order by; a `-` before it turns the order round.
    #[param(pattern = "^-?(created|due|priority|title)$", default = "created")]
    sort: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

impl ListParams {
    fn query(self) -> Result<TaskQuery, ApiError> {
        let cursor = self.cursor.as_deref().map(Cursor::decode).transpose()?;
        Ok(TaskQuery {
            sort: self
                .sort
                .as_deref()
                .map(str::parse)
                .transpose()?
                .unwrap_or_default(),
            page: Page {
                after: cursor,
                ..Page::of(self.limit.unwrap_or(LIMIT_DEFAULT))?
            },
            filter: TaskFilter {
                done: self.done,
                q: self.q,
                tag: self.tag,
                priority: self.priority,
                due_before: self.due_before,
                due_after: self.due_after,
            },
        })
    }
}

/// One page of tasks.
#[derive(Serialize, ToSchema)]
struct TaskList {
    /// The tasks, in the order asked for.
    tasks: Vec<Task>,
    /// Send it as `cursor` for the next page; `null` on the last one.
    next: Option<String>,
    /// How many tasks fit, on all pages together.
    total: u64,
    /// How many tasks the caller has, whatever was asked for.
    counts: Counts,
}

impl From<TaskPage> for TaskList {
    fn from(page: TaskPage) -> Self {
        TaskList {
            tasks: page.tasks,
            next: page.next.map(|cursor| cursor.encode()),
            total: page.total,
            counts: page.counts,
        }
    }
}

/// A task, with its version as the ETag.
fn tagged(task: Task) -> Response {
    let etag = HeaderValue::from_str(&format!("\"{}\"", task.version));
    let etag = etag.expect("a number is a header value");
    ([(header::ETAG, etag)], Json(task)).into_response()
}

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(read, change, remove))
}

/// List tasks.
#[utoipa::path(get, path = "/api/tasks", tag = "tasks", params(ListParams),
    responses((status = 200, description = "A page of the caller's tasks.", body = TaskList), BadQuery, Guarded))]
async fn list(
    State(app): State<Arc<App>>,
    session: Session,
    Asked(params): Asked<ListParams>,
) -> Result<Response, ApiError> {
    let page = app.store.tasks(session.user, &params.query()?).await?;
    // Into a `Vec`, where small pieces cost less than in the buffer that axum's `Json` writes to.
    let list = serde_json::to_vec(&TaskList::from(page)).expect("plain data is JSON");
    Ok(([(header::CONTENT_TYPE, "application/json")], list).into_response())
}

/// Add a task.
#[utoipa::path(post, path = "/api/tasks", tag = "tasks", request_body = NewTask,
    responses((status = 201, description = "The task as it is kept; `ETag` is its version.", body = Task), BadBody, Guarded))]
async fn add(
    State(app): State<Arc<App>>,
    session: Session,
    Body(task): Body<NewTask>,
) -> Result<Response, ApiError> {
    let task = app.store.add_task(session.user, task).await?;
    let location = [(header::LOCATION, format!("/api/tasks/{}", task.id))];
    Ok((StatusCode::CREATED, location, tagged(task)).into_response())
}

/// Read a task.
#[utoipa::path(get, path = "/api/tasks/{id}", tag = "tasks", params(("id" = uuid::Uuid, Path, description = "The task's id.")),
    responses((status = 200, description = "The task; `ETag` is its version.", body = Task), Missing, Guarded))]
async fn read(
    State(app): State<Arc<App>>,
    session: Session,
    Id(id): Id,
) -> Result<Response, ApiError> {
    app.store
        .task(session.user, id)
        .await?
        .map(tagged)
        .ok_or_else(nothing_there)
}

/// Change what the body names; all else stays as it is.
#[utoipa::path(patch, path = "/api/tasks/{id}", tag = "tasks", params(("id" = uuid::Uuid, Path, description = "The task's id."), IfMatch),
    request_body = TaskPatch,
    responses((status = 200, description = "The task as it is now; `ETag` is its version.", body = Task), Missing, Changed, BadBody, Guarded))]
async fn change(
    State(app): State<Arc<App>>,
    session: Session,
    Id(id): Id,
    only: IfMatch,
    Body(patch): Body<TaskPatch>,
) -> Result<Response, ApiError> {
    app.store
        .update_task(session.user, id, patch, only.versions())
        .await?
        .map(tagged)
        .ok_or_else(nothing_there)
}

/// Remove a task.
#[utoipa::path(delete, path = "/api/tasks/{id}", tag = "tasks", params(("id" = uuid::Uuid, Path, description = "The task's id."), IfMatch),
    responses((status = 204, description = "It is gone."), Missing, Changed, Guarded))]
async fn remove(
    State(app): State<Arc<App>>,
    session: Session,
    Id(id): Id,
    only: IfMatch,
) -> Result<StatusCode, ApiError> {
    app.store
        .delete_task(session.user, id, only.versions())
        .await?
        .map(|_| StatusCode::NO_CONTENT)
        .ok_or_else(nothing_there)
}
