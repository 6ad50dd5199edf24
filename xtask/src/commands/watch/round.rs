//! What one round of `watch` came to, in a line.

use std::cmp::Reverse;

use engine::report::{Outcome, Report, StepReport, line};
use protocol::Nature;

/// How many steps are named.
const NAMED: usize = 8;

/// How many steps ended how, in what time, and what was done, longest first. Nothing
/// failed.
pub(super) fn told(report: &Report) -> String {
    let made = |step: &&StepReport| step.outcome == Outcome::Done && step.nature == Nature::Makes;
    let mut made: Vec<&StepReport> = report.steps.iter().filter(made).collect();
    made.sort_by_key(|step| Reverse(step.duration));
    let step = |step: &&StepReport| format!("{} {}", step.id, line::duration(step.duration));
    let made: Vec<String> = made.iter().map(step).collect();
    let made: Vec<&str> = made.iter().map(String::as_str).collect();
    let colon = if made.is_empty() { "" } else { ": " };
    let made = line::listed(&made, NAMED);
    format!("{}{colon}{made}", report.count_line())
}
