//! One line for each event: for pipes, files and CI.

use std::io::Write;

use super::{Event, Progress, say};
use crate::report::line;

/// More skipped steps than this are counted rather than listed.
const LISTED: usize = 60;

/// Writes lines to standard error.
pub(super) struct Plain {
    quiet: bool,
    verbose: bool,
    total: usize,
    /// GitHub shows these lines beside the change.
    annotate: bool,
}

impl Plain {
    /// `quiet` shows failures only; `verbose` shows the steps' own output too.
    pub(super) fn new(quiet: bool, verbose: bool) -> Plain {
        Plain {
            quiet,
            verbose,
            total: 0,
            annotate: std::env::var_os("GITHUB_ACTIONS").is_some(),
        }
    }
}

/// GitHub's form of an error: what would end the text or the title too early is encoded.
fn annotation(step: &str, cause: &str) -> String {
    let text = |text: &str| {
        text.replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let title = text(step).replace(':', "%3A").replace(',', "%2C");
    format!("::error title=step {title}::{}", text(cause))
}

impl Progress for Plain {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Begin { total, .. } => self.total = *total,
            Event::Started { step, reason } if !self.quiet => say(&line::started(step, reason)),
            Event::Line { step, line } if self.verbose => say(&line::output(step, line)),
            Event::Waiting {
                step,
                failure,
                patience,
            } if !self.quiet => say(&line::waiting(step, failure, *patience)),
            Event::Warning { step, sentence } if !self.quiet => say(&line::warning(step, sentence)),
            Event::Retry {
                step,
                attempt,
                failure,
                pause,
            } if !self.quiet => {
                say(&line::retry(step, *attempt, failure, *pause));
            }
            Event::Interrupted { steps, key } if !self.quiet => {
                say(&line::interrupted(steps, *key));
            }
            Event::Finished { step } => {
                let failed = step.failure().is_some();
                if failed
                    || (!self.quiet
                        && (self.verbose
                            || step.is_news() && (self.total <= LISTED || !step.is_skip())))
                {
                    say(&line::finished(step, None));
                }
                if let (true, Some(failure)) = (self.annotate, step.failure()) {
                    let _ = writeln!(
                        std::io::stdout(),
                        "{}",
                        annotation(&step.id, &failure.cause)
                    );
                }
            }
            Event::End { report } => {
                let text = report.summary(None);
                if !self.quiet || report.exit_code() != 0 {
                    say(text.trim_end_matches('\n'));
                }
            }
            _ => {}
        }
    }
}
