//! A run in Markdown, for a pull request or a job's summary: the outcome, what failed and why, and
//! a row for each step that did something.

use std::fmt::Write;

use super::files::About;
use super::series::Series;
use super::{Report, StepReport, line};
use protocol::Table;

/// The whole text.
pub(super) fn text(report: &Report, about: &About, measured: &[Series]) -> String {
    let mut text = format!(
        "## `{}` on {} {} {}\n",
        about.wanted.join(" "),
        about.target,
        outcome(report),
        line::duration(report.elapsed)
    );
    for step in report.failed() {
        let _ = write!(text, "\n{}", failure(step));
    }
    let _ = write!(text, "\n{}", steps(report));
    for table in measured.iter().flat_map(|series| &series.tables) {
        let _ = write!(text, "\n{}", rows(table));
    }
    text
}

fn outcome(report: &Report) -> &'static str {
    match (report.signal, report.failed().next()) {
        (Some(_), _) => "interrupted after",
        (None, Some(_)) => "failed in",
        (None, None) => "passed in",
    }
}

fn failure(step: &StepReport) -> String {
    let Some(failure) = step.failure() else {
        return String::new();
    };
    let mut text = format!("**{}**: {}\n", step.id, failure.cause);
    for seen in &failure.evidence {
        let _ = writeln!(text, "- `{}`", seen.replace('`', "'"));
    }
    if let Some(fix) = &failure.fix {
        let _ = writeln!(text, "\nfix: {fix}");
    }
    text
}

fn steps(report: &Report) -> String {
    let mut text = "| step | outcome | time | why |\n| --- | --- | --- | --- |\n".to_string();
    let (skipped, others): (Vec<_>, Vec<_>) = report.steps.iter().partition(|step| step.is_skip());
    for step in others {
        let (outcome, took) = (step.word(), line::duration(step.duration));
        let why = cell(
            step.failure()
                .map_or(&step.reason, |failure| &failure.cause),
        );
        let _ = writeln!(text, "| {} | {outcome} | {took} | {why} |", step.id);
    }
    match skipped.len() {
        0 => text,
        count => format!("{text}\n{count} more had nothing to do.\n"),
    }
}

fn rows(table: &Table) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let rule = vec!["---".to_string(); table.columns.len()];
    let mut text = format!("### {}\n\n", table.title)
        + &line(table.columns.iter().map(|text| cell(text)).collect())
        + &line(rule);
    for row in &table.rows {
        let text_of =
            |value: &serde_json::Value| cell(value.as_str().unwrap_or(&value.to_string()));
        text += &line(row.iter().map(text_of).collect());
    }
    text
}

/// One line that does not end a cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::super::{sample, series};
    use super::*;

    #[test]
    fn a_failed_run_begins_with_the_cause() {
        let text = text(&sample::failed(), &sample::about(), &[series::sample()]);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].contains("failed in"), "{text}");
        assert!(lines[2].starts_with("**"), "{text}");
        assert!(
            text.contains("| call | p95 ms |\n| --- | --- |\n| list | 7 |\n"),
            "{text}"
        );
    }

    #[test]
    fn an_interrupted_run_did_not_fail() {
        let text = text(&sample::interrupted(), &sample::about(), &[]);
        assert!(
            text.starts_with("## `` on local interrupted after 100 ms\n"),
            "{text}"
        );
        assert!(
            text.contains("| a | interrupted | 30 ms | interrupted |\n"),
            "{text}"
        );
    }

    #[test]
    fn a_bar_ends_no_cell() {
        assert_eq!(cell("a | b\nc"), "a \\| b c");
    }
}
