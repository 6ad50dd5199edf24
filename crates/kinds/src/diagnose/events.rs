//! What happened to an object, as the cluster tells it.

use alloc::string::String;

use serde_json::Value;

use super::objects::text;

/// An event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event<'a>(&'a Value);

impl<'a> Event<'a> {
    pub(super) fn new(item: &'a Value) -> Event<'a> {
        Event(item)
    }

    /// The object that it is about.
    pub(super) fn about(self) -> &'a Value {
        match &self.0["involvedObject"] {
            Value::Null => &self.0["regarding"],
            about => about,
        }
    }

    /// Such as `FailedScheduling`.
    pub(super) fn reason(self) -> &'a str {
        text(&self.0["reason"])
    }

    /// In words.
    pub(super) fn message(self) -> &'a str {
        match &self.0["message"] {
            Value::Null => text(&self.0["note"]),
            message => text(message),
        }
    }

    /// How often it happened.
    pub(super) fn count(self) -> u64 {
        let counts = [&self.0["series"]["count"], &self.0["count"]];
        counts.into_iter().find_map(Value::as_u64).unwrap_or(1)
    }

    /// When it happened last, as Kubernetes writes times.
    pub(super) fn last(self) -> &'a str {
        let times = [
            &self.0["series"]["lastObservedTime"],
            &self.0["lastTimestamp"],
            &self.0["eventTime"],
        ];
        times
            .into_iter()
            .find_map(Value::as_str)
            .unwrap_or_default()
    }

    /// When it happened first.
    pub(super) fn first(self) -> &'a str {
        let times = [&self.0["firstTimestamp"], &self.0["eventTime"]];
        let first = times.into_iter().find_map(Value::as_str);
        first.unwrap_or(self.last())
    }

    /// As a line of evidence.
    pub(super) fn line(self) -> String {
        let times = match self.count() {
            1 => String::new(),
            count => format!(" ({count} times)"),
        };
        let message = self.message().trim();
        format!("event {}{times}: {message}", self.reason())
    }
}
