//! Reports made up for the tests of this folder.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::files::About;
use super::{Outcome, Report, StepReport};
use protocol::{Facts, Failure, Nature};

/// A step that acted from `start` to `end`, in milliseconds.
pub(crate) fn step(id: &str, needs: &[&str], start: u64, end: u64) -> StepReport {
    StepReport {
        id: id.into(),
        kind: "command",
        nature: Nature::Makes,
        outcome: Outcome::Done,
        reason: "first run".to_string(),
        needs: needs.iter().map(|need| Arc::from(*need)).collect(),
        facts: Facts::new(),
        attempts: 1,
        start: Some(Duration::from_millis(start)),
        duration: Duration::from_millis(end - start),
        undo: false,
        log: None,
    }
}

/// Two steps that went well, one that failed with text that every format must escape, and one that
/// never started.
pub(crate) fn failed() -> Report {
    let mut report = Report {
        steps: vec![step("a", &[], 0, 30), step("b", &["a"], 30, 90)],
        ..Report::default()
    };
    let failure = Failure::new("<script>alert(\"x\") & more</script>")
        .seen(["line ]]> one", "\u{1}two"])
        .fix("try 'again'");
    let mut broken = step("c", &["a"], 30, 50);
    broken.outcome = Outcome::Failed(failure);
    let mut never = step("d", &["c"], 0, 0);
    (never.outcome, never.start) = (Outcome::Cancelled, None);
    report.steps.extend([broken, never]);
    report.elapsed = Duration::from_millis(100);
    report
}

/// A step that a signal ended, and one that never started.
pub(crate) fn interrupted() -> Report {
    let mut report = Report {
        signal: Some(2),
        elapsed: Duration::from_millis(100),
        ..Report::default()
    };
    let mut ended = step("a", &[], 0, 30);
    (ended.outcome, ended.reason) = (Outcome::Interrupted, "interrupted".to_string());
    let mut never = step("b", &["a"], 0, 0);
    (never.outcome, never.start) = (Outcome::Cancelled, None);
    report.steps = vec![ended, never];
    report
}

/// Steps in an order that their needs allow, everything else by chance (xorshift).
pub(crate) fn random(seed: u64, count: usize) -> Report {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut chance = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let mut report = Report::default();
    for index in 0..count {
        let needs: Vec<Arc<str>> = report.steps.iter().map(|step| step.id.clone()).collect();
        let start = chance(1000);
        let mut next = step(&format!("s{index}"), &[], start, start + 1 + chance(500));
        next.needs = needs.into_iter().filter(|_| chance(3) == 0).collect();
        report.steps.push(next);
    }
    report
}

/// What a report does not know of itself.
pub(crate) fn about() -> About<'static> {
    About {
        pipeline: "shop & co",
        target: "local".to_string(),
        wanted: &[],
        at: SystemTime::UNIX_EPOCH,
        mask: &str::to_string,
        serves_logs: false,
    }
}
