//! Chunks of a streamed answer, read as tolerantly as they are sent: everything may be absent or
//! null, and what is not known here is kept where it must be sent back.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// One event of the stream.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chunk {
    /// One choice, as only one is asked for.
    #[serde(deserialize_with = "or_default")]
    pub choices: Vec<Choice>,
    /// What went wrong, from endpoints that say so in the stream.
    pub error: Option<Value>,
}

/// One way to go on. The reason why it ended is not read: several endpoints say `stop` after tool
/// calls.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Choice {
    /// What is new.
    #[serde(deserialize_with = "or_default", alias = "message")]
    pub delta: Delta,
}

/// What is new.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Delta {
    /// Text.
    pub content: Option<String>,
    /// Tool calls, or pieces of them.
    #[serde(deserialize_with = "or_default")]
    pub tool_calls: Vec<CallPart>,
    /// Such as Gemini's thought signature; it has to be sent back.
    pub extra_content: Option<Value>,
}

/// A piece of a tool call.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CallPart {
    /// Which call it belongs to; absent at Gemini's endpoint.
    pub index: Option<u64>,
    /// The call's name tag; empty at some endpoints.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// Name and arguments.
    #[serde(deserialize_with = "or_default")]
    pub function: FunctionPart,
    /// Everything else; it has to be sent back.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Name and arguments, or pieces of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FunctionPart {
    /// The tool's name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// JSON as text; an object at some endpoints.
    #[serde(deserialize_with = "text_of")]
    pub arguments: String,
}

fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    input: D,
) -> Result<T, D::Error> {
    Option::deserialize(input).map(Option::unwrap_or_default)
}

fn text_of<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(input)? {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    })
}
