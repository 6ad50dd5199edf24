//! How one event reads on a line.

use std::fmt::Write;
use std::time::Duration;

use super::{Outcome, StepReport};
use protocol::{Failure, Nature, coloured};

/// Colours are wanted.
pub struct Paint;

const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const GREY: &str = "\x1b[2m";
const BOLD: &str = "\x1b[1m";

/// A step begins.
pub fn started(step: &str, reason: &str) -> String {
    format!("  ..   {step}: {}", super::log::shortened(reason))
}

/// A step prints something.
pub fn output(step: &str, text: &str) -> String {
    format!("       {step}: {}", coloured(text))
}

/// A step meets trouble that may pass.
pub fn waiting(step: &str, failure: &Failure, patience: Duration) -> String {
    format!(
        "  wait   {step}: {}; it may pass, waited for up to {}",
        super::log::shortened(&failure.cause),
        duration(patience)
    )
}

/// Something about a step is most likely a mistake.
pub fn warning(step: &str, sentence: &str) -> String {
    format!("  warning  {step}: {sentence}")
}

/// An attempt failed and another follows.
pub fn retry(step: &str, attempt: u32, failure: &Failure, pause: Duration) -> String {
    format!(
        "  retry  {step}: attempt {attempt} failed ({}); again in {}",
        failure.cause,
        duration(pause)
    )
}

/// A signal ends the run: what may take a moment, and how to make it short.
pub fn interrupted(steps: &[&str], key: Option<&str>) -> String {
    let them = if steps.len() == 1 { "it" } else { "them" };
    let hint = key.map(|key| format!("; press {key} again to end {them} now"));
    let steps = listed(steps, 8);
    format!("interrupted: ending {steps}{}", hint.unwrap_or_default())
}

/// A step is over.
pub fn finished(step: &StepReport, paint: Option<&Paint>) -> String {
    let time = step
        .start
        .map(|_| format!("  {}", duration(step.duration)))
        .unwrap_or_default();
    let (mark, colour, tail) = match &step.outcome {
        Outcome::Done => ("done", GREEN, time),
        Outcome::Skipped if step.nature == Nature::Checks => {
            ("ok  ", GREEN, format!("{time}{}", reason(step)))
        }
        Outcome::Skipped => ("skip", GREY, reason(step)),
        Outcome::Failed(failure) => (
            "FAIL",
            RED,
            format!("{time}  {}", super::log::shortened(&failure.cause)),
        ),
        Outcome::LeftOut => ("--  ", RED, not_done(step)),
        Outcome::Interrupted => ("--  ", RED, format!("{time}  {}", step.word())),
        Outcome::Waiting | Outcome::Running | Outcome::Cancelled => ("--  ", GREY, not_done(step)),
    };
    let flaky = if step.attempts > 1 && step.outcome == Outcome::Done {
        format!("  after {} attempts", step.attempts)
    } else {
        String::new()
    };
    let tail = if paint.is_some() {
        fitting(&tail, step.id.len())
    } else {
        tail
    };
    let (mark, tail) = (
        painted(mark, colour, paint),
        if step.is_skip() {
            painted(&tail, GREY, paint)
        } else {
            tail
        },
    );
    format!("  {mark} {}{tail}{flaky}", step.id)
}

/// On a terminal a step is one line: the summary has the whole story.
fn fitting(tail: &str, taken: usize) -> String {
    const WIDTH: usize = 80;
    const MARGIN: usize = 8;
    let capacity = WIDTH.saturating_sub(MARGIN + taken);
    if tail.chars().count() <= capacity {
        return tail.to_string();
    }
    tail.chars()
        .take(capacity.saturating_sub(1))
        .chain(['…'])
        .collect()
}

/// A failure as it stands in the summary.
pub fn failure(step: &StepReport, paint: Option<&Paint>) -> String {
    let Some(failure) = step.failure() else {
        return String::new();
    };
    let mut text = format!(
        "{} {}\n",
        painted(&format!("{}:", step.id), BOLD, paint),
        failure.cause
    );
    for line in &failure.evidence {
        let _ = writeln!(text, "    {line}");
    }
    if let Some(fix) = &failure.fix {
        let _ = writeln!(text, "  {} {fix}", painted("fix:", GREEN, paint));
    }
    if let Some(log) = &step.log {
        let _ = writeln!(text, "  {} {}", painted("log:", GREY, paint), shown(log));
    }
    text
}

/// A path as people want to read it: relative to where they are, if it lies below.
pub fn shown(path: &std::path::Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here)
        .unwrap_or(path)
        .display()
        .to_string()
}

/// `a, b and 3 more`.
pub fn listed(names: &[&str], most: usize) -> String {
    match names.len() {
        count if count <= most => names.join(", "),
        count => format!("{} and {} more", names[..most].join(", "), count - most),
    }
}

/// `340 ms`, `2.1 s`, `3 min 05 s`.
pub fn duration(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        secs @ 1..60 => format!("{secs}.{} s", time.subsec_millis() / 100),
        secs => format!("{} min {:02} s", secs / 60, secs % 60),
    }
}

fn reason(step: &StepReport) -> String {
    if step.reason.is_empty() {
        String::new()
    } else {
        format!("  {}", step.reason)
    }
}

fn not_done(step: &StepReport) -> String {
    match step.reason.as_str() {
        "" => format!("  {}", step.word()),
        reason => format!("  {}: {reason}", step.word()),
    }
}

fn painted(text: &str, colour: &str, paint: Option<&Paint>) -> String {
    if paint.is_some() {
        format!("{colour}{text}\x1b[0m")
    } else {
        text.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        let texts =
            [340, 2_140, 59_999, 185_000].map(|millis| duration(Duration::from_millis(millis)));
        assert_eq!(texts, ["340 ms", "2.1 s", "59.9 s", "3 min 05 s"]);
    }

    #[test]
    fn what_is_being_ended_is_named() {
        for (steps, key, expected) in [
            (
                &["a"][..],
                Some("Ctrl-C"),
                "interrupted: ending a; press Ctrl-C again to end it now",
            ),
            (
                &["a", "b"],
                Some("Ctrl-C"),
                "interrupted: ending a, b; press Ctrl-C again to end them now",
            ),
            (&["a"], None, "interrupted: ending a"),
        ] {
            assert_eq!(interrupted(steps, key), expected);
        }
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(listed(&["a", "b", "c"], 2), "a, b and 1 more");
        assert_eq!(listed(&["a", "b"], 2), "a, b");
    }
}
