//! A run as JSON, for programs: what `--progress json` says of each step, all in one document.

use serde_json::{Value, json};

use super::files::About;
use super::series::Series;
use super::{Outcome, Report, StepReport};

/// The whole document.
pub(super) fn text(report: &Report, about: &About, measured: &[Series]) -> String {
    let tables = measured.iter().flat_map(|series| &series.tables);
    let tables = tables
        .map(|table| json!({"title": table.title, "columns": table.columns, "rows": table.rows}));
    let document = json!({
        "pipeline": about.pipeline, "target": about.target, "wanted": about.wanted, "exit_code": report.exit_code(),
        "duration_ms": report.elapsed.as_millis() as u64, "steps": report.steps.iter().map(step).collect::<Vec<_>>(),
        "tables": tables.collect::<Vec<_>>(),
    });
    format!("{document}\n")
}

/// How one step ended.
pub(crate) fn step(step: &StepReport) -> Value {
    let mut object = json!({
        "step": &*step.id, "outcome": step.outcome(), "reason": step.reason,
        "duration_ms": step.duration.as_millis() as u64, "attempts": step.attempts,
    });
    if let Outcome::Failed(failure) = &step.outcome {
        object["cause"] = failure.cause.clone().into();
        object["evidence"] = failure.evidence.clone().into();
        object["fix"] = failure.fix.clone().into();
    }
    object
}
