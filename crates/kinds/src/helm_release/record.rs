//! What `helm list` tells of a release, and what of it proves whose it is. Asks nothing.

use alloc::string::{String, ToString};

use serde_json::Value;

use crate::places::text_fact;
use crate::when::seconds;
use protocol::{Answer, Facts};

/// Older than this, a change that is still under way has nobody behind it: helm gives up on each
/// thing that it waits for after 5 minutes, and a chart's hooks come one after the other.
const GIVEN_UP: u64 = 15 * 60;

/// One release as helm lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) revision: String,
    /// When it was last changed, as helm writes it.
    pub(super) updated: String,
    pub(super) status: String,
    /// Name and version of its chart.
    pub(super) chart: String,
}

impl Listed {
    /// The release of that name in a list; `None` if it is not in it, or if there is no list.
    pub(super) fn find(answer: Option<&Answer>, release: &str) -> Option<Listed> {
        let list = answer?.json()?;
        let entry = list.as_array()?.iter();
        let entry = entry.clone().find(|entry| entry["name"] == release)?;
        Some(Listed::read(entry))
    }

    fn read(entry: &Value) -> Listed {
        let text = |key: &str| match &entry[key] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        Listed {
            revision: text("revision"),
            updated: text("updated"),
            status: text("status"),
            chart: text("chart"),
        }
    }

    /// Whether it is exactly what the journal says that we made: nobody has touched it since.
    pub(super) fn is_as_made(&self, before: Option<&Facts>) -> bool {
        let same = |name: &str, value: &str| text_fact(before, name) == Some(value);
        same("revision", &self.revision) && same("deployed_at", &self.updated)
    }

    /// Whether some helm is at it, or was when it died.
    pub(super) fn is_changing(&self) -> bool {
        self.status.starts_with("pending-") || self.status == "uninstalling"
    }

    /// Whether it never came as far as an upgrade could go on from.
    pub(super) fn is_uninstalled_first(&self) -> bool {
        match self.status.as_str() {
            "failed" => self.revision == "1",
            status => ["pending-install", "uninstalling"].contains(&status),
        }
    }

    /// For how long it has been as it is; `None` if helm's words are no time.
    pub(super) fn age(&self, now: u64) -> Option<u64> {
        Some(now.saturating_sub(seconds(&self.updated)?))
    }

    /// Whether whoever was changing it has given up by now.
    pub(super) fn is_given_up(&self, now: u64) -> bool {
        self.age(now).is_none_or(|age| age > GIVEN_UP)
    }
}

impl core::fmt::Display for Listed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "chart {}, revision {}", self.chart, self.revision)
    }
}

/// Whether a list is there and does not have the release: how a selector's answer proves that the
/// release carries a label. A tool or a storage that does not select lists it, and so proves
/// nothing.
pub(super) fn is_missing_in(answer: Option<&Answer>, release: &str) -> bool {
    answer.and_then(Answer::json).is_some() && Listed::find(answer, release).is_none()
}
