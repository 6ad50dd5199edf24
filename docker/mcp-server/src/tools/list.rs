//! `list_tasks`: the tasks that fit, oldest first.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use todo_core::list::{Counts, Cursor, LIMIT_DEFAULT, Page, TaskFilter, TaskQuery};
use todo_core::store::Store;
use todo_core::task::{Priority, Task};
use todo_core::user::UserId;

use crate::tool::{Hints, Refusal, TaskTool};

/// The tool.
pub struct ListTasks;

/// What may be asked for; every condition that is given must hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arguments {
    /// `true` for done tasks only, `false` for open ones only; leave it out for both.
    pub done: Option<bool>,
    /// Text that the title or the notes contain, in any case.
    pub q: Option<String>,
    /// A tag the tasks carry, without `#`.
    pub tag: Option<String>,
    /// The priority the tasks have.
    pub priority: Option<Priority>,
    /// Due on this day or before, `YYYY-MM-DD`.
    pub due_before: Option<NaiveDate>,
    /// Due on this day or after, `YYYY-MM-DD`.
    pub due_after: Option<NaiveDate>,
    /// At most this many; 1 to 200, 50 unless said.
    #[schemars(range(min = 1, max = 200))]
    pub limit: Option<u32>,
    /// `created`, `due`, `priority` or `title`; with a `-` before it the other way round, so
    /// `-created` with `limit: 1` is the last task. `created` unless said.
    pub sort: Option<String>,
    /// The `next` of the page before; leave it out for the first page.
    pub cursor: Option<String>,
}

/// The tasks that fit.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The tasks of this page. Oldest first unless `sort` says otherwise: the first one is what
    /// the user calls "the first task".
    pub tasks: Vec<Task>,
    /// Whether there are more after this page.
    pub more: bool,
    /// Send it as `cursor` for the next page; `null` on the last one.
    pub next: Option<String>,
    /// How many tasks fit, on all pages together: tell the user this number.
    pub total: u64,
    /// How many tasks the user has, whatever was asked for.
    pub counts: Counts,
}

impl TaskTool for ListTasks {
    const NAME: &'static str = "list_tasks";
    const TITLE: &'static str = "List tasks";
    const DESCRIPTION: &'static str = "Lists the user's tasks with their ids, oldest first, a page at a time; `total` is how many there are. Without arguments it lists open and done ones. \
        Call it before naming a task by id.";
    const HINTS: Hints = Hints::READS;
    type Arguments = Arguments;
    type Output = Output;

    async fn run(store: &dyn Store, user: UserId, arguments: Arguments) -> Result<Output, Refusal> {
        let page = store.tasks(user, &query(arguments)?).await?;
        Ok(Output {
            more: page.next.is_some(),
            next: page.next.map(|cursor| cursor.encode()),
            total: page.total,
            counts: page.counts,
            tasks: page.tasks,
        })
    }
}

fn query(arguments: Arguments) -> Result<TaskQuery, Refusal> {
    let Arguments {
        done,
        q,
        tag,
        priority,
        due_before,
        due_after,
        limit,
        sort,
        cursor,
    } = arguments;
    let tag = tag.map(|tag| tag.trim_start_matches('#').to_lowercase());
    let sort = sort.as_deref().map(str::parse).transpose()?;
    let after = cursor.as_deref().map(Cursor::decode).transpose()?;
    let page = Page {
        after,
        ..Page::of(limit.unwrap_or(LIMIT_DEFAULT))?
    };
    Ok(TaskQuery {
        filter: TaskFilter {
            done,
            q,
            tag,
            priority,
            due_before,
            due_after,
        },
        sort: sort.unwrap_or_default(),
        page,
    })
}
