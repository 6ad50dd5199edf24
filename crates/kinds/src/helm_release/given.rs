//! The secrets that the release was given last: they are in use until the next upgrade, and nobody
//! else knows them any more. Reads what helm tells; asks nothing.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use protocol::{Answer, Hides};

/// What must not be shown: secrets of now and of then.
pub(super) struct Given<'a> {
    now: &'a dyn Hides,
    then: Vec<String>,
}

impl<'a> Given<'a> {
    /// Reads what `helm get values` answered at these paths.
    pub(super) fn read<'p>(
        answer: Option<&Answer>,
        paths: impl Iterator<Item = &'p String>,
        now: &'a dyn Hides,
    ) -> Given<'a> {
        let values = answer.and_then(Answer::json).unwrap_or_default();
        let value = |path: &String| Some(at(&values, path)?.to_string());
        let then = paths.filter_map(value).filter(|text| !text.is_empty());
        Given {
            now,
            then: then.collect(),
        }
    }
}

impl Hides for Given<'_> {
    fn hides(&self, text: &str) -> bool {
        self.now.hides(text)
            || self
                .then
                .iter()
                .any(|secret| text.contains(secret.as_str()))
    }
}

fn at<'v>(values: &'v Value, path: &str) -> Option<&'v str> {
    let found = path.split('.').fold(values, |at, key| &at[key]);
    found.as_str()
}
