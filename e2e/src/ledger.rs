//! What the application has acknowledged to a user, so that what was lost can be counted
//! afterwards.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::http::{Api, Call, Trouble};

/// How many tasks a page of the list may have.
const PAGE: u32 = 100;

/// A user's session and what it was promised.
pub struct Account {
    /// The address that the user signed up with.
    pub email: String,
    /// The session's token.
    pub token: String,
    /// What was acknowledged.
    pub ledger: Ledger,
}

/// Tasks by their id.
#[derive(Debug, Default)]
pub struct Ledger {
    kept: BTreeMap<String, Task>,
    gone: BTreeSet<String>,
    /// Every task that was ever acknowledged, also if it was deleted since.
    pub acknowledged: usize,
}

/// What a task must look like. A field is unknown once a call that changes it got no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Task {
    title: Option<String>,
    done: Option<bool>,
}

impl Ledger {
    /// A task was acknowledged, as new or as changed.
    pub fn keep(&mut self, task: &Value) -> Option<()> {
        let id = task["id"].as_str()?.to_string();
        let title = Some(task["title"].as_str()?.to_string());
        let done = Some(task["done"].as_bool()?);
        if self.kept.insert(id, Task { title, done }).is_none() {
            self.acknowledged += 1;
        }
        Some(())
    }

    /// Nobody knows whether the task was changed.
    pub fn doubt(&mut self, id: &str) {
        if let Some(task) = self.kept.get_mut(id) {
            (task.title, task.done) = (None, None);
        }
    }

    /// The task is to be deleted; until that is acknowledged it may be there or not.
    pub fn forget(&mut self, id: &str) {
        self.kept.remove(id);
    }

    /// The deletion was acknowledged.
    pub fn bury(&mut self, id: String) {
        self.gone.insert(id);
    }

    /// How many tasks must be there.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Any of the tasks.
    pub fn any(&self) -> Option<String> {
        let most = self.kept.len();
        (most > 0).then(|| self.kept.keys().nth(fastrand::usize(..most)).cloned())?
    }

    /// What is not as it was acknowledged, a sentence each.
    fn losses(&self, found: &BTreeMap<String, Task>) -> Vec<String> {
        let missing = self
            .kept
            .iter()
            .filter_map(|(id, task)| match found.get(id) {
                None => Some(format!(
                    "task {id} {task:?} was acknowledged and is not there"
                )),
                Some(now) if !task.fits(now) => Some(format!(
                    "task {id} was acknowledged as {task:?} and is {now:?}"
                )),
                Some(_) => None,
            });
        let undead = self.gone.iter().filter(|id| found.contains_key(*id));
        missing
            .chain(undead.map(|id| format!("task {id} was deleted and is there again")))
            .collect()
    }
}

impl Task {
    fn fits(&self, now: &Task) -> bool {
        let same = |title: &Option<String>| title.is_none() || *title == now.title;
        same(&self.title) && (self.done.is_none() || self.done == now.done)
    }
}

impl Account {
    /// What was lost, a sentence each; asks for all of the user's tasks.
    pub async fn losses(&self, api: &Api) -> Result<Vec<String>, Trouble> {
        let mut found = BTreeMap::new();
        let mut path = format!("/api/tasks?limit={PAGE}");
        loop {
            let page = api.json(Call::get(&path, &self.token)).await?;
            for task in page["tasks"].as_array().into_iter().flatten() {
                let (title, done) = (
                    task["title"].as_str().map(String::from),
                    task["done"].as_bool(),
                );
                found.insert(
                    task["id"].as_str().unwrap_or_default().to_string(),
                    Task { title, done },
                );
            }
            match page["next"].as_str() {
                Some(next) => path = format!("/api/tasks?limit={PAGE}&cursor={next}"),
                None => return Ok(self.ledger.losses(&found)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(tasks: &[(&str, &str, bool)]) -> BTreeMap<String, Task> {
        let task = |&(id, title, done): &(&str, &str, bool)| {
            (
                id.to_string(),
                Task {
                    title: Some(title.into()),
                    done: Some(done),
                },
            )
        };
        tasks.iter().map(task).collect()
    }

    #[test]
    fn what_is_lost_changed_or_back_again_is_named() {
        let mut ledger = Ledger::default();
        for (id, done) in [("a", false), ("b", false), ("c", true), ("d", false)] {
            ledger
                .keep(&json!({ "id": id, "title": "t", "done": done }))
                .unwrap();
        }
        ledger.doubt("b");
        ledger.forget("d");
        let all = [("a", "t", false), ("b", "other", true), ("c", "t", true)];
        assert_eq!(ledger.losses(&found(&all)), Vec::<String>::new());
        ledger.bury("d".into());
        let bad = ledger.losses(&found(&[
            ("a", "t", true),
            ("b", "t", true),
            ("d", "t", false),
        ]));
        assert_eq!(bad.len(), 3, "{bad:?}");
        assert!(bad[0].starts_with("task a was acknowledged as"), "{bad:?}");
        assert!(bad[1].starts_with("task c"), "{bad:?}");
        assert_eq!(bad[2], "task d was deleted and is there again");
        assert_eq!(ledger.acknowledged, 4);
    }
}
