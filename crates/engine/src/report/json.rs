//! A run as JSON, for programs: what `--progress json` says of each step, all in one document.

use protocol::Table;
use serde::Serialize;

use super::files::About;
use super::series::Series;
use super::{Outcome, Report, StepReport};

#[derive(Serialize)]
struct Document<'a> {
    pipeline: &'a str,
    target: &'a str,
    wanted: &'a [String],
    exit_code: u8,
    duration_ms: u64,
    steps: Vec<Step<'a>>,
    tables: Vec<&'a Table>,
}

/// How one step ended.
#[derive(Serialize)]
pub(crate) struct Step<'a> {
    step: &'a str,
    outcome: &'a str,
    word: &'a str,
    reason: &'a str,
    duration_ms: u64,
    attempts: u32,
    #[serde(flatten)]
    failure: Option<Failure<'a>>,
}

#[derive(Serialize)]
struct Failure<'a> {
    cause: &'a str,
    evidence: &'a [String],
    fix: &'a Option<String>,
}

/// The whole document.
pub(super) fn text(report: &Report, about: &About, measured: &[Series]) -> String {
    let document = Document {
        pipeline: about.pipeline,
        target: &about.target,
        wanted: about.wanted,
        exit_code: report.exit_code(),
        duration_ms: report.elapsed.as_millis() as u64,
        steps: report.steps.iter().map(step).collect(),
        tables: measured.iter().flat_map(|series| &series.tables).collect(),
    };
    serde_json::to_string(&document).expect("texts and numbers are JSON") + "\n"
}

/// How one step ended.
pub(crate) fn step(step: &StepReport) -> Step<'_> {
    let failure = match &step.outcome {
        Outcome::Failed(failure) => Some(Failure {
            cause: &failure.cause,
            evidence: &failure.evidence,
            fix: &failure.fix,
        }),
        _ => None,
    };
    Step {
        step: &step.id,
        outcome: step.outcome(),
        word: step.word(),
        reason: &step.reason,
        duration_ms: step.duration.as_millis() as u64,
        attempts: step.attempts,
        failure,
    }
}
