//! Which of a child's lines are shown while it works: all of them to who asked for them, else one
//! now and then as a sign of life.

use std::time::{Duration, Instant};

use super::{News, Tell};

/// The time between two signs of life.
const PAUSE: Duration = Duration::from_millis(100);

/// What one act shows.
pub(super) struct Shown<'a> {
    tell: &'a dyn Tell,
    last: Option<Instant>,
}

impl Shown<'_> {
    /// Nothing is shown yet.
    pub(super) fn to(tell: &dyn Tell) -> Shown<'_> {
        Shown { tell, last: None }
    }

    /// Takes a line that the child wrote.
    pub(super) fn line(&mut self, line: &str) {
        if self.tell.wants_every_line() || self.is_time_for(line) {
            self.last = Some(Instant::now());
            self.tell.news(News::Line(line.to_string()));
        }
    }

    fn is_time_for(&self, line: &str) -> bool {
        !line.trim().is_empty() && self.last.is_none_or(|last| last.elapsed() >= PAUSE)
    }
}
