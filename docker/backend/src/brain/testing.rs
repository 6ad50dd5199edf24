//! A to-do list in memory behind the brain's tools, for tests. Behaves as the MCP server's tools
//! do.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value, json};
use todo_core::task::{NewTask, Task, TaskId, TaskPatch};
use tokio::sync::mpsc;

use super::rules::tasks::{filter_of, passes};
use super::{
    BrainError, Event, Message, Reply, Role, ToolOutcome, ToolSpec, Tools, ToolsError, Turn,
};

/// A Wednesday.
pub fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 4).expect("a date")
}

/// One user's list.
#[derive(Default)]
pub struct FakeTools {
    tasks: Mutex<Vec<Task>>,
    made: Mutex<u128>,
}

impl FakeTools {
    /// A list with these tasks.
    pub fn with(tasks: impl IntoIterator<Item = NewTask>) -> Arc<Self> {
        let list = Self::default();
        for task in tasks {
            list.add(task);
        }
        Arc::new(list)
    }

    /// The same list, with the task of this title ticked.
    pub fn with_done(self: Arc<Self>, title: &str) -> Arc<Self> {
        for task in self.tasks().iter().filter(|task| task.title == title) {
            let done = TaskPatch {
                done: Some(true),
                ..Default::default()
            };
            self.change(task.id, done).expect("the task is there");
        }
        self
    }

    /// Adds a task and answers it.
    pub fn add(&self, new: NewTask) -> Task {
        let mut made = self.made.lock().expect("a lock");
        *made += 1;
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let NewTask {
            title,
            notes,
            due,
            priority,
            tags,
        } = new;
        let task = Task {
            id: TaskId::from_u128(*made),
            title,
            notes,
            due,
            priority,
            tags,
            done: false,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        self.tasks.lock().expect("a lock").push(task.clone());
        task
    }

    /// The list as it is.
    pub fn tasks(&self) -> Vec<Task> {
        self.tasks.lock().expect("a lock").clone()
    }

    fn answer(&self, name: &str, mut arguments: Map<String, Value>) -> Result<Value, String> {
        if name == "add_task" {
            let new: NewTask = read(arguments)?;
            return Ok(
                json!({ "task": self.add(new.validated().map_err(|why| why.to_string())?) }),
            );
        }
        if name == "list_tasks" {
            return Ok(self.page(&arguments));
        }
        if name == "restore_tasks" {
            return self.restore(read(arguments)?);
        }
        let ids: Option<Vec<TaskId>> = arguments.remove("ids").map(|ids| {
            let ids = serde_json::from_value(ids);
            ids.expect("a list of ids")
        });
        if let Some(ids) = ids {
            return self.many(name, &ids, arguments);
        }
        let id = arguments
            .remove("id")
            .and_then(|id| serde_json::from_value(id).ok())
            .ok_or("`id` is missing")?;
        match name {
            "complete_task" => self.change(
                id,
                TaskPatch {
                    done: Some(arguments.get("done").is_none_or(|done| done == true)),
                    ..Default::default()
                },
            ),
            "update_task" => self.change(id, read(arguments)?),
            "delete_task" => self.delete(id),
            _ => Err(format!("there is no tool `{name}`")),
        }
    }

    fn page(&self, arguments: &Map<String, Value>) -> Value {
        let number = |name: &str, usual: u64| {
            let value = arguments.get(name);
            let number = value.and_then(|value| {
                value
                    .as_str()
                    .map_or(value.as_u64(), |text| text.parse().ok())
            });
            usize::try_from(number.unwrap_or(usual)).expect("a number")
        };
        let (start, limit) = (number("cursor", 0), number("limit", 50));
        let all = self.listed(arguments);
        let end = all.len().min(start + limit);
        let more = end < all.len();
        let next = more.then(|| end.to_string());
        json!({ "tasks": all[start..end], "more": more, "next": next, "total": all.len() })
    }

    fn many(
        &self,
        name: &str,
        ids: &[TaskId],
        fields: Map<String, Value>,
    ) -> Result<Value, String> {
        let mut touched = Vec::new();
        for id in ids {
            let one = match name {
                "update_tasks" => self.change(*id, read(fields.clone())?)?["task"].take(),
                "delete_tasks" => self.delete(*id)?["deleted"].take(),
                _ => return Err(format!("there is no tool `{name}`")),
            };
            touched.push(one);
        }
        let member = if name == "delete_tasks" {
            "deleted"
        } else {
            "tasks"
        };
        Ok(json!({ member: touched }))
    }

    fn restore(&self, Restored { tasks: restored }: Restored) -> Result<Value, String> {
        let mut tasks = self.tasks.lock().expect("a lock");
        tasks.extend(restored.clone());
        tasks.sort_by_key(|task| task.id);
        Ok(json!({ "tasks": restored }))
    }

    fn listed(&self, arguments: &Map<String, Value>) -> Vec<Task> {
        let filter = filter_of(&Value::Object(arguments.clone()));
        let fits = |task: &Task| passes(task, &filter);
        self.tasks().into_iter().filter(fits).collect()
    }

    /// Changes a task.
    pub fn change(&self, id: TaskId, patch: TaskPatch) -> Result<Value, String> {
        let mut tasks = self.tasks.lock().expect("a lock");
        let task = tasks
            .iter_mut()
            .find(|task| task.id == id)
            .ok_or("You have no such task.")?;
        task.title = patch.title.unwrap_or_else(|| task.title.clone());
        task.notes = patch.notes.unwrap_or_else(|| task.notes.clone());
        task.due = patch.due.unwrap_or(task.due);
        task.priority = patch.priority.unwrap_or(task.priority);
        task.tags = patch.tags.unwrap_or_else(|| task.tags.clone());
        task.done = patch.done.unwrap_or(task.done);
        Ok(json!({ "task": task }))
    }

    fn delete(&self, id: TaskId) -> Result<Value, String> {
        let mut tasks = self.tasks.lock().expect("a lock");
        let at = tasks
            .iter()
            .position(|task| task.id == id)
            .ok_or("You have no such task.")?;
        Ok(json!({ "deleted": tasks.remove(at) }))
    }
}

#[derive(serde::Deserialize)]
struct Restored {
    tasks: Vec<Task>,
}

fn read<T: serde::de::DeserializeOwned>(arguments: Map<String, Value>) -> Result<T, String> {
    serde_json::from_value(Value::Object(arguments)).map_err(|why| why.to_string())
}

#[async_trait]
impl Tools for FakeTools {
    async fn call(&self, name: &str, arguments: Value) -> Result<ToolOutcome, ToolsError> {
        let arguments = arguments.as_object().cloned().unwrap_or_default();
        let answer = self.answer(name, arguments);
        let is_error = answer.is_err();
        Ok(ToolOutcome {
            result: answer.unwrap_or_else(|why| json!({ "error": why })),
            is_error,
        })
    }

