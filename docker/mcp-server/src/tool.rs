//! What a tool is, and how one becomes a route of the protocol.
//!
//! A tool is one file with its arguments, its result and what it does; this file turns it into a
//! description with schemas and a handler whose failures are readable tool errors, so that a model
//! can correct itself.

use std::fmt::Display;
use std::sync::Arc;

use futures::future::BoxFuture;
use rmcp::ErrorData;
use rmcp::handler::server::router::tool::ToolRoute;
use rmcp::handler::server::tool::ToolCallContext;
use rmcp::model::{
    CallToolResponse, CallToolResult, ContentBlock, JsonObject, Tool, ToolAnnotations,
};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use todo_core::request_id;
use todo_core::store::{Store, StoreError};
use todo_core::task::{Invalid, TaskId};
use todo_core::user::UserId;

use crate::auth::Caller;
use crate::server::TodoServer;

/// One tool.
pub trait TaskTool: 'static {
    /// The name it is called by.
    const NAME: &'static str;
    /// A short name for people.
    const TITLE: &'static str;
    /// What it does and when to use it, for a model to read.
    const DESCRIPTION: &'static str;
    /// Arguments that may be `null` and mean something by it; elsewhere `null` is the same as
    /// absent.
    const NULLABLE: &'static [&'static str] = &[];
    /// Whether it only reads, destroys, and can be repeated without harm.
    const HINTS: Hints;
    /// What it is called with.
    type Arguments: DeserializeOwned + JsonSchema + Send;
    /// What it answers.
    type Output: Serialize + JsonSchema;

    /// Does it, on behalf of `user`.
    fn run(
        store: &dyn Store,
        user: UserId,
        arguments: Self::Arguments,
    ) -> impl Future<Output = Result<Self::Output, Refusal>> + Send;
}

/// What a client may want to know before it lets a model call a tool.
pub struct Hints {
    /// It changes nothing.
    pub read_only: bool,
    /// What it changes cannot be had back by calling it again.
    pub destructive: bool,
    /// Calling it twice with the same arguments does no more than calling it once.
    pub idempotent: bool,
}

impl Hints {
    /// Of a tool that only reads.
    pub const READS: Hints = Hints {
        read_only: true,
        destructive: false,
        idempotent: true,
    };
    /// Of a tool that makes something each time.
    pub const ADDS: Hints = Hints {
        idempotent: false,
        ..Hints::SETS
    };
    /// Of a tool that can take back what it does.
    pub const SETS: Hints = Hints {
        read_only: false,
        ..Hints::READS
    };
    /// Of a tool after which the old state is gone.
    pub const OVERWRITES: Hints = Hints {
        destructive: true,
        ..Hints::SETS
    };
}

/// Why a tool did not do what it was asked to; a sentence for the model and the user.
#[derive(Debug)]
pub struct Refusal(String);

impl Refusal {
    /// A refusal for this reason.
    pub fn new(sentence: impl Display) -> Self {
        Self(sentence.to_string())
    }

    /// There is no such task, or it belongs to someone else, which is the same to the caller.
    pub fn no_task(id: TaskId) -> Self {
        Self(format!(
            "You have no task with the id {id}. Call list_tasks to see the ids of your tasks."
        ))
    }
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Self::new(invalid)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        if let StoreError::Failed(why) = &error {
            tracing::error!(why, "the database refused a statement");
            return Self::new(
                "Something went wrong while the task was kept; nothing was changed. Try again later.",
            );
        }
        Self::new(error)
    }
}

/// The tool `T` as a route of the protocol.
pub fn route<T: TaskTool>() -> ToolRoute<TodoServer> {
    ToolRoute::new_dyn(describe::<T>(), |context| {
        Box::pin(answer::<T>(context)) as BoxFuture<'_, _>
    })
}

fn describe<T: TaskTool>() -> Tool {
    let hints = T::HINTS;
    let annotations = ToolAnnotations::with_title(T::TITLE)
        .read_only(hints.read_only)
        .destructive(hints.destructive)
        .idempotent(hints.idempotent)
        .open_world(false);
    Tool::new(
        T::NAME,
        T::DESCRIPTION,
        schema::<T::Arguments>(SchemaSettings::draft2020_12()),
    )
    .with_title(T::TITLE)
    .with_raw_output_schema(schema::<T::Output>(
        SchemaSettings::draft2020_12().for_serialize(),
    ))
    .with_annotations(annotations)
}

/// The schema without references, because several models' endpoints do not follow them.
fn schema<T: JsonSchema>(settings: SchemaSettings) -> Arc<JsonObject> {
    let settings = settings.with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.remove("title");
    schema.remove("description");
    match schema.to_value() {
        Value::Object(object) => Arc::new(object),
        other => unreachable!("a struct's schema is an object, not {other}"),
    }
}

async fn answer<T: TaskTool>(
    context: ToolCallContext<'_, TodoServer>,
) -> Result<CallToolResponse, ErrorData> {
    let caller = Caller::of(&context.request_context.extensions)?;
    let (server, arguments) = (context.service, context.arguments.unwrap_or_default());
    let result = request_id::within(
        caller.request_id,
        attempt::<T>(&*server.store, caller.user, arguments),
    )
    .await;
    server.calls.count(T::NAME, result.is_ok());
    Ok(result
        .unwrap_or_else(|Refusal(sentence)| {
            CallToolResult::error(vec![ContentBlock::text(sentence)])
        })
        .into())
}

async fn attempt<T: TaskTool>(
    store: &dyn Store,
    user: UserId,
    arguments: JsonObject,
) -> Result<CallToolResult, Refusal> {
    let outcome = match read::<T>(arguments) {
        Ok(arguments) => T::run(store, user, arguments).await,
        Err(refusal) => Err(refusal),
    };
    match &outcome {
        Ok(_) => tracing::info!(tool = T::NAME, %user, "tool called"),
        Err(Refusal(why)) => tracing::info!(tool = T::NAME, %user, why, "tool refused"),
    }
    let output = serde_json::to_value(outcome?).map_err(Refusal::new)?;
    Ok(CallToolResult::structured(output))
}

fn read<T: TaskTool>(mut arguments: JsonObject) -> Result<T::Arguments, Refusal> {
    arguments.retain(|name, value| !value.is_null() || T::NULLABLE.contains(&name.as_str()));
    serde_path_to_error::deserialize(Value::Object(arguments))
        .map_err(|error| unreadable(T::NAME, &error))
}

fn unreadable(tool: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> Refusal {
    let place = match error.path().to_string() {
        path if path == "." => String::new(),
        path => format!(" at `{path}`"),
    };
    Refusal(format!(
        "{tool} cannot use these arguments{place}: {}. Correct them and call it again.",
        error.inner()
    ))
}
