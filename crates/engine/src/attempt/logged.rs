//! An attempt's log: its own, and said to be incomplete where it is.

use super::{News, Worker};
use crate::report::log::Log;

impl Worker<'_> {
    /// Says it where not all that was to be in the log is there.
    pub(super) fn with_log<T>(&self, attempt: u32, act: impl FnOnce(&mut Log) -> T) -> T {
        let mut log = self.log(attempt);
        let result = act(&mut log);
        if let Some(err) = log.trouble() {
            let sentence = format!("its log is not complete: {err}");
            self.tell.news(News::Warning(sentence));
        }
        result
    }

    /// An attempt's log. What earlier runs kept of later attempts would pass for this run's.
    fn log(&self, attempt: u32) -> Log {
        let path = |attempt| self.world.state.log(&self.step.id, attempt);
        let old = (attempt + 1..).map(path);
        for path in old.take_while(|path| path.exists()) {
            // A file that can't be removed is only read by people.
            if std::fs::remove_file(path).is_err() {
                break;
            }
        }
        Log::new(path(attempt))
    }
}
