//! What of a release is not as its manifest has it, as it is told.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::compare::Difference;
use super::lost::Lost;
use crate::parts::some_of;

/// So many are named behind the first.
const MOST: usize = 6;

/// What is not as released.
#[derive(Default)]
pub(super) struct Found {
    pub(super) differences: Vec<Difference>,
    /// What was put right and yet is as it was: the cluster does not know it, or keeps it
    /// otherwise.
    pub(super) kept: Vec<String>,
    /// Pods that nobody replaces, and what is said of them.
    pub(super) stuck: Vec<(String, String)>,
    pub(super) lost: Lost,
    /// Objects of the release that were not looked at: the user may not, or the cluster does not
    /// know their kind.
    pub(super) beside: Vec<String>,
    /// Objects that say that they are the release's, and that this revision has not.
    pub(super) leftover: Vec<String>,
    /// What has to be made again, in the manifest's order.
    pub(super) gone: Vec<Value>,
}

impl Found {
    /// The name of each, and what is said of it.
    fn says(&self) -> Vec<(String, String)> {
        let differ = self.differences.iter();
        let differ = differ.map(|one| (one.object.clone(), one.says()));
        let stuck = self.stuck.iter();
        let stuck = stuck.map(|(pod, says)| (format!("pod/{pod}"), says.clone()));
        differ.chain(stuck).collect()
    }

    /// The first of them, and which more there are.
    pub(super) fn in_short(&self) -> Option<String> {
        let says = self.says();
        let ((_, first), more) = says.split_first()?;
        let others = more.len().saturating_sub(MOST);
        let others = (others > 0).then(|| format!("and {others} more"));
        let names = more
            .iter()
            .take(MOST)
            .map(|(name, _)| name.clone())
            .chain(others);
        let names: Vec<String> = names.collect();
        Some(match more {
            [] => first.clone(),
            _ => format!("{first}; and {}", names.join(", ")),
        })
    }

    /// For the sentence that all the others are as released.
    pub(super) fn not_looked_at(&self) -> String {
        let those = some_of(&self.beside, 1);
        those.map_or(String::new(), |those| format!(", not looked at {those}"))
    }

    /// The same for who has just put all the others right: nobody sees that sentence then.
    pub(super) fn unseen(&self) -> Option<String> {
        let those = some_of(&self.beside, MOST)?;
        let why = "it can't be read, or the cluster does not know its kind";
        Some(format!("not looked at {those}: {why}"))
    }

    /// The same of what nobody removes.
    pub(super) fn left_over(&self) -> String {
        let those = some_of(&self.leftover, 1);
        those.map_or(String::new(), |those| {
            format!(", and {those} is there and no part of this revision, as what one that failed has made")
        })
    }

    /// What nobody changed, and is not as written.
    pub(super) fn not_kept(&self) -> Option<String> {
        let first = self.kept.first()?;
        Some(format!(
            "the cluster does not know or keep what the chart writes: {first}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn all_that_differs_is_named() {
        let said = |count: usize| {
            let one = |number: usize| Difference {
                object: format!("service/{number}"),
                places: vec!["spec.type is there, the release has none".to_string()],
                patch: None,
                wanted: Value::Null,
            };
            let differences = (1..=count).map(one).collect();
            let found = Found {
                differences,
                ..Found::default()
            };
            found.in_short().unwrap_or_default()
        };
        let first =
            "service/1 was changed by hand: spec.type is there, the release has none".to_string();
        assert_eq!(said(1), first);
        assert_eq!(said(3), first.clone() + "; and service/2, service/3");
        assert!(said(9).ends_with("service/7, and 2 more"), "{}", said(9));
    }
}