    async fn list(&self) -> Result<Vec<ToolSpec>, ToolsError> {
        let names = [
            "add_task",
            "list_tasks",
            "complete_task",
            "update_task",
            "delete_task",
        ];
        let spec = |name: &str| ToolSpec {
            name: name.to_owned(),
            description: name.to_owned(),
            input_schema: json!({ "type": "object" }),
        };
        Ok(names.map(spec).to_vec())
    }
}

/// A conversation that a brain is led through, turn by turn.
#[derive(Default)]
pub struct Talk {
    history: Vec<Message>,
}

impl Talk {
    /// The turn that `message` begins.
    pub fn turn(&self, message: &str) -> Turn {
        Turn {
            message: message.to_owned(),
            history: self.history.clone(),
            today: today(),
            stop: Default::default(),
        }
    }

    /// Keeps what was said.
    pub fn keep(&mut self, message: &str, reply: &Reply) {
        self.history.push(Message {
            role: Role::User,
            content: message.to_owned(),
            tool_calls: Vec::new(),
        });
        self.history.push(Message {
            role: Role::Assistant,
            content: reply.text.clone(),
            tool_calls: reply.tool_calls.clone(),
        });
    }
}

/// Runs a turn to its end and answers its reply and its events.
pub async fn listen<F>(
    work: impl FnOnce(mpsc::Sender<Event>) -> F,
) -> (Result<Reply, BrainError>, Vec<Event>)
where
    F: Future<Output = Result<Reply, BrainError>>,
{
    let (sender, mut receiver) = mpsc::channel(16);
    let collect = async {
        let mut events = Vec::new();
        while let Some(event) = receiver.recv().await {
            events.push(event);
        }
        events
    };
    tokio::join!(work(sender), collect)
}
