//! What a step tells and what its log keeps of tools' answers and servers' replies, without
//! secrets, and with calls as they can be typed here. Lines of its children are masked where they
//! are read.

use super::{AttemptResult, News, Tell, Worker};
use crate::called;
use crate::report::log::Log;
use crate::secrets::Secrets;
use protocol::Failure;

/// Tells without secrets.
pub(super) struct Discreet<'a> {
    pub tell: &'a dyn Tell,
    pub secrets: &'a Secrets,
}

impl Discreet<'_> {
    fn told(&self, text: &str) -> String {
        self.secrets.mask(&called::told(text))
    }
}

impl Tell for Discreet<'_> {
    fn wants_every_line(&self) -> bool {
        self.tell.wants_every_line()
    }

    fn news(&self, news: News) {
        let mask = |text: &str| self.told(text);
        self.tell.news(match news {
            News::Waiting(failure, patience) => News::Waiting(failure.masked(mask), patience),
            News::Warning(sentence) => News::Warning(mask(&sentence)),
            News::Retry(fingerprint, attempt, failure, pause) => {
                News::Retry(fingerprint, attempt, failure.masked(mask), pause)
            }
            news @ (News::Line(_) | News::Attempt(_)) => news,
        });
    }

    fn begins(&self, reason: String) -> bool {
        self.tell.begins(self.told(&reason))
    }

    fn notes(&self, name: &str, value: &str) {
        self.tell.notes(name, value);
    }

    fn finished(&self, result: AttemptResult) {
        let mask = |text: &str| self.told(text);
        self.tell.finished(match result {
            AttemptResult::Skipped(reason, upstream) => {
                AttemptResult::Skipped(mask(&reason), upstream)
            }
            AttemptResult::Held(reason, record, upstream) => {
                AttemptResult::Held(mask(&reason), record, upstream)
            }
            AttemptResult::Removed(removed, what) => AttemptResult::Removed(removed, mask(&what)),
            AttemptResult::Failed(failure) => AttemptResult::Failed(failure.masked(mask)),
            done @ AttemptResult::Done(..) => done,
        });
    }
}

impl Worker<'_> {
    /// A text that may hold what somebody answered, as it may be shown.
    pub(super) fn masked(&self, text: &str) -> String {
        self.world.exec.secrets().mask(text)
    }

    /// Writes a line of our own into the log.
    pub(super) fn note(&self, log: &mut Log, line: &str) {
        log.line(&self.masked(line));
    }

    /// Writes a failure into the log, which gives it evidence if it has none.
    pub(super) fn fails(&self, log: &mut Log, failure: Failure) -> Failure {
        log.failed(failure.masked(|text| self.masked(text)))
    }
}
