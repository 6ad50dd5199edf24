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
    let mut text = format!("**{}**: {}\n", literal(&step.id), literal(&failure.cause));
    for seen in &failure.evidence {
        let _ = writeln!(text, "- `{}`", seen.replace('`', "'"));
    }
    if let Some(fix) = &failure.fix {
        let _ = writeln!(text, "\nfix: {}", literal(fix));
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
        let id = cell(&step.id);
        let _ = writeln!(text, "| {id} | {outcome} | {took} | {why} |");
    }
    match skipped.len() {
        0 => text,
        count => format!("{text}\n{count} more had nothing to do.\n"),
    }
}

fn rows(table: &Table) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let rule = vec!["---".to_string(); table.columns.len()];
    let mut text = format!("### {}\n\n", literal(&table.title))
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
    literal(text).replace('|', "\\|")
}

/// A line that stands for itself, but for what it has between backticks: our own sentences mark
/// names and calls so.
fn literal(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let mut parts: Vec<&str> = text.split('`').collect();
    // What is not closed is no code.
    let open = parts.len().is_multiple_of(2).then(|| parts.pop()).flatten();
    let part = |(index, part): (usize, &&str)| match index % 2 {
        0 => escaped(part),
        _ => format!("`{part}`"),
    };
    let closed: String = parts.iter().enumerate().map(part).collect();
    closed + &open.map_or(String::new(), |open| escaped(&format!("`{open}")))
}

/// Every sign to which Markdown or HTML would give a meaning is only itself.
fn escaped(text: &str) -> String {
    let one = |c: char| match c {
        '<' => "&lt;".to_string(),
        '&' => "&amp;".to_string(),
        '\\' | '*' | '_' | '[' | ']' | '`' | '~' | '#' | '$' => format!("\\{c}"),
        _ => c.to_string(),
    };
    text.chars().map(one).collect()
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
        assert_eq!(cell("`a|b`"), "`a\\|b`");
    }

    #[test]
    fn what_a_tool_says_is_no_markdown() {
        for (said, text) in [
            (
                "expected Vec<T>, found *bold*",
                r"expected Vec&lt;T>, found \*bold\*",
            ),
            (
                "parse error near <!-- TODO",
                "parse error near &lt;!-- TODO",
            ),
            (
                "see [a](b) for __init__ & C:\\d",
                r"see \[a\](b) for \_\_init\_\_ &amp; C:\\d",
            ),
            ("`cargo a_b <c>` says no_no", r"`cargo a_b <c>` says no\_no"),
            ("`a_b` and `c_d", r"`a_b` and \`c\_d"),
        ] {
            assert_eq!(literal(said), text);
        }
    }
}
