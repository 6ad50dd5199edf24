//! `folder`: a folder for data. It carries a mark of ours, and only with that mark is it ever
//! deleted.

use alloc::string::String;
use alloc::vec::Vec;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::places::{self, AT, EARLIER, Place, carried, place};
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
    if path.is_empty() {
        let wrong = "an empty path would be the folder of pipeline.toml itself; name one below it";
        return Err(Error::custom(wrong));
    }
    match is_around(&path) {
        true => Err(Error::custom(format!(
            "the folder `{path}` holds pipeline.toml itself, and is none to be made or deleted by a step; \
             name one below it, such as `${{state}}/data`"
        ))),
        false => Ok(path),
    }
}

/// Whether the text alone tells that pipeline.toml lies in it.
fn is_around(path: &str) -> bool {
    let mut below = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(below.pop()),
            part => below.push(part),
        }
    }
    below.is_empty()
}

impl Kind for Folder {
    fn claims(&self) -> Vec<String> {
        vec![format!("the folder `{}`", self.name())]
    }

    fn probes(&self, context: &StepContext) -> Vec<Probe> {
        let mark = Probe::Mark(self.path.clone());
        if !context.undo {
            return vec![mark];
        }
        let earlier = self.earlier(context).into_iter().map(Probe::Mark);
        let whole = Probe::Read(self.path.clone());
        [mark, whole].into_iter().chain(earlier).collect()
    }

    fn assess(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        match answers.first().and_then(Answer::stdout) {
            Some(made) => {
                let mut facts = facts([("path", &self.path), ("made", made.trim())]);
                facts.extend(carried(context, [AT, EARLIER]));
                let name = shown(&self.path);
                let earlier = places::said(context, &self.place());
                Effect::Present(format!("{name} is there{earlier}"), facts)
            }
            None => Effect::Absent(match answers {
                [Answer::None(why), ..] if !why.is_empty() => why.clone(),
                _ => format!("{} is not there", shown(&self.path)),
            }),
        }
    }

    fn actions(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let there = answers.first().and_then(Answer::stdout).is_some();
        let make = (!there).then(|| Action::MakeFolder(self.path.clone()));
        let notes = places::remember(context, &self.place());
        Ok(notes.into_iter().chain(make).collect())
    }

    fn undo(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let [mark, _, earlier @ ..] = answers else {
            return Ok(Vec::new());
        };
        let paths = core::iter::once(self.path.clone()).chain(self.earlier(context));
        let marked = paths.zip(core::iter::once(mark).chain(earlier));
        let ours = marked.filter(|(_, mark)| mark.stdout().is_some());
        Ok(ours.map(|(path, _)| Action::DeleteFolder(path)).collect())
    }

    fn removed(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        let there = format!("{} is still there", shown(&self.path));
        places::removed(self.undo(context, answers), "it is deleted", there)
    }

    fn left(&self, _: &StepContext, answers: &[Answer]) -> Vec<String> {
        match answers {
            [mark, whole, ..] if mark.stdout().is_none() && whole.stdout().is_some() => {
                vec![format!(
                    "the folder {}: nothing says that it is ours",
                    self.path
                )]
            }
            _ => Vec::new(),
        }
    }
}

impl Folder {
    fn name(&self) -> &str {
        self.path.trim_end_matches('/')
    }

    fn place(&self) -> Place {
        place([self.name()])
    }

    /// Paths that it had before. A mark tells whether what lies there is still ours.
    fn earlier(&self, context: &StepContext) -> Vec<String> {
        places::earlier(context, &self.place()).concat()
    }
}

fn shown(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_the_pipeline_is_told_by_its_name() {
        for (path, is) in [
            (".", true),
            ("./", true),
            ("/", true),
            ("..", true),
            ("a/../..", true),
            ("a", false),
            ("../a", false),
            ("/a/b", false),
        ] {
            assert_eq!(is_around(path), is, "{path}");
        }
    }
}
