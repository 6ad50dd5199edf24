//! The images that a Dockerfile builds upon: one may become another under the same name.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};

use super::{ImageBuild, Recipe};
use crate::dockerfile;
use crate::reference::has;
use protocol::Answer;

/// A fact of its own: the base images that the daemon had, name -> id.
pub(super) const BASES: &str = ".bases";

/// The base images as they are.
pub(super) struct Bases {
    /// What is to be kept of them.
    pub(super) fact: String,
    /// One that is another than before.
    pub(super) moved: Option<String>,
}

impl ImageBuild {
    /// The base images that the daemon's list has, compared with those that it had. A builder that
    /// pulls them for itself shows none.
    pub(super) fn bases(&self, before: Option<&str>, answers: &[Answer]) -> Bases {
        let before = before.and_then(|text| serde_json::from_str(text).ok());
        let mut known: BTreeMap<String, String> = before.unwrap_or_default();
        let mut moved = None;
        for (name, id) in self.bases_there(answers) {
            let was = known.insert(name.clone(), id.clone());
            moved = moved.or(was.filter(|was| *was != id).map(|_| name));
        }
        let fact = serde_json::json!(known).to_string();
        Bases { fact, moved }
    }

    fn bases_there(&self, answers: &[Answer]) -> BTreeMap<String, String> {
        let (Recipe::Dockerfile(_), [list, file, ..]) = (&self.dockerfile, answers) else {
            return BTreeMap::new();
        };
        let lines = list.stdout().unwrap_or_default().lines();
        let bases = dockerfile::bases(file.stdout().unwrap_or_default(), &self.args);
        let named = lines.filter_map(|line| line.split_once(' '));
        let base = |(name, id): (&str, &str)| {
            let base = bases.iter().find(|base| has(name, base))?;
            Some((base.clone(), id.trim().to_string()))
        };
        named.filter_map(base).collect()
    }
}
