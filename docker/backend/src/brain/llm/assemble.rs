//! Puts the pieces of a streamed answer together.

use serde_json::{Map, Value, json};

use super::wire::{CallPart, Delta};

/// An answer so far.
#[derive(Debug, Default)]
pub struct Answer {
    text: String,
    calls: Vec<Call>,
    extra: Option<Value>,
}

/// A tool call so far.
#[derive(Debug, Default)]
struct Call {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
    extra: Map<String, Value>,
}

/// A whole tool call.
#[derive(Debug, Clone, PartialEq)]
pub struct WholeCall {
    /// The id to answer it by.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// The arguments, or the text that is not JSON.
    pub arguments: Result<Value, String>,
}

impl Answer {
    /// Adds what is new and answers its text.
    pub fn add(&mut self, delta: Delta) -> String {
        self.extra = delta.extra_content.or(self.extra.take());
        delta
            .tool_calls
            .into_iter()
            .for_each(|part| self.add_part(part));
        let text = delta.content.unwrap_or_default();
        self.text.push_str(&text);
        text
    }

    /// Whether it says or wants anything yet.
    pub fn has_begun(&self) -> bool {
        !self.text.is_empty() || !self.calls.is_empty() || self.extra.is_some()
    }

    /// The tool calls, each with an id. Their presence alone tells that the model wants tools.
    pub fn calls(&mut self) -> Vec<WholeCall> {
        self.calls.retain(|call| !call.name.is_empty());
        for (at, call) in self
            .calls
            .iter_mut()
            .enumerate()
            .filter(|(_, call)| call.id.is_empty())
        {
            call.id = format!("call_{}", at + 1);
        }
        self.calls.iter().map(Call::whole).collect()
    }

    /// The answer as a message to be sent back, with everything the endpoint wants to see again.
    pub fn message(&self) -> Value {
        let mut message = json!({ "role": "assistant", "content": self.text });
        message["tool_calls"] = self.calls.iter().map(Call::sent_back).collect();
        if let Some(extra) = &self.extra {
            message["extra_content"] = extra.clone();
        }
        message
    }

    fn add_part(&mut self, part: CallPart) {
        let at = self.place_of(&part).unwrap_or_else(|| {
            self.calls.push(Call {
                index: part.index,
                ..Call::default()
            });
            self.calls.len() - 1
        });
        let call = &mut self.calls[at];
        if !part.id.is_empty() {
            call.id = part.id;
        }
        if !part.function.name.is_empty() {
            call.name = part.function.name;
        }
        call.arguments.push_str(&part.function.arguments);
        call.extra.extend(part.extra);
    }

    /// The call that the piece continues; `None` if it begins a new one.
    fn place_of(&self, part: &CallPart) -> Option<usize> {
        let named = |call: &Call| !part.id.is_empty() && call.id == part.id;
        if let Some(at) = self.calls.iter().rposition(named) {
            return Some(at);
        }
        let at = match part.index {
            Some(_) => self
                .calls
                .iter()
                .rposition(|call| call.index == part.index)?,
            None => self.calls.len().checked_sub(1)?,
        };
        (!self.calls[at].is_followed_by(part)).then_some(at)
    }
}

impl Call {
    /// Whether the piece is the beginning of another call, though it may bear the same index.
    fn is_followed_by(&self, part: &CallPart) -> bool {
        let other_id = !part.id.is_empty() && !self.id.is_empty() && part.id != self.id;
        let named_again = !part.function.name.is_empty() && !self.name.is_empty();
        other_id
            || (named_again && (part.id.is_empty() || self.id.is_empty()) && self.is_complete())
    }

    fn is_complete(&self) -> bool {
        self.arguments.is_empty() || serde_json::from_str::<Value>(&self.arguments).is_ok()
    }

    fn whole(&self) -> WholeCall {
        let text = if self.arguments.trim().is_empty() {
            "{}"
        } else {
            &self.arguments
        };
        let arguments = serde_json::from_str(text).map_err(|_| self.arguments.clone());
        WholeCall {
            id: self.id.clone(),
            name: self.name.clone(),
            arguments,
        }
    }

