//! `folder`: a folder for data. It carries a mark of ours, and only with that mark is it ever deleted.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;

use protocol::{Act, Answer, Ask, Failure, Scene, Step, Verdict, facts};

/// The file that marks a folder as ours; it holds what the engine wrote when it made the folder, different each time.
pub(crate) const MARK: &str = ".made-by-pipeline";

/// Has a folder.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"path": "${state}/local"}))]
pub(crate) struct Folder {
    /// Absolute, or relative to pipeline.toml.
    path: String,
}

impl Step for Folder {
    fn asks(&self, _: &Scene) -> Vec<Ask> {
        vec![Ask::Read(format!("{}/{MARK}", self.path))]
    }

    fn judge(&self, _: &Scene, answers: &[Answer]) -> Verdict {
        match answers.first().and_then(Answer::stdout) {
            Some(made) => {
                let facts = facts([("path", &self.path), ("made", made.trim())]);
                Verdict::Stands(format!("{} is there", shown(&self.path)), facts)
            }
            None => Verdict::Gone(format!("{} is not there", shown(&self.path))),
        }
    }

    fn acts(&self, _: &Scene, answers: &[Answer]) -> Result<Vec<Act>, Failure> {
        let there = answers.first().and_then(Answer::stdout).is_some();
        Ok(if there {
            Vec::new()
        } else {
            vec![Act::MakeFolder(self.path.clone())]
        })
    }

    fn undo(&self, _: &Scene, answers: &[Answer]) -> Result<Vec<Act>, Failure> {
        let there = answers.first().and_then(Answer::stdout).is_some();
        let delete = || Act::DeleteFolder(self.path.clone());
        Ok(there.then(delete).into_iter().collect())
    }
}

fn shown(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
