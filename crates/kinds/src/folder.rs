//! `folder`: a folder for data. It carries a mark of ours, and only with that mark is it ever
//! deleted.

use alloc::string::String;
use alloc::vec::Vec;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use protocol::{Action, Answer, Effect, Failure, Kind, Probe, StepContext, facts};

/// Has a folder.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-facts" = {"path": "the path as it is written", "made": "what tells this folder from one that was made later"}))]
#[schemars(example = serde_json::json!({"path": "${state}/local"}))]
pub(crate) struct Folder {
    /// Absolute, or relative to pipeline.toml; not its own folder, nor one that holds that.
    #[serde(deserialize_with = "named")]
    path: String,
}

fn named<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let path = String::deserialize(from)?;
    let wrong = "an empty path would be the folder of pipeline.toml itself; name one below it";
    (!path.is_empty())
        .then_some(path)
        .ok_or_else(|| Error::custom(wrong))
}

impl Kind for Folder {
    fn claims(&self) -> Vec<String> {
        vec![format!("the folder `{}`", self.path.trim_end_matches('/'))]
    }

    fn probes(&self, context: &StepContext) -> Vec<Probe> {
        let mark = Probe::Mark(self.path.clone());
        let whole = context.undo.then(|| Probe::Read(self.path.clone()));
        core::iter::once(mark).chain(whole).collect()
    }

    fn assess(&self, _: &StepContext, answers: &[Answer]) -> Effect {
        match answers.first().and_then(Answer::stdout) {
            Some(made) => {
                let facts = facts([("path", &self.path), ("made", made.trim())]);
                Effect::Present(format!("{} is there", shown(&self.path)), facts)
            }
            None => Effect::Absent(match answers {
                [Answer::None(why), ..] if !why.is_empty() => why.clone(),
                _ => format!("{} is not there", shown(&self.path)),
            }),
        }
    }

    fn actions(&self, _: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let there = answers.first().and_then(Answer::stdout).is_some();
        Ok(if there {
            Vec::new()
        } else {
            vec![Action::MakeFolder(self.path.clone())]
        })
    }

    fn undo(&self, _: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let there = answers.first().and_then(Answer::stdout).is_some();
        let delete = || Action::DeleteFolder(self.path.clone());
        Ok(there.then(delete).into_iter().collect())
    }

    fn left(&self, _: &StepContext, answers: &[Answer]) -> Vec<String> {
        match answers {
            [mark, whole] if mark.stdout().is_none() && whole.stdout().is_some() => {
                vec![format!(
                    "the folder {}: nothing says that it is ours",
                    self.path
                )]
            }
            _ => Vec::new(),
        }
    }
}

fn shown(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
