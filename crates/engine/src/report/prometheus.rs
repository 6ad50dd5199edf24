//! A run as metrics in Prometheus' text form (version 0.0.4), for the textfile collector of its
//! node exporter or for a push gateway.

use std::fmt::Write;
use std::time::{Duration, UNIX_EPOCH};

use super::files::About;
use super::{Report, StepReport};

/// The whole document.
pub(super) fn text(report: &Report, about: &About) -> String {
    let run = labels(&[("pipeline", about.pipeline), ("target", &about.target)]);
    let at = about
        .at
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    let mut text = String::new();
    for (name, help, value) in [
        (
            "run_exit_code",
            "How the last run that did something ended: 0 well, 1 a step failed.",
            f64::from(report.exit_code()),
        ),
        (
            "run_duration_seconds",
            "How long it took.",
            report.elapsed.as_secs_f64(),
        ),
        (
            "run_end_time_seconds",
            "When it ended, since 1970.",
            at.as_secs_f64(),
        ),
    ] {
        head(&mut text, name, help);
        let _ = writeln!(text, "pipeline_{name}{{{run}}} {value}");
    }
    head(
        &mut text,
        "step_duration_seconds",
        "How long a step acted in it.",
    );
    for step in &report.steps {
        let _ = writeln!(
            text,
            "pipeline_step_duration_seconds{{{run},{}}} {}",
            of(step),
            step.duration.as_secs_f64()
        );
    }
    text
}

fn head(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(
        text,
        "# HELP pipeline_{name} {help}\n# TYPE pipeline_{name} gauge"
    );
}

fn of(step: &StepReport) -> String {
    labels(&[
        ("step", &step.id),
        ("kind", step.kind),
        ("outcome", step.outcome()),
    ])
}

fn labels(labels: &[(&str, &str)]) -> String {
    let label = |(name, value): &(&str, &str)| {
        let value = value
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        format!("{name}=\"{value}\"")
    };
    labels.iter().map(label).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_line_for_each_step_and_names_that_nothing_breaks() {
        let about = About {
            pipeline: "a \"b\" \\ c\nd",
            ..sample::about()
        };
        let text = text(&sample::failed(), &about);
        assert!(text.contains(
            "\npipeline_run_exit_code{pipeline=\"a \\\"b\\\" \\\\ c\\nd\",target=\"local\"} 1\n"
        ));
        let steps: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("pipeline_step"))
            .collect();
        assert_eq!(steps.len(), 4);
        assert!(steps[1].ends_with(",step=\"b\",kind=\"command\",outcome=\"ok\"} 0.06"));
    }
}
