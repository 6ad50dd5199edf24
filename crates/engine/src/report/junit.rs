//! A run as JUnit XML, which CI systems show as tests: one case for each step.

use std::fmt::Write;

use super::files::About;
use super::html::escaped;
use super::{Outcome, Report, StepReport};
use protocol::{Failure, Nature};

/// The whole document.
pub fn xml(report: &Report, about: &About) -> String {
    let cases: String = report.steps.iter().map(case).collect();
    let (tests, time) = (report.steps.len(), seconds(report.elapsed));
    let with = |outcome: fn(&Outcome) -> bool| {
        let steps = report.steps.iter();
        steps.filter(|step| outcome(&step.outcome)).count()
    };
    let (failures, errors) = (
        report.failed().count(),
        with(|outcome| *outcome == Outcome::Interrupted),
    );
    let skipped = report.steps.iter().filter(|step| is_skipped(step)).count();
    let name = escaped(about.pipeline);
    let target = escaped(&about.target);
    let at = humantime::format_rfc3339_seconds(about.at);
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="{name}" tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}" time="{time}">
<testsuite name="{name} on {target}" timestamp="{at}" tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}" time="{time}">
{cases}</testsuite>
</testsuites>
"#
    )
}

/// A check that was answered well has passed; what stands already was not run.
fn is_skipped(step: &StepReport) -> bool {
    match step.outcome {
        Outcome::Skipped => step.nature == Nature::Makes,
        _ => matches!(step.outcome, Outcome::LeftOut | Outcome::Cancelled),
    }
}

fn case(step: &StepReport) -> String {
    let head = format!(
        r#"<testcase name="{}" classname="{}" time="{}""#,
        escaped(&step.id),
        step.kind,
        seconds(step.duration)
    );
    match body(step) {
        None => format!("{head}/>\n"),
        Some(body) => format!("{head}>{body}</testcase>\n"),
    }
}

fn body(step: &StepReport) -> Option<String> {
    match &step.outcome {
        Outcome::Failed(failure) => Some(failed(failure)),
        Outcome::Interrupted => Some(r#"<error message="interrupted"/>"#.to_string()),
        _ if is_skipped(step) => {
            let reason = escaped(&step.reason);
            Some(format!(r#"<skipped message="{reason}"/>"#))
        }
        _ => None,
    }
}

fn failed(failure: &Failure) -> String {
    let mut seen = failure.evidence.join("\n");
    if let Some(fix) = &failure.fix {
        let _ = write!(seen, "\nfix: {fix}");
    }
    let (cause, seen) = (escaped(&failure.cause), escaped(seen.trim_start()));
    format!(r#"<failure message="{cause}">{seen}</failure>"#)
}

fn seconds(time: std::time::Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn it_parses_and_counts() {
        let text = xml(&sample::failed(), &sample::about());
        let document = roxmltree::Document::parse(&text).unwrap();
        let suite = document.root_element().first_element_child().unwrap();
        assert_eq!(suite.attribute("name"), Some("shop & co on local"));
        assert_eq!(suite.attribute("tests"), Some("4"));
        assert_eq!(suite.attribute("skipped"), Some("1"));
        let failure = document
            .descendants()
            .find(|node| node.has_tag_name("failure"))
            .unwrap();
        assert_eq!(
            failure.attribute("message"),
            Some("<script>alert(\"x\") & more</script>")
        );
        assert_eq!(failure.text(), Some("line ]]> one\ntwo\nfix: try 'again'"));
    }

    #[test]
    fn steps_that_went_well_have_no_body() {
        let text = xml(&sample::random(7, 5), &sample::about());
        let document = roxmltree::Document::parse(&text).unwrap();
        let cases = document
            .descendants()
            .filter(|node| node.has_tag_name("testcase"));
        assert_eq!(cases.filter(|case| !case.has_children()).count(), 5);
    }
}
