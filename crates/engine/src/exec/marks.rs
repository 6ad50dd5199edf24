//! Whose a folder is: what its mark says, and where it lies.

use super::{Exec, read, said};
use crate::files::scope;
use protocol::{Answer, FOLDER_MARK};

impl Exec {
    /// What the mark of a folder of ours says.
    pub(super) fn mark_of(&self, folder: &str) -> Answer {
        match read(&self.root.join(folder).join(FOLDER_MARK)) {
            Ok(mark) if self.is_ours(folder, &mark) => said(mark),
            Ok(_) => Answer::None(format!("{folder} was made for another pipeline or clone")),
            Err(err) => Answer::None(format!("{folder}: {err}")),
        }
    }

    /// What lies in the project moves and is copied with it. Elsewhere others may have the same
    /// folder; version 0.1.0 did not write down whose it is.
    fn is_ours(&self, folder: &str, mark: &str) -> bool {
        let full = scope::plain(&self.root.join(folder));
        let is_within = [&self.root, &self.state]
            .into_iter()
            .any(|outer| full.starts_with(outer));
        is_within
            || mark
                .split_once(' ')
                .is_none_or(|(owner, _)| owner == self.mark)
    }
}
