//! Whose a folder is: what its mark says, and where it lies.

use std::fs;
use std::path::Path;

use super::{Exec, read, said};
use crate::digest::Digest;
use crate::files::scope;
use crate::report::line;
use protocol::{Answer, FOLDER_MARK, Failure};

/// What a mark says that is not ours.
const OTHERS: &str = "was made for another pipeline, state folder or clone";

impl Exec {
    /// What the mark of a folder of ours says.
    pub(super) fn mark_of(&self, folder: &str) -> Answer {
        match read(&self.root.join(folder).join(FOLDER_MARK)) {
            Ok(mark) if self.is_ours(folder, &mark) => said(mark),
            Ok(_) => Answer::None(format!("{folder} {OTHERS}")),
            Err(_) => Answer::None(self.occupied(folder).map_or(String::new(), |why| why.cause)),
        }
    }

    /// What lies where a folder of ours is to be made, if that is in the way.
    pub(crate) fn occupied(&self, folder: &str) -> Option<Failure> {
        let full = self.root.join(folder);
        let is_there = |path: &&Path| path.symlink_metadata().is_ok();
        let nearest = full.ancestors().find(is_there)?;
        if !nearest.is_dir() {
            let at = nearest.strip_prefix(&self.root).unwrap_or(nearest);
            return Some(no_folder(folder, &line::shown(at)));
        }
        let holds_something = fs::read_dir(&full).is_ok_and(|mut names| names.next().is_some());
        holds_something.then(|| match full.join(FOLDER_MARK).is_file() {
            true => not_ours(&full, folder, OTHERS),
            false => not_ours(
                &full,
                folder,
                "is there already and nothing says that it is ours",
            ),
        })
    }

    /// Version 0.1.0 did not write down whose a folder is.
    fn is_ours(&self, folder: &str, mark: &str) -> bool {
        mark.split_once(' ')
            .is_none_or(|(owner, _)| owner == self.owner_of(folder) || owner == self.mark)
    }

    /// Whose a folder is, for its mark. One in the project, or in the folder of the state, moves and
    /// is copied with it, so there the state is told from others by where it lies in that.
    pub(crate) fn owner_of(&self, folder: &str) -> String {
        let full = scope::plain(&self.root.join(folder));
        let outer = [&self.state, &self.root]
            .into_iter()
            .find(|outer| full.starts_with(outer));
        let state = outer.and_then(|outer| self.state.strip_prefix(outer).ok());
        state.map_or_else(
            || self.mark.clone(),
            |state| Digest::of(state.as_os_str().as_encoded_bytes()).short(),
        )
    }
}

fn no_folder(folder: &str, at: &str) -> Failure {
    let cause = format!("the folder {folder} can't be made: {at} is there and is no folder");
    Failure::new(cause).fix(format!("move {at} away, or name another folder"))
}

fn not_ours(full: &Path, folder: &str, whose: &str) -> Failure {
    let deleted = match full.is_symlink() {
        true => "the link, and not what it leads to",
        false => "it with all that is in it",
    };
    Failure::new(format!("the folder {folder} {whose}")).fix(format!(
        "move it away or name another; `--adopt` takes it over, and `teardown` then deletes {deleted}"
    ))
}