    fn sent_back(&self) -> Value {
        let arguments = if self.arguments.trim().is_empty() {
            "{}"
        } else {
            &self.arguments
        };
        let mut call = Value::Object(self.extra.clone());
        call["id"] = json!(self.id);
        call["type"] = json!("function");
        call["function"] = json!({ "name": self.name, "arguments": arguments });
        call
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(deltas: &[Value]) -> Answer {
        let mut answer = Answer::default();
        for delta in deltas {
            answer.add(serde_json::from_value(delta.clone()).unwrap());
        }
        answer
    }

    #[track_caller]
    fn check(deltas: &[Value], expected: &[(&str, &str, Value)]) {
        let calls = answer(deltas).calls();
        let got: Vec<_> = calls
            .iter()
            .map(|call| {
                (
                    call.id.as_str(),
                    call.name.as_str(),
                    call.arguments.clone().unwrap(),
                )
            })
            .collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn pieces_with_an_index() {
        let deltas = [
            json!({"tool_calls":[{"index":0,"id":"a","function":{"name":"add_task","arguments":""}}]}),
            json!({"tool_calls":[{"index":0,"function":{"arguments":"{\"title\":"}}]}),
            json!({"tool_calls":[{"index":0,"id":null,"function":{"name":null,"arguments":"\"x\"}"}},{"index":1,"id":"b","function":{"name":"list_tasks","arguments":null}}]}),
        ];
        check(
            &deltas,
            &[
                ("a", "add_task", json!({"title":"x"})),
                ("b", "list_tasks", json!({})),
            ],
        );
    }

    #[test]
    fn whole_calls_without_an_index() {
        let deltas = [
            json!({"tool_calls":[{"id":"a","function":{"name":"add_task","arguments":"{\"title\":\"x\"}"}}]}),
            json!({"tool_calls":[{"id":"b","function":{"name":"add_task","arguments":{"title":"y"}}}]}),
        ];
        check(
            &deltas,
            &[
                ("a", "add_task", json!({"title":"x"})),
                ("b", "add_task", json!({"title":"y"})),
            ],
        );
    }

    #[test]
    fn two_calls_on_one_index() {
        let deltas = [
            json!({"tool_calls":[{"index":0,"id":"a","function":{"name":"add_task","arguments":"{\"title\":\"x\"}"}}]}),
            json!({"tool_calls":[{"index":0,"id":"b","function":{"name":"add_task","arguments":"{\"title\":\"y\"}"}}]}),
        ];
        check(
            &deltas,
            &[
                ("a", "add_task", json!({"title":"x"})),
                ("b", "add_task", json!({"title":"y"})),
            ],
        );
    }

    #[test]
    fn empty_ids_get_one() {
        let deltas = [json!({"tool_calls":[
            {"index":0,"id":"","function":{"name":"add_task","arguments":"{\"title\":\"x\"}"}},
            {"index":0,"id":"","function":{"name":"add_task","arguments":"{\"title\":\"y\"}"}}]})];
        check(
            &deltas,
            &[
                ("call_1", "add_task", json!({"title":"x"})),
                ("call_2", "add_task", json!({"title":"y"})),
            ],
        );
    }

    #[test]
    fn signatures_are_sent_back() {
        let signature = json!({"google":{"thought_signature":"s1"}});
        let mut answer = answer(&[
            json!({"tool_calls":[{"id":"a","function":{"name":"list_tasks","arguments":"{}"},"extra_content":signature}]}),
            json!({"content":"","extra_content":{"google":{"thought_signature":"s2"}}}),
        ]);
        assert_eq!(answer.calls().len(), 1);
        let message = answer.message();
        assert_eq!(message["tool_calls"][0]["extra_content"], signature);
        assert_eq!(
            message["extra_content"]["google"]["thought_signature"],
            "s2"
        );
    }

    #[test]
    fn broken_arguments_are_kept_as_text() {
        let mut answer = answer(&[
            json!({"tool_calls":[{"index":0,"id":"a","function":{"name":"add_task","arguments":"{\"title"}}]}),
        ]);
        assert_eq!(answer.calls()[0].arguments, Err("{\"title".to_owned()));
    }
}
