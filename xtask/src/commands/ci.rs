//! `ci`: reaches the goal `ci`, and says how each program that ran closed: what CI runs, and a
//! developer before a commit.

use std::fs;

use anyhow::Result;

use super::goal::{self, How};
use crate::cli::Global;
use engine::report::StepReport;

/// Runs the checks that something moved for.
pub(super) fn run(global: &Global) -> Result<u8> {
    let report = goal::reach(global, &["ci".to_string()], How::default())?;
    report.steps.iter().for_each(close);
    Ok(report.exit_code())
}

/// Prints what closes a step's log; all of it, if the step failed.
fn close(step: &StepReport) {
    let Some(log) = step.log.as_ref().and_then(|path| fs::read(path).ok()) else {
        return;
    };
    let log = String::from_utf8_lossy(&log);
    println!("\n== {}", step.id);
    match step.failure() {
        Some(_) => print!("{log}"),
        None => closing(&log).iter().for_each(|line| println!("{line}")),
    }
}

/// What the runners of tests say last, and what tests say of themselves that did not run; else the
/// last line.
fn closing(log: &str) -> Vec<&str> {
    let counts = |line: &&str| line.starts_with("test result: ") || line.starts_with("SKIPPED");
    let counted: Vec<&str> = log.lines().filter(counts).collect();
    match counted.is_empty() {
        true => log
            .lines()
            .rfind(|line| !line.trim().is_empty())
            .into_iter()
            .collect(),
        false => counted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_told_by_its_closing_lines() {
        let cargo = "running 1 test\ntest result: ok. 1 passed\nSKIPPED: no cluster\ntest result: ok. 0 passed\n";
        assert_eq!(
            closing(cargo),
            [
                "test result: ok. 1 passed",
                "SKIPPED: no cluster",
                "test result: ok. 0 passed"
            ]
        );
        assert_eq!(
            closing("one\n12 scripts, nothing found\n\n"),
            ["12 scripts, nothing found"]
        );
        assert!(closing("").is_empty());
    }
}
