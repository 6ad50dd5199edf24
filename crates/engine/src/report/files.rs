//! The reports that a run leaves behind: a page for people, Markdown for a pull request, JUnit XML
//! for CI, JSON for programs, a trace for Perfetto and one for OpenTelemetry, and metrics for
//! Prometheus.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{
    Outcome, Report, StepReport, html, json, junit, markdown, otlp, prometheus, series, trace,
};
use crate::files::replace;
use crate::parallel;

/// What a report does not know of itself.
pub struct About<'a> {
    /// The pipeline's name.
    pub pipeline: &'a str,
    /// Where it was deployed to.
    pub target: String,
    /// What was asked for.
    pub wanted: &'a [String],
    /// When the run ended.
    pub at: SystemTime,
    /// Hides secrets.
    pub mask: &'a (dyn Fn(&str) -> String + Sync),
    /// Whole logs are served beside the page, as `log/` and the step's place in the report.
    pub serves_logs: bool,
}

type Text = fn(&Report, &About, &[series::Series]) -> String;

/// Name and content of each report, those that take longest first.
const FORMATS: [(&str, Text); 7] = [
    ("report.html", html::page),
    ("report.json", json::text),
    ("report.xml", |report, about, _| junit::xml(report, about)),
    ("trace.json", |report, about, _| trace::json(report, about)),
    ("otlp.json", |report, about, _| otlp::json(report, about)),
    ("report.md", markdown::text),
    ("metrics.prom", |report, about, _| {
        prometheus::text(report, about)
    }),
];

/// So many steps are worth another thread.
const WORTH_A_THREAD: usize = 1000;

/// Where the page lies.
pub fn page(dir: &Path) -> PathBuf {
    dir.join("report.html")
}

/// Which run the page is about; `None` if it does not say.
pub fn about(dir: &Path) -> Option<String> {
    html::told_by(&std::fs::read_to_string(page(dir)).ok()?)
}

/// Writes all of them into `dir`, and hides secrets in `report` itself: of ten thousand steps a
/// copy is some megabytes. A run that only confirms what stands leaves the reports of the last one
/// that did something.
pub fn write(dir: &Path, report: &mut Report, about: &About) -> io::Result<()> {
    if page(dir).exists() && report.steps.iter().all(StepReport::is_skip) {
        return Ok(());
    }
    for step in &mut report.steps {
        hide(step, about.mask);
    }
    let measured = series::of(report, dir, about.mask);
    let report = &*report;
    let threads = parallel::threads(report.steps.len(), WORTH_A_THREAD);
    let written = parallel::map(&FORMATS, threads, |(name, text)| {
        replace(&dir.join(name), text(report, about, &measured))
    });
    written.into_iter().collect()
}

/// The page of a run that goes on, which follows it; `nonce` is what its script is known by. What
/// `report` holds is to be hidden already.
pub(crate) fn live(dir: &Path, report: &Report, about: &About, nonce: &str) -> String {
    html::live(report, about, &series::of(report, dir, about.mask), nonce)
}

/// What tools answered is masked where it is read; this is the second lock on the door.
pub(crate) fn hide(step: &mut StepReport, mask: &dyn Fn(&str) -> String) {
    step.reason = mask(&step.reason);
    if let Outcome::Failed(failure) = &mut step.outcome {
        *failure = std::mem::take(failure).masked(mask);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::sample;
    use super::*;

    #[test]
    fn all_of_them_are_written_without_secrets() {
        let dir = std::env::temp_dir().join(format!("xtask-reports-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let mut report = sample::failed();
        report.steps[0].reason = "because of hunter22".to_string();
        let about = About {
            mask: &|text| text.replace("hunter22", "[masked]"),
            ..sample::about()
        };
        write(&dir, &mut report, &about).unwrap();
        let texts = FORMATS.map(|(name, _)| fs::read_to_string(dir.join(name)).unwrap());
        fs::remove_dir_all(&dir).unwrap();
        assert!(texts.iter().all(|text| !text.contains("hunter22")));
        assert!(texts[0].contains("because of [masked]"));
    }
}
