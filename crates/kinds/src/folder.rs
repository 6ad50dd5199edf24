//! `folder`: a folder for data. It carries a mark of this clone's, and only with that mark is it
//! ever deleted.

use alloc::string::String;
use alloc::vec::Vec;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::places::{self, AT, EARLIER, Place, carried, place, text_fact};
use protocol::{Action, Answer, Effect, FOLDER_MARK, Failure, Kind, Probe, StepContext, facts};

/// Has a folder.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
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

/// Whether the mark of a folder says that this clone made it. Another clone's step, or another
/// pipeline's, may name the same folder; earlier versions did not write down whose it is.
pub(crate) fn is_ours(mark: Option<&Answer>, context: &StepContext) -> bool {
    let mark = mark.and_then(Answer::stdout).map(str::trim);
    mark.is_some_and(|mark| {
        let of_another = |(clone, _)| clone != context.clone;
        !mark.split_once(' ').is_some_and(of_another)
            // The clone may have been moved since.
            || text_fact(context.before, "made") == Some(mark)
    })
}

impl Folder {
    fn place(&self) -> Place {
        place([&self.path])
    }

    /// The folder, and those that the step made under other paths before.
    fn each(&self, context: &StepContext) -> Vec<[String; 1]> {
        places::each(context, self.place())
    }
}

impl Kind for Folder {
    fn claims(&self) -> Vec<String> {
        vec![format!("the folder `{}`", self.path.trim_end_matches('/'))]
    }

    fn probes(&self, context: &StepContext) -> Vec<Probe> {
        let mark = |path: &str| Probe::Read(format!("{path}/{FOLDER_MARK}"));
        match context.undo {
            false => vec![mark(&self.path)],
            true => self
                .each(context)
                .into_iter()
                .flat_map(|[path]| [mark(&path), Probe::Read(path)])
                .collect(),
        }
    }

    fn assess(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        let mark = answers.first();
        match mark.and_then(Answer::stdout) {
            Some(made) if is_ours(mark, context) => {
                let mut facts = facts([("path", &self.path), ("made", made.trim())]);
                facts.extend(carried(context, [AT, EARLIER]));
                let earlier = places::said(context, &self.place());
                let says = format!("{} is there{earlier}", shown(&self.path));
                Effect::Present(says, facts)
            }
            Some(_) => {
                let path = &self.path;
                Effect::Absent(format!("{path} is another clone's or pipeline's"))
            }
            None => Effect::Absent(format!("{} is not there", shown(&self.path))),
        }
    }

    fn actions(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let mut actions = places::remember(context, &self.place());
        if !is_ours(answers.first(), context) {
            actions.push(Action::MakeFolder(self.path.clone()));
        }
        Ok(actions)
    }

    fn undo(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let places = self.each(context).into_iter().zip(answers.chunks(ANSWERS));
        let ours = places.filter(|(_, answers)| is_ours(answers.first(), context));
        Ok(ours.map(|([path], _)| Action::DeleteFolder(path)).collect())
    }

    fn left(&self, context: &StepContext, answers: &[Answer]) -> Vec<String> {
        let places = self.each(context).into_iter().zip(answers.chunks(ANSWERS));
        let is_left = |answers: &[Answer]| {
            let [mark, whole] = answers else { return false };
            whole.stdout().is_some() && !is_ours(Some(mark), context)
        };
        places
            .filter(|(_, answers)| is_left(answers))
            .map(|([path], _)| format!("the folder {path}: nothing says that it is ours"))
            .collect()
    }

    fn removed(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        let there = format!("{} is still there", self.path);
        places::removed(self.undo(context, answers), "it was deleted", there)
    }
}

/// How many answers there are for each folder that is to be removed.
const ANSWERS: usize = 2;

fn shown(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
